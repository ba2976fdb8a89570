"""The ledger: an append-only record of who had which data, which nobody can alter unseen."""

from whence.ledger.entries import Entry, Recorded, Value
from whence.ledger.grouping import GroupCommit
from whence.ledger.ledger import Ledger, make_ledger, open_ledger, restore_ledger
from whence.ledger.storage import State

__all__ = [
    "Entry",
    "GroupCommit",
    "Ledger",
    "Recorded",
    "State",
    "Value",
    "make_ledger",
    "open_ledger",
    "restore_ledger",
]

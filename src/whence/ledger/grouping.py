"""Many threads, one transaction: what is recorded at the same time reaches the disk together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whence.ledger.entries import Entry, Sealed
from whence.ledger.together import Together

if TYPE_CHECKING:
    from whence.ledger.ledger import Ledger


class GroupCommit:
    """Records entries of several threads in as few transactions as they allow."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._together = Together[Sealed, int](self._append)

    def record(self, entry: Entry) -> int:
        """Append an entry, and return its number when it is durable.

        An error of the ledger reaches every caller whose entry was in the same transaction; an
        entry that cannot be recorded at all is refused before it joins others.
        """
        return self._together.ask(self._ledger.seal([entry])[0])

    def _append(self, sealed: Sequence[Sealed]) -> Sequence[int]:
        return self._ledger.append_sealed(sealed)

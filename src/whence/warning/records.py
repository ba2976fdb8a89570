"""What the room owes the ledger: written down with the state it speaks of, handed over in order.

A record stands in the outbox first, in the transaction of the state it tells of. Then it goes to
the ledger, with its own ``record_id`` among the facts, and is struck off. A kill between the two
leaves it owed although the ledger has it; so before anything is handed over, the outbox notes how
far the ledger had come, and after a kill what the ledger got since then is looked through. Nothing
is missing, and nothing stands there twice.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from whence.ledger.entries import Entry, Recorded, Value
from whence.model import Instant
from whence.warning.outbox import Outbox

RECORD_ID: Final = "record_id"
_AT_ONCE: Final = 2_000  # entries in one step of the ledger


class Ledger(Protocol):
    """As much of a ledger as this room uses."""

    @property
    def size(self) -> int:
        """How many entries there are."""

    def append(self, entries: Iterable[Entry], /) -> range:
        """Record entries, durably."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Yield entries by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Something to be put into the ledger once, known by what it says."""

    kind: str
    at: Instant
    case_id: str | None
    customer_id: str | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)
    once: tuple[object, ...]  # what makes it the same record when it is owed again

    @property
    def record_id(self) -> str:
        """The id: a digest of what makes it this record and no other."""
        told = json.dumps([self.kind, self.case_id, self.customer_id, *self.once])
        return sha256(told.encode()).hexdigest()[:32]


def owe(base: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Write records down within a step of the outbox; one that is there already stays as it is."""
    base.executemany(
        "INSERT OR IGNORE INTO records (record_id, kind, at, case_id, customer_id, facts) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                record.record_id,
                record.kind,
                record.at,
                record.case_id,
                record.customer_id,
                json.dumps(dict(record.facts), ensure_ascii=False, sort_keys=True),
            )
            for record in records
        ],
    )


def n_owed(outbox: Outbox) -> int:
    """Return how many records the ledger has yet to get."""
    (n_left,) = outbox.base.execute("SELECT count(*) FROM records WHERE in_ledger = 0").fetchone()
    return int(n_left)


def settle(outbox: Outbox, ledger: Ledger) -> int:
    """Hand everything owed to the ledger, and return how many entries that made."""
    n_made = 0
    _strike_off_known(outbox, ledger)
    while owed := _owed(outbox):
        size = ledger.size
        with outbox.step() as base:
            base.execute("DELETE FROM ledger_mark")
            base.execute("INSERT INTO ledger_mark VALUES (?)", (size,))
        ledger.append([entry for _, entry in owed])
        _strike_off(outbox, [record_id for record_id, _ in owed])
        n_made += len(owed)
    return n_made


def _owed(outbox: Outbox) -> list[tuple[str, Entry]]:
    asked = (
        "SELECT record_id, kind, at, case_id, customer_id, facts FROM records "
        f"WHERE in_ledger = 0 ORDER BY at, record_id LIMIT {_AT_ONCE}"
    )
    return [
        (
            record_id,
            Entry(
                kind=kind,
                at=at,
                case=case_id,
                facts=json.loads(facts) | {RECORD_ID: record_id},
                persons=() if customer_id is None else (customer_id,),
            ),
        )
        for record_id, kind, at, case_id, customer_id, facts in outbox.base.execute(asked)
    ]


def _strike_off_known(outbox: Outbox, ledger: Ledger) -> None:
    """Strike off what a run that was cut off had handed over already."""
    mark = outbox.base.execute("SELECT seq FROM ledger_mark").fetchone()
    if mark is None or not n_owed(outbox):
        return
    known = [
        str(found.entry.facts[RECORD_ID])
        for found in ledger.read(mark[0])
        if RECORD_ID in found.entry.facts
    ]
    _strike_off(outbox, known)


def _strike_off(outbox: Outbox, record_ids: Iterable[str]) -> None:
    with outbox.step() as base:
        base.executemany(
            "UPDATE records SET in_ledger = 1 WHERE record_id = ?",
            [(record_id,) for record_id in record_ids],
        )
        base.execute("DELETE FROM ledger_mark")

"""The outbox: whom each leak's notice went to or has yet to go to, in SQLite, step by step on disk.

A person is in it once for each leak (``case_id``), in one of these states::

    waiting     to be told, when her place comes and not before ``not_before``
    under way   handed to a channel; whether it arrived is not on disk yet
    told        the channel took it
    refused     the channel will never take it
    given up    tried as often as the settings say
    left out    exposed no longer, or without a contact: nothing is sent

``under way`` is written before anything is sent and left when the result is on disk, each in one
transaction (WAL, synchronous FULL). So after a kill only those under way are undecided. They go
out again first, over the same channel and under the same ``notice_id``; over another channel they
would be told twice, so there they stay as they are, and are counted.

What belongs into the ledger is written in the same transaction as the state it speaks of
(``records.py``). No address and no text of a notice is kept here. One process at a time: a lock
that goes with it.
"""

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from whence.errors import InputError, OutputError
from whence.model import DAY, Instant

FILE: Final = "outbox.sqlite"
_LAYOUT: Final = 1
_TABLES: Final = """
CREATE TABLE cases (
  case_id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, seed INTEGER
) WITHOUT ROWID;
CREATE TABLE people (
  case_id TEXT NOT NULL, customer_id TEXT NOT NULL, notice_id TEXT NOT NULL,
  place INTEGER NOT NULL, state TEXT NOT NULL, due_from INTEGER, probability REAL NOT NULL,
  n_messages INTEGER NOT NULL, reach TEXT NOT NULL, channel TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,
  taken_at INTEGER, told_at INTEGER, fault TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (case_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX people_by_place ON people (case_id, state, place);
CREATE INDEX people_by_time ON people (case_id, told_at);
CREATE TABLE orders (
  case_id TEXT NOT NULL, order_id TEXT NOT NULL, customer_id TEXT NOT NULL,
  PRIMARY KEY (case_id, order_id)
) WITHOUT ROWID;
CREATE TABLE records (
  record_id TEXT PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, case_id TEXT,
  customer_id TEXT, facts TEXT NOT NULL, in_ledger INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX records_to_make ON records (in_ledger) WHERE in_ledger = 0;
CREATE TABLE ledger_mark (seq INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A person of one leak, as the outbox has her.

    ``reach`` says over which form and language and to which address (a digest) she is told.
    """

    customer_id: str
    notice_id: str
    place: int
    state: str
    due_from: Instant | None
    probability: float
    n_messages: int
    reach: str
    channel: str = ""
    attempts: int = 0
    taken_at: Instant | None = None
    told_at: Instant | None = None
    fault: str = ""


_COLUMNS: Final = tuple(Row.__slots__)


class Outbox:
    """An open outbox. Every method is one transaction, unless a ``step`` holds several."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        try:
            self._lock = (folder / f"{FILE}.lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise OutputError("warning.busy", folder=folder, hint="warning.busy-hint") from None
        except OSError as error:
            raise OutputError("warning.unwritable", folder=folder, reason=error.strerror) from error
        try:
            self.base = self._opened()
        except BaseException:
            self._lock.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        try:
            base = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            base.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            (layout,) = base.execute("PRAGMA user_version").fetchone()
            if layout == 0:
                base.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_LAYOUT}; COMMIT;")
        except sqlite3.DatabaseError as error:
            raise InputError("warning.bad-outbox", file=self._path) from error
        if layout not in {0, _LAYOUT}:
            base.close()
            raise InputError("warning.other-outbox", file=self._path)
        self._path.chmod(0o600)
        return base

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and of the lock."""
        self.base.close()
        self._lock.close()

    @contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """Make what happens inside whole or nothing, and on disk when it ends."""
        try:
            self.base.execute("BEGIN IMMEDIATE")
            try:
                yield self.base
            except BaseException:
                self.base.execute("ROLLBACK")
                raise
            self.base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise OutputError("warning.unwritable", folder=self._path, reason=str(error)) from error

    # --- reading --------------------------------------------------------------------------------

    def rows(self, case_id: str) -> dict[str, Row]:
        """Return everybody of a case, by customer."""
        asked = f"SELECT {', '.join(_COLUMNS)} FROM people WHERE case_id = ?"
        return {found[0]: _row(found) for found in self.base.execute(asked, (case_id,))}

    def counts(self, case_id: str) -> dict[str, int]:
        """Return how many persons are in which state."""
        asked = "SELECT state, count(*) FROM people WHERE case_id = ? GROUP BY state"
        return dict(self.base.execute(asked, (case_id,)))

    def case(self, case_id: str) -> tuple[Instant, int | None] | None:
        """Return when a case began, and its seed where its order was drawn; None for a new one."""
        asked = "SELECT started_at, seed FROM cases WHERE case_id = ?"
        found: tuple[Instant, int | None] | None = self.base.execute(asked, (case_id,)).fetchone()
        return found

    def orders(self, case_id: str) -> dict[str, str]:
        """Return whose order is whose, of those exposed."""
        asked = "SELECT order_id, customer_id FROM orders WHERE case_id = ?"
        return dict(self.base.execute(asked, (case_id,)))

    def n_sent_on_day_of(self, case_id: str, now: Instant) -> int:
        """Return how many messages went out, or are under way, since the UTC day began."""
        asked = (
            "SELECT coalesce(sum(n_messages), 0) FROM people "
            "WHERE case_id = ? AND (told_at >= ? OR state = 'under way')"
        )
        (n_sent,) = self.base.execute(asked, (case_id, now - now % DAY)).fetchone()
        return int(n_sent)

    def next_try(self, case_id: str) -> Instant | None:
        """Return when the first of those waiting may be tried; None if nobody waits."""
        asked = "SELECT min(not_before) FROM people WHERE case_id = ? AND state = 'waiting'"
        found: tuple[Instant | None] = self.base.execute(asked, (case_id,)).fetchone()
        return found[0]

    # --- sending --------------------------------------------------------------------------------

    def take(
        self, case_id: str, channel: str, now: Instant, *, most: int, budget: int | None
    ) -> list[Row]:
        """Put the next of those waiting under way, in order, as far as the budget goes.

        Whoever does not fit into the budget ends the taking: nobody behind her goes first.
        """
        asked = (
            f"SELECT {', '.join(_COLUMNS)} FROM people "
            "WHERE case_id = ? AND state = 'waiting' AND not_before <= ? ORDER BY place LIMIT ?"
        )
        taken: list[Row] = []
        with self.step() as base:
            left = budget
            for row in map(_row, base.execute(asked, (case_id, now, most)).fetchall()):
                if left is not None:
                    left -= row.n_messages
                    if left < 0:
                        break
                taken.append(replace(row, taken_at=row.taken_at or now))
            base.executemany(
                "UPDATE people SET state = 'under way', channel = ?, "
                "taken_at = coalesce(taken_at, ?) WHERE case_id = ? AND customer_id = ?",
                [(channel, now, case_id, row.customer_id) for row in taken],
            )
        return taken

    def undecided(self, case_id: str) -> list[Row]:
        """Return those that a run which was cut off left under way, in order."""
        asked = (
            f"SELECT {', '.join(_COLUMNS)} FROM people "
            "WHERE case_id = ? AND state = 'under way' ORDER BY place"
        )
        return [_row(found) for found in self.base.execute(asked, (case_id,))]


def put_state(
    base: sqlite3.Connection,
    case_id: str,
    changes: Iterable[tuple[str, str, str, Instant | None, Instant, int]],
) -> None:
    """Set states within a step: (customer, state, fault, told_at, not_before, tries to add)."""
    base.executemany(
        "UPDATE people SET state = ?, fault = ?, told_at = ?, not_before = ?, "
        "attempts = attempts + ? WHERE case_id = ? AND customer_id = ?",
        [
            (state, fault, told_at, not_before, tries, case_id, customer)
            for customer, state, fault, told_at, not_before, tries in changes
        ],
    )


def put_rows(base: sqlite3.Connection, case_id: str, rows: Sequence[Row]) -> None:
    """Add persons to a case, or put others' rows in the place of theirs, within a step."""
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    base.executemany(
        f"INSERT OR REPLACE INTO people (case_id, {', '.join(_COLUMNS)}) VALUES ({marks})",
        [(case_id, *(getattr(row, name) for name in _COLUMNS)) for row in rows],
    )


def _row(found: tuple[object, ...]) -> Row:
    return Row(**dict(zip(_COLUMNS, found, strict=True)))  # type: ignore[arg-type]

"""A ledger in one SQLite file: the storage that needs no server.

Write-ahead log, ``synchronous=FULL``: a step has reached the disk when it ends. Writers take turns
by a lock beside the file, ``ledger.sqlite-turn``, that they hold until what they wrote is in place;
SQLite's own checkpoints then never run beside a writer, which before version 3.51.3 could damage a
file (https://sqlite.org/wal.html#walresetbug). A lock goes with its process.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from whence.errors import IntegrityError, OutputError, UsageError, WhenceError
from whence.ledger.migrations import LAYOUT, migrate, verify_known
from whence.ledger.pool import Pool
from whence.ledger.tables import Session

TURN: Final = "-turn"
PATIENCE_S: Final = (
    30.0  # longer than any step of ours; a writer that hangs is told, not waited for
)
_POLL_S: Final = (0.0002, 0.005)  # first and longest pause while another writer has its turn
_WAL_PAGES: Final = 4096  # 16 MB before it is brought into the file: a page is often written twice
_CACHE_KIB: Final = 32 << 10
_OWNER_ONLY: Final = 0o600  # who was shown what is not for everybody; SQLite's own files follow
_READABLE: Final = 0o644
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
_TYPES: Final = {
    "integer": "INTEGER",
    "bytes": "BLOB",
    "text": "TEXT",
    "strict": " STRICT",
    "keyed": " STRICT, WITHOUT ROWID",
}


class SQLite:
    """The embedded storage."""

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        """Open the ledger in a file, brought to the layout known here.

        Raises UsageError where there is none, or one of a later version.
        """
        if not path.is_file() or not path.stat().st_size:
            raise UsageError("ledger.none", place=path, hint="ledger.none-hint")
        self._path = path
        self._patience_s = patience_s
        self._pool = Pool(self._connection, sqlite3.Connection.close)
        try:
            with self.reading() as session:
                version = session.version()
            verify_known(version)
            if version < LAYOUT:
                with self.writing() as session:
                    migrate(session)
            with _told(path), self._pool.lent() as connection:
                _verify_schema(connection)
        except BaseException:
            self.close()
            raise

    @classmethod
    def make(cls, path: Path) -> "SQLite":
        """Make an empty ledger in a file that is not there; UsageError where it is."""
        if path.exists() and path.stat().st_size:
            raise UsageError("ledger.exists", place=path)
        for name, mode in ((path, _OWNER_ONLY), (Path(f"{path}{TURN}"), _READABLE)):
            os.close(_opened(name, mode))
        with _told(path):
            connection = _connected(path, PATIENCE_S, mode="rw")
            try:
                connection.execute("BEGIN IMMEDIATE")
                _session(connection).make(_TYPES, LAYOUT)
                connection.execute("COMMIT")
            finally:
                connection.close()
        return cls(path)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open the storage as it is now."""
        with _told(self._path), self._pool.lent() as connection:
            connection.execute("BEGIN")
            try:
                session = _session(connection)
                session.version()  # a snapshot begins with the first look
                yield session
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Begin a step, when no other is under way; it is undone where an error leaves it."""
        with _told(self._path), self._turn(), self._pool.lent() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _session(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Empty the write-ahead log, which still holds what was erased."""
        with _told(self._path), self._turn(), self._pool.lent() as connection:
            ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if busy:
                raise _error(self._path, sqlite3.SQLITE_BUSY)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def _connection(self) -> sqlite3.Connection:
        return _connected(self._path, self._patience_s, mode="rw")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a writer's turn, and hold it while the block runs."""
        import fcntl  # noqa: PLC0415  the platform's own

        until = time.monotonic() + self._patience_s
        pause, longest = _POLL_S
        lock = _opened(Path(f"{self._path}{TURN}"), _READABLE)
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise _error(self._path, sqlite3.SQLITE_BUSY) from None
                    time.sleep(pause)
                    pause = min(2 * pause, longest)
            yield
        finally:
            os.close(lock)  # and the lock with it


def _opened(path: Path, mode: int) -> int:
    """Open a file, made with this mode where it is not there; OutputError where it cannot be."""
    try:
        # For reading is enough to lock, so that whoever made it does not keep others out.
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, mode)
    except OSError as error:
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=path,
            reason=error.strerror or type(error).__name__,
        ) from error


def _connected(path: Path, patience_s: float, *, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=patience_s,
        isolation_level=None,  # steps begin and end where we say so
        check_same_thread=False,  # lent to one thread at a time
    )
    try:
        for setting in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",  # what is erased is overwritten, not only unlinked
            "trusted_schema=OFF",
            "cell_size_check=ON",  # a damaged page is told, not believed
            f"wal_autocheckpoint={_WAL_PAGES}",
            f"cache_size=-{_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _session(connection: sqlite3.Connection) -> Session:
    def add(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def verify_form() -> None:
        _verify_schema(connection)
        # Rows in an order that is not theirs are found by whoever reads all and by nobody who asks.
        if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
            raise IntegrityError("ledger.damaged", hint="ledger.damaged-hint")

    return Session(connection.execute, add, verify_form)


def _verify_schema(connection: sqlite3.Connection) -> None:
    """Raise IntegrityError unless the tables and their indexes are those that ``make`` makes."""
    if set(connection.execute(_SCHEMA)) != _expected_schema():
        raise IntegrityError("ledger.schema-changed", hint="ledger.damaged-hint")


@cache
def _expected_schema() -> frozenset[tuple[Any, ...]]:
    """Return the schema of an empty ledger, in SQLite's own words."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _session(connection).make(_TYPES, LAYOUT)
        return frozenset(connection.execute(_SCHEMA))
    finally:
        connection.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Put what SQLite says into our own errors."""
    try:
        yield
    except sqlite3.ProgrammingError:  # a fault of ours, not of the file
        raise
    except sqlite3.Error as error:
        raise _error(path, getattr(error, "sqlite_errorcode", 0) & 0xFF) from error


def _error(path: Path, code: int) -> WhenceError:
    """Return what to say of SQLite's result code; the rest is damage until shown otherwise."""
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return OutputError("ledger.locked", hint="ledger.locked-hint", place=path)
    if code == sqlite3.SQLITE_FULL:
        return OutputError("ledger.full", hint="ledger.full-hint", place=path)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
        reason = {
            sqlite3.SQLITE_READONLY: "read-only",
            sqlite3.SQLITE_IOERR: "I/O error",
            sqlite3.SQLITE_CANTOPEN: "cannot be opened",
        }[code]
        return OutputError(
            "ledger.not-written", hint="ledger.not-written-hint", place=path, reason=reason
        )
    return IntegrityError("ledger.damaged", hint="ledger.damaged-hint")

"""A SQLite file that several processes read and one at a time writes: for the vault, for quotas.

Write-ahead log. Writers take turns by a lock beside the file, ``NAME-turn``, and SQLite brings the
log into the file only while one has its turn; a checkpoint beside a writer could damage a file
before version 3.51.3 (https://sqlite.org/wal.html#walresetbug). A lock goes with its process.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final
from urllib.parse import quote

from whence.errors import InputError, IntegrityError, OutputError, WhenceError
from whence.ledger.pool import Pool

TURN: Final = "-turn"
PATIENCE_S: Final = 30.0  # longer than any step of ours; a writer that hangs is told
_POLL_S: Final = (0.0002, 0.005)  # first and longest pause while another has its turn
_WAL_PAGES: Final = 4096  # 16 MB before they are brought into the file
_CACHE_KIB: Final = 64 << 10


class OneWriter:
    """A file and its connections, lent to one thread at a time."""

    def __init__(
        self,
        path: Path,
        *,
        layout: str,
        version: int,
        is_durable: bool = True,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Open a file, made anew with these tables where there is none.

        ``is_durable`` decides whether a step has reached the disk when it ends, or only survives
        its process. Raises InputError for a file of another version.
        """
        self.path = path
        self._patience_s = patience_s
        self._synchronous = "FULL" if is_durable else "NORMAL"
        self._pool = Pool(self._connected, sqlite3.Connection.close)
        self._mine = RLock()  # a lock of the system is the process's, not the thread's
        self._depth = 0
        try:
            self._verify(layout, version)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one moment of the file, whatever writers do."""
        with self._told(), self._pool.lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for one step, undone where an error leaves it."""
        with self._told(), self.turn(), self._pool.lent() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until nobody else writes, and keep it so; steps of this thread may nest in it."""
        if not self._mine.acquire(timeout=self._patience_s):
            raise self._locked()
        try:
            if self._depth:
                yield
                return
            lock = os.open(f"{self.path}{TURN}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._wait(lock)
                self._depth += 1
                yield
            finally:
                self._depth = 0
                os.close(lock)
        finally:
            self._mine.release()

    def scrub(self) -> bool:
        """Empty the write-ahead log, which still holds what was deleted or written over.

        Returns whether it could be: not while somebody reads.
        """
        with self._told(), self.turn(), self._pool.lent() as connection:
            ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not busy

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def _verify(self, layout: str, version: int) -> None:
        """Make the tables where there are none; refuse a file of another version."""
        with self.reading() as connection:  # who only reads waits for no writer
            ((found,),) = connection.execute("PRAGMA user_version")
        if found == version:
            return
        with self.writing() as connection:
            ((found,),) = connection.execute("PRAGMA user_version")
            if not found and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                for statement in layout.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version}")
                found = version
        if found != version:
            raise InputError("protection.other-version", file=self.path, found=found)

    def _connected(self) -> sqlite3.Connection:
        if not self.path.exists():  # SQLite would leave it open to everybody
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            f"file:{quote(str(self.path.absolute()))}?mode=rw",
            uri=True,
            timeout=self._patience_s,
            isolation_level=None,  # steps begin and end where we say so
            check_same_thread=False,  # lent to one thread at a time
        )
        try:
            for setting in (
                "journal_mode=WAL",
                f"synchronous={self._synchronous}",
                "secure_delete=ON",  # what is deleted is overwritten, not only unlinked
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

    def _wait(self, lock: int) -> None:
        import fcntl  # noqa: PLC0415  the platform's own

        until = time.monotonic() + self._patience_s
        pause, longest = _POLL_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise self._locked() from None
                time.sleep(pause)
                pause = min(2 * pause, longest)
            else:
                return

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Put what SQLite and the system say into our own errors."""
        try:
            yield
        except WhenceError:
            raise
        except sqlite3.Error as error:
            raise self._error(getattr(error, "sqlite_errorcode", 0) & 0xFF) from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError("protection.store-fails", file=self.path, reason=reason) from error

    def _error(self, code: int) -> WhenceError:
        """Return what to say of SQLite's result code; the rest is damage until shown otherwise."""
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return self._locked()
        reasons = {
            sqlite3.SQLITE_FULL: "disk full",
            sqlite3.SQLITE_READONLY: "read-only",
            sqlite3.SQLITE_IOERR: "I/O error",
            sqlite3.SQLITE_CANTOPEN: "cannot be opened",
        }
        if code in reasons:
            return OutputError("protection.store-fails", file=self.path, reason=reasons[code])
        return IntegrityError("protection.store-damaged", file=self.path)

    def _locked(self) -> OutputError:
        return OutputError("protection.store-locked", file=self.path)

"""The vault's key versions, unwrapped when they are needed and kept in memory only."""

import secrets
import sqlite3
from typing import Final

from whence.errors import IntegrityError, RefusedError
from whence.model import Instant
from whence.protection.one_writer import OneWriter
from whence.protection.sealing import MOST_SEALED, SECRET_BYTES, VersionKey
from whence.protection.vault_keys import Wrapping

LAYOUT: Final = """
CREATE TABLE versions (
    version INTEGER PRIMARY KEY,
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    n_sealed INTEGER NOT NULL
) STRICT"""


class KeyRing:
    """Every version that still opens something; the highest one seals."""

    def __init__(self, store: OneWriter, wrapping: Wrapping) -> None:
        self._store = store
        self._wrapping = wrapping
        self._opened: dict[int, VersionKey] = {}

    def key(self, version: int) -> VersionKey:
        """Return a version, unwrapped.

        Raises IntegrityError where the vault has no such version or it does not unwrap.
        """
        found = self._opened.get(version)
        if found is None:
            wrapped = self._wrapped(version)
            try:
                secret = self._wrapping.unwrap(version, wrapped)
            except IntegrityError:
                # A rotation may have wrapped it anew between the two looks.
                if (anew := self._wrapped(version)) == wrapped:
                    raise
                secret = self._wrapping.unwrap(version, anew)
            found = self._opened[version] = VersionKey(version, secret)
        return found

    def sealing(self, step: sqlite3.Connection, n: int, now: Instant) -> VersionKey:
        """Return the version that seals ``n`` fields more in a step under way.

        The first one is made here. Raises RefusedError for one that has sealed all it may.
        """
        row = step.execute(
            "SELECT version, n_sealed FROM versions ORDER BY version DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return self.add(step, now)
        version, n_sealed = row
        if n_sealed + n > MOST_SEALED:
            raise RefusedError(
                "protection.key-used-up", hint="protection.key-used-up-hint", version=version
            )
        return self._opened.get(version) or self.key(version)

    def add(self, step: sqlite3.Connection, now: Instant) -> VersionKey:
        """Make a version that seals from now on, in a step under way."""
        ((version,),) = step.execute("SELECT coalesce(max(version), 0) + 1 FROM versions")
        secret = secrets.token_bytes(SECRET_BYTES)
        row = (version, self._wrapping.wrap(version, secret), now)
        step.execute("INSERT INTO versions VALUES (?, ?, ?, 0)", row)
        return VersionKey(version, secret)

    def count(self, step: sqlite3.Connection, key: VersionKey, n: int) -> None:
        """Note that a version has sealed ``n`` fields more."""
        step.execute(
            "UPDATE versions SET n_sealed = n_sealed + ? WHERE version = ?", (n, key.version)
        )

    def rewrap(self, step: sqlite3.Connection) -> int:
        """Wrap every version anew, in a step under way; return how many there are."""
        rows = step.execute("SELECT version, wrapped FROM versions").fetchall()
        anew = [(self._wrapping.rewrap(version, wrapped), version) for version, wrapped in rows]
        step.executemany("UPDATE versions SET wrapped = ? WHERE version = ?", anew)
        return len(rows)

    def versions(self) -> list[int]:
        """Return the versions there are, lowest first."""
        with self._store.reading() as reading:
            return [row[0] for row in reading.execute("SELECT version FROM versions ORDER BY 1")]

    def _wrapped(self, version: int) -> bytes:
        with self._store.reading() as reading:
            query = "SELECT wrapped FROM versions WHERE version = ?"
            row = reading.execute(query, (version,)).fetchone()
        if row is None:
            raise IntegrityError("protection.no-version", version=version)
        wrapped: bytes = row[0]
        return wrapped

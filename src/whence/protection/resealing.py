"""Keys that change while the vault is in use: a new one seals, old ones open until none is left.

Rotating makes a new wrapping key and a new version, and wraps every version anew; nothing that is
sealed is touched. Resealing then takes the fields over to the new version, batch by batch, each
batch one step: stopped anywhere, it goes on from there, and who reads meanwhile finds every field
under the version that it bears. A version that seals nothing any more is destroyed.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from whence.model.progress import Progress, no_progress
from whence.protection.sealing import NORMAL, VersionKey
from whence.protection.vault import Vault
from whence.protection.vault_keys import Wrapping

STAGE: Final = "resealing"
_BATCH: Final = 2000  # fields of one step: some 50 ms, so that nobody waits long to write

Row: TypeAlias = tuple[int, str, str, int, bytes]  # row, order, field, version, sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The version that seals now, and how many versions were wrapped anew."""

    version: int
    n_versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """How many fields were sealed anew, and how many versions were destroyed.

    Not ``is_scrubbed``: somebody was reading, so the log still holds what is gone.
    """

    version: int
    n_fields: int
    n_destroyed: int
    is_scrubbed: bool


def rotate(vault: Vault, wrapping: Wrapping, *, record: Callable[[Rotated], None]) -> Rotated:
    """Make a new wrapping key and a new version; wrap all versions anew.

    ``record`` is called before it is in force. Older wrapping keys go once nothing needs them.
    """
    with vault.store.turn():  # nobody else wraps while keys change
        wrapping.renew()
        with vault.store.writing() as step:
            version = vault.keys.add(step, vault.clock()).version
            rotated = Rotated(version=version, n_versions=vault.keys.rewrap(step))
            record(rotated)
        wrapping.retire()
    return rotated


def reseal(vault: Vault, *, on_progress: Progress = no_progress) -> Resealed:
    """Take every field over to the version that seals now, and destroy those left without any."""
    version = max(vault.keys.versions(), default=0)
    with vault.store.reading() as reading:
        query = "SELECT count(*) FROM sealed WHERE version < ?"
        ((n_old,),) = reading.execute(query, (version,))
    n_fields, last = 0, (-1, "")
    while True:
        on_progress(STAGE, n_fields, n_old)
        with vault.store.writing() as step:
            rows = _older(step, version, last)
            if not rows:
                n_destroyed = _destroy(step)
                break
            key = vault.keys.sealing(step, len(rows), vault.clock())
            _replace(step, vault, key, rows)
        n_fields += len(rows)
        last = (rows[-1][0], rows[-1][2])
    return Resealed(
        version=version,
        n_fields=n_fields,
        n_destroyed=n_destroyed,
        is_scrubbed=vault.store.scrub(),
    )


def _older(step: sqlite3.Connection, version: int, last: tuple[int, str]) -> list[Row]:
    """Return the next fields that an older version sealed."""
    found: list[Row] = step.execute(
        "SELECT sealed.row, order_id, field, version, sealed FROM sealed JOIN orders USING (row) "
        "WHERE (sealed.row, field) > (?, ?) AND version < ? ORDER BY sealed.row, field LIMIT ?",
        (*last, version, _BATCH),
    ).fetchall()
    return found


def _replace(step: sqlite3.Connection, vault: Vault, key: VersionKey, rows: list[Row]) -> None:
    """Seal fields anew, with their places in the index."""
    texts = [
        vault.keys.key(version).open(order_id, field, sealed)
        for _, order_id, field, version, sealed in rows
    ]
    anew = key.seal((row[1], row[2], text) for row, text in zip(rows, texts, strict=True))
    step.executemany(
        "UPDATE sealed SET version = ?, sealed = ? WHERE row = ? AND field = ?",
        ((key.version, one, row[0], row[2]) for row, one in zip(rows, anew, strict=True)),
    )
    indexed = [(row[0], row[2], t) for row, t in zip(rows, texts, strict=True) if row[2] in NORMAL]
    step.executemany(
        "DELETE FROM blind WHERE row = ? AND field = ?", ((row, field) for row, field, _ in indexed)
    )
    digests = ((field, key.digest(field, text), row) for row, field, text in indexed)
    step.executemany(
        "INSERT INTO blind VALUES (?, ?, ?)", (one for one in digests if one[1] is not None)
    )
    vault.keys.count(step, key, len(rows))


def _destroy(step: sqlite3.Connection) -> int:
    """Delete the versions that seal nothing any more, but for the one in force."""
    done = step.execute(
        "DELETE FROM versions WHERE version < (SELECT max(version) FROM versions) "
        "AND version NOT IN (SELECT DISTINCT version FROM sealed)"
    )
    return done.rowcount

"""What each release held: one row an order, a salted digest of what was handed out.

``releases/ID.parquet`` has ``order_id``, ``customer_id``, ``salt`` and ``digest``. A digest is
SHA-256 of the salt and the row as it left, in canonical JSON; the root of the tree over them stands
in the ledger. So a row that turns up can be shown to be, or not to be, what that recipient got,
and a person's ids and salts can be erased while the root still holds.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whence.errors import InputError, OutputError
from whence.ledger.tree import root_of

SALT_BYTES: Final = 16
_SCHEMA: Final = pa.schema(
    {
        "order_id": pa.string(),
        "customer_id": pa.string(),
        "salt": pa.binary(SALT_BYTES),
        "digest": pa.binary(32),
    }
)


def digest_of(salt: bytes, row: Mapping[str, str | None]) -> bytes:
    """Return the digest of one row as it left."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(salt + text.encode()).digest()


def table_of(handed: pa.Table, customers: Sequence[str | None]) -> pa.Table:
    """Return a release's table, given the rows as they left and whose they are."""
    salts = token_bytes(SALT_BYTES * handed.num_rows)
    names = handed.column_names
    columns = [column.to_pylist() for column in handed.columns]
    salt_of = [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]
    digests = [
        digest_of(salt, dict(zip(names, cells, strict=True)))
        for salt, *cells in zip(salt_of, *columns, strict=True)
    ]
    rows = [handed.column("order_id").to_pylist(), list(customers), salt_of, digests]
    arrays = [pa.array(cells, kind) for cells, kind in zip(rows, _SCHEMA.types, strict=True)]
    return pa.table(arrays, schema=_SCHEMA)


def root(table: pa.Table) -> bytes:
    """Return the root of the tree over a release's digests, in their order."""
    return root_of(table.column("digest").to_pylist())


def keep(folder: Path, release_id: str, table: pa.Table) -> Path:
    """Write a release's table. Raises OutputError where it cannot be written."""
    path = folder / f"{release_id}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="zstd")
    except OSError as error:
        raise OutputError("release.unwritable", file=path.name) from error
    return path


def recipients_of(
    folder: Path, numbers: Mapping[str, int], order_ids: Collection[str]
) -> dict[str, frozenset[int]]:
    """Return who was handed each of these orders, by their number in the marks.

    ``numbers``: file name of a release -> its recipient's number. Raises InputError for a table
    that cannot be read.
    """
    wanted = pa.array(sorted(set(order_ids)), pa.string())
    found: dict[str, set[int]] = defaultdict(set)
    for file, number in sorted(numbers.items()):
        try:
            held = pq.read_table(folder / file, columns=["order_id"])
        except (pa.ArrowException, OSError) as error:
            raise InputError("release.release-unreadable", file=file) from error
        column = held.column("order_id")
        for order_id in column.filter(pc.is_in(column, wanted)).to_pylist():
            found[order_id].add(number)
    return {order_id: frozenset(who) for order_id, who in found.items()}

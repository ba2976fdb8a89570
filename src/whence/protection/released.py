"""What each release held: one row an order, salted digests of whose it was and what was handed out.

A row that turns up can so be shown to be, or not to be, what that recipient got, and a person's
ids and salts can be erased while the root in the ledger still holds (release_digests.py).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whence.disk import to_disk
from whence.errors import InputError, OutputError
from whence.ledger.release_digests import COLUMNS, ROW_BYTES, SALT_BYTES, digest_of, row_of
from whence.ledger.tree import HASH_BYTES, root_of

_KINDS: Final = (
    pa.string(),
    pa.string(),
    pa.binary(SALT_BYTES),
    pa.binary(ROW_BYTES),
    pa.binary(HASH_BYTES),
)
_SCHEMA: Final = pa.schema(dict(zip(COLUMNS, _KINDS, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How many of a file's rows are as they left with a release, and what the others are.

    ``n_other``: the order left with it, but not so. ``n_absent``: the order is not in it, or is
    erased from it; ``n_erased`` rows of the release are.
    """

    n_rows: int
    n_same: int
    n_other: int
    n_absent: int
    n_erased: int


def table_of(handed: pa.Table, customers: Sequence[str | None]) -> pa.Table:
    """Return a release's table, given the rows as they left and whose they are."""
    drawn = token_bytes(SALT_BYTES * handed.num_rows)
    salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
    order_ids = handed.column("order_id").to_pylist()
    left = [row_of(salt, row) for salt, row in zip(salts, handed.to_pylist(), strict=True)]
    whose = list(customers)
    digests = [digest_of(*cells) for cells in zip(salts, order_ids, whose, left, strict=True)]
    columns = (order_ids, whose, salts, left, digests)
    arrays = [pa.array(cells, kind) for cells, kind in zip(columns, _KINDS, strict=True)]
    return pa.table(arrays, schema=_SCHEMA)


def root(table: pa.Table) -> bytes:
    """Return the root of the tree over a release's digests, in their order."""
    return root_of(table.column("digest").to_pylist())


def keep(folder: Path, release_id: str, table: pa.Table) -> Path:
    """Write a release's table, durably: the entry that speaks of it comes after.

    Raises OutputError where it cannot be written.
    """
    path = folder / f"{release_id}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="zstd")
        to_disk(path)
        to_disk(folder)
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


def match(path: Path, columns: Mapping[str, Sequence[str | None]]) -> Matched:
    """Return which rows are as they left with the release of this table.

    ``columns`` are ``order_id`` and every field that left, and no others.
    """
    held = pq.read_table(path, columns=["order_id", "salt", "row"])
    rows = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    wanted = pc.is_in(held.column("order_id"), rows.column("order_id").combine_chunks())
    kept = {
        row["order_id"]: (row["salt"], row["row"])
        for row in held.filter(wanted).to_pylist()
        if row["order_id"] is not None
    }
    n_same = n_other = 0
    for row in rows.to_pylist():
        salt, left = kept.get(row["order_id"], (b"", None))
        if left is not None:
            is_same = row_of(salt, row) == left
            n_same += is_same
            n_other += not is_same
    return Matched(
        n_rows=rows.num_rows,
        n_same=n_same,
        n_other=n_other,
        n_absent=rows.num_rows - n_same - n_other,
        n_erased=held.column("order_id").null_count,
    )

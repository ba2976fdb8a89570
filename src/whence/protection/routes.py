"""Relay numbers: which number and extension lead to the addressee of which order, until when.

The extension is the recipient's mark and follows from its number and the order; the relay number
is free. So that a dialled number leads to one addressee only, each order takes a relay number
under which its extension is not in use. How many numbers that takes is the load of the commonest
extension: some 15 for 40,000 hand-overs at a time, some 145 for a million.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from whence.errors import InputError, UsageError
from whence.model import Instant

Ints: TypeAlias = NDArray[np.int64]

EXTENSIONS: Final = 10_000  # four digits
_SCHEMA: Final = pa.schema(
    {
        "relay": pa.string(),
        "extension": pa.string(),
        "order_id": pa.string(),
        "release_id": pa.string(),
        "until": pa.timestamp("us", "UTC"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes of one release: an order's relay number and extension, one row an order."""

    table: pa.Table

    @property
    def relays(self) -> list[str]:
        """The relay number of each row."""
        found: list[str] = self.table.column("relay").to_pylist()
        return found


def in_use(folder: Path, now: Instant) -> pa.Table:
    """Return every route that still leads somewhere, of all releases of an installation."""
    paths = sorted(folder.glob("*.parquet"))
    try:
        tables = [pq.read_table(path, schema=_SCHEMA) for path in paths]
    except (pa.ArrowException, OSError) as error:
        raise InputError("release.routes-unreadable", folder=folder) from error
    live = pa.concat_tables([_SCHEMA.empty_table(), *tables])
    return live.filter(pa.array(_instants(live) > now))


def route(
    extensions: Sequence[str],
    order_ids: Sequence[str],
    relay_numbers: Sequence[str],
    live: pa.Table,
    *,
    release_id: str,
    until: Instant,
) -> Routes:
    """Give each order a relay number under which its extension is free.

    Raises UsageError where the relay numbers have no room, saying how many are needed.
    """
    dialled = np.array([int(extension) for extension in extensions], dtype=np.int64)
    taken = np.zeros((len(relay_numbers), EXTENSIONS), dtype=bool)
    known = {number: at for at, number in enumerate(relay_numbers)}
    for relay, extension in zip(
        live.column("relay").to_pylist(), live.column("extension").to_pylist(), strict=True
    ):
        if relay in known:
            taken[known[relay], int(extension)] = True
    rank = _rank(dialled)
    n_free = (~taken).sum(axis=0)
    lacking = int((rank + 1 - n_free[dialled]).max(initial=0))
    if lacking > 0:
        raise UsageError(
            "release.relays-full",
            hint="release.relays-full-hint",
            n=len(relay_numbers),
            more=lacking,
        )
    free_first = np.argsort(taken, axis=0, kind="stable")  # the free numbers of an extension
    chosen = free_first[rank, dialled] if len(dialled) else dialled
    columns = [
        pa.array(list(relay_numbers), pa.string()).take(pa.array(chosen)),
        pa.array(extensions, pa.string()),
        pa.array(order_ids, pa.string()),
        pa.array([release_id] * len(dialled), pa.string()),
        pa.array(np.full(len(dialled), until), pa.timestamp("us", "UTC")),
    ]
    return Routes(table=pa.table(columns, schema=_SCHEMA))


def _rank(values: Ints) -> Ints:
    """Return for each value how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(values) else values
    counts = np.diff(np.r_[starts, len(values)])
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - np.repeat(starts, counts)
    return rank


def _instants(table: pa.Table) -> Ints:
    return np.asarray(table.column("until").cast("int64").to_numpy(), dtype=np.int64)

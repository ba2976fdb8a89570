"""The canaries of an installation: what was planted in which release, kept to know them again."""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from whence.errors import InputError, OutputError
from whence.marks import Planted

CANARIES: Final = "canaries"  # the folder of canaries, below that of releases
_SCHEMA: Final = pa.schema(
    {
        "order_id": pa.string(),
        "number": pa.int64(),
        "relay": pa.string(),
        "extension": pa.string(),
        "place": pa.string(),
    }
)


def keep(releases: Path, release_id: str, planted: tuple[Planted, ...]) -> None:
    """Write the canaries of one release. Raises OutputError where they cannot be written."""
    rows = [
        {name: getattr(each, name) for name in _SCHEMA.names} | {"order_id": str(each.order_id)}
        for each in planted
    ]
    path = releases / CANARIES / f"{release_id}.parquet"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), path, compression="zstd")
    except OSError as error:
        raise OutputError("release.unwritable", file=path.name) from error


def load(releases: Path) -> tuple[Planted, ...]:
    """Return every canary there is, by release and row. Raises InputError for a damaged file."""
    found: list[Planted] = []
    for path in sorted((releases / CANARIES).glob("*.parquet")):
        try:
            rows = pq.read_table(path, schema=_SCHEMA).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise InputError("release.release-unreadable", file=path.name) from error
        found += [Planted(**row) for row in rows]
    return tuple(found)

"""The small tables of a lake: parties, reports, samples, marks and logins.

They are registers, delivered whole: one that comes again takes the place of the one before, and one
that does not come stays. Only columns that checks read are kept; no story, no telephone number.
"""

from typing import TYPE_CHECKING, Final

from whence.engine import DuckDB
from whence.lake import counts
from whence.lake.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from whence.model import Dataset

_LOGINS: Final = (
    "SELECT customer_id, timezone('UTC', attempted_at) AS attempted_at, true AS success, ip, "
    "device_id FROM logins WHERE {} ORDER BY customer_id, attempted_at, ip, device_id"
)


def add(
    engine: DuckDB,
    lake: "Path",
    after: Manifest,
    came: "Mapping[str, pa.Table]",
    dataset: "Dataset",
    number: int,
) -> Manifest:
    """Write the small tables that came; return the manifest that names them."""
    for table, rows in came.items():
        engine.hold("observed", rows)
        path = f"tables/{table}/{number:06}.parquet"
        kept = [
            after.keeps(column, customers=column == "customer_id")
            for column in ("order_id", "customer_id")
            if column in rows.column_names
        ]
        query = f"SELECT * FROM observed WHERE {' AND '.join(kept) or 'true'} ORDER BY ALL"
        after = counts.replaced(engine, lake, after, table, query, path)
        engine.drop("observed")
    if dataset.logins is not None:
        path = f"tables/logins/{number:06}.parquet"
        query = _LOGINS.format(after.keeps("customer_id", customers=True))
        after = counts.replaced(engine, lake, after, "logins", query, path)
    return after


def places(lake: "Path", held: Manifest) -> "dict[str, Path]":
    """Return where each small table of a lake stands."""
    names = ("parties", "logins", "reports", "samples", "marks")
    return {name: lake / held.of(name)[0].path for name in names if held.of(name)}

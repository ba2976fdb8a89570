"""A small clean dataset in Parquet, and the ways in which it may be less clean."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
ZONED = pa.timestamp("us", "UTC")
N = 60


def instants(hours: list[int]) -> pa.Array:
    return pa.array([START + timedelta(hours=h) for h in hours], ZONED)


def clean() -> dict[str, pa.Table]:
    """Return tables whose rows are all good as they stand; accesses name no party."""
    ids = [f"O{i}" for i in range(N)]
    orders = pa.table(
        {
            "number": ids,
            "placed_at": instants(list(range(N))),
            "customer_id": pa.array([i % 20 for i in range(N)], pa.int32()),
            "shop_id": [f"店{i % 3}" if i % 5 else None for i in range(N)],
            "amount": [1.5 * i for i in range(N)],
        }
    )
    accesses = pa.table(
        {
            "order_id": ids * 2,
            "account_id": [f"A{i % 7}" for i in range(2 * N)],
            "accessed_at": instants([h + 2 for h in range(N)] * 2),
            "fields": [None, "name,phone"] * N,
        }
    )
    logins = pa.table(
        {
            "customer_id": pa.array([i % 20 for i in range(40)], pa.int64()),
            "attempted_at": instants(list(range(100, 140))),
            "success": [i % 4 != 0 for i in range(40)],
            "device_id": [f"D{i % 3}" for i in range(40)],
        }
    )
    reports = pa.table(
        {"report_id": ["R1", "R2"], "order_id": ["O1", "O4"], "called_at": instants([400, 500])}
    )
    return {"orders": orders, "accesses": accesses, "logins": logins, "reports": reports}


def laid(folder: Path, tables: dict[str, pa.Table]) -> Path:
    """Write a dataset: orders as a folder by shop, the others as single files."""
    for name, rows in tables.items():
        if name == "orders":
            parts = (folder / "orders" / f"n={n}" / "part.parquet" for n in range(2))
            half = rows.num_rows // 2
            for number, part in enumerate(parts):
                part.parent.mkdir(parents=True)
                pq.write_table(rows.slice(number * half, None if number else half), part)
        else:
            pq.write_table(rows, folder / f"{name}.parquet")
    (folder / "map.toml").write_text('[orders]\norder_id = "number"\n')
    return folder

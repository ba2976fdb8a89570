"""A small market in deliveries: all at once, or by the days on which things happened."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whence import market
from whence.lake.manifest import MANIFEST

SPEC = market.MarketSpec(orders=3_000, sources=2, victims=8, noise=10, seed=4)


def tables() -> dict[str, pa.Table]:
    """Return the tables of a market."""
    made = market.make(SPEC)
    names = ("orders", "accesses", "parties", "reports", "logins")
    return {name: getattr(made, name) for name in names}


def laid(folder: Path, given: Mapping[str, pa.Table]) -> Path:
    """Lay tables into a folder as a dataset."""
    folder.mkdir(parents=True)
    for name, rows in given.items():
        pq.write_table(rows, folder / f"{name}.parquet")
    return folder


def until(given: Mapping[str, pa.Table], day: str) -> dict[str, pa.Table]:
    """Return what was there at the end of a day, registers whole."""
    return _parted(given, day, after=False)


def since(given: Mapping[str, pa.Table], day: str) -> dict[str, pa.Table]:
    """Return what came after the end of a day, registers whole."""
    return _parted(given, day, after=True)


def _parted(given: Mapping[str, pa.Table], day: str, *, after: bool) -> dict[str, pa.Table]:
    parted = dict(given)
    edge = pa.scalar(f"{day}T23:59:59").cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    for table, column in (("orders", "placed_at"), ("accesses", "accessed_at")):
        late = pc.greater(given[table].column(column), edge)
        parted[table] = given[table].filter(late if after else pc.invert(late))
    return parted


def state(lake: Path) -> dict[str, str]:
    """Return what the lake is: its manifest, and every file that it names, by digest."""
    sheet: dict[str, Any] = json.loads((lake / MANIFEST).read_text("utf-8"))
    found = {entry["path"]: entry["sha256"] for part in sheet["files"].values() for entry in part}
    return found | {MANIFEST: (lake / MANIFEST).read_text("utf-8")}


def present(lake: Path) -> set[str]:
    """Return the Parquet files that lie in a lake, named or not."""
    return {path.relative_to(lake).as_posix() for path in lake.rglob("*.parquet")}


def rows(lake: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of the lake, sorted."""
    sheet = json.loads((lake / MANIFEST).read_text("utf-8"))
    found: list[dict[str, Any]] = []
    for entry in sheet["files"].get(table, []):
        found += pq.ParquetFile(lake / entry["path"]).read().to_pylist()
    return sorted(found, key=str)


def first_touches(lake: Path) -> dict[tuple[Any, ...], Any]:
    """Return custody as it is meant: the first touch of each order, account, party, fields."""
    found: dict[tuple[Any, ...], Any] = {}
    for row in rows(lake, "custody"):
        key = tuple(row[name] for name in ("order_id", "account_id", "party_id", "fields"))
        found[key] = min(found.get(key, row["accessed_at"]), row["accessed_at"])
    return found

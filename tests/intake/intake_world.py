"""A small named world for intake: two shops, five orders, one log, and files made of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from whence.engine import DuckDB
from whence.errors import InputError
from whence.intake import read, read_tables
from whence.model import Dataset, Instant, to_instant

ORDERS = """\
order_id,placed_at,customer_id,shop_id,warehouse_id,amount,goods,region
O1,2026-03-01T08:00:00Z,C1,S1,W1,39.90,towel,east
O2,2026-03-02T08:00:00Z,C2,S1,W1,15,soap,east
O3,2026-03-03T08:00:00Z,C3,S2,W1,99.5,lamp,west
O4,2026-03-04T08:00:00Z,C1,S2,W1,7.25,cup,west
O5,2026-03-05T08:00:00Z,C4,S2,W1,15,soap,west
"""
ACCESSES = """\
order_id,account_id,accessed_at,party_id,fields
O1,A1,2026-03-01T09:00:00Z,S1,"Name, phone"
O2,A1,2026-03-02T09:00:00Z,S1,name
O3,A2,2026-03-03T09:00:00Z,S2,
"""
REPORTS = """\
report_id,order_id,called_at,known_fields
R1,O1,2026-03-10T10:00:00Z,"name,goods"
R2,O3,2026-03-11T10:00:00Z,
"""
WORLD = {"orders.csv": ORDERS, "accesses.csv": ACCESSES, "reports.csv": REPORTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What intake hands on, with the rows that stood in the engine, sorted."""

    dataset: Dataset
    orders: list[dict[str, Any]]
    accesses: list[dict[str, Any]]
    logins: list[dict[str, Any]]

    @property
    def rejected(self) -> dict[str, int]:
        return dict(self.dataset.rejected)

    @property
    def ids(self) -> list[tuple[str, str, str]]:
        return [(row.table, row.id, row.reason) for row in self.dataset.rejected_rows]

    @property
    def report_ids(self) -> list[str]:
        return [report.report_id for report in self.dataset.reports]

    def note(self, phrase: str) -> Mapping[str, object] | None:
        facts = [note.facts for note in self.dataset.notes if note.phrase == f"intake.{phrase}"]
        assert len(facts) < 2, "told more than once"
        return facts[0] if facts else None


def folder(at: Path, files: Mapping[str, str | bytes] | None = None, **changed: str) -> Path:
    """Write a dataset folder: the world, or ``files``; ``orders="..."`` changes orders.csv."""
    content = dict(WORLD if files is None else files)
    content |= {f"{table}.csv": text for table, text in changed.items()}
    for name, cells in content.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cells if isinstance(cells, bytes) else cells.encode())
    return at


def answer(source: Path | None, **options: Any) -> Answer:
    with DuckDB(threads=1) as engine:
        return _answer(read(source, engine=engine, **options), engine)


def answer_tables(tables: Mapping[str, pa.Table], **options: Any) -> Answer:
    with DuckDB(threads=1) as engine:
        return _answer(read_tables(tables, engine=engine, **options), engine)


def fault(source: Path | None, **options: Any) -> InputError:
    """Read what cannot be used and return the one error it stops with."""
    with DuckDB(threads=1) as engine:
        try:
            read(source, engine=engine, **options)
        except InputError as error:
            return error
    message = "it was read"
    raise AssertionError(message)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def typed(text: str) -> pa.Table:
    names, *rows = cells(text)
    columns: dict[str, pa.Array] = {}
    for at_, name in enumerate(names):
        column: Sequence[object] = [row[at_] or None for row in rows]
        if name.endswith("_at"):
            column = [datetime.fromisoformat(str(cell)) for cell in column]
            columns[name] = pa.array(column, pa.timestamp("us", "UTC"))
        else:
            columns[name] = pa.array(column, pa.string())
    return pa.table(columns)


def at(text: str) -> Instant:
    return to_instant(datetime.fromisoformat(f"{text}+00:00"))


def _answer(dataset: Dataset, engine: DuckDB) -> Answer:
    def rows(table: Any) -> list[dict[str, Any]]:
        if table is None:
            return []
        found: Sequence[dict[str, Any]] = engine.fetch(f"FROM {table.name}").to_pylist()
        assert list(found[0] if found else table.columns) == list(table.columns)
        return sorted(found, key=lambda row: [(cell is None, str(cell)) for cell in row.values()])

    return Answer(
        dataset=dataset,
        orders=rows(dataset.orders),
        accesses=rows(dataset.accesses),
        logins=rows(dataset.logins),
    )

"""Two engines side by side, and a small odd world to try them on.

``Twin`` speaks the engine's verbs and passes each on to both; every table that is handed on is
compared, so whatever code is run on it proves the engines alike, whichever expressions it uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from whence.engine import DuckDB, Engine, Relation

Rows = list[tuple[Any, ...]]


def rows_of(table: pa.Table) -> Rows:
    """Return a table's rows in an order of their own."""
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return sorted(rows, key=lambda row: [(cell is None, str(cell)) for cell in row])


def assert_same(mine: pa.Table, other: pa.Table) -> None:
    assert mine.schema.equals(other.schema, check_metadata=True)
    assert rows_of(mine) == rows_of(other)


@dataclass
class Twin:
    """Two engines that must agree; ``compared`` counts the tables they agreed on."""

    first: Engine
    second: Engine
    compared: int = 0
    not_empty: int = 0
    largest: dict[str, int] = field(default_factory=dict)

    def hold(self, name: str, table: pa.Table) -> Relation:
        return self._agreed(self.first.hold(name, table), self.second.hold(name, table))

    def hold_rows(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Relation:
        mine = self.first.hold_rows(name, schema, rows)
        return self._agreed(mine, self.second.hold_rows(name, schema, rows))

    def keep(self, name: str, expression: object) -> Relation:
        return self._agreed(self.first.keep(name, expression), self.second.keep(name, expression))

    def run(self, expression: object) -> pa.Table:
        mine, other = self.first.run(expression), self.second.run(expression)
        assert_same(mine, other)
        self.compared += 1
        self.not_empty += mine.num_rows > 0
        return other

    def open_parquet(
        self,
        name: str,
        paths: Sequence[Path],
        columns: Mapping[str, tuple[str | None, str]],
        *,
        is_hive: bool = False,
    ) -> Relation:
        mine = self.first.open_parquet(name, paths, columns, is_hive=is_hive)
        return self._agreed(mine, self.second.open_parquet(name, paths, columns, is_hive=is_hive))

    def relation(self, name: str) -> Relation:
        return self._agreed(self.first.relation(name), self.second.relation(name))

    def drop(self, *names: str) -> None:
        self.first.drop(*names)
        self.second.drop(*names)

    def close(self) -> None:
        """Leave both engines to whoever opened them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _agreed(mine: Relation, other: Relation) -> Relation:
        assert mine == other
        return mine


def written(engine: DuckDB, name: str, folder: Path, *, files: int = 2) -> list[Path]:
    """Write a relation of DuckDB as Parquet files, its times zoned as outside the product."""
    table = engine.fetch(f'FROM "{name}"')
    fields = [
        f.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(f.type) else f
        for f in table.schema
    ]
    table = table.cast(pa.schema(fields))
    folder.mkdir(parents=True, exist_ok=True)
    size = max(1, -(-table.num_rows // files))
    paths = []
    for number in range(files):
        paths.append(folder / f"{name}-{number}.parquet")
        pq.write_table(table.slice(number * size, size), paths[-1])
    return paths


def carry(engine: DuckDB, relations: Sequence[Any], to: Engine, folder: Path) -> None:
    """Open what stands in DuckDB on another engine, by way of Parquet files."""
    for relation in relations:
        if relation is not None:
            to.drop(relation.name)
            columns = {name: (name, kind) for name, kind in relation.columns.items()}
            if all(kind in {"string", "int64", "timestamp(6)"} for _, kind in columns.values()):
                to.open_parquet(relation.name, written(engine, relation.name, folder), columns)
            else:
                to.hold(relation.name, engine.fetch(f'FROM "{relation.name}"'))


MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
ODD = ("SH'1", 'SH"2', "SH\\3", "SH`4", " SH5", "店6", "Ş7", "sh8", "SH8", "", "%E5%BA%97")


def odd_tables(*, integer_ids: bool = False, empty: bool = False) -> dict[str, pa.Table]:
    """Return a dataset that has what engines like to differ on.

    Ids with quotes, blanks, backslashes, other scripts, and two that differ in case; orders placed
    at the first and the last microsecond of a day; ties in time; accesses without a party and
    without fields; one clerk who saw every order. Customers of the first shop are called.
    """
    n = 880
    ids: list[Any] = (
        list(range(1, n + 1)) if integer_ids else [f"O'{i} \\{i % 7}" for i in range(n)]
    )
    edges = (
        timedelta(0),
        timedelta(microseconds=-1),
        timedelta(microseconds=1),
        timedelta(hours=5),
    )
    placed = [MIDNIGHT + timedelta(days=i // 4) + edges[i % 4] for i in range(n)]
    orders = pa.table(
        {
            "order_id": ids,
            "placed_at": pa.array(placed, pa.timestamp("us", "UTC")),
            "customer_id": [f"K{i % 400}" for i in range(n)],
            "shop_id": [ODD[i % len(ODD)] or None for i in range(n)],
            "app_id": [f"AP{i % 3}" if i % 5 else None for i in range(n)],
            "goods": [("towel", "鞋", None)[i % 3] for i in range(n)],
        }
    )
    seen = [
        (
            ids[i],
            "clerk",
            (None, "desk")[i % 2],
            placed[i] + timedelta(hours=1),
            (None, "name,phone")[i % 2],
        )
        for i in range(n)
    ]
    shops = [ODD[i % len(ODD)] for i in range(n)]
    seen += [
        (ids[i], f"{shop}-C{i % 3}", shop, placed[i], "name")
        for i, shop in enumerate(shops)
        if shop
    ]
    seen += seen[:20]  # the same instant twice
    seen = [] if empty else seen
    names = ("order_id", "account_id", "party_id", "accessed_at", "fields")
    kinds = (
        orders.schema.field("order_id").type,
        pa.string(),
        pa.string(),
        pa.timestamp("us", "UTC"),
        pa.string(),
    )
    columns = list(zip(*seen, strict=True)) or [()] * len(names)
    accesses = pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names=names)
    # All but one of what the first shop sold in five weeks, and four orders of others.
    called = [i for i in range(220, 374, len(ODD)) if i != 297] + [5, 130, 411, 602]
    reports = pa.table(
        {
            "report_id": [f"R{i}" for i in called],
            "order_id": [ids[i] for i in called],
            "called_at": pa.array(
                [placed[i] + timedelta(days=6) for i in called], pa.timestamp("us", "UTC")
            ),
        }
    )
    parties = pa.table(
        {
            "party_id": ["clerk", "desk", "SH'1", "组1", 'SH"2', "SH'1-C0"],
            "kind": ["clerk", "service", "shop", "group", "shop", "clerk"],
            "parent_id": ["desk", None, "组1", None, "组1", "SH'1"],
        }
    )
    logins = pa.table(
        {
            "customer_id": [f"K{i % 30}" for i in range(40)],
            "attempted_at": pa.array(
                [MIDNIGHT + timedelta(days=9, minutes=i) for i in range(40)],
                pa.timestamp("us", "UTC"),
            ),
            "success": [True] * 40,
            "ip": [f"10.0.0.{i % 3}" for i in range(40)],
            "device_id": [None if i % 2 else "D 1" for i in range(40)],
        }
    )
    tables = {"orders": orders, "accesses": accesses, "reports": reports, "parties": parties}
    return tables if empty else tables | {"logins": logins}

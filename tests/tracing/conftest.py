"""A small world made by hand: shops, their clerks, apps and warehouses, and who saw what when."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from whence import intake, tracing
from whence.engine import DuckDB
from whence.model import Trace

DAY_US = 86_400_000_000
START = np.datetime64("2026-01-01T00:00:00", "us").astype(np.int64)
N_ORDERS, N_DAYS, N_SHOPS = 6_000, 60, 40


@dataclass(frozen=True)
class World:
    """Orders and accesses as arrays, and reports added one by one."""

    shop: Any
    app: Any
    warehouse: Any
    clerk: Any
    placed: Any
    seen: Any
    reports: tuple[dict[str, Any], ...] = ()
    accesses: tuple[dict[str, Any], ...] = ()
    extra: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def held(self, kind: str, custodian_id: str, first: float, last: float) -> Any:
        """Return the orders a custodian first touched between two days of the world."""
        column = {"shop": self.shop, "app": self.app, "warehouse": self.warehouse}.get(kind)
        mine = (self.clerk if column is None else column) == custodian_id
        at = self.seen if column is None else self.placed
        days = (at - START) / DAY_US
        return np.flatnonzero(mine & (days >= first) & (days < last))

    def call(self, orders: Any, *, after_days: Any, **facts: Any) -> "World":
        """Add a report for each order, so many days after the clerk saw it."""
        rows: list[dict[str, Any]] = []
        for order, days in zip(orders, np.broadcast_to(after_days, len(orders)), strict=True):
            at = int(self.seen[order] + days * DAY_US)
            n = len(self.reports) + len(rows)
            rows.append({"report_id": f"V{n:04}", "order_id": f"O{order:05}", "called_at": at})
            rows[-1] |= facts
        return replace(self, reports=(*self.reports, *rows))

    def noise(self, n: int, seed: int = 5) -> "World":
        """Add reports about orders drawn evenly, called after some weeks."""
        rng = np.random.default_rng(seed)
        orders = rng.choice(len(self.placed), n, replace=False)
        return self.call(orders, after_days=rng.lognormal(2.5, 0.8, n))

    def shadowed(self, clerk: str, account: str, share: float = 1.0, **facts: Any) -> "World":
        """Let a second account look at what a clerk looked at, a minute later."""
        rng = np.random.default_rng(9)
        mine = [i for i in np.flatnonzero(self.clerk == clerk) if rng.random() < share]
        shop = clerk.split("-", maxsplit=1)[0]
        rows = tuple(
            {
                "order_id": f"O{i:05}",
                "account_id": account,
                "party_id": shop,
                "accessed_at": int(self.seen[i]) + 60_000_000,
            }
            | facts
            for i in mine
        )
        party = {"party_id": account, "kind": "clerk", "parent_id": shop}
        return replace(self, accesses=rows).also("parties", party)

    def also(self, table: str, *rows: dict[str, Any]) -> "World":
        """Add rows to another table."""
        return replace(self, extra={**self.extra, table: [*self.extra.get(table, []), *rows]})

    def tables(self) -> dict[str, pa.Table]:
        """Return the world as the tables of a dataset."""
        n = len(self.placed)
        ids = [f"O{i:05}" for i in range(n)]
        goods = [f"goods {hash_of(shop) % 6}" for shop in self.shop]
        orders = pa.table(
            {
                "order_id": ids,
                "placed_at": stamps(self.placed),
                "customer_id": [f"K{i:05}" for i in range(n)],
                "goods": goods,
                "shop_id": self.shop.tolist(),
                "app_id": self.app.tolist(),
                "warehouse_id": self.warehouse.tolist(),
            }
        )
        seen = [
            {"order_id": i, "account_id": c, "party_id": s, "accessed_at": int(t)}
            for i, c, s, t in zip(ids, self.clerk, self.shop, self.seen, strict=True)
        ]
        seen += list(self.accesses)
        clerks = sorted(set(self.clerk.tolist()))
        parties = [{"party_id": c, "kind": "clerk", "parent_id": c.split("-")[0]} for c in clerks]
        parties += [
            {"party_id": s, "kind": "shop", "parent_id": None}
            for s in sorted(set(self.shop.tolist()))
        ]
        tables = {
            "orders": orders,
            "accesses": rows_of(seen, "accessed_at"),
            "parties": rows_of([*parties, *self.extra.get("parties", [])]),
            "reports": rows_of(list(self.reports), "called_at"),
        }
        for name in ("samples", "marks", "logins"):
            if name in self.extra:
                tables[name] = rows_of(self.extra[name], "attempted_at")
        return tables


def hash_of(text: str) -> int:
    return sum(ord(letter) * (i + 7) for i, letter in enumerate(text))


def stamps(instants: Any) -> pa.Array:
    return pa.array(np.asarray(instants, dtype=np.int64)).cast(pa.timestamp("us", "UTC"))


def rows_of(rows: list[dict[str, Any]], at: str | None = None) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
    if at in columns:
        columns[at] = stamps(columns[at])
    if not rows:
        return pa.table(
            {
                "report_id": pa.array([], pa.string()),
                "order_id": pa.array([], pa.string()),
                "called_at": pa.array([], pa.timestamp("us", "UTC")),
            }
        )
    return pa.table(columns)


def make_world(seed: int = 3) -> World:
    rng = np.random.default_rng(seed)
    size = 1.0 / (np.arange(N_SHOPS) + 3.0)
    shop_index = rng.choice(N_SHOPS, N_ORDERS, p=size / size.sum())
    placed = START + np.sort(rng.uniform(0, N_DAYS, N_ORDERS) * DAY_US).astype(np.int64)
    shift = rng.integers(0, 3, N_ORDERS)
    names = np.array([f"SH{i:02}" for i in range(N_SHOPS)])
    clerks = np.array([f"SH{s:02}-C{c}" for s, c in zip(shop_index, shift, strict=True)])
    return World(
        shop=names[shop_index],
        app=np.array([f"AP{i % 5}" for i in shop_index]),
        warehouse=np.array([f"WA{i % 7}" for i in shop_index]),
        clerk=clerks,
        placed=placed,
        seen=placed + (rng.uniform(0.01, 0.5, N_ORDERS) * DAY_US).astype(np.int64),
    )


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


Tracing = Callable[..., Trace]


@pytest.fixture(scope="session")
def traced() -> Tracing:
    """Trace a world or a dataset's tables, from the tables up."""

    def run(given: World | dict[str, pa.Table], *, threads: int = 1, **settings: Any) -> Trace:
        tables = given.tables() if isinstance(given, World) else given
        with DuckDB(threads=threads) as engine:
            dataset = intake.read_tables(tables, engine=engine)
            return tracing.trace(dataset, engine=engine, settings=tracing.Settings(**settings))

    return run

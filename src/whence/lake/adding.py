"""Orders that come to a lake that has some already."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.engine import DuckDB, quoted
from whence.engine.files import clear, keep
from whence.errors import InputError
from whence.intake import Accesses, Orders
from whence.lake import parts
from whence.lake.manifest import Manifest

if TYPE_CHECKING:
    from whence.intake import SetAside
    from whence.model import Dataset

_TYPES: Final = {"string": "VARCHAR", "int64": "BIGINT"}


class Adding:
    """The stored side of a build (fulfils ``intake.Stored``)."""

    def __init__(self, lake: Path, before: Manifest) -> None:
        self._lake = lake
        self._before = before
        self._orders: Orders | None = None

    def joined(self, came: Orders | None, engine: DuckDB, aside: "SetAside") -> Orders:
        """Return all orders as the relation ``orders``, and the new ones as ``orders_new``."""
        before = self._before
        if not before.of("orders"):
            if came is None:
                raise InputError("lake.no-orders", hint="lake.no-orders-hint")
            self._orders = came
            _rename(engine)
            keep(engine, "orders_new", self._wanted("SELECT * FROM orders_came"), is_view=True)
            keep(engine, "orders", "SELECT * FROM orders_new", is_view=True)
            return came
        names = ("order_id", "placed_at", *before.columns)
        stored = parts.stored_rows(self._lake, before.of("orders"))
        keep(engine, "orders_stored", f"SELECT {parts.chosen(names)} FROM {stored}", is_view=True)
        if came is None:
            keep(engine, "orders_new", "SELECT * FROM orders_stored LIMIT 0", is_view=True)
            keep(engine, "orders", "SELECT * FROM orders_stored", is_view=True)
        else:
            self._check_columns(came)
            self._set_aside(came, names, engine, aside)
        self._orders = Orders(
            table=engine.relation("orders"),
            columns=before.custodians,
            id_type=_TYPES[before.order_type],
            customer_type=_TYPES.get(before.customer_type or ""),
        )
        return self._orders

    def accesses(self, came: Accesses | None, engine: DuckDB) -> Accesses | None:
        """Return what came: a build adds nothing else."""
        del engine
        return came

    def described(self, dataset: "Dataset") -> Manifest:
        """Return the manifest with what the orders look like, its files as they were."""
        if self._before.of("orders") or self._orders is None:
            return self._before
        columns = self._orders.table.columns
        return replace(
            self._before,
            order_type=columns["order_id"],
            customer_type=columns.get("customer_id"),
            columns=tuple(name for name in columns if name not in {"order_id", "placed_at"}),
            custodians=dataset.custodian_columns,
        )

    def _check_columns(self, came: Orders) -> None:
        """Raise InputError for orders that bring ids of another type, or columns not known here."""
        before, columns = self._before, came.table.columns
        if columns["order_id"] != before.order_type:
            raise InputError(
                "lake.other-ids",
                hint="lake.other-ids-hint",
                stored=before.order_type,
                came=columns["order_id"],
            )
        if columns.get("customer_id", before.customer_type) != before.customer_type:
            raise InputError(
                "lake.other-ids",
                hint="lake.other-ids-hint",
                stored=before.customer_type,
                came=columns["customer_id"],
            )
        new = sorted(set(columns) - {"order_id", "placed_at"} - set(before.columns))
        if new:
            raise InputError(
                "lake.other-columns", hint="lake.other-columns-hint", columns=", ".join(new)
            )

    def _set_aside(
        self, came: Orders, names: tuple[str, ...], engine: DuckDB, aside: "SetAside"
    ) -> None:
        """Keep the orders that are new; set aside those stored in other words."""
        _rename(engine)
        given = ", ".join(
            quoted(name)
            if name in came.table.columns
            else f"NULL::{self._type_of(name)} AS {quoted(name)}"
            for name in names
        )
        same = [name for name in names if name in came.table.columns]
        differs = " OR ".join(f"c.{quoted(n)} IS DISTINCT FROM s.{quoted(n)}" for n in same)
        conflicts = (
            "SELECT c.order_id FROM orders_came AS c JOIN orders_stored AS s "
            f"ON c.order_id = s.order_id WHERE {differs}"
        )
        keep(engine, "orders_conflicting", conflicts, is_view=False)
        ((n,),) = engine.rows("SELECT count(*) FROM orders_conflicting")
        if n:
            ids = "SELECT order_id::VARCHAR FROM orders_conflicting"
            aside.rows_of("orders", "differs from the lake", int(str(n)), ids, engine)
        query = (
            f"SELECT {given} FROM orders_came AS c ANTI JOIN orders_stored AS s USING (order_id)"
        )
        keep(engine, "orders_new", self._wanted(query), is_view=False)
        clear(engine, "orders_conflicting")
        keep(
            engine,
            "orders",
            "SELECT * FROM orders_stored UNION ALL SELECT * FROM orders_new",
            is_view=True,
        )

    def _type_of(self, column: str) -> str:
        """Return the type in which a column stands in the lake."""
        if column == "customer_id":
            return _TYPES[self._before.customer_type or "string"]
        return "DOUBLE" if column == "amount" else "VARCHAR"

    def _wanted(self, query: str) -> str:
        """Return the orders without those that were to be forgotten, or whose customers were."""
        before = self._before
        conditions = [before.keeps("order_id", customers=False)]
        if before.customer_type is not None:
            conditions.append(before.keeps("customer_id", customers=True))
        if conditions == ["true"] * len(conditions):
            return query
        return f"SELECT * FROM ({query}) WHERE {' AND '.join(conditions)}"


def _rename(engine: DuckDB) -> None:
    """Call the orders that came by another name: ``orders`` will be all there are."""
    is_view = engine.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'orders'")
    engine.execute(f"ALTER {'VIEW' if is_view else 'TABLE'} orders RENAME TO orders_came")

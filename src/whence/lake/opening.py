"""Opening a lake for a trace: its large tables were checked when it was built."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence import intake
from whence.engine import DuckDB, Relation
from whence.engine.files import keep
from whence.errors import InputError, UsageError
from whence.intake import Accesses, Orders
from whence.lake import manifest as manifest_room, observations, parts, touches as by_account
from whence.lake.manifest import Manifest
from whence.model import ParquetSource
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    from whence.intake import SetAside
    from whence.model import Dataset

SQL_TYPES: Final = {"string": "VARCHAR", "int64": "BIGINT"}
_BUILT: Final = ("orders", "accesses", "exports")  # what comes into a lake by building alone


def open_lake(
    lake: Path,
    *,
    engine: DuckDB,
    tables: Mapping[str, Path] | None = None,
    mapping: Path | None = None,
    timezone: str = "UTC",
    on_progress: Progress = no_progress,
) -> "Dataset":
    """Return a lake as a dataset; ``tables`` wins over the small tables that the lake holds.

    Raises InputError for a lake that is damaged or has no reports, UsageError where ``tables``
    names a table that only a build takes.
    """
    held = manifest_room.read(lake)
    given = dict(tables or {})
    for name in _BUILT:
        if name in given:
            raise UsageError("lake.build-first", hint="lake.build-first-hint", table=name)
    if not held.of("orders"):
        raise InputError("lake.no-orders", hint="lake.no-orders-hint")
    places = observations.places(lake, held) | given
    if "reports" not in places:
        raise InputError("intake.no-reports", hint="lake.no-reports-hint")
    opened = _Opened(lake, held)
    dataset = intake.read(
        None,
        engine=engine,
        tables=places,
        mapping=mapping,
        timezone=timezone,
        stored=opened,
        on_progress=on_progress,
    )
    return replace(
        dataset,
        touches=opened.touches(engine),
        days=opened.counted("days", "columns", engine),
        cells=opened.counted("cells", "cells", engine),
    )


class _Opened:
    """The large tables of a lake (fulfils ``intake.Stored``)."""

    def __init__(self, lake: Path, held: Manifest) -> None:
        self._lake = lake
        self._held = held

    def joined(self, came: Orders | None, engine: DuckDB, aside: "SetAside") -> Orders:
        """Return the lake's orders; none can come beside them."""
        del came, aside
        held = self._held
        names = ("order_id", "placed_at", *held.columns)
        query = f"SELECT {parts.chosen(names)} FROM {self._rows('orders')}"
        keep(engine, "orders", query, is_view=True)
        orders = engine.relation("orders", n_rows=sum(f.rows for f in held.of("orders")))
        return Orders(
            table=replace(orders, source=self._source("orders", orders)),
            columns=held.custodians,
            id_type=SQL_TYPES[held.order_type],
            customer_type=SQL_TYPES.get(held.customer_type or ""),
        )

    def accesses(self, came: Accesses | None, engine: DuckDB) -> Accesses | None:
        """Return the lake's touches, and the accesses they come from, counted."""
        del came
        if not self._held.of("custody"):
            return None
        query = f"SELECT {parts.chosen(parts.TOUCH)} FROM {self._rows('custody')}"
        keep(engine, "accesses", query, is_view=True)
        keep(
            engine,
            "actors",
            f"SELECT * FROM {self._rows('actors')}",
            is_view=False,
        )
        ((n,),) = engine.rows("SELECT coalesce(sum(n), 0) FROM actors")
        accesses = engine.relation("accesses", n_rows=int(str(n)))
        return Accesses(
            table=replace(accesses, source=self._source("custody", accesses)),
            actors=engine.relation("actors"),
        )

    def touches(self, engine: DuckDB) -> Relation | None:
        """Return the touches by account, if the lake has any."""
        held = self._held
        if not held.of("touches"):
            return None
        query = f"SELECT {by_account.opened(held.columns)} FROM {self._rows('touches')}"
        keep(engine, "touches", query, is_view=True)
        relation = engine.relation("touches", n_rows=sum(f.rows for f in held.of("touches")))
        source = self._source("touches", relation)
        placed = {"placed_at": ("placed_on", "timestamp(6)")}
        return replace(relation, source=replace(source, columns={**source.columns, **placed}))

    def counted(self, name: str, table: str, engine: DuckDB) -> Relation | None:
        """Return a table of counts as a relation, if the lake has it."""
        if not self._held.of(table):
            return None
        keep(engine, name, f"SELECT * FROM {self._rows(table)}", is_view=True)
        return engine.relation(name)

    def _source(self, table: str, relation: Relation) -> ParquetSource:
        """Return where any engine finds a large table: its files are plain."""
        kinds = {name: kind for name, kind in relation.columns.items() if name != "amount"}
        return ParquetSource(
            paths=tuple(self._lake / file.path for file in self._held.of(table)),
            columns={name: (name, kind) for name, kind in kinds.items()},
        )

    def _rows(self, table: str) -> str:
        return parts.stored_rows(self._lake, self._held.of(table))

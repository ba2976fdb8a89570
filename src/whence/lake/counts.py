"""What a trace would count anew each time: accesses by account, orders by custodian and stratum."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.engine import DuckDB, custody, literal
from whence.engine.files import keep
from whence.lake import parts
from whence.lake.manifest import Manifest
from whence.lake.parts import LOG_KEYS
from whence.tracing import strata

if TYPE_CHECKING:
    from whence.model import CustodianColumn, Dataset, Table

_WHOLE: Final = 122_880  # rows of a group, for what is read whole


def add(engine: DuckDB, lake: Path, after: Manifest, dataset: "Dataset", number: int) -> Manifest:
    """Count what came, and the strata of all orders; return the manifest with the counts."""
    if dataset.accesses is not None:
        path = f"counts/log/{number:06}.parquet"
        after = replaced(engine, lake, after, "log", _log(lake, after), path)
        path = f"counts/actors/{number:06}.parquet"
        after = replaced(engine, lake, after, "actors", _actors(lake, after), path)
    named = [column.column for column in after.custodians]
    if named:
        path = f"counts/columns/{number:06}.parquet"
        file = parts.write(engine, lake, path, _columns(named), row_group=_WHOLE)
        if file is not None:
            after = after.with_files("columns", [*after.of("columns"), file])
    return with_cells(engine, lake, after, dataset.custodian_columns, number)


def discounted(
    engine: DuckDB, lake: Path, after: Manifest, gone: str, number: int, part: int
) -> Manifest:
    """Take orders that are deleted out of the counts by column; ``gone`` is their source."""
    named = [column.column for column in after.custodians]
    if not named:
        return after
    path = f"counts/columns/{number:06}-{part:04}.parquet"
    query = f"SELECT * REPLACE (-n AS n) FROM ({_columns(named, gone)}) ORDER BY ALL"
    file = parts.write(engine, lake, path, query, row_group=_WHOLE)
    return after.with_files("columns", [*after.of("columns"), file]) if file else after


def _log(lake: Path, after: Manifest) -> str:
    """Return accesses counted by day, those that were counted before among them.

    A day that comes again counts once: of two counts of the same account and day the larger holds.
    """
    summed = "min(first_at) AS first_at, max(last_at) AS last_at"
    query = f"SELECT {LOG_KEYS}, sum(n)::BIGINT AS n, {summed} FROM log_came GROUP BY {LOG_KEYS}"
    if after.of("log"):
        stored = parts.stored_rows(lake, after.of("log"))
        query = (
            f"SELECT {LOG_KEYS}, max(n) AS n, {summed} "
            f"FROM ({query} UNION ALL SELECT * FROM {stored}) GROUP BY {LOG_KEYS}"
        )
    return f"SELECT * FROM ({query}) ORDER BY {LOG_KEYS}"


def _actors(lake: Path, after: Manifest) -> str:
    """Return the accesses of all days by account and party."""
    return (
        "SELECT account_id, party_id, sum(n)::BIGINT AS n, min(first_at) AS first_at, "
        f"max(last_at) AS last_at FROM {parts.stored_rows(lake, after.of('log'))} "
        "GROUP BY account_id, party_id ORDER BY account_id, party_id"
    )


def _columns(named: list[str], orders: str = "orders_new WHERE true") -> str:
    """Return orders counted by the values of their columns and the day of placing."""
    each = [
        f'SELECT {literal(name)} AS "column", "{name}" AS custodian_id, placed_at::DATE AS day, '
        f'count(*) AS n FROM {orders} AND "{name}" IS NOT NULL GROUP BY ALL'
        for name in named
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(each)}) ORDER BY ALL"


def with_cells(
    engine: DuckDB,
    lake: Path,
    after: Manifest,
    custodians: "tuple[CustodianColumn, ...]",
    number: int,
) -> Manifest:
    """Count all orders by their strata: levels and sizes depend on every order there is."""
    if not after.of("orders"):
        return after.with_files("cells", [])
    tables = custody.CustodyTables(
        orders=_seen(engine, "orders", parts.stored_rows(lake, after.of("orders"))),
        accesses=None,
        logins=None,
        actors=None,
        touches=None,
        days=_seen(engine, "days", parts.stored_rows(lake, after.of("columns")))
        if after.of("columns")
        else None,
        cells=None,
        columns=custodians,
        has_marks=False,
    )
    engine.keep("cells", strata.chosen(tables, engine).cells(tables))
    path = f"counts/cells/{number:06}.parquet"
    return replaced(engine, lake, after, "cells", "SELECT * FROM cells ORDER BY ALL", path)


def _seen(engine: DuckDB, name: str, rows: str) -> "Table":
    """Return the rows of files as a relation under a name."""
    keep(engine, name, f"SELECT * FROM {rows}", is_view=True)
    return engine.relation(name)


def replaced(
    engine: DuckDB, lake: Path, after: Manifest, table: str, query: str, path: str
) -> Manifest:
    """Write a table anew; where nothing in it has changed, the old file stays."""
    file = parts.write(engine, lake, path, query, row_group=_WHOLE)
    if file is None:
        return after
    if any(file.sha256 == old.sha256 for old in after.of(table)):
        (lake / file.path).unlink()
        return after
    return after.with_files(table, [file])

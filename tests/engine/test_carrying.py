"""A checked dataset carried to another engine: the same rows, by way of the same files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from carried_world import START, N, clean, laid
from engine_world import rows_of

from whence import intake
from whence.engine import DuckDB, Engine, carrying
from whence.model import Dataset

LARGE = ("orders", "accesses", "logins")


@pytest.fixture
def checked() -> Iterator[DuckDB]:
    """Return the engine that intake runs on; what is carried goes to another."""
    with DuckDB(threads=1) as engine:
        yield engine


def read(folder: Path, checked: DuckDB, *, timezone: str = "UTC") -> Dataset:
    return intake.read(folder, engine=checked, mapping=folder / "map.toml", timezone=timezone)


def opened(dataset: Dataset) -> set[str]:
    return set(carrying.load_of(dataset).opened)


def assert_carried(dataset: Dataset, checked: DuckDB, engine: Engine) -> None:
    """Carry a dataset, and see that every relation has there the rows that it had here."""
    load = carrying.load_of(dataset)
    there = carrying.carried(dataset, load, checked, engine)
    for name in (*LARGE, "actors"):
        here, table = getattr(dataset, name), getattr(there, name)
        left_out = set(here.columns) - set(table.columns)
        assert left_out <= {"amount"}
        assert table.n_rows == here.n_rows
        before = checked.fetch(f'FROM "{name}"').drop_columns(sorted(left_out))
        after = engine.run(ibis.table(dict(table.columns), name=name))
        assert rows_of(after) == rows_of(before)
        assert after.num_rows == here.n_rows > 0


def changed(table: pa.Table, column: str, change: Any) -> pa.Table:
    """Return a table with one column changed: given its values, or a type to cast them to."""
    at = table.column_names.index(column)
    old = table.column(column)
    new = old.cast(change) if isinstance(change, pa.DataType) else pa.array(change(old.to_pylist()))
    return table.set_column(at, column, new)


def test_a_clean_dataset_is_opened_from_its_own_files(
    checked: DuckDB, engine: Engine, tmp_path: Path
) -> None:
    dataset = read(laid(tmp_path, clean()), checked)
    assert opened(dataset) == set(LARGE)
    assert dataset.logins is not None
    assert dataset.logins.n_rows == 30  # the others failed
    assert_carried(dataset, checked, engine)


UNCLEAN: dict[str, tuple[str, str, Any]] = {
    "a repeated order": ("orders", "number", None),
    "an order twice in other words": ("orders", "number", lambda ids: [*ids[:-1], ids[0]]),
    "an order without a time": ("orders", "placed_at", lambda at: [*at[:-1], None]),
    "an id with a blank": ("orders", "shop_id", lambda ids: [*ids[:-1], " 店1"]),
    "nanoseconds": ("orders", "placed_at", pa.timestamp("ns", "UTC")),
    "early": ("accesses", "accessed_at", lambda at: [*at[:5], START, *at[6:]]),
    "an access to no order": ("accesses", "order_id", lambda ids: [*ids[:-1], "O?"]),
    "fields in capitals": ("accesses", "fields", lambda shown: [*shown[:-1], "Name"]),
    "a login without a customer": ("logins", "customer_id", lambda ids: [*ids[:-1], None]),
    "success in words": (
        "logins",
        "success",
        lambda all_of: ["no" if x else "yes" for x in all_of],
    ),
}
LOST = {"an order twice in other words", "an order without a time"}  # their accesses go too


@pytest.mark.parametrize("fault", UNCLEAN)
def test_a_table_that_is_not_its_plain_columns_is_handed_over_as_checked(
    checked: DuckDB, duckdb: DuckDB, tmp_path: Path, fault: str
) -> None:
    table, column, change = UNCLEAN[fault]
    tables = clean()
    if fault == "a repeated order":
        tables[table] = pa.concat_tables([tables[table], tables[table].slice(0, 1)])
    else:
        tables[table] = changed(tables[table], column, change)
    dataset = read(laid(tmp_path, tables), checked)
    handed = {table, "accesses"} if fault in LOST else {table}
    assert opened(dataset) == set(LARGE) - handed
    assert_carried(dataset, checked, duckdb)


@pytest.mark.parametrize(("zone", "plain"), [("UTC", True), ("Asia/Shanghai", False)])
def test_times_without_a_zone_are_plain_where_they_are_utc(
    checked: DuckDB, duckdb: DuckDB, tmp_path: Path, zone: str, *, plain: bool
) -> None:
    tables = clean()
    for table, column in (("orders", "placed_at"), ("accesses", "accessed_at")):
        tables[table] = changed(tables[table], column, pa.timestamp("us"))
    dataset = read(laid(tmp_path, tables), checked, timezone=zone)
    assert ({"orders", "accesses"} <= opened(dataset)) is plain
    assert_carried(dataset, checked, duckdb)


def test_files_of_two_kinds_are_handed_over(
    checked: DuckDB, duckdb: DuckDB, tmp_path: Path
) -> None:
    tables = clean()
    folder = laid(tmp_path / "one", tables)
    narrow = changed(tables["orders"], "customer_id", pa.int64())
    other = laid(tmp_path / "two", {"orders": narrow}) / "orders" / "n=1" / "part.parquet"
    other.replace(folder / "orders" / "n=1" / "part.parquet")
    dataset = read(folder, checked)
    assert opened(dataset) == {"accesses", "logins"}
    assert_carried(dataset, checked, duckdb)


def test_tables_in_memory_are_handed_over(checked: DuckDB, engine: Engine) -> None:
    tables = clean()
    tables["orders"] = tables["orders"].rename_columns({"number": "order_id"})
    dataset = intake.read_tables(tables, engine=checked)
    assert opened(dataset) == set()
    assert_carried(dataset, checked, engine)


def test_what_is_handed_over_must_be_small(
    checked: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = clean()
    dataset = read(laid(tmp_path / "clean", tables), checked)
    monkeypatch.setattr(carrying, "HOLDABLE", 2 * N - 1)
    assert carrying.load_of(dataset).too_large is None
    tables["accesses"] = changed(tables["accesses"], "fields", lambda f: [*f[:-1], "Name"])
    dataset = read(laid(tmp_path / "unclean", tables), checked)
    too_large = carrying.load_of(dataset).too_large
    assert too_large is not None
    assert (too_large.name, too_large.n_rows) == ("accesses", 2 * N)

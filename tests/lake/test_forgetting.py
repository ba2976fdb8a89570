"""A person asks to be deleted: she is gone, stays gone, and nobody else is."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from lake_world import first_touches, laid, present, rows, state, tables

from whence.errors import InputError, UsageError
from whence.lake import build, forget
from whence.pipeline import trace_dataset


@pytest.fixture(scope="module")
def given() -> dict[str, pa.Table]:
    return tables()


def customer_of(given: dict[str, pa.Table]) -> str:
    """Return a customer with several orders, one of them reported."""
    reported = set(given["reports"].column("order_id").to_pylist())
    orders = given["orders"].to_pylist()
    named: list[str] = [row["customer_id"] for row in orders if row["order_id"] in reported]
    return max(named, key=lambda name: sum(row["customer_id"] == name for row in orders))


def test_a_customer_is_deleted_from_every_file(given: dict[str, pa.Table], tmp_path: Path) -> None:
    lake, name = tmp_path / "lake", customer_of(given)
    build(laid(tmp_path / "all", given), lake)
    mine = {r["order_id"] for r in given["orders"].to_pylist() if r["customer_id"] == name}
    gone = forget(lake, customers=[name])
    assert gone.orders == len(mine) > 1
    assert gone.touches > 0
    assert gone.other_rows > 0
    for path in present(lake):
        data = (lake / path).read_bytes()
        assert not [word for word in (name, *mine) if word.encode() in data], path
    for table in ("orders", "custody", "reports", "logins"):
        assert not [r for r in rows(lake, table) if r.get("customer_id") == name]
        assert not [r for r in rows(lake, table) if r.get("order_id") in mine]


def test_who_is_left_is_traced_as_if_she_had_never_been_there(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake, name = tmp_path / "lake", customer_of(given)
    build(laid(tmp_path / "all", given), lake)
    forget(lake, customers=[name])
    other = dict(given)
    mine = given["orders"].filter(pc.equal(given["orders"].column("customer_id"), name))
    for table, column, values in (
        ("orders", "customer_id", pa.array([name])),
        ("logins", "customer_id", pa.array([name])),
        ("reports", "order_id", mine.column("order_id")),
    ):
        kept = pc.invert(pc.is_in(given[table].column(column), value_set=values))
        other[table] = given[table].filter(kept)
    never = tmp_path / "never"
    build(laid(tmp_path / "other", other), never)
    assert rows(lake, "orders") == rows(never, "orders")
    assert first_touches(lake) == first_touches(never)
    assert rows(lake, "cells") == rows(never, "cells")
    found, as_never = trace_dataset(lake), trace_dataset(never)
    assert [f.suspect for f in found.findings] == [f.suspect for f in as_never.findings]


def test_a_later_delivery_does_not_bring_her_back(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake, name = tmp_path / "lake", customer_of(given)
    source = laid(tmp_path / "all", given)
    build(source, lake)
    forget(lake, customers=[name])
    orders, touches = rows(lake, "orders"), first_touches(lake)
    build(source, lake)
    assert rows(lake, "orders") == orders
    assert first_touches(lake) == touches
    mine = {r["order_id"] for r in given["orders"].to_pylist() if r["customer_id"] == name}
    for path in present(lake):
        data = (lake / path).read_bytes()
        assert not [word for word in (name, *mine) if word.encode() in data], path
    told = (lake / "rejected.jsonl").read_text("utf-8")
    assert not [word for word in (name, *mine) if word in told]


def test_a_lake_without_orders_left_takes_new_ones(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    few = {"orders": given["orders"].slice(0, 30)}
    build(laid(tmp_path / "few", few), lake)
    forget(lake, orders=few["orders"].column("order_id").to_pylist())
    assert rows(lake, "orders") == []
    assert build(laid(tmp_path / "all", given), lake).new_orders == given["orders"].num_rows - 30


def test_a_stray_file_does_not_stand_in_the_way(given: dict[str, pa.Table], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    (lake / ".DS_Store").write_bytes(b"x")
    assert forget(lake, orders=[given["orders"].column("order_id")[3].as_py()]).orders == 1
    assert (lake / ".DS_Store").exists()


def test_single_orders_are_deleted_and_others_stay(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    before = len(rows(lake, "orders"))
    name = given["orders"].column("order_id")[7].as_py()
    assert forget(lake, orders=[name]).orders == 1
    assert len(rows(lake, "orders")) == before - 1


def test_nobody_is_deleted_where_nobody_is_named(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    before = state(lake)
    with pytest.raises(UsageError):
        forget(lake)
    with pytest.raises(InputError, match="not a lake"):
        forget(tmp_path / "nowhere", orders=["x"])
    assert state(lake) == before
    assert not (tmp_path / "nowhere").exists()

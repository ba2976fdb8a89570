"""Custody kept once more by account: the same custody, with its orders beside it."""

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_world import first_touches, laid, rows, tables

from whence.cli import run
from whence.lake import build, touches
from whence.pipeline import trace_dataset

BESIDE = ("customer_id", "goods", "region", "app_id", "branch_id", "shop_id", "warehouse_id")


@pytest.fixture(scope="module")
def given() -> dict[str, pa.Table]:
    return tables()


def by_account(lake: Path) -> dict[tuple[Any, ...], datetime]:
    """Return the first touch of each order by each account for each party, as kept by account."""
    found: dict[tuple[Any, ...], datetime] = {}
    for row in rows(lake, "touches"):
        key = tuple(row[name] for name in ("order_id", "account_id", "party_id"))
        found[key] = min(found.get(key, row["accessed_at"]), row["accessed_at"])
    return found


def by_order(lake: Path) -> dict[tuple[Any, ...], datetime]:
    """Return the same from custody, whatever was shown."""
    found: dict[tuple[Any, ...], datetime] = {}
    for (*key, _shown), at in first_touches(lake).items():
        found[tuple(key)] = min(found.get(tuple(key), at), at)
    return found


def test_touches_are_custody_with_the_columns_of_their_orders(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    orders = {row["order_id"]: row for row in given["orders"].to_pylist()}
    assert by_account(lake) == by_order(lake)
    for row in rows(lake, "touches"):
        order = orders[row["order_id"]]
        assert row["placed_on"] == placed_on(order["placed_at"])
        assert {name: row[name] for name in BESIDE} == {name: order[name] for name in BESIDE}


def placed_on(at: datetime) -> date:
    return at.astimezone(UTC).date()


@pytest.mark.slow
def test_large_deliveries_are_split_by_account_and_traced_as_ever(
    given: dict[str, pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touches, "_RANGE", 2_500)
    monkeypatch.setattr(touches, "_MOST_SMALL", 99)
    source, lake = laid(tmp_path / "all", given), tmp_path / "lake"
    build(source, lake)
    spans = []
    for path in sorted((lake / "touches").glob("*.parquet")):
        accounts = pq.read_table(path).column("account_id").to_pylist()
        assert accounts == sorted(accounts)
        spans.append((accounts[0], accounts[-1]))
    assert len(spans) > 3
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert by_account(lake) == by_order(lake)
    raw, stored = trace_dataset(source), trace_dataset(lake)
    assert stored.candidates.equals(raw.candidates)
    assert stored.exposed.equals(raw.exposed)
    assert stored.exposed.num_rows


def test_small_deliveries_are_merged_and_bring_nothing_twice(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake, log = tmp_path / "lake", given["accesses"]
    first = {name: given[name] for name in ("orders", "parties", "reports")}
    build(laid(tmp_path / "first", first), lake)
    size = log.num_rows // 10 + 1
    for part in range(10):
        came = log.slice(part * size, size + 40)  # some come with the next delivery too
        build(laid(tmp_path / f"part {part}", {"accesses": came}), lake)
    assert by_account(lake) == by_order(lake)
    assert len(list((lake / "touches").glob("*.parquet"))) <= 2 * touches._MOST_SMALL
    whole = tmp_path / "whole"
    build(laid(tmp_path / "all", given), whole)
    assert by_account(lake) == by_account(whole)


def test_who_is_not_in_the_lake_is_told_to_be_so(
    given: dict[str, pa.Table], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    assert run(["forget", str(lake), "--customer", "nobody's"]) == 0
    assert "Nothing in the lake goes by that id" in capsys.readouterr().out
    name = given["orders"].column("customer_id")[0].as_py()
    assert run(["forget", str(lake), "--customer", name]) == 0
    assert "Nothing in the lake" not in capsys.readouterr().out

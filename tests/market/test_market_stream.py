"""A streamed market: the same bytes from any number of processes, and all it says is true."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from whence.errors import UsageError
from whence.market import MarketSpec, make, orders_for, stream
from whence.market.companies import found
from whence.market.streamed_plan import planned
from whence.market.streamed_sizes import ExpectedSizes

SPEC = MarketSpec(orders=60_000, sources=12, victims=6, noise=150, twins=0.4, seed=1)
TWO_LANES = MarketSpec(orders=410_000, days=20, sources=2, victims=5, noise=20)
COLUMN = {kind: f"{kind}_id" for kind in ("shop", "app", "warehouse", "branch")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("streamed")
    stream(SPEC, out)
    return out


@pytest.fixture(scope="module")
def tables(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name in ("orders", "accesses"):
            con.execute(
                f"CREATE TABLE {name} AS FROM read_parquet('{folder}/{name}/*/*.parquet',"
                " hive_partitioning = true)"
            )
        for name in ("parties", "reports"):
            con.execute(f"CREATE TABLE {name} AS FROM read_csv('{folder}/{name}.csv')")
        yield con


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return read


def number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- bytes ------------------------------------------------------------------------------------


def test_one_process_leaves_the_same_bytes_as_two(tmp_path: Path) -> None:
    stream(TWO_LANES, tmp_path / "one", n_processes=1)
    stream(TWO_LANES, tmp_path / "two", n_processes=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert len(list((tmp_path / "one" / "accesses").rglob("part-1.parquet"))) > 10


def test_another_seed_gives_another_market(folder: Path, tmp_path: Path) -> None:
    stream(replace(SPEC, seed=2), tmp_path)
    one, two = digests(folder), digests(tmp_path)
    assert not set(one.values()) & set(two.values())


def test_sources_and_noise_leave_orders_and_accesses_as_they_were(
    folder: Path, tmp_path: Path
) -> None:
    stream(replace(SPEC, sources=0, noise=10), tmp_path)
    one, two = digests(folder), digests(tmp_path)
    large = {name for name in one if name.endswith(".parquet")}
    assert {name: one[name] for name in large} == {name: two[name] for name in large}
    assert one["reports.csv"] != two["reports.csv"]


# --- layout -----------------------------------------------------------------------------------


def test_tables_have_the_columns_of_a_small_market_as_plain_text(folder: Path) -> None:
    small = make(MarketSpec(orders=500, sources=0, noise=0))
    for name in ("orders", "accesses"):
        part = next((folder / name).rglob("*.parquet"))
        expected = getattr(small, name).schema
        read = pq.ParquetFile(part).schema_arrow
        assert [(field.name, field.type) for field in read] == [
            (field.name, field.type) for field in expected
        ]


def test_every_row_lies_in_its_own_utc_day_and_in_order_of_time(
    folder: Path, tables: duckdb.DuckDBPyConnection
) -> None:
    for name, at in (("orders", "placed_at"), ("accesses", "accessed_at")):
        assert number(tables, f"SELECT count(*) FROM {name} WHERE day <> {at}::DATE") == 0
        for part in (folder / name).rglob("*.parquet"):
            file = pq.ParquetFile(part)
            for group in range(file.num_row_groups):
                times = file.read_row_group(group, [at]).column(0).to_numpy()
                assert (np.diff(times) >= np.timedelta64(0)).all()


def test_the_truth_counts_the_accesses_that_are_there(
    tables: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    assert truth["accesses"] == number(tables, "SELECT count(*) FROM accesses")
    assert truth["spec"]["orders"] == number(tables, "SELECT count(*) FROM orders")


def test_as_many_accesses_come_as_were_asked_for(tmp_path: Path) -> None:
    stream(MarketSpec(orders=orders_for(400_000), sources=0, noise=0), tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert 0.97 < truth["accesses"] / 400_000 < 1.03


# --- trade ------------------------------------------------------------------------------------


def test_order_ids_are_unique_dated_and_not_in_order_of_placing(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    assert number(tables, "SELECT count(DISTINCT order_id) FROM orders") == SPEC.orders
    wrong = """SELECT count(*) FROM orders WHERE NOT regexp_full_match(order_id, '\\d{6}-\\d{10}')
        OR order_id[:6] <> strftime(placed_at + INTERVAL 8 HOUR, '%y%m%d')"""
    assert number(tables, wrong) == 0
    ids = tables.execute("SELECT order_id[8:] FROM orders ORDER BY placed_at").fetchall()
    rising = sum(one < two for one, two in pairwise(ids)) / len(ids)
    assert 0.3 < rising < 0.7


def test_customers_come_back_days_later(tables: duckdb.DuckDBPyConnection) -> None:
    back = """SELECT count(*) FROM (SELECT customer_id FROM orders GROUP BY 1
        HAVING max(placed_at) - min(placed_at) > INTERVAL 30 DAY)"""
    assert number(tables, back) > 0.2 * number(
        tables, "SELECT count(DISTINCT customer_id) FROM orders"
    )
    one_home = "SELECT count(*) FROM (SELECT 1 FROM orders GROUP BY customer_id HAVING {})"
    assert number(tables, one_home.format("count(DISTINCT region) > 1")) == 0
    assert number(tables, one_home.format("count(DISTINCT shop_id) > 1")) > 0


def test_a_streamed_market_trades_like_a_small_one(tables: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect() as small:
        world = make(replace(SPEC, sources=0))
        small.register("orders", world.orders)
        small.register("accesses", world.accesses)
        for what in (
            "count(*) FILTER (action = 'list')",
            "count(*) FILTER (action = 'query')",
            "count(*) FILTER (action = 'deliver')",
            "count(*) FILTER (hour(accessed_at) = 22)",
            "count(device_id)",
            "count(DISTINCT order_id || account_id)",
        ):
            sql = f"SELECT {what} FROM accesses"
            assert 0.7 < number(tables, sql) / number(small, sql) < 1.4, what
        exports = "SELECT count(*) FROM accesses WHERE action = 'export'"  # of a few clerks
        assert 0.3 < number(tables, exports) / number(small, exports) < 3.0


def test_nobody_looks_before_an_order_is_placed_or_after_the_end(
    tables: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    early = (
        "SELECT count(*) FROM accesses JOIN orders USING (order_id) WHERE accessed_at < placed_at"
    )
    assert number(tables, early) == 0
    late = f"SELECT count(*) FROM accesses WHERE accessed_at > '{truth['observed_until']}'"
    assert number(tables, late) == 0


def test_everyone_who_touches_an_order_is_listed(tables: duckdb.DuckDBPyConnection) -> None:
    unlisted = """SELECT count(*) FROM (SELECT account_id AS id FROM accesses
        UNION SELECT party_id FROM accesses UNION SELECT shop_id FROM orders
        UNION SELECT warehouse_id FROM orders UNION SELECT branch_id FROM orders)
        WHERE id NOT IN (SELECT party_id FROM parties)"""
    assert number(tables, unlisted) == 0


def test_beyond_the_size_of_a_city_shops_grow_with_the_root_of_orders() -> None:
    def shops(orders: int) -> tuple[int, int]:
        companies = found(MarketSpec(orders=orders), np.random.default_rng(1))
        return len(companies.shops.weight), int(companies.shops.n_clerks.max())

    assert shops(120_000) == (120_000 // 70, 8)
    n, most_clerks = shops(20_000_000)
    assert 20_000 < n < 24_000
    assert 15 < most_clerks <= 40
    assert 65_000 < shops(200_000_000)[0] < 75_000


@pytest.mark.parametrize("kind", ["shop", "app", "warehouse", "branch", "clerk", "courier"])
def test_custodians_hold_what_they_could_expect(
    tables: duckdb.DuckDBPyConnection, kind: str
) -> None:
    plan = planned(SPEC)
    shares = ExpectedSizes(plan.companies, plan.from_second).of(kind)
    largest = np.argsort(-shares)[:30]
    roster = plan.companies.roster
    column = f"orders.{COLUMN[kind]}" if kind in COLUMN else "account_id"
    held = dict(
        tables.execute(
            f"SELECT {column}, count(DISTINCT order_id) FROM orders JOIN accesses USING (order_id)"
            " GROUP BY 1"
        ).fetchall()
    )
    counts = sum(held.get(roster.ids[roster.first[kind] + i], 0) for i in largest.tolist())
    assert 0.85 < counts / (shares[largest].sum() * SPEC.orders) < 1.15


# --- leaks ------------------------------------------------------------------------------------


def first_touches(con: duckdb.DuckDBPyConnection, kind: str, who: str) -> dict[str, int]:
    """Return when a custodian first touched each order, in whole seconds."""
    if kind in COLUMN:
        sql = f"SELECT order_id, placed_at AS since FROM orders WHERE {COLUMN[kind]} = '{who}'"
    else:
        column = "party_id" if kind == "support" else "account_id"
        sql = f"SELECT order_id, accessed_at AS since FROM accesses WHERE {column} = '{who}'"
    rows = con.execute(f"SELECT order_id, min(epoch(since))::BIGINT FROM ({sql}) GROUP BY 1")
    return dict(rows.fetchall())


def test_held_orders_are_what_the_tables_say(
    tables: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    assert len(truth["sources"]) == SPEC.sources
    for place, source in enumerate(truth["sources"]):
        touched = first_touches(tables, source["kind"], source["id"])
        start, end = (
            number(tables, f"SELECT epoch('{at}'::TIMESTAMPTZ)") for at in source["window"]
        )
        held = {order for order, at in touched.items() if start <= at <= end}
        listed = set(truth["held_orders"][place])
        assert source["orders_in_window"] == len(held)
        assert listed == held if len(held) <= 4_000 else listed < held
        assert set(truth["leaked_orders"][place]) <= listed
        assert (source["fraction"] == 1.0) == (source["orders_leaked"] == len(held))


def test_equivalents_are_all_who_held_exactly_the_same_in_some_window(tmp_path: Path) -> None:
    kinds = ("shop", "app", "warehouse", "branch", "clerk", "courier")
    spec = MarketSpec(orders=20_000, sources=12, victims=3, twins=0.8, kinds=kinds, seed=2)
    stream(spec, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name in ("orders", "accesses"):
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{tmp_path}/{name}/*/*.parquet')")
        parts = [
            f"SELECT {name} AS id, order_id, placed_at AS since FROM orders"
            for name in COLUMN.values()
        ]
        parts.append("SELECT account_id, order_id, accessed_at FROM accesses")
        parts.append("SELECT party_id, order_id, accessed_at FROM accesses WHERE action = 'query'")
        custody: dict[str, dict[str, int]] = {}
        touches = " UNION ALL ".join(parts)
        sql = f"SELECT id, order_id, min(epoch_us(since)) FROM ({touches}) GROUP BY ALL"
        for who, order, since in con.execute(sql).fetchall():
            custody.setdefault(who, {})[order] = since
    n_equivalents = 0
    for place, source in enumerate(truth["sources"]):
        held = set(truth["held_orders"][place])
        same = set()
        for who, touched in custody.items():
            if who == source["id"] or not held <= touched.keys():
                continue
            times = [touched[order] for order in held]
            if {o for o, at in touched.items() if min(times) <= at <= max(times)} == held:
                same.add(who)
        assert {other["id"] for other in source["equivalent"]} == same
        n_equivalents += len(same)
    assert n_equivalents >= 5


def test_reports_are_of_leaked_orders_and_no_victim_reports_twice(
    folder: Path, tables: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        reports = {row["report_id"]: row for row in csv.DictReader(file)}
    assert len(reports) == SPEC.sources * SPEC.victims + SPEC.noise
    customers = dict(tables.execute("SELECT order_id, customer_id FROM orders").fetchall())
    of_customer: dict[str, set[str]] = {}
    for order, customer in customers.items():
        of_customer.setdefault(customer, set()).add(order)
    victims: list[str] = []
    for place, source in enumerate(truth["sources"]):
        leaked = set(truth["leaked_orders"][place])
        assert len(source["report_ids"]) == SPEC.victims
        for report in (reports[name] for name in source["report_ids"]):
            victims.append(report["customer_id"] or customers[report["order_id"]])
            assert report["order_id"] in leaked or of_customer[victims[-1]] & leaked
            assert source["window"][0] < report["called_at"] <= report["reported_at"]
            assert source["mode"] == "drip" or report["called_at"] > source["exported_at"]
    assert len(set(victims)) == len(victims)
    assert max(row["reported_at"] for row in reports.values()) <= truth["observed_until"]


def test_some_unrelated_victims_report_twice_and_no_order_does(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    repeated = """
        SELECT count(*) - count(DISTINCT coalesce(reports.customer_id, orders.customer_id))
        FROM reports LEFT JOIN orders USING (order_id)"""
    assert 0 < number(tables, repeated) < 0.15 * SPEC.noise
    assert number(tables, "SELECT count(order_id) - count(DISTINCT order_id) FROM reports") == 0


def test_too_few_orders_for_the_victims_asked_for_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too small"):
        stream(MarketSpec(orders=2_000, victims=3_000), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_market_without_orders_in_some_minutes_is_whole(tmp_path: Path) -> None:
    stream(MarketSpec(orders=300, days=30, sources=0, noise=3), tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text("utf-8"))["accesses"] > 1_000

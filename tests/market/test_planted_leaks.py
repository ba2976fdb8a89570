"""What is planted is true: custody recomputed from the tables alone, in SQL, agrees with it."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pytest

from whence.market import KINDS, Market, MarketSpec, PlantedSource, make

SPEC = MarketSpec(orders=40_000, sources=24, victims=5, noise=60, twins=0.3, seed=1)

CUSTODY = """
CREATE TABLE custody AS
WITH own AS (
  SELECT 'shop' AS kind, shop_id AS id, order_id, placed_at AS since FROM orders
  UNION ALL SELECT 'app', app_id, order_id, placed_at FROM orders
  UNION ALL SELECT 'warehouse', warehouse_id, order_id, placed_at FROM orders
  UNION ALL SELECT 'branch', branch_id, order_id, placed_at FROM orders
  UNION ALL SELECT kind, account_id, order_id, accessed_at
    FROM accesses JOIN parties ON account_id = parties.party_id
  UNION ALL SELECT kind, accesses.party_id, order_id, accessed_at
    FROM accesses JOIN parties USING (party_id)
  UNION ALL SELECT 'login_device', device_id, order_id, attempted_at
    FROM logins JOIN orders USING (customer_id) WHERE success AND placed_at <= attempted_at
),
raised AS (
  SELECT p.kind, p.party_id AS id, order_id, since
  FROM own JOIN parties AS c ON own.id = c.party_id JOIN parties AS p ON c.parent_id = p.party_id
)
SELECT kind, id, order_id, min(since) AS since
FROM (FROM own UNION ALL FROM raised) GROUP BY ALL
"""


@pytest.fixture(scope="module")
def market() -> Market:
    return make(SPEC)


@pytest.fixture(scope="module")
def tables(market: Market) -> Iterator[duckdb.DuckDBPyConnection]:
    with custody_of(market) as con:
        yield con


@contextmanager
def custody_of(market: Market) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name in ("orders", "accesses", "parties", "logins", "reports"):
            con.register(name, getattr(market, name))
        con.execute(CUSTODY)
        yield con


def first_touches(con: duckdb.DuckDBPyConnection, kind: str, name: str) -> dict[str, int]:
    rows = con.execute(
        "SELECT order_id, epoch_us(since) FROM custody WHERE kind = ? AND id = ?", [kind, name]
    ).fetchall()
    return {str(order): int(since) for order, since in rows}


def held_within(con: duckdb.DuckDBPyConnection, source: PlantedSource) -> set[str]:
    window = source.window
    touches = first_touches(con, source.kind, source.id)
    return {order for order, since in touches.items() if window.start <= since <= window.end}


def test_a_source_held_in_its_window_exactly_what_the_truth_says(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    for source in market.truth.sources:
        assert held_within(tables, source) == set(source.held_orders), source.id


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_of_any_kind_held_what_the_truth_says(kind: str) -> None:
    made = make(MarketSpec(orders=12_000, victims=3, noise=0, kinds=(kind,)))
    (source,) = made.truth.sources
    with custody_of(made) as con:
        assert source.kind == kind
        assert held_within(con, source) == set(source.held_orders)


def test_only_held_orders_leak_and_all_of_them_unless_the_leak_was_partial(market: Market) -> None:
    for source in market.truth.sources:
        leaked, held = set(source.leaked_orders), set(source.held_orders)
        assert leaked <= held
        assert set(source.reported_orders) <= leaked
        assert (leaked == held) == (source.fraction == 1.0)


def test_no_call_comes_before_its_leak(market: Market, tables: duckdb.DuckDBPyConnection) -> None:
    calls = {
        str(name): int(called)
        for name, called in tables.execute(
            "SELECT report_id, epoch_us(called_at) FROM reports"
        ).fetchall()
    }
    modes = set()
    for source in market.truth.sources:
        modes.add(source.mode)
        touches = first_touches(tables, source.kind, source.id)
        earliest = sorted(touches[order] for order in source.reported_orders)
        for call, touch in zip(
            sorted(calls[name] for name in source.report_ids), earliest, strict=True
        ):
            assert call >= (source.exported_at or touch)
    assert modes == {"drip", "dump"}


def test_each_source_has_its_reports_from_different_customers(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    for source in market.truth.sources:
        assert len(source.report_ids) == SPEC.victims
        orders = list(source.reported_orders)
        customers = tables.execute(
            "SELECT count(DISTINCT customer_id) FROM orders WHERE order_id IN (SELECT unnest(?))",
            [orders],
        ).fetchone()
        assert customers == (SPEC.victims,)


def test_reports_are_about_the_orders_the_truth_says(market: Market) -> None:
    rows = {row["report_id"]: row for row in market.reports.to_pylist()}
    buyer = dict(
        zip(
            market.orders["order_id"].to_pylist(),
            market.orders["customer_id"].to_pylist(),
            strict=True,
        )
    )
    for source in market.truth.sources:
        named = {rows[name]["order_id"] for name in source.report_ids} - {None}
        assert named <= set(source.reported_orders)
        customers = {rows[name]["customer_id"] for name in source.report_ids} - {None}
        assert customers <= {buyer[order] for order in source.reported_orders}
        assert len(named) + len(customers) == SPEC.victims


def test_sources_are_distinct_and_none_stands_above_another(market: Market) -> None:
    parents = {row["party_id"]: row["parent_id"] for row in market.parties.to_pylist()}
    sources = market.truth.sources
    names = {source.id for source in sources}
    assert len(names) == len(sources)
    for source in sources:
        above = parents.get(source.id)
        while above is not None:
            assert above not in names
            above = parents[above]
        assert not {other.id for other in source.equivalent} & names


def test_an_equivalent_held_exactly_the_same_orders_and_nothing_between(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    for source in market.truth.sources:
        held = set(source.held_orders)
        for other in source.equivalent:
            touches = first_touches(tables, other.kind, other.id)
            times = [touches[order] for order in held]
            between = {order for order, at in touches.items() if min(times) <= at <= max(times)}
            assert between == held


@pytest.mark.parametrize(("twins", "expected"), [(1.0, True), (0.0, False)])
def test_an_app_bundled_with_its_warehouse_has_an_equivalent(
    twins: float,
    expected: bool,  # noqa: FBT001  the yes and the no of one sentence
) -> None:
    found = set()
    for seed in range(4):
        spec = MarketSpec(orders=4_000, victims=4, twins=twins, kinds=("app",), seed=seed)
        (source,) = make(spec).truth.sources
        found |= {other.kind for other in source.equivalent}
    assert ("warehouse" in found) is expected


def test_every_account_and_party_is_listed_with_kind_and_fields(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    unlisted = tables.execute(
        """
        SELECT count(*) FROM (SELECT account_id AS id FROM accesses
          UNION SELECT party_id FROM accesses UNION SELECT shop_id FROM orders
          UNION SELECT app_id FROM orders UNION SELECT warehouse_id FROM orders
          UNION SELECT branch_id FROM orders) WHERE id NOT IN (SELECT party_id FROM parties)
        """
    ).fetchone()
    assert unlisted == (0,)
    rows = market.parties.to_pylist()
    assert {row["kind"] for row in rows} | {"login_device"} == set(KINDS)
    assert all(row["fields"] for row in rows)
    assert all(row["share"] is None for row in rows)


def test_ids_of_reports_tell_nothing_of_their_source(market: Market) -> None:
    place = {name: i for i, name in enumerate(market.reports["report_id"].to_pylist())}
    n = market.reports.num_rows
    gaps = [
        abs(place[one] - place[two])
        for source in market.truth.sources
        for one, two in zip(source.report_ids, source.report_ids[1:], strict=False)
    ]
    # In random order, neighbours of one source stand on average n / (victims + 1) apart.
    assert sum(gaps) / len(gaps) > 0.6 * n / (SPEC.victims + 1)


def test_callers_know_mostly_what_their_source_could_see() -> None:
    market = make(MarketSpec(orders=20_000, victims=60, noise=0, kinds=("carrier",), knowledge=1.0))
    visible = {"name", "phone", "address", "shipping_status"}
    told = [set((text or "").split(",")) for text in market.reports["known_fields"].to_pylist()]
    seen = sum(len(known & visible) for known in told) / (len(told) * len(visible))
    unseen = sum(len(known - visible - {""}) for known in told) / (len(told) * 9)
    assert 0.45 < seen < 0.95
    assert 0.0 < unseen < 0.08


def test_where_nobody_asked_nothing_is_known() -> None:
    market = make(MarketSpec(orders=5_000, victims=5, knowledge=0.0))
    assert set(market.reports["known_fields"].to_pylist()) == {None}


def test_a_thief_logs_in_to_many_accounts_and_honest_customers_do_not() -> None:
    market = make(MarketSpec(orders=20_000, victims=8, kinds=("login_device",)))
    (source,) = market.truth.sources
    with duckdb.connect() as con:
        con.register("logins", market.logins)
        rows = con.execute(
            "SELECT device_id, count(DISTINCT customer_id) FROM logins WHERE success GROUP BY 1"
        ).fetchall()
    accounts = {str(device): int(n) for device, n in rows}
    assert accounts[source.id] >= 40
    others = sorted(n for device, n in accounts.items() if device != source.id)
    assert others[len(others) // 2] == 1
    assert 2 < others[-1] <= 40  # someone who orders for the whole street is no thief

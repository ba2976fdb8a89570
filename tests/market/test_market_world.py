"""The market looks like trade: skewed, nested, by day and night; unrelated victims cluster."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from whence.market import Market, MarketSpec, make

SPEC = MarketSpec(orders=40_000, sources=0, noise=400, seed=3)


@pytest.fixture(scope="module")
def market() -> Market:
    return make(SPEC)


@pytest.fixture(scope="module")
def tables(market: Market) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name in ("orders", "accesses", "parties", "reports"):
            con.register(name, getattr(market, name))
        yield con


def column(con: duckdb.DuckDBPyConnection, sql: str) -> list[float]:
    return [float(row[0]) for row in con.execute(sql).fetchall()]


def dispersion(con: duckdb.DuckDBPyConnection, by: str, sample: str) -> float:
    """Chi-square over degrees of freedom of reports against orders, for cells of some size."""
    rows = con.execute(
        f"""
        WITH cells AS (SELECT {by} AS cell, count(*) AS n FROM orders GROUP BY 1),
        seen AS (SELECT {by} AS cell, count(*) AS k FROM orders JOIN {sample} USING (order_id)
                 GROUP BY 1)
        SELECT n, coalesce(k, 0) FROM cells LEFT JOIN seen USING (cell) WHERE n >= 200
        """
    ).fetchall()
    n, k = np.array(rows, dtype=np.float64).T
    expected = n * k.sum() / n.sum()
    return float(((k - expected) ** 2 / expected).sum() / (len(n) - 1))


@pytest.mark.parametrize("by", ["goods", "region", "date_trunc('week', placed_at)", "shop_id"])
def test_unrelated_reports_cluster_and_a_uniform_draw_does_not(
    tables: duckdb.DuckDBPyConnection, by: str
) -> None:
    tables.execute(
        """
        CREATE OR REPLACE TEMP TABLE drawn AS
        SELECT order_id FROM orders ORDER BY hash(order_id) LIMIT 400
        """
    )
    assert dispersion(tables, by, "reports") > 1.8
    assert dispersion(tables, by, "drawn") < 1.8


def test_some_unrelated_victims_report_twice(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    repeated = column(
        tables,
        """
        SELECT count(*) - count(DISTINCT coalesce(reports.customer_id, orders.customer_id))
        FROM reports LEFT JOIN orders USING (order_id)
        """,
    )[0]
    assert 0.02 < repeated / market.reports.num_rows < 0.12


def test_a_few_shops_are_large_and_most_are_small(tables: duckdb.DuckDBPyConnection) -> None:
    sizes = column(tables, "SELECT count(*) AS n FROM orders GROUP BY shop_id ORDER BY n DESC")
    tenth = len(sizes) // 10
    assert sum(sizes[:tenth]) > 0.4 * SPEC.orders
    assert sizes[len(sizes) // 2] < 60


def test_an_order_is_held_about_eight_times(tables: duckdb.DuckDBPyConnection) -> None:
    held = column(
        tables, "SELECT count(*) FROM (SELECT DISTINCT order_id, account_id FROM accesses)"
    )
    assert 3.5 < held[0] / SPEC.orders < 5.5


def test_a_clerk_sees_about_a_third_of_the_shop_and_some_clerks_nearly_all(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    shares = column(
        tables,
        """
        SELECT count(DISTINCT order_id) / any_value(n) FROM accesses
        JOIN (SELECT shop_id, count(*) AS n FROM orders GROUP BY 1) ON party_id = shop_id
        JOIN parties ON account_id = parties.party_id
        WHERE kind = 'clerk' AND n >= 40 GROUP BY account_id
        """,
    )
    assert 0.25 < float(np.mean(shares)) < 0.5
    assert max(shares) > 0.9  # a shop with one clerk


def test_the_same_order_is_viewed_again_by_the_same_account(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    most = column(
        tables,
        "SELECT max(n) FROM (SELECT count(*) AS n FROM accesses GROUP BY order_id, account_id)",
    )
    assert most[0] >= 8


def test_nobody_looks_at_an_order_before_it_is_placed_or_after_the_end(
    market: Market, tables: duckdb.DuckDBPyConnection
) -> None:
    early = column(
        tables,
        "SELECT count(*) FROM accesses JOIN orders USING (order_id) WHERE accessed_at < placed_at",
    )
    assert early == [0.0]
    last = column(tables, "SELECT epoch_us(max(accessed_at)) FROM accesses")
    told = column(tables, "SELECT epoch_us(max(reported_at)) FROM reports")
    assert max(last[0], told[0]) <= market.truth.observed_until


def test_shops_order_by_day_and_sleep_by_night(tables: duckdb.DuckDBPyConnection) -> None:
    by_hour = dict(
        tables.execute(
            "SELECT (hour(placed_at) + 8) % 24, count(*) FROM orders GROUP BY 1"
        ).fetchall()
    )
    assert by_hour[21] > 5 * by_hour[4]


def test_a_promotion_stands_out_from_the_days_around_it(tables: duckdb.DuckDBPyConnection) -> None:
    by_day = column(tables, "SELECT count(*) FROM orders GROUP BY placed_at::DATE ORDER BY 1 DESC")
    assert max(by_day) > 1.8 * float(np.median(by_day))


def test_with_twins_two_clerks_see_nearly_the_same_and_without_they_do_not() -> None:
    def common(twins: float) -> float:
        world = make(MarketSpec(orders=8_000, sources=0, noise=0, twins=twins, seed=9))
        with duckdb.connect() as con:
            con.register("accesses", world.accesses)
            row = con.execute(
                """
                WITH held AS (SELECT DISTINCT party_id, account_id, order_id FROM accesses
                              WHERE account_id LIKE 'SH%-C%'),
                sizes AS (SELECT account_id, count(*) AS n FROM held GROUP BY 1 HAVING n >= 30),
                pairs AS (
                  SELECT one.account_id AS a, two.account_id AS b, count(*) AS shared
                  FROM held AS one JOIN held AS two USING (party_id, order_id)
                  WHERE one.account_id < two.account_id GROUP BY ALL)
                SELECT max(shared / greatest(x.n, y.n)) FROM pairs
                JOIN sizes AS x ON x.account_id = a JOIN sizes AS y ON y.account_id = b
                """
            ).fetchone()
        assert row is not None
        return float(row[0])

    assert common(0.3) > 0.93
    assert common(0.0) < 0.85


def test_ids_look_like_a_platform_s(market: Market) -> None:
    ids = market.orders["order_id"].to_pylist()
    assert len(set(ids)) == SPEC.orders
    placed = market.orders["placed_at"].to_pylist()
    assert ids[0][:6] == placed[0].strftime("%y%m%d")
    assert ids[0][6] == "-"
    assert len(ids[0]) == 17
    customers = set(market.orders["customer_id"].to_pylist())
    assert all(len(name) == 10 and name[0] == "C" for name in customers)

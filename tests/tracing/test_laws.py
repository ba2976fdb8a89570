"""Laws of the inference, and its parts against plain second versions."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from whence import stats
from whence.tracing import evidence as ev, windows
from whence.tracing.delays import DelayDensity

DELAY = DelayDensity.prior(median=10.0, spread=1.0, strength=8.0)
slow = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def leak(world: Any) -> Any:
    held = world.held("clerk", "SH02-C1", 20, 32)
    return world.call(held[::4][:8], after_days=np.linspace(4, 20, 8)).noise(10)


def same(one: Any, other: Any) -> bool:
    return bool(
        one.findings == other.findings
        and one.candidates.equals(other.candidates)
        and one.exposed.equals(other.exposed)
        and one.delay == other.delay
    )


@slow
@given(seed=st.integers(0, 2**20))
def test_shuffling_rows_changes_nothing(world: Any, traced: Any, seed: int) -> None:
    tables = leak(world).tables()
    rng = np.random.default_rng(seed)
    shuffled = {n: t.take(pa.array(rng.permutation(t.num_rows))) for n, t in tables.items()}
    assert same(traced(tables), traced(shuffled, threads=2))


def test_renaming_custodians_renames_the_answer(world: Any, traced: Any) -> None:
    tables = leak(world).tables()

    def renamed(table: pa.Table) -> pa.Table:
        for name in ("shop_id", "account_id", "party_id", "parent_id"):
            if name in table.column_names:
                values = [v and f"Z{v}" for v in table.column(name).to_pylist()]
                table = table.set_column(
                    table.column_names.index(name), name, pa.array(values, pa.string())
                )
        return table

    plain = traced(tables)
    other = traced({name: renamed(table) for name, table in tables.items()})
    assert [f"Z{f.suspect.id}" for f in plain.findings] == [f.suspect.id for f in other.findings]
    assert [f.posterior for f in plain.findings] == pytest.approx(
        [f.posterior for f in other.findings]
    )


def scene(days: list[int], calls: list[float], n: list[int]) -> ev.Scene:
    since = np.array(days, dtype=np.float64) + 0.5
    touches = ev.Touches(
        start=np.array([0, len(days)]),
        report=np.arange(len(days)),
        day=np.array(days, dtype=np.int64),
        since=since,
        called=since + np.array(calls),
        known=np.ones(len(days)),
    )
    return ev.Scene(np.array([n], dtype=np.float64), touches, {}, 10_000, float(len(n) + 20))


def given_of(n: int, intensity: float = 1e-5) -> ev.Given:
    return ev.Given(np.full(n, intensity), np.zeros(n), np.ones(n), np.zeros(1))


@settings(max_examples=30, deadline=None)
@given(
    days=st.lists(st.integers(0, 29), min_size=1, max_size=6),
    extra=st.integers(5, 25),
    lag=st.floats(1.0, 30.0),
)
def test_one_more_report_of_an_order_nobody_else_held_cannot_lower_the_evidence(
    days: list[int], extra: int, lag: float
) -> None:
    n = [20] * 30
    lags = [5.0 + d % 7 for d in days]
    one = np.array([0])
    more = scene([*days, extra], [*lags, lag], n)
    for evidence in (ev.drip_evidence, ev.dump_evidence):
        before = evidence(scene(days, lags, n), given_of(len(days)), DELAY, one)
        after = evidence(more, given_of(len(days) + 1), DELAY, one)
        assert after[0] >= before[0] - 1e-9


def test_the_evidence_of_a_drip_equals_a_plain_sum_over_windows() -> None:
    world = scene([3, 4, 8], [6.0, 9.0, 4.0], [5, 0, 7, 9, 3, 1, 8, 2, 6, 4])
    given_here = given_of(3)
    fast = ev.drip_evidence(world, given_here, DELAY, np.array([0]))[0]
    total = 0.0
    tried = ev.lengths(10)
    touches = world.touches
    density = DELAY.density(touches.called - touches.since)
    for length, log_p in zip(tried, ev.log_length_prior(tried), strict=True):
        starts = range(10 - length + 1)
        for start in starts:
            for rate in ev.RATES:
                log_gain = 0.0
                for day in range(start, start + length):
                    reach = DELAY.distribution(np.array([world.end - day - 0.5]))[0]
                    log_gain -= rate * world.n[0, day] * reach
                    for i in np.flatnonzero(touches.day == day):
                        log_gain += math.log1p(rate * density[i] / given_here.intensity[i])
                total += math.exp(log_gain + log_p) / len(starts) / len(ev.RATES)
    assert fast == pytest.approx(math.log(total), rel=1e-9)


def test_the_posterior_over_windows_carries_the_same_evidence() -> None:
    world = scene([3, 4, 8], [6.0, 9.0, 4.0], [5, 0, 7, 9, 3, 1, 8, 2, 6, 4])
    one = np.array([0])
    drip = ev.drip_evidence(world, given_of(3), DELAY, one)
    dump = ev.dump_evidence(world, given_of(3), DELAY, one)
    window = windows.posterior(world, given_of(3), DELAY, 0)
    assert window.log_evidence == pytest.approx(ev.combined(drip, dump)[0], rel=1e-9)
    assert window.first.sum() == pytest.approx(1.0)
    assert window.last.sum() == pytest.approx(1.0)
    assert window.rates.sum() == pytest.approx(1.0)


def test_a_call_before_every_export_adds_nothing_to_a_dump() -> None:
    """Let the third call come half a day before the first export that could hold its order."""
    n, one = [9] * 30, np.array([0])
    without = scene([3, 4], [20.0, 19.0], n)
    beside = scene([3, 4, 28], [20.0, 19.0, -0.6 + 0.04], n)
    dump = ev.dump_evidence(without, given_of(2), DELAY, one)
    assert ev.dump_evidence(beside, given_of(3), DELAY, one) == pytest.approx(dump)
    assert ev.drip_evidence(scene([3], [20.0], n), given_of(1), DELAY, one)[0] > -1.0


@given(st.floats(1e-6, 1e6))
def test_log_gamma_is_that_of_the_standard_library(x: float) -> None:
    assert float(stats.log_gamma(x)) == pytest.approx(math.lgamma(x), rel=1e-9, abs=1e-9)


@given(n=st.integers(1, 40), k=st.integers(0, 40), p=st.floats(0.001, 0.999))
def test_the_binomial_tail_is_the_exact_sum(n: int, k: int, p: float) -> None:
    k = min(k, n)
    exact = sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
    assert math.exp(stats.log_binomial_tail(k, n, p)) == pytest.approx(exact, rel=1e-9)


def test_a_fitted_delay_finds_the_median_of_what_it_saw() -> None:
    rng = np.random.default_rng(1)
    delays = rng.lognormal(math.log(6.0), 0.5, 400)
    fitted = DELAY.fitted(delays, np.ones(400), np.array([1e3]), np.array([0.0]))
    (median,) = fitted.quantiles(np.array([0.5]))
    assert median == pytest.approx(6.0, rel=0.12)
    grid = np.linspace(0.0, 3_000.0, 60_001)
    area = float(np.sum(fitted.density(grid)) * (grid[1] - grid[0]))
    assert area == pytest.approx(1.0, abs=0.02)


def test_calls_still_to_come_do_not_shorten_the_delay() -> None:
    rng = np.random.default_rng(2)
    delays = rng.lognormal(math.log(20.0), 0.5, 600)
    leaked = rng.uniform(0, 40, 600)
    seen = leaked + delays <= 40
    reach = np.full(1, 20.0)
    naive = DELAY.fitted(delays[seen], np.ones(seen.sum()), reach, np.zeros(1))
    ends = 40.0 - stats.middays(40)
    honest = DELAY.fitted(delays[seen], np.ones(seen.sum()), ends, np.full(40, 15.0))
    level = np.array([0.5])
    assert honest.quantiles(level)[0] > naive.quantiles(level)[0]

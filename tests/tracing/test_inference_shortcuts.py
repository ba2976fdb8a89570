"""What the inference leaves out changes no answer: each shortcut against the plain way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from whence import stats
from whence.tracing import bounds, evidence as ev, products, search, weighing
from whence.tracing.delays import DelayDensity
from whence.tracing.grids import full_grid

DELAY = DelayDensity.prior(median=10.0, spread=1.0, strength=8.0)
DAYS, REPORTS = 45, 60
seeds = st.integers(0, 2**20)


def market(seed: int, n: int = 12, most: int = 14, held: float = 4.0) -> tuple[ev.Scene, ev.Given]:
    """Custodians with up to ``most`` touches, ``held`` orders a day, some in a seized sample."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, most, n)
    report = np.concatenate([rng.choice(REPORTS, k, replace=False) for k in sizes])
    since = rng.uniform(0, DAYS, len(report))
    touches = ev.Touches(
        start=np.append(0, np.cumsum(sizes)),
        report=report,
        day=np.floor(since).astype(np.int64),
        since=since,
        called=since + rng.lognormal(2.0, 1.0, len(report)),
        known=rng.choice([1.0, 0.08], len(report)),
    )
    rows = rng.poisson(1.0, DAYS).astype(np.float64)
    samples: dict[int, tuple[ev.SampleTouches, ...]] = {}
    samples[0] = (ev.SampleTouches(0, int(rows.sum()) + 3, rows, 0.0),)
    counts = rng.poisson(held, (n, DAYS)).astype(np.float64) + (rows if n else 0.0)
    scene = ev.Scene(counts, touches, samples, 100_000, DAYS + 15.0)
    base, added = rng.lognormal(-10, 1.0, REPORTS), rng.lognormal(-14, 2.0, REPORTS)
    return scene, ev.Given(base, added, rng.uniform(0.2, 1.0, len(report)), np.zeros(1))


def plain_drip(scene: ev.Scene, against: ev.Given, candidate: int) -> float:
    tried = ev.lengths(scene.n_days)
    logs = ev.drip_windows(scene, against, DELAY, candidate, tried)
    return float(stats.log_sum_exp(np.concatenate([part.ravel() for part in logs])) + ev.LOG_RATE)


def plain_dump(scene: ev.Scene, against: ev.Given, candidate: int) -> float:
    logs = ev.dump_windows(scene, against, DELAY, candidate, full_grid(scene.n_days))
    return float(stats.log_sum_exp(logs) + ev.LOG_RATE)


@given(n_days=st.integers(1, 400), seed=seeds)
@settings(max_examples=25, deadline=None)
def test_products_sum_to_every_window_one_by_one(n_days: int, seed: int) -> None:
    factors = np.random.default_rng(seed).lognormal(0.0, 0.1, (n_days, 2))
    tried = ev.lengths(n_days)
    log_prior = ev.log_length_prior(tried)
    windows = products.Lengths.of(tried, log_prior, n_days)
    assert [sum(parts) for parts in windows.parts] == tried
    plain = sum(
        math.exp(log_p)
        * np.mean([factors[s : s + n].prod(axis=0) for s in range(n_days + 1 - n)], 0)
        for n, log_p in zip(tried, log_prior, strict=True)
    )
    assert products.summed(factors, windows, windows.room(5)) == pytest.approx(plain, rel=1e-10)


@given(seed=seeds, held=st.sampled_from([0.1, 4.0, 300.0]))
@settings(max_examples=20, deadline=None)
def test_evidence_from_products_is_that_from_logs(seed: int, held: float) -> None:
    scene, against = market(seed, held=held)
    every = np.arange(len(scene.n))
    drips, dumps = (f(scene, against, DELAY, every) for f in (ev.drip_evidence, ev.dump_evidence))
    assert drips == pytest.approx(
        [plain_drip(scene, against, c) for c in range(len(every))], rel=1e-9, abs=1e-9
    )
    assert dumps == pytest.approx(
        [plain_dump(scene, against, c) for c in range(len(every))], rel=1e-9, abs=1e-9
    )


def test_a_custodian_too_large_or_too_loud_for_products_is_weighed_by_logs() -> None:
    quiet, against = market(3, held=5e8)  # every window far below the smallest number
    loud, _ = market(4, n=1, most=60)
    own = np.ones(len(loud.touches.report))
    faint = ev.Given(np.full(REPORTS, 1e-250), np.zeros(REPORTS), own, np.zeros(1))
    assert len(loud.touches.report) > 1
    for scene, given_here in ((quiet, against), (loud, faint)):
        every = np.arange(len(scene.n))
        drips = ev.drip_evidence(scene, given_here, DELAY, every)
        assert np.isfinite(drips).all()
        assert drips == pytest.approx(
            [plain_drip(scene, given_here, c) for c in range(len(every))], rel=1e-9
        )
        dumps = ev.dump_evidence(scene, given_here, DELAY, every)
        assert dumps == pytest.approx(
            [plain_dump(scene, given_here, c) for c in range(len(every))], rel=1e-9
        )


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_company_does_not_change_the_evidence(seed: int) -> None:
    scene, against = market(seed)
    every = np.arange(len(scene.n))
    for evidence in (ev.drip_evidence, ev.dump_evidence, ev.screened_dumps):
        together = evidence(scene, against, DELAY, every)
        alone = [evidence(scene, against, DELAY, np.array([c]))[0] for c in every]
        assert together == pytest.approx(alone, rel=1e-9, abs=1e-9)


@given(seed=seeds, held=st.sampled_from([0.1, 4.0, 300.0]))
@settings(max_examples=30, deadline=None)
def test_no_drip_exceeds_its_bound(seed: int, held: float) -> None:
    scene, against = market(seed, held=held)
    every = np.arange(len(scene.n))
    bound = bounds.drip_bounds(scene, against, DELAY, every)
    assert (ev.drip_evidence(scene, against, DELAY, every) <= bound).all()
    many = np.diff(scene.touches.start) > 8
    assert (np.isinf(bound) == (many | (every == 0))).all()


def test_a_bound_tells_a_custodian_of_chance_from_a_source() -> None:
    """Two reports of 400 orders each day are chance; the same two of an idle account are not."""
    touches = ev.Touches(
        start=np.array([0, 2, 4]),
        report=np.array([0, 1, 0, 1]),
        day=np.array([20, 21, 20, 21]),
        since=np.array([20.5, 21.5, 20.5, 21.5]),
        called=np.array([30.0, 30.0, 30.0, 30.0]),
        known=np.ones(4),
    )
    counts = np.zeros((2, DAYS))
    counts[0] = 400.0
    counts[1, 20:22] = 1.0
    scene = ev.Scene(counts, touches, {}, 100_000, DAYS + 15.0)
    against = ev.Given(np.full(2, 3e-5), np.zeros(2), np.ones(4), np.zeros(1))
    chance, source = bounds.drip_bounds(scene, against, DELAY, np.array([0, 1]))
    assert chance < 0.3
    assert source > 3.0


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_a_pending_drip_is_settled_against_what_was_given_when_all_were_weighed(seed: int) -> None:
    scene, before = market(seed, n=30, most=5, held=40.0)
    every = np.arange(len(scene.n))
    after = ev.Given(before.base, before.added + 1e-4, before.own, before.explained)
    here = weighing.Weighing(scene)
    here.weigh_all(before, DELAY)
    exact = ev.drip_evidence(scene, before, DELAY, every)
    pending = here.pending.copy()
    assert (here.drip >= exact - 1e-9).all()
    assert here.drip[~pending] == pytest.approx(exact[~pending], rel=1e-9)
    changed = every[:3]
    here.weigh(after, DELAY, changed)
    assert here.settle(every) == bool(pending[3:].any())
    assert here.drip[3:] == pytest.approx(exact[3:], rel=1e-9, abs=1e-9)
    assert here.drip[:3] == pytest.approx(ev.drip_evidence(scene, after, DELAY, changed), abs=1e-9)
    assert not here.settle(every)


def test_some_drips_are_never_computed_in_a_market_of_chance() -> None:
    scene, against = market(1, n=60, most=5, held=40.0)
    here = weighing.Weighing(scene)
    here.weigh_all(against, DELAY)
    assert 0 < here.pending.sum() < len(scene.n)


@given(values=st.lists(st.integers(0, 40), max_size=60), size=st.sampled_from([41, 10**9]))
def test_distinct_values_are_those_of_numpy(values: list[int], size: int) -> None:
    given_values = np.array(values, dtype=np.int64)
    found, at = stats.distinct(given_values, size)
    plain, plain_at = np.unique(given_values, return_inverse=True)
    assert found.tolist() == plain.tolist()
    assert at.tolist() == plain_at.tolist()


@given(values=st.lists(st.sampled_from([0.0, 1.0, 2.0, -np.inf]), min_size=1), n=st.integers(1, 8))
def test_the_largest_come_first_and_ties_in_order(values: list[float], n: int) -> None:
    plain = np.argsort(-np.array(values), kind="stable")[:n]
    assert search.largest(np.array(values), n).tolist() == plain.tolist()

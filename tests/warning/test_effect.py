"""Did the notices help? Exact where it can be told, and said plainly where it cannot."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from warning_world import NOW

from whence.model import DAY, HOUR
from whence.warning.calls import read_calls
from whence.warning.effect import Call, Effect, Exposure, effect
from whence.warning.rate_ratio import Stratum, calls_needed, rate_ratio

MORNING = NOW - NOW % DAY


def stratum(told: int, waiting: int, told_days: float = 1.0, waiting_days: float = 1.0) -> Stratum:
    return Stratum(told=told, waiting=waiting, told_days=told_days, waiting_days=waiting_days)


def clopper_pearson(k: int, n: int) -> tuple[float, float]:
    """Return the central 90 % interval of a share, by bisection of binomial tails, on its own."""

    def tail(p: float, ks: range) -> float:
        return sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in ks)

    def root(ks: range, *, rising: bool) -> float:
        low, high = 0.0, 1.0
        for _ in range(80):
            middle = (low + high) / 2
            is_above = tail(middle, ks) > 0.05
            low, high = (low, middle) if is_above == rising else (middle, high)
        return low

    return root(range(k, n + 1), rising=True), root(range(k + 1), rising=False)


@pytest.mark.parametrize(("told", "waiting"), [(5, 12), (1, 1), (30, 10), (3, 40)])
def test_one_day_gives_the_interval_of_clopper_and_pearson(told: int, waiting: int) -> None:
    found = rate_ratio([stratum(told, waiting, 200.0, 100.0)])
    low, high = clopper_pearson(told, told + waiting)
    assert found is not None
    assert found.low == pytest.approx(low / (1 - low) / 2, rel=1e-6)
    assert found.high == pytest.approx(high / (1 - high) / 2, rel=1e-6)
    assert found.estimate == pytest.approx(told / waiting / 2, rel=1e-6)
    assert found.n == told + waiting


def test_a_day_split_in_two_alike_halves_says_the_same() -> None:
    whole = rate_ratio([stratum(6, 10, 40.0, 60.0)])
    halves = rate_ratio([stratum(2, 7, 20.0, 30.0), stratum(4, 3, 20.0, 30.0)])
    assert whole is not None
    assert halves is not None
    assert halves.low == pytest.approx(whole.low, rel=1e-9)
    assert halves.high == pytest.approx(whole.high, rel=1e-9)


def test_days_of_very_different_danger_are_not_mixed_up() -> None:
    # Told mostly on quiet days, waiting mostly on bad ones; no effect on either day.
    days = [stratum(10, 90, 10.0, 90.0), stratum(9, 1, 90.0, 10.0)]
    found = rate_ratio(days)
    crude = (19 / 100) / (91 / 100)
    assert found is not None
    assert found.estimate == pytest.approx(1.0, rel=1e-6)
    assert crude < 0.25


def test_without_events_or_without_both_groups_there_is_no_ratio() -> None:
    assert rate_ratio([]) is None
    assert rate_ratio([stratum(0, 0)]) is None
    assert rate_ratio([stratum(0, 9, 0.0, 10.0), stratum(4, 0, 10.0, 0.0)]) is None
    assert calls_needed([stratum(0, 9, 0.0, 10.0)], 0.5) is None


def test_a_group_without_events_has_an_open_interval() -> None:
    none, every = rate_ratio([stratum(0, 12)]), rate_ratio([stratum(12, 0)])
    assert none is not None
    assert every is not None
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.05 ** (-1 / 12) - 1, rel=1e-6)  # (1 - p) ** 12 = 0.05
    assert (every.estimate, every.high) == (math.inf, math.inf)


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(0.1, 50), st.floats(0.1, 50)),
        min_size=1,
        max_size=6,
    )
)
def test_an_interval_holds_its_estimate_and_swapping_the_groups_turns_it_over(
    days: list[tuple[int, int, float, float]],
) -> None:
    found = rate_ratio([stratum(*day) for day in days])
    swapped = rate_ratio([stratum(w, t, wd, td) for t, w, td, wd in days])
    if found is None:
        assert swapped is None
        return
    assert swapped is not None
    assert found.low <= found.estimate <= found.high
    if found.low > 0 and found.high < math.inf:
        assert swapped.low == pytest.approx(1 / found.high, rel=1e-6)
        assert swapped.high == pytest.approx(1 / found.low, rel=1e-6)


def wedge(seed: int, *, ratio: float, n: int = 400, days: int = 20, rate: float = 0.02) -> Effect:
    """Return what is measured in a world whose callers' zeal changes from day to day."""
    rng = np.random.default_rng(seed)
    told_day = rng.permutation(np.arange(n) * days // n)
    zeal = rate * rng.lognormal(0, 1, days)
    exposures, calls = [], {}
    for i in range(n):
        at = MORNING + int(told_day[i]) * DAY + 9 * HOUR
        exposures.append(Exposure(customer_id=str(i), told_at=at))
        for day in range(days):
            # Called before or after nine, by chance as the hours are.
            for part, hours in ((0, 9), (1, 15)):
                start = MORNING + day * DAY + part * 9 * HOUR
                p = zeal[day] * hours / 24 * (ratio if start >= at else 1.0)
                if str(i) not in calls and rng.random() < p:
                    calls[str(i)] = [Call(at=start + int(rng.random() * hours * HOUR), loss=1.0)]
    return effect(exposures, calls, start=MORNING, until=MORNING + days * DAY)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(120):
        ratio = wedge(seed, ratio=0.5, n=150, days=12).calls.ratio
        held += ratio is not None and ratio.low <= 0.5 <= ratio.high
    assert held >= 0.9 * 120 - 10  # exact intervals hold 90 % or more; three deviations below


def test_a_halving_is_found_and_no_effect_is_not_called_one() -> None:
    assert wedge(1, ratio=0.3, n=1200).calls.verdict == "fewer"
    verdicts = [wedge(seed, ratio=1.0, n=150, days=12).calls.verdict for seed in range(60)]
    assert sum(v != "cannot tell" for v in verdicts) <= 12  # 6 expected


def test_few_calls_are_said_to_be_too_few_with_how_many_would_do() -> None:
    found = wedge(3, ratio=0.5, n=40).calls
    assert found.verdict == "cannot tell"
    assert found.needed is not None
    assert 40 < found.needed < 120


# --- who counts when -----------------------------------------------------------------------------


def simple(calls: dict[str, list[Call]], until: int = 4) -> Effect:
    exposures = [
        Exposure(customer_id="early", told_at=MORNING + DAY // 2),
        Exposure(customer_id="late", told_at=MORNING + 2 * DAY),
        Exposure(customer_id="never", told_at=None),
    ]
    return effect(exposures, calls, start=MORNING, until=MORNING + until * DAY)


def test_person_days_run_from_the_first_run_to_the_end_and_turn_with_the_notice() -> None:
    found = simple({})
    assert [d.waiting.person_days for d in found.days] == pytest.approx([2.5, 2.0, 1.0, 1.0])
    assert [d.told.person_days for d in found.days] == pytest.approx([0.5, 1.0, 2.0, 2.0])
    assert found.calls.ratio is None
    assert found.calls.verdict == "cannot tell"


def test_a_call_counts_on_its_side_of_the_notice_and_ends_her_part() -> None:
    at = MORNING + DAY + 6 * HOUR
    found = simple({"early": [Call(at=at, loss=0)], "late": [Call(at=at, loss=250.0)]})
    second = found.days[1]
    assert (second.told.calls, second.told.losses, second.told.lost) == (1, 0, 0.0)
    assert (second.waiting.calls, second.waiting.losses, second.waiting.lost) == (1, 1, 250.0)
    assert second.told.person_days == pytest.approx(0.25)
    assert [d.told.person_days for d in found.days[2:]] == [0.0, 0.0]
    assert found.waiting.person_days + found.told.person_days == pytest.approx(4 + 2 * 1.25)


def test_only_her_first_call_counts_and_calls_outside_the_time_do_not() -> None:
    calls = [Call(at=MORNING + day * DAY, loss=0) for day in (-3, 1, 2, 9)]
    found = simple({"never": calls, "stranger": [Call(at=MORNING + DAY, loss=0)]})
    assert found.waiting.calls == 1
    assert found.days[1].waiting.calls == 1
    assert found.n_other_calls == 4


def test_reports_are_read_by_customer_or_by_order_and_what_is_unusable_is_counted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(
        "report_id,customer_id,order_id,called_at,loss\n"
        '1,A,,2026-02-16T10:00:00Z,"1,250.50"\n'
        "2,,O2,2026-02-16 18:00,\n"
        "3,X,,2026-02-16,5\n"
        "4,A,,sometime,5\n"
        "5,A,,2026-02-17,much\n"
        "6,,,2026-02-17,1\n"
        '7,A,,2026-02-16T10:00:00Z,"1,250.50"\n',
        "utf-8",
    )
    found = read_calls(path, {"O1": "A", "O2": "B"}, timezone="Asia/Shanghai")
    assert [call.loss for call in found.of["A"]] == [1250.5]
    assert found.of["A"][0].at == found.of["B"][0].at
    assert (found.n_unusable, found.n_strangers) == (3, 1)

"""Laws of the small parts: times move forward only, ids stay apart, delays keep their median."""

import numpy as np
from hypothesis import given, settings, strategies as st

from whence.market.calling import DelayLaw, leak_law
from whence.market.identifiers import device_ids, numbered, order_ids
from whence.market.rhythm import DAY_S, into_hours, local_seconds

TIMES = st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=50)


@settings(deadline=None)
@given(times=TIMES, opens=st.integers(0, 11), closes=st.integers(17, 24), seed=st.integers(0, 99))
def test_work_waits_for_opening_and_is_never_done_early(
    times: list[int], opens: int, closes: int, seed: int
) -> None:
    asked = np.array(times, dtype=np.int64)
    done = into_hours(asked, opens, closes, np.random.default_rng(seed))
    assert (done >= asked).all()
    assert (done - asked < 2 * DAY_S).all()
    assert (local_seconds(done) >= opens * 3_600).all()
    assert (local_seconds(done) < closes * 3_600).all()


@settings(deadline=None)
@given(days=st.lists(st.integers(0, 40_000), min_size=1, max_size=200), seed=st.integers(0, 99))
def test_order_ids_are_distinct_and_carry_their_day(days: list[int], seed: int) -> None:
    ids = order_ids(np.array(days, dtype=np.int64), np.random.default_rng(seed)).to_pylist()
    assert len(set(ids)) == len(ids)
    for day, name in zip(days, ids, strict=True):
        date = np.datetime64(day, "D").astype(object)
        assert name.startswith(f"{date:%y%m%d}-")


def test_two_devices_never_share_an_id() -> None:
    numbers = np.arange(300_000, dtype=np.int64)
    assert len(set(device_ids(numbers).to_pylist())) == len(numbers)


def test_numbers_keep_their_leading_zeros() -> None:
    assert numbered("V", np.array([1, 20_345]), 5).to_pylist() == ["V00001", "V20345"]


def test_every_law_of_delays_keeps_its_median_and_all_laws_occur() -> None:
    laws: dict[str, DelayLaw] = {}
    for seed in range(30):
        law = leak_law(np.random.default_rng(seed))
        laws[law.law] = law
    assert laws.keys() == {"lognormal", "gamma", "weibull"}
    for law in laws.values():
        drawn = law.draw(40_000, np.random.default_rng(1))
        assert (drawn > 0).all()
        assert abs(float(np.median(drawn)) / law.median_days - 1.0) < 0.04
        assert 6.0 <= law.median_days <= 20.0

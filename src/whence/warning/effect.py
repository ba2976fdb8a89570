"""Did the notices help? Those told against those still waiting, day by day, and how sure that is.

Everybody of a leak counts from its first run until her first call (or the end of observation):
first among those waiting, from her notice on among those told. Within one UTC day the two groups
face the same callers, so days are strata, and what is compared within one is calls by person-days.
Given how many calls a day had, the number among those told is binomial with odds rate ratio times
person-days (Breslow and Day 1987, 4.3): nothing is assumed about how calls come and go, and few
calls are no problem. The interval is exact, central 90 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.model import DAY, Estimate, Instant
from whence.warning.rate_ratio import Stratum, calls_needed, rate_ratio

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_NEVER: Final = np.int64(2**62)
HALVED: Final = 0.5  # the effect for which it is said how many calls would show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One person of a leak: when she was told, and not at all where the order was never sent."""

    customer_id: str
    told_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A reported call: when, and what it cost her in the smallest unit, 0 for nothing."""

    at: Instant
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One group on one day, or over all days."""

    person_days: float = 0.0
    calls: int = 0
    losses: int = 0  # calls that cost money
    lost: float = 0.0  # how much

    def __add__(self, other: "Side") -> "Side":
        return Side(
            person_days=self.person_days + other.person_days,
            calls=self.calls + other.calls,
            losses=self.losses + other.losses,
            lost=self.lost + other.lost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCompared:
    """A UTC day, counted from 1970: those waiting and those told."""

    day: int
    waiting: Side
    told: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A rate ratio, told over waiting; None where no day had calls and both groups.

    ``verdict`` is "fewer", "more" or "cannot tell". ``needed``: about how many calls would show a
    halving in 8 of 10 trials, were they spread over the groups as person-days were.
    """

    ratio: Estimate | None
    verdict: str
    n_counted: int
    needed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The days, their sums, and what they say about calls and about calls that cost money."""

    days: tuple[DayCompared, ...]
    waiting: Side
    told: Side
    calls: Compared
    losses: Compared
    persons: int
    n_other_calls: int  # before the first run, after the end, or of nobody in this leak


def effect(
    exposures: Sequence[Exposure],
    calls: Mapping[str, Sequence[Call]],
    *,
    start: Instant,
    until: Instant,
) -> Effect:
    """Compare those told with those waiting, from the first run until the end of observation."""
    told_at = np.array(
        [_NEVER if e.told_at is None else e.told_at for e in exposures], dtype=np.int64
    )
    at_risk = {e.customer_id: i for i, e in enumerate(exposures)}
    mine = {c: sorted(hers, key=lambda call: call.at) for c, hers in calls.items() if c in at_risk}
    first = {c: call for c, hers in mine.items() if (call := _first(hers, start, until))}
    ends = np.full(len(exposures), until, dtype=np.int64)
    for customer, call in first.items():
        ends[at_risk[customer]] = call.at
    first_day = start // DAY
    n_days = max(0, -(-until // DAY) - first_day)
    moved = np.clip(told_at, start, ends)
    waiting = _person_days(np.full(len(ends), start, dtype=np.int64), moved, first_day, n_days)
    told = _person_days(moved, ends, first_day, n_days)
    sides = [[Side(person_days=float(d)) for d in group] for group in (waiting, told)]
    for customer, call in first.items():
        group = int(told_at[at_risk[customer]] <= call.at)
        day = call.at // DAY - first_day
        costly = call.loss > 0
        sides[group][day] += Side(calls=1, losses=int(costly), lost=max(call.loss, 0.0))
    days = tuple(
        DayCompared(day=first_day + i, waiting=w, told=t)
        for i, (w, t) in enumerate(zip(*sides, strict=True))
    )
    return Effect(
        days=days,
        waiting=sum((d.waiting for d in days), Side()),
        told=sum((d.told for d in days), Side()),
        calls=_compared(days, "calls"),
        losses=_compared(days, "losses"),
        persons=len(exposures),
        n_other_calls=sum(map(len, calls.values())) - len(first),
    )


def _first(calls: Sequence[Call], start: Instant, until: Instant) -> Call | None:
    """Return her first call of the comparison; one before it began takes her out of no risk."""
    return next((call for call in calls if start <= call.at < until), None)


def _person_days(starts: Ints, ends: Ints, first_day: int, n_days: int) -> Floats:
    """Return how many person-days the stretches have on each day."""
    edges = (first_day + np.arange(n_days + 1, dtype=np.int64)) * DAY
    # Time spent before each edge, over all stretches; a day has what its two edges differ by.
    before = [
        float(np.clip(np.minimum(ends, edge) - starts, 0, None).sum(dtype=np.float64))
        for edge in edges
    ]
    return np.diff(np.array(before)) / DAY


def _compared(days: Sequence[DayCompared], what: str) -> Compared:
    strata = [
        Stratum(
            told=getattr(day.told, what),
            waiting=getattr(day.waiting, what),
            told_days=day.told.person_days,
            waiting_days=day.waiting.person_days,
        )
        for day in days
    ]
    ratio = rate_ratio(strata)
    verdict = "cannot tell"
    if ratio is not None and ratio.high < 1.0:
        verdict = "fewer"
    elif ratio is not None and ratio.low > 1.0:
        verdict = "more"
    return Compared(
        ratio=ratio,
        verdict=verdict,
        n_counted=sum(s.told + s.waiting for s in strata if s.is_telling),
        needed=calls_needed(strata, HALVED),
    )

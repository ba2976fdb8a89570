"""When things happen: day and night, weekdays, growth, one promotion, shifts, office hours.

Times are whole seconds since 1970 in UTC. People live eight hours ahead of it (China, which has
one zone and no summer time).
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
_AHEAD_S: Final = 8 * HOUR_S
_HOURS: Final = np.array(
    [
        *(3.2, 1.8, 1.0, 0.7, 0.6, 0.8, 1.6, 2.8, 4.2, 5.4, 6.4, 6.2),
        *(5.8, 5.6, 5.4, 5.3, 5.1, 4.9, 4.8, 5.8, 7.2, 8.0, 7.2, 5.2),
    ]
)  # orders by local hour: a trough before dawn, a hill at ten, the peak at nine in the evening
_WEEKDAYS: Final = np.array([1.03, 1.0, 0.98, 0.98, 0.97, 1.0, 1.05])  # Monday first
_PROMOTION: Final = np.array([0.85, 2.6, 1.9, 1.4])  # the day before is quiet: people wait
_GROWTH: Final = 0.15  # over the whole market


def local_days(times: Ints) -> Ints:
    """Return local days since 1970."""
    return (times + _AHEAD_S) // DAY_S


def local_seconds(times: Ints) -> Ints:
    """Return seconds since local midnight."""
    return (times + _AHEAD_S) % DAY_S


def order_levels(starts_at: int, days: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return the hours of the market (when each begins) and how much is ordered in each."""
    hours = starts_at + np.arange(days * 24, dtype=np.int64) * HOUR_S
    day = np.arange(days * 24) // 24
    level = 1.0 + _GROWTH * day / days
    level *= _HOURS[local_seconds(hours) // HOUR_S]
    level *= _WEEKDAYS[(local_days(hours) + 3) % 7]  # 1970-01-01 was a Thursday
    level *= np.exp(rng.normal(0.0, 0.06, days))[day]
    peak = int(rng.integers(days // 4, days - days // 4))
    for offset, factor in enumerate(_PROMOTION):
        level[day == peak + offset - 1] *= factor
    return hours, level


def order_times(starts_at: int, days: int, n: int, rng: np.random.Generator) -> Ints:
    """Return the times of ``n`` orders, earliest first."""
    hours, level = order_levels(starts_at, days, rng)
    hour = picked(level, n, rng)
    times: Ints = np.sort(hours[hour] + rng.integers(0, HOUR_S, n))
    return times


def into_hours(times: Ints, opens: float, closes: float, rng: np.random.Generator) -> Ints:
    """Return the times moved forward into working hours (local), never backward.

    What comes overnight is done in the first hours after opening.
    """
    second = local_seconds(times)
    early = second < opens * HOUR_S
    late = second >= closes * HOUR_S
    opening = times - second + int(opens * HOUR_S) + np.where(late, DAY_S, 0)
    queued = opening + np.minimum(rng.exponential(1.2 * HOUR_S, len(times)), 5 * HOUR_S)
    moved: Ints = np.where(early | late, queued, times).astype(np.int64)
    return moved


def later(times: Ints, median_s: float, spread: float, rng: np.random.Generator) -> Ints:
    """Return the times plus lognormal lags, ``spread`` in log seconds."""
    lags = np.exp(rng.normal(np.log(median_s), spread, len(times)))
    moved: Ints = times + lags.astype(np.int64) + 1
    return moved


def picked(weights: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Return ``n`` indices drawn by weight, with replacement."""
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    chosen: Ints = np.minimum(found, len(weights) - 1).astype(np.int64)
    return chosen

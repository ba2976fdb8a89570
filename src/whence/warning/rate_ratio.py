"""A rate ratio over strata, exact: conditional on how many events each stratum had.

In a stratum with n events, those told had X ~ binomial(n, p), p = r t / (r t + w), where r is the
rate ratio and t, w the person-time of either group. The sum over strata is a convolution of
binomials, whatever the rates of the strata are. The estimate solves "observed = expected"; the
interval holds every r that neither tail of 5 % excludes (Breslow and Day 1987, vol. II, 4.3;
Martin and Austin 1996 for the convolution).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.model import Estimate
from whence.stats import log_gamma

Floats: TypeAlias = NDArray[np.float64]

_TAIL: Final = 0.05  # of the central 90 % that our estimates travel with
_WIDEST: Final = 20.0  # |log ratio|: five hundred millionfold, beyond any data
_STEPS: Final = 60  # halvings of 40: below 1e-16
_Z_TAIL, _Z_POWER = 1.6449, 0.8416  # normal quantiles of 0.95 and 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Events and person-time of those told and those waiting."""

    told: int
    waiting: int
    told_days: float
    waiting_days: float

    @property
    def n(self) -> int:
        """How many events there were."""
        return self.told + self.waiting

    @property
    def is_telling(self) -> bool:
        """Whether the stratum can tell the two apart: it has events, and both groups."""
        return self.n > 0 and self.told_days > 0 and self.waiting_days > 0

    def share(self, log_ratio: float) -> float:
        """Return the probability that one of its events is among those told."""
        return 1.0 / (1.0 + math.exp(-log_ratio) * self.waiting_days / self.told_days)


def rate_ratio(strata: Sequence[Stratum]) -> Estimate | None:
    """Return the ratio told over waiting; None where no stratum can tell them apart.

    Where one group had no event the ratio is 0 or infinite, and so is that end of the interval.
    """
    telling = [s for s in strata if s.is_telling]
    ways = [_log_ways(s.n) for s in telling]
    n = sum(s.n for s in telling)
    if not n:
        return None
    seen = sum(s.told for s in telling)

    def expected(log_ratio: float) -> float:
        return sum(s.n * s.share(log_ratio) for s in telling) - seen

    def lower_tail(log_ratio: float) -> float:
        return _TAIL - float(_chances(telling, ways, log_ratio)[: seen + 1].sum())

    def upper_tail(log_ratio: float) -> float:
        return float(_chances(telling, ways, log_ratio)[seen:].sum()) - _TAIL

    none, all_of_them = seen == 0, seen == n
    return Estimate(
        estimate=0.0 if none else math.inf if all_of_them else math.exp(_root(expected)),
        low=0.0 if none else math.exp(_root(upper_tail)),
        high=math.inf if all_of_them else math.exp(_root(lower_tail)),
        n=n,
    )


def calls_needed(strata: Sequence[Stratum], ratio: float) -> int | None:
    """Return about how many events would show a ratio in 8 of 10 trials; None without any basis.

    Normal approximation for one binomial share, at the groups' person-time over days with both.
    """
    both = [s for s in strata if s.told_days > 0 and s.waiting_days > 0]
    told, waiting = sum(s.told_days for s in both), sum(s.waiting_days for s in both)
    if not both:
        return None
    p_same = told / (told + waiting)
    p_other = ratio * told / (ratio * told + waiting)
    spread = _Z_TAIL * math.sqrt(p_same * (1 - p_same)) + _Z_POWER * math.sqrt(
        p_other * (1 - p_other)
    )
    return math.ceil((spread / (p_same - p_other)) ** 2)


def _chances(strata: Sequence[Stratum], ways: Sequence[Floats], log_ratio: float) -> Floats:
    """Return P(k events among those told in all), for k from 0 on."""
    joined = np.ones(1)
    for stratum, log_ways in zip(strata, ways, strict=True):
        p = min(max(stratum.share(log_ratio), 1e-300), 1.0 - 1e-16)
        k = np.arange(stratum.n + 1, dtype=np.float64)
        one = np.exp(log_ways + k * math.log(p) + (stratum.n - k) * math.log1p(-p))
        joined = np.convolve(joined, one)
    return joined


def _log_ways(n: int) -> Floats:
    """Return the log of how many ways there are to choose k of n, for k from 0 on."""
    k = np.arange(n + 1, dtype=np.float64)
    return np.asarray(
        log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0), dtype=np.float64
    )


def _root(rising: Callable[[float], float]) -> float:
    """Return where a function that rises crosses zero, between the widest log ratios."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2

"""When the calls come: a random delay after the leak, by office hours, told some time later."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.rhythm import DAY_S, into_hours, later

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayLaw:
    """The law of the delay from leak to call. Every market has its own.

    ``shape`` is the standard deviation of log days of a ``lognormal`` law, else the shape of a
    ``gamma`` or ``weibull`` law.
    """

    law: str
    median_days: float
    shape: float

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Return ``n`` delays in days."""
        if self.law == "lognormal":
            median, drawn = 1.0, np.exp(rng.normal(0.0, self.shape, n))
        elif self.law == "gamma":
            # Wilson and Hilferty 1931: the median of a gamma law, good for shapes above 1.
            median = self.shape * (1.0 - 1.0 / (9.0 * self.shape)) ** 3
            drawn = rng.gamma(self.shape, 1.0, n)
        else:
            median, drawn = math.log(2.0) ** (1.0 / self.shape), rng.weibull(self.shape, n)
        days: Floats = drawn * (self.median_days / median)
        return days


def leak_law(rng: np.random.Generator) -> DelayLaw:
    """Draw this market's law of calls after leaks."""
    law = ("lognormal", "gamma", "weibull")[int(rng.integers(3))]
    low, high = {"lognormal": (0.4, 0.9), "gamma": (1.2, 4.0), "weibull": (1.1, 2.2)}[law]
    median = math.exp(rng.uniform(math.log(6.0), math.log(20.0)))
    return DelayLaw(law=law, median_days=median, shape=float(rng.uniform(low, high)))


def unrelated_law(rng: np.random.Generator) -> DelayLaw:
    """Draw the law of unrelated calls, counted from the order: later, and more spread out."""
    median = math.exp(rng.uniform(math.log(14.0), math.log(35.0)))
    return DelayLaw(law="lognormal", median_days=median, shape=float(rng.uniform(0.9, 1.2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls that would come, and when their victims would tell; one row an order."""

    called_at: Ints
    reported_at: Ints

    def taken(self, rows: Ints) -> "Calls":
        """Return these rows."""
        return Calls(called_at=self.called_at[rows], reported_at=self.reported_at[rows])


def calls_after(since: Ints, law: DelayLaw, rng: np.random.Generator) -> Calls:
    """Return a call for each leak, from nine to nine, and its report some hours or days later."""
    due = since + (law.draw(len(since), rng) * DAY_S).astype(np.int64) + 60
    called_at = into_hours(due, 9, 21, rng)
    return Calls(called_at=called_at, reported_at=later(called_at, 0.6 * DAY_S, 1.2, rng))

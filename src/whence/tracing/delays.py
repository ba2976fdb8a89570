"""The delay from a leak to its call: a learned density over days.

A mixture of lognormal densities on a fixed grid of medians and widths, its weights fitted by EM
under a Dirichlet prior (a smooth stand-in for the nonparametric maximum-likelihood mixture of
Laird 1978). Calls still to come are censored at the end of observation: in each M step they count
as missing observations of the component that would bring them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import distinct, weighted_counts

Floats = NDArray[np.float64]

_MEDIANS: Final = np.geomspace(0.25, 160.0, 16)  # days; published cases: a day to 106 days
_WIDTHS: Final = np.array([0.35, 0.6, 1.0])  # of log days
_DAYS: Final = np.geomspace(1e-3, 4_000.0, 4_096)  # where densities are tabulated
_LOG_DAYS: Final = np.log(_DAYS)
_STEP: Final = float(_LOG_DAYS[1] - _LOG_DAYS[0])
_FLOOR: Final = 0.01  # share of a flat density over a year: a delay nobody foresaw is possible
_YEAR: Final = 365.0
_ROUNDS: Final = 12
_MOST_MISSING: Final = 0.5  # calls still to come, against those seen


def _erf(x: Floats) -> Floats:
    """Return the error function to 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    poly = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    value: Floats = np.sign(x) * (1.0 - poly * np.exp(-x * x))
    return value


def _tables() -> tuple[Floats, Floats]:
    """Return densities and distributions of every component at ``_DAYS``: (components, days)."""
    mean = np.repeat(np.log(_MEDIANS), len(_WIDTHS))[:, None]
    width = np.tile(_WIDTHS, len(_MEDIANS))[:, None]
    z = (_LOG_DAYS[None, :] - mean) / width
    density = np.exp(-0.5 * z * z) / (_DAYS[None, :] * width * np.sqrt(2 * np.pi))
    return density, 0.5 * (1.0 + _erf(z / np.sqrt(2.0)))


_DENSITY, _DISTRIBUTION = _tables()


@dataclass(frozen=True, slots=True, eq=False)
class DelayDensity:
    """A density over days with its distribution; build one with ``prior`` or ``fitted``."""

    weights: Floats  # of the components; sums to 1
    prior_weights: Floats
    strength: float  # of the prior, in observations
    tabulated: Floats  # density and distribution at the days of the tables: (2, days)

    @classmethod
    def _of(cls, weights: Floats, prior_weights: Floats, strength: float) -> "DelayDensity":
        flat = np.stack([(_DAYS < _YEAR) / _YEAR, np.minimum(_DAYS, _YEAR) / _YEAR])
        mixed = np.stack([weights @ _DENSITY, weights @ _DISTRIBUTION])
        tabulated = (1.0 - _FLOOR) * mixed + _FLOOR * flat
        return cls(weights, prior_weights, strength, tabulated)

    @classmethod
    def prior(cls, *, median: float, spread: float, strength: float) -> "DelayDensity":
        """Return a broad density around a median in days, ``spread`` in log days."""
        centre = np.exp(-0.5 * ((np.log(_MEDIANS) - np.log(median)) / spread) ** 2)
        weights = np.outer(centre, [0.3, 0.45, 0.25]).ravel()
        weights /= weights.sum()
        return cls._of(weights, weights, strength)

    def density(self, days: Floats) -> Floats:
        """Return the density at delays in days, 0 for negative ones. Any shape."""
        value: Floats = np.where(days < 0, 0.0, self._at(self.tabulated[0], days))
        return value

    def distribution(self, days: Floats) -> Floats:
        """Return the probability of a delay of at most so many days. Any shape."""
        value: Floats = np.where(days <= 0, 0.0, self._at(self.tabulated[1], days))
        return value

    def quantiles(self, levels: Floats) -> Floats:
        """Return the delays in days at these probabilities."""
        return np.asarray(np.exp(np.interp(levels, self.tabulated[1], _LOG_DAYS)), dtype=np.float64)

    @staticmethod
    def _at(table: Floats, days: Floats) -> Floats:
        """Interpolate a table linearly in log days; its points are evenly spaced there."""
        at = (np.log(np.clip(days, _DAYS[0], _DAYS[-1])) - _LOG_DAYS[0]) / _STEP
        left = np.minimum(at.astype(np.int64), len(_DAYS) - 2)
        part = at - left
        value: Floats = table[left] * (1.0 - part) + table[left + 1] * part
        return value

    def fitted(
        self, delays: Floats, counts: Floats, reach: Floats, expected: Floats
    ) -> "DelayDensity":
        """Return the density after EM.

        ``delays``, ``counts``: observed delays in days and how much each counts. ``reach``,
        ``expected``: for groups of leaks, days until the end of observation and calls they bring
        in all, seen or not.
        """
        keep = (delays >= 0) & (counts > 1e-9)  # noqa: PLR2004  smaller ones move nothing
        columns, at = distinct(_columns(delays[keep]), len(_DAYS))
        pdf, counts = _DENSITY[:, columns], weighted_counts(at, counts[keep], len(columns))
        unseen = 1.0 - _DISTRIBUTION[:, _columns(reach)]
        weights = self.weights
        for _ in range(_ROUNDS):
            mixed = weights[:, None] * pdf
            mixed /= np.maximum(mixed.sum(axis=0), 1e-300)
            seen = mixed @ counts
            missing = weights * (unseen @ expected)
            # What is missing is itself a guess, and where no call can be seen yet it would only
            # feed on itself.
            most = _MOST_MISSING * float(seen.sum())
            missing *= min(1.0, most / max(float(missing.sum()), 1e-12))
            total = self.strength * self.prior_weights + seen + missing
            weights = total / total.sum()
        return DelayDensity._of(weights, self.prior_weights, self.strength)


def _columns(days: Floats) -> NDArray[np.int64]:
    """Return the nearest column of the tables for delays in days."""
    at = np.rint((np.log(np.maximum(days, _DAYS[0])) - _LOG_DAYS[0]) / _STEP)
    return np.asarray(np.clip(at, 0, len(_DAYS) - 1), dtype=np.int64)

"""What the evidence is averaged over: report rates, window lengths, days of export."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import weighted_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATES: Final = np.geomspace(1e-4, 1.0, 13)  # report rates
LOG_RATE: Final = -np.log(len(RATES))
_LENGTHS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 50, 64, 80, 100, 128)
_EXPORTS: Final = 128  # days at which an export is tried, at most
_SCREEN_EXPORTS: Final = 24  # a first look at dumps: every few days, lengths and rates
_SCREEN_STEP: Final = 3


@dataclass(frozen=True, eq=False)  # no slots: what is derived from it is kept with it
class Grid:
    """Export days, report rates and window lengths over which a dump is averaged."""

    exports: Ints
    rates: Floats
    tried: list[int]

    @cached_property
    def begins(self) -> Ints:
        """The first day of the window of each length that ends at each export."""
        begins = self.exports[:, None] - np.array(self.tried)[None, :] + 1
        return np.asarray(np.maximum(begins, 0), dtype=np.int64)

    @cached_property
    def distinct_windows(self) -> tuple[Ints, Ints, Floats]:
        """Return where each window's export stands, its first day and its weight.

        Early in the span several lengths begin on the first day: they are one window.
        """
        n_days = int(self.exports[-1]) + 1
        key = np.arange(len(self.exports))[:, None] * n_days + self.begins
        found, at = np.unique(key, return_inverse=True)
        prior = np.exp(log_length_prior(self.tried)) / len(self.exports)
        each = np.broadcast_to(prior, key.shape).ravel()
        export, begin = np.divmod(found, n_days)
        return export, begin, weighted_counts(at.ravel(), each, len(found))


@cache
def full_grid(n_days: int) -> Grid:
    """Return the grid that posteriors stand on."""
    return Grid(_export_days(n_days, _EXPORTS), RATES, lengths(n_days))


@cache
def coarse_grid(n_days: int) -> Grid:
    """Return the grid of a first look."""
    days = _export_days(n_days, _SCREEN_EXPORTS)
    return Grid(days, RATES[::_SCREEN_STEP], lengths(n_days)[::_SCREEN_STEP])


def _export_days(n_days: int, most: int) -> Ints:
    step = -(-n_days // most)
    return np.arange(step - 1, n_days, step)


def lengths(n_days: int) -> list[int]:
    """Return the window lengths that are tried, about evenly spaced in their logarithm."""
    return [n for n in _LENGTHS if n < n_days] + [n_days]


def log_length_prior(tried: list[int]) -> Floats:
    """Return a log-uniform prior over the tried lengths: each stands for its stretch of log."""
    edges = np.sqrt(np.array([tried[0] * 0.7, *tried[:-1]]) * np.array(tried))
    upper = np.append(edges[1:], tried[-1])
    weight = np.maximum(np.log(upper / edges), 1e-3)
    return np.asarray(np.log(weight / weight.sum()), dtype=np.float64)

"""Estimates with their intervals, from the few special functions they need.

SciPy would bring these too, for two and a half seconds of start-up.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)  # Bernoulli numbers, DLMF 5.11.1
_SHIFT: Final = 8  # gamma(x) = gamma(x + 8) / (x (x + 1) ... (x + 7)); above 8 the series is exact
_FLAGS_A_VALUE: Final = 16  # a byte and a running count each, against the comparisons of a sort


def log_gamma(x: Floats | float) -> Floats:
    """Return log gamma of positive numbers, to about 1e-11 relative, of any shape."""
    x = np.asarray(x, dtype=np.float64)
    # x (x + 7), (x + 1)(x + 6), ... differ by constants: half as many products.
    pair = x * (x + (_SHIFT - 1))
    rising = pair.copy()
    for step in range(1, _SHIFT // 2):
        rising *= pair + step * (_SHIFT - 1 - step)
    lifted = x + _SHIFT
    inverse = 1.0 / lifted
    square = inverse * inverse
    series = inverse * (
        _STIRLING[0] + square * (_STIRLING[1] + square * (_STIRLING[2] + square * _STIRLING[3]))
    )
    stirling = (lifted - 0.5) * np.log(lifted) - lifted + 0.5 * math.log(2 * math.pi) + series
    return np.asarray(stirling - np.log(rising), dtype=np.float64)


def log_sum_exp(values: Floats, axis: int | tuple[int, ...] | None = None) -> Floats:
    """Return log of the sum of exponentials along axes, without overflow."""
    top = np.max(values, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        summed = np.log(np.sum(np.exp(values - top), axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(summed, axis=axis), dtype=np.float64)


def log_binomial_tail(k: int, n: int, p: float) -> float:
    """Return log P(X >= k) for X ~ binomial(n, p)."""
    if k <= 0:
        return 0.0
    i = np.arange(k, n + 1, dtype=np.float64)
    terms = (
        log_gamma(n + 1.0)
        - log_gamma(i + 1.0)
        - log_gamma(n - i + 1.0)
        + i * math.log(max(p, 1e-300))
        + (n - i) * math.log1p(-min(p, 1 - 1e-15))
    )
    return min(0.0, float(log_sum_exp(terms)))


def weighted_counts(index: Ints, weights: Floats, n: int) -> Floats:
    """Return the sum of weights of each of n classes."""
    return np.asarray(np.bincount(index, weights, n), dtype=np.float64)


def distinct(values: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the distinct values in order, and which of them each is; all are below ``size``.

    As ``np.unique``, but without sorting where a flag for each possible value costs less.
    """
    if size > _FLAGS_A_VALUE * len(values):
        found, at = np.unique(values, return_inverse=True)
        return found, at
    there = np.zeros(size, dtype=bool)
    there[values] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]


def middays(n_days: int) -> Floats:
    """Return the middle of each day of a span, in days."""
    return np.arange(n_days, dtype=np.float64) + 0.5


def weighted_quantiles(values: Floats, weights: Floats, levels: tuple[float, ...]) -> list[float]:
    """Return quantiles of a discrete distribution given by sorted values and weights."""
    cumulative = np.cumsum(weights)
    cumulative /= cumulative[-1]
    at = np.searchsorted(cumulative, np.asarray(levels) - 1e-12)
    return [float(values[min(int(i), len(values) - 1)]) for i in at]

"""How many share a question, and how long an answer is: the counts the self-check's privacy needs.

**The question.** Of her hash the asker names the first ``bits``. Hashes are uniform, so of n orders
about n / 2**bits share them, and the fewest over all prefixes are at least k but for a chance of
one in a million. The binomial's lower tail lies below the Poisson's of the same mean, which is
what is computed, times the number of prefixes (union bound).

**The answer.** Every answer has the same number of values, listed ones and decoys. How many it is
depends on how many orders are listed, rounded up to a power of two, so that its length tells no
more than that.
"""

import math
from typing import Final

import numpy as np

from whence.stats import log_gamma, log_sum_exp

MOST_BITS: Final = 20  # a client names no more: 2**20 orders stand behind one bit pattern of 1e12
CHANCE: Final = 1e-6  # that any prefix has fewer than k orders
_OVERFLOW: Final = 1e-3  # that a list needs a longer answer than its size suggests


def bits_for(n_orders: int, k: int) -> int | None:
    """Return the most bits an asker may name so that k orders share any; None if n are too few."""
    if n_orders < k:
        return None
    fit = [b for b in range(MOST_BITS + 1) if b == 0 or _shortfall(n_orders, k, b) <= CHANCE]
    return fit[-1]


def capacity_for(n_listed: int, bits: int) -> int:
    """Return how many values every answer has, for a list of so many orders."""
    rounded = 1 << max(0, n_listed - 1).bit_length()
    mean = rounded / (1 << bits)
    capacity = max(1, math.ceil(mean))
    while (1 << bits) * math.exp(_log_tail_above(mean, capacity)) > _OVERFLOW:
        capacity += 1
    return capacity


def _shortfall(n_orders: int, k: int, bits: int) -> float:
    """Return an upper bound of the chance that any prefix has fewer than k orders."""
    mean = n_orders / (1 << bits)
    if mean <= k:
        return 1.0
    i = np.arange(k, dtype=np.float64)
    log_tail = float(log_sum_exp(i * math.log(mean) - mean - log_gamma(i + 1.0)))
    return min(1.0, math.exp(log_tail) * (1 << bits))


def _log_tail_above(mean: float, c: int) -> float:
    """Return log P(X > c) of a Poisson, c at least the mean: the first terms decide."""
    i = np.arange(c + 1, c + 400, dtype=np.float64)
    return float(log_sum_exp(i * math.log(mean) - mean - log_gamma(i + 1.0)))

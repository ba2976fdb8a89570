"""Sums over all windows of a span, of what the days of a window multiply up to.

The evidence of a drip is such a sum. In logs each window costs an exponential; as products each
costs one multiplication, because a window is one that was tried already and a few more days. What
underflows is a window less likely by 300 orders of magnitude than one that counts beside it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """Window lengths with the weight of each, and the earlier ones that each is made of."""

    n_days: int
    tried: list[int]  # ascending, from 1 on
    weights: Floats  # (lengths,) of each of the windows of a length
    parts: list[list[int]]  # earlier lengths that add up to each; itself for the first

    @classmethod
    def of(cls, tried: list[int], log_prior: Floats, n_days: int) -> "Lengths":
        """Share each length's prior among its windows, and take lengths apart."""
        weights = np.exp(log_prior) / (n_days + 1 - np.array(tried))
        parts = [_taken_apart(length, tried[:i]) for i, length in enumerate(tried)]
        return cls(n_days, tried, weights, parts)

    def room(self, columns: int) -> Floats:
        """Return room for all products of so many columns, to be used again and again."""
        return np.empty((sum(self.n_days + 1 - n for n in self.tried[1:]), columns))


def _taken_apart(length: int, earlier: list[int]) -> list[int]:
    """Return few earlier lengths that add up to this one: two, where two do."""
    if not earlier or length in earlier:
        return [length]
    for longest in reversed(earlier):
        if length - longest in earlier:
            return [longest, length - longest]
    longest = max(n for n in earlier if n < length)
    return [longest, *_taken_apart(length - longest, earlier)]


def summed(factors: Floats, lengths: Lengths, room: Floats) -> Floats:
    """Return for each column the weighed sum over windows of the product of its days' factors.

    ``factors`` (days, columns), positive. Where a product overflows the sum is not finite.
    """
    n_days, columns = factors.shape
    products, at = {1: factors}, 0
    sums = np.empty((len(lengths.tried), columns))
    np.add.reduce(factors, axis=0, out=sums[0])
    for i, (length, (*parts, last)) in enumerate(zip(lengths.tried, lengths.parts, strict=True)):
        if length == 1:
            continue
        n = n_days + 1 - length
        product = room[at : at + n, :columns]
        here, done = products[parts[0]][:n], parts[0]
        for part in [*parts[1:], last]:
            np.multiply(here, products[part][done : done + n], out=product)
            here, done = product, done + part
        products[length] = product
        np.add.reduce(product, axis=0, out=sums[i])
        at += n
    return np.asarray(lengths.weights @ sums, dtype=np.float64)

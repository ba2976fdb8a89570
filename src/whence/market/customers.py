"""Customers of a streamed market: who she is follows from her number, so that no list is kept.

A small market lists its customers; one of a hundred million would not fit. Here a customer's
region, her place in it and her favourite shop are read off her number, mixed.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.alias import Alias, high_half, low_half, mixed
from whence.market.companies import Companies
from whence.market.placing import DENSITY

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_CLASSES: Final = 4_096  # of customers who order equally often
_STEPS: Final = 1 << 16  # values of 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """One row an order: where its customer lives and which shop she likes best."""

    region: Ints
    spot: Floats
    favourite: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """All customers: how often each orders, and who she is."""

    n: int
    key: int
    edges: Ints  # class i has the customers edges[i] to edges[i + 1] - 1
    often: Alias
    shops: Alias
    regions: NDArray[np.int8]
    spots: Floats

    @classmethod
    def of(cls, companies: Companies, n: int, rng: np.random.Generator) -> Self:
        """Return ``n`` customers, some ordering a lot and most little (lognormal, as in trade)."""
        n_classes = min(_CLASSES, n)
        middle = (np.arange(n_classes) + 0.5) / n_classes
        often = np.exp([NormalDist().inv_cdf(at) for at in middle.tolist()])
        edges = np.arange(n_classes + 1, dtype=np.int64) * n // n_classes
        steps = (np.arange(_STEPS) + 0.5) / _STEPS
        region = np.searchsorted(np.cumsum(companies.region_weight), steps, side="right")
        return cls(
            n=n,
            key=int(rng.integers(1 << 62)),
            edges=edges,
            often=Alias.of(often * np.diff(edges)),
            shops=Alias.of(companies.shops.weight),
            regions=np.minimum(region, len(companies.region_weight) - 1).astype(np.int8),
            spots=steps**DENSITY,
        )

    def draw(self, n: int, rng: np.random.Generator) -> Ints:
        """Return who places each of ``n`` orders."""
        bits = raw_bits(n, rng)
        of_class = self.often.pick(low_half(bits))
        first = self.edges[of_class]
        size = (self.edges[of_class + 1] - first).astype(np.uint64)
        drawn: Ints = first + (high_half(bits) * size >> np.uint64(32)).astype(np.int64)
        return drawn

    def traits(self, customers: Ints) -> Traits:
        """Return who these customers are."""
        bits = mixed(customers, self.key)
        sixteen, step = np.uint64(16), np.uint64(_STEPS - 1)
        return Traits(
            region=self.regions[bits & step].astype(np.int64),
            spot=self.spots[bits >> sixteen & step],
            favourite=self.shops.pick(high_half(bits)),
        )


def raw_bits(n: int, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Return ``n`` times 64 random bits."""
    bits: NDArray[np.uint64] = rng.integers(0, 1 << 64, n, dtype=np.uint64, endpoint=False)
    return bits

"""Calls that have nothing to do with anyone in a streamed market: the likeliest orders are kept.

As in ``reporting.unrelated`` the intensity of an order is a product of random effects of goods,
region, week and shop, and the top of log intensity plus a Gumbel draw is a sample without
replacement (Gumbel-max); a pool of the top so many is all that has to be kept.
Customers who report twice cannot be found afterwards, so a small part of all customers is followed.
"""

from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.calling import DelayLaw, calls_after
from whence.market.companies import GOODS, Companies
from whence.market.placing import Orders
from whence.market.rhythm import DAY_S
from whence.market.spec import MarketSpec

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.void]  # of CALLED

CALLED: Final = np.dtype(
    [("code", "i8"), ("customer", "i8"), ("called_at", "i8"), ("reported_at", "i8"), ("key", "f8")]
)  # one row an order, with the call about it; the largest ``key`` comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """Logs of the random effects on unrelated calls."""

    starts_at: int
    goods: Floats
    region: Floats
    week: Floats
    shop: Floats

    @classmethod
    def of(cls, spec: MarketSpec, companies: Companies, rng: np.random.Generator) -> Self:
        """Draw the effects; they grow slowly with the size of the shop."""
        weight = companies.shops.weight
        return cls(
            starts_at=spec.starts_at,
            goods=rng.normal(0.0, 0.7, len(GOODS)),
            region=rng.normal(0.0, 0.5, len(companies.region_weight)),
            week=rng.normal(0.0, 0.5, spec.days // 7 + 1),
            shop=rng.normal(0.0, 0.4, len(weight))
            + 0.25 * np.log(np.maximum(weight * spec.orders, 1.0)),
        )

    def keys(self, orders: Orders, rng: np.random.Generator) -> Floats:
        """Return for each order the key whose largest values are the sample."""
        placed_in = (orders.placed_at - self.starts_at) // (7 * DAY_S)
        level = self.goods[orders.goods] + self.region[orders.region]
        level += self.week[placed_in]
        level += self.shop[orders.shop]
        level -= np.log(rng.standard_exponential(orders.n))
        return level


class NoisePool:
    """Keeps the likeliest unrelated calls of the blocks it sees.

    ``most``: how many can be needed. ``every``: one customer in so many is followed, all of whose
    orders are kept.
    """

    def __init__(self, most: int, every: int, until: int) -> None:
        self._most = most
        self._every = every
        self._until = until
        self._pool: list[Rows] = [np.zeros(0, dtype=CALLED)]
        self._followed: list[Rows] = [np.zeros(0, dtype=CALLED)]
        self._least = -np.inf  # keys below it are no longer needed

    @property
    def calls(self) -> Rows:
        """The likeliest calls, best first."""
        return best(np.concatenate(self._pool), self._most)

    @property
    def followed(self) -> Rows:
        """Calls to the customers who are followed."""
        return np.concatenate(self._followed)

    def see(
        self,
        plan: tuple[Intensity, DelayLaw],
        orders: Orders,
        codes: Ints,
        rng: np.random.Generator,
    ) -> None:
        """Take in the orders of one block."""
        intensity, law = plan
        keys = intensity.keys(orders, rng)
        likely = np.flatnonzero(keys > self._least)
        self._pool.append(self._told(likely, keys, orders, codes, law, rng))
        if sum(map(len, self._pool)) > 2 * self._most:
            self._pool = [self.calls]
            self._least = float(self._pool[0]["key"][-1])
        if self._every:
            mine = np.flatnonzero(orders.customer % self._every == self._every // 2)
            self._followed.append(self._told(mine, keys, orders, codes, law, rng))

    def _told(
        self,
        rows: Ints,
        keys: Floats,
        orders: Orders,
        codes: Ints,
        law: DelayLaw,
        rng: np.random.Generator,
    ) -> Rows:
        """Return the calls about these orders that are reported in time."""
        calls = calls_after(orders.placed_at[rows], law, rng)
        told = np.zeros(len(rows), dtype=CALLED)
        told["code"], told["customer"] = codes[rows], orders.customer[rows]
        told["called_at"], told["reported_at"] = calls.called_at, calls.reported_at
        told["key"] = keys[rows]
        return told[calls.reported_at <= self._until]


def best(rows: Rows, most: int) -> Rows:
    """Return the rows with the largest keys, largest first."""
    return rows[np.argsort(-rows["key"], kind="stable")[:most]]

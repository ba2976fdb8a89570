"""How large a share of all orders each custodian can expect, before any order is placed.

The arithmetic of ``placing`` and ``handling``, in expectation.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market import handling, placing
from whence.market.companies import Companies

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


class ExpectedSizes:
    """Expected shares of all orders, by kind."""

    def __init__(self, companies: Companies, from_second: Flags) -> None:
        self._companies = companies
        self._from_second = from_second
        self._known: dict[str, Floats] = {}

    def of(self, kind: str) -> Floats:
        """Return the share that each custodian of a kind will hold."""
        if kind not in self._known:
            self._known[kind] = self._expected(kind)
        return self._known[kind]

    def _expected(self, kind: str) -> Floats:
        kinds: dict[str, Callable[[], Floats]] = {
            "shop": lambda: self._companies.shops.weight,
            "app": self._apps,
            "warehouse": self._warehouses,
            "branch": self._branches,
            "carrier": self._carriers,
            "clerk": self._clerks,
            "aftersales": self._aftersales,
            "operator": self._operators,
            "courier": self._couriers,
            "support": self._teams,
            "agent": self._agents,
        }
        return kinds[kind]()

    def _apps(self) -> Floats:
        shops, roster = self._companies.shops, self._companies.roster
        return _sums(shops.app, shops.weight, roster.count("app"))

    def _warehouses(self) -> Floats:
        shops, n = self._companies.shops, self._companies.roster.count("warehouse")
        second = self._from_second @ self._companies.region_weight
        second = np.where(shops.second_warehouse >= 0, second, 0.0) * shops.weight
        first = _sums(shops.warehouse, shops.weight - second, n)
        return first + _sums(np.maximum(shops.second_warehouse, 0), second, n)

    def _carriers(self) -> Floats:
        shops, n = self._companies.shops, self._companies.roster.count("carrier")
        has_second = shops.second_carrier >= 0
        second = np.where(has_second, placing.SECOND_CARRIER, 0.0) * shops.weight
        first = _sums(shops.carrier, shops.weight - second, n)
        return first + _sums(np.maximum(shops.second_carrier, 0), second, n)

    def _branches(self) -> Floats:
        network, n = self._companies.network, self._companies.roster.count("branch")
        shares = np.zeros(n)
        towards = np.outer(self._companies.region_weight, self._carriers())
        for first, count, share in zip(
            network.first.ravel().tolist(),
            network.n.ravel().tolist(),
            towards.ravel().tolist(),
            strict=True,
        ):
            shares[first : first + count] = share * _slices(count, 1.0 / placing.DENSITY)
        return shares

    def _couriers(self) -> Floats:
        own = placing.OWN_COURIER
        shares = [
            handling.SHIPPED * share * (own * _slices(n, 1 / placing.STRETCH) + (1 - own) / n)
            for share, n in zip(
                self._branches().tolist(), self._companies.network.n_couriers.tolist(), strict=True
            )
        ]
        return np.concatenate(shares)

    def _clerks(self) -> Floats:
        shops = self._companies.shops
        on_duty = shops.n_clerks - shops.has_twin_clerks
        looks = np.where(on_duty > 1, (1.0 + handling.SECOND_CLERK) / on_duty, 1.0)
        return np.repeat(shops.weight * handling.SEEN_BY_CLERK * looks, shops.n_clerks)

    def _aftersales(self) -> Floats:
        shops = self._companies.shops
        return np.repeat(shops.weight * handling.REFUNDED / shops.n_aftersales, shops.n_aftersales)

    def _operators(self) -> Floats:
        n = self._companies.n_operators
        return np.repeat(self._warehouses() * handling.SHIPPED / n, n)

    def _teams(self) -> Floats:
        shops, n = self._companies.shops, self._companies.n_teams
        goods = _sums(shops.goods % n, shops.weight, n)
        return handling.CONTACTED * (handling.OWN_TEAM * goods + (1.0 - handling.OWN_TEAM) / n)

    def _agents(self) -> Floats:
        n = self._companies.n_agents
        shares = np.outer(self._teams(), _slices(n, 1.0 / handling.OLD_HANDS)).ravel()
        trainees = np.flatnonzero(self._companies.is_trainee)
        shares[trainees - 1] += shares[trainees]  # a trainee has no contacts of her own
        shares[trainees] = shares[trainees - 1]
        return shares


def _sums(index: NDArray[np.int64], weights: Floats, n: int) -> Floats:
    """Return the sum of weights at each index below ``n``."""
    return np.bincount(index, weights, n).astype(np.float64)


def _slices(n: int, power: float) -> Floats:
    """Return what falls to each of ``n`` equal slices of a uniform draw raised to ``1 / power``."""
    edges: Floats = (np.arange(n + 1) / n) ** power
    return np.diff(edges)

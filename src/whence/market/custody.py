"""Who held which order since when, read from the market's arrays (for planting, not tracing)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.companies import Companies
from whence.market.handling import Accesses
from whence.market.logins import Logins
from whence.market.placing import Orders

Ints: TypeAlias = NDArray[np.int64]

Key: TypeAlias = tuple[str, int]  # kind, and index within the kind (logins: device or ip number)
COLUMN_KINDS: Final = ("shop", "app", "warehouse", "branch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Orders that one custodian held, by first touch, earliest first."""

    order: Ints
    since: Ints  # seconds

    def within(self, starts_at: int, ends_at: int) -> "Held":
        """Return what it first touched within a window, both ends included."""
        low = int(np.searchsorted(self.since, starts_at, side="left"))
        high = int(np.searchsorted(self.since, ends_at, side="right"))
        return Held(order=self.order[low:high], since=self.since[low:high])


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The market before any leak."""

    companies: Companies
    orders: Orders
    accesses: Accesses
    logins: Logins

    def held(self, key: Key) -> Held:
        """Return what a custodian held."""
        kind, index = key
        orders = self.orders
        if kind in COLUMN_KINDS or kind == "carrier":
            order = np.flatnonzero(self._column(kind) == index)
            return Held(order=order, since=orders.placed_at[order])
        if kind in ("login_device", "login_ip"):
            return self._seen_by_login(kind, index)
        number = self.companies.roster.first[kind] + index
        column = self.accesses.party if kind == "support" else self.accesses.account
        rows = np.flatnonzero(column == number)
        return _first_touches(self.accesses.order[rows], self.accesses.at[rows])

    def sizes(self, kind: str) -> Ints:
        """Return how many orders each custodian of a kind held."""
        count = self.companies.roster.count(kind)
        if kind in COLUMN_KINDS or kind == "carrier":
            return np.bincount(self._column(kind), minlength=count)
        first = self.companies.roster.first[kind]
        column = self.accesses.party if kind == "support" else self.accesses.account
        rows = np.flatnonzero((column >= first) & (column < first + count))
        pairs = np.unique((column[rows] - first) * self.orders.n + self.accesses.order[rows])
        return np.bincount(pairs // self.orders.n, minlength=count)

    def holders(self, order: int) -> Iterator[Key]:
        """Yield everyone who held one order at some time."""
        for kind in (*COLUMN_KINDS, "carrier"):
            yield kind, int(self._column(kind)[order])
        roster = self.companies.roster
        accounts = np.unique(self.accesses.account[self.accesses.order == order])
        numbers = {int(number) for number in accounts}
        numbers |= {above for number in numbers for above in roster.ancestors(number)}
        for number in sorted(numbers):
            kind = roster.kinds[number]
            if kind not in (*COLUMN_KINDS, "carrier"):
                yield kind, number - roster.first[kind]
        logins = self.logins
        rows = np.flatnonzero(
            (logins.customer == self.orders.customer[order])
            & (logins.at >= self.orders.placed_at[order])
            & logins.success
        )
        for device in np.unique(logins.device[rows]).tolist():
            yield "login_device", device
        for ip in np.unique(logins.ip[rows]).tolist():
            yield "login_ip", ip

    def _column(self, kind: str) -> Ints:
        orders = self.orders
        columns: dict[str, Callable[[], Ints]] = {
            "shop": lambda: orders.shop,
            "app": lambda: orders.app,
            "warehouse": lambda: orders.warehouse,
            "branch": lambda: orders.branch,
            "carrier": lambda: self.companies.network.carrier[orders.branch],
        }
        return columns[kind]()

    def _seen_by_login(self, kind: str, index: int) -> Held:
        """Return every order a customer had placed before somebody logged in as her."""
        logins = self.logins
        column = logins.device if kind == "login_device" else logins.ip
        rows = np.flatnonzero((column == index) & logins.success)
        names = np.unique(logins.customer[rows])
        of_them = np.zeros(self.orders.n_customers, dtype=np.bool_)
        of_them[names] = True
        order = np.flatnonzero(of_them[self.orders.customer])
        # Every pair of a login and an order of the same customer; few, as one device has few.
        by_customer = order[np.argsort(self.orders.customer[order], kind="stable")]
        owners = self.orders.customer[by_customer]
        low = np.searchsorted(owners, logins.customer[rows], side="left")
        high = np.searchsorted(owners, logins.customer[rows], side="right")
        login = np.repeat(rows, high - low)
        start = np.repeat(low - np.concatenate([[0], np.cumsum(high - low)[:-1]]), high - low)
        pairs = by_customer[start + np.arange(len(login))] if len(login) else by_customer[:0]
        seen = self.orders.placed_at[pairs] <= logins.at[login]
        by_time = np.argsort(logins.at[login][seen], kind="stable")
        return _first_touches(pairs[seen][by_time], logins.at[login][seen][by_time])


def _first_touches(order: Ints, at: Ints) -> Held:
    """Return the first touch of each order from rows that are already earliest first."""
    distinct, where = np.unique(order, return_index=True)
    by_time = np.argsort(at[where], kind="stable")
    return Held(order=distinct[by_time], since=at[where][by_time])


def equivalents(world: World, key: Key, window_orders: Ints) -> list[Key]:
    """Return custodians for whom some window, too, holds exactly these orders.

    No number of reports could tell these from the source by whom they concern.
    """
    if len(window_orders) == 0:
        return []
    likely = set(world.holders(int(window_orders[0])))
    for order in window_orders[1 :: max(1, len(window_orders) // 4)].tolist():
        likely &= set(world.holders(order))
    likely.discard(key)
    wanted = np.zeros(world.orders.n, dtype=np.bool_)
    wanted[window_orders] = True
    found = []
    for other in sorted(likely):
        held = world.held(other)
        hits = np.flatnonzero(wanted[held.order])
        if len(hits) != len(window_orders):
            continue
        around = held.within(int(held.since[hits[0]]), int(held.since[hits[-1]]))
        if len(around.order) == len(window_orders):
            found.append(other)
    return found

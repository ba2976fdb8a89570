"""Customers' logins: their own phones, families, shared addresses, and thieves with passwords."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.placing import Orders
from whence.market.rhythm import DAY_S, later

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

AGENTS: Final = (
    "ShopApp/8.1 (Android 14)",
    "ShopApp/8.1 (iPhone; iOS 18)",
    "ShopApp/7.9 (Android 12)",
    "Mozilla/5.0 (Windows NT 10.0) Shop",
    "ShopMini/3.2 (Android 13)",
)
N_ASNS: Final = 12  # access providers

_BEFORE_ORDER: Final = 0.55  # orders that begin with a login; the rest were still logged in
_BROWSING: Final = 0.25  # logins without an order, for each order
_FAILED: Final = 0.06
_SECOND_DEVICE: Final = 0.3  # customers with two
_FAMILY: Final = 0.03  # customers on the device of somebody else
_BEHIND_NAT: Final = 0.2  # customers whose home shares its address with others
_ON_MOBILE: Final = 0.35  # logins through a mobile operator's gateway
_PER_NAT: Final = 150  # customers an address
_PER_COLLECTOR: Final = 6_000  # customers for each device of someone who orders for many
_STUFFING: Final = 0.25  # passwords of a bought list that still work


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """One row an attempt, earliest first. ``device``, ``ip`` and ``asn`` are numbers."""

    customer: Ints
    at: Ints  # seconds
    success: Flags
    ip: Ints
    asn: Ints
    device: Ints
    agent: Ints

    @property
    def n(self) -> int:
        """How many attempts there are."""
        return len(self.customer)


def log_in(orders: Orders, until: int, rng: np.random.Generator) -> Logins:
    """Let customers log in from what they use every day."""
    n = orders.n_customers
    before = np.flatnonzero(rng.random(orders.n) < _BEFORE_ORDER)
    browsing = rng.integers(0, orders.n, round(orders.n * _BROWSING))
    customer = np.concatenate([orders.customer[before], orders.customer[browsing]])
    at = np.concatenate(
        [
            orders.placed_at[before] - rng.integers(20, 2_400, len(before)),
            later(orders.placed_at[browsing], 4 * DAY_S, 1.2, rng),
        ]
    )
    kept = np.flatnonzero(at <= until)
    kept = kept[np.argsort(at[kept], kind="stable")]
    customer, at = customer[kept], at[kept]
    rows = len(customer)
    return Logins(
        customer=customer,
        at=at,
        success=rng.random(rows) >= _FAILED,
        ip=_addresses(n, customer, rng),
        asn=rng.integers(0, N_ASNS, n)[customer],
        device=_devices(n, customer, rng),
        agent=rng.integers(0, len(AGENTS), n)[customer],
    )


def _devices(n: int, customer: Ints, rng: np.random.Generator) -> Ints:
    """Return a device number for each login; numbers from 2 n on belong to collectors."""
    main = np.arange(n, dtype=np.int64)
    family = np.flatnonzero(rng.random(n) < _FAMILY)
    main[family] = rng.integers(0, n, len(family))
    has_second = rng.random(n) < _SECOND_DEVICE
    uses_second = has_second[customer] & (rng.random(len(customer)) < 0.3)  # noqa: PLR2004
    device = np.where(uses_second, n + customer, main[customer])
    for collector in range(1 + n // _PER_COLLECTOR):
        served = np.zeros(n, dtype=np.bool_)
        served[rng.integers(0, n, int(rng.integers(5, 41)))] = True
        by_them = served[customer] & (rng.random(len(customer)) < 0.6)  # noqa: PLR2004
        device = np.where(by_them, 2 * n + collector, device)
    return device


def _addresses(n: int, customer: Ints, rng: np.random.Generator) -> Ints:
    """Return an address number for each login: home, shared home, or a mobile gateway."""
    n_shared = 1 + n // _PER_NAT
    home = np.arange(n, dtype=np.int64)
    behind = rng.random(n) < _BEHIND_NAT
    home[behind] = n + rng.integers(0, n_shared, int(behind.sum()))
    gateway = 2 * n + rng.integers(0, n_shared, n)
    mobile = rng.random(len(customer)) < _ON_MOBILE
    moved = (gateway[customer] + rng.integers(0, 4, len(customer))) % (3 * n)
    return np.where(mobile, moved, home[customer])


def break_in(
    orders: Orders,
    thief: int,
    window: tuple[int, int],
    n_accounts: int,
    rng: np.random.Generator,
) -> Logins:
    """Let a thief try a bought list of passwords from one device and a few addresses.

    ``n_accounts`` logins succeed; the list has more names on it. On it stand only customers who
    had ordered before the window's end, though some had not yet when the thief came.
    """
    starts_at, ends_at = window
    n_tried = round(n_accounts / _STUFFING)
    known = np.unique(orders.customer[orders.placed_at < ends_at])
    tried = rng.permutation(known)[:n_tried]
    n = len(tried)
    at = np.sort(rng.integers(starts_at, ends_at + 1, n))
    success = np.zeros(n, dtype=np.bool_)
    success[rng.permutation(n)[:n_accounts]] = True
    n_addresses = int(rng.integers(2, 6))
    return Logins(
        customer=tried,
        at=at,
        success=success,
        ip=4 * orders.n_customers + 8 * thief + rng.integers(0, n_addresses, n),
        asn=np.full(n, rng.integers(0, N_ASNS), dtype=np.int64),
        device=np.full(n, thief_device(orders, thief), dtype=np.int64),
        agent=np.full(n, rng.integers(0, len(AGENTS)), dtype=np.int64),
    )


def thief_device(orders: Orders, thief: int) -> int:
    """Return the device number of a thief."""
    return 3 * orders.n_customers + 7 * thief


def joined(parts: list[Logins]) -> Logins:
    """Return all attempts together, earliest first."""
    at = np.concatenate([part.at for part in parts])
    by_time = np.argsort(at, kind="stable")
    return Logins(
        customer=np.concatenate([part.customer for part in parts])[by_time],
        at=at[by_time],
        success=np.concatenate([part.success for part in parts])[by_time],
        ip=np.concatenate([part.ip for part in parts])[by_time],
        asn=np.concatenate([part.asn for part in parts])[by_time],
        device=np.concatenate([part.device for part in parts])[by_time],
        agent=np.concatenate([part.agent for part in parts])[by_time],
    )

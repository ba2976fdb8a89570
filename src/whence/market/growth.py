"""How a market's custodians grow with its orders.

Up to a size, in proportion. Beyond it a market has fewer and larger custodians an order, as large
platforms have: at 200 million orders 70,000 shops of up to 40 clerks, 61 apps, 256 warehouses,
1,900 branches of 15 to 24 couriers, six support teams of 88.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

FULL: Final = 120_000  # orders at which branches, teams and regions have their full number
_REFERENCE: Final = 70  # orders a shop, on average, up to there
# Powers of the growth in orders beyond FULL, by which each kind grows:
SHOPS: Final = 0.5
BRANCHES: Final = 0.25  # and warehouses
TEAMS: Final = 0.2  # of support, and of operators
COURIERS: Final = 0.15
APPS: Final = 0.075
MOST_PEOPLE: Final = 40  # in a shop or a warehouse of a market beyond FULL
_EIGHT_CLERKS: Final = 2_560  # orders of a shop that they handle: 40 * 2 ** (8 - 2)
_LARGE_SHOPS: Final = 0.3  # the power by which clerks grow beyond: 40 clerks at 550,000 orders


def times(orders: int, power: float) -> float:
    """Return by how much something has grown beyond its full number: 1 up to ``FULL`` orders."""
    grown: float = max(1.0, orders / FULL) ** power
    return grown


def n_shops(orders: int) -> int:
    """Return how many shops there are."""
    return round(max(5, min(orders, FULL) // _REFERENCE) * times(orders, SHOPS))


def n_clerks(orders: int, of_shop: Floats, drawn: Floats) -> Ints:
    """Return how many clerks each shop has: about 2 and one more for each doubling beyond 40.

    ``of_shop``: its orders; ``drawn``: a random part. Eight at most, up to ``FULL`` orders.
    """
    wanted = 2.0 + np.log2(np.maximum(of_shop, 1.0) / 40.0) + drawn
    if orders <= FULL:
        return np.clip(np.rint(wanted), 1, 8).astype(np.int64)
    busiest = 8.0 * (np.maximum(of_shop, 1.0) / _EIGHT_CLERKS) ** _LARGE_SHOPS
    wanted = np.where(of_shop > _EIGHT_CLERKS, busiest, np.minimum(wanted, 8.0))
    return np.clip(np.rint(wanted), 1, MOST_PEOPLE).astype(np.int64)

"""Customers and what they order: from whom, where to, through whose hands."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market import identifiers
from whence.market.companies import GOODS, Companies
from whence.market.rhythm import local_days, order_times, picked
from whence.market.spec import MarketSpec

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

CUSTOMERS: Final = 0.6  # an order
LOYAL: Final = 0.3  # of orders go to the customer's own favourite shop
_SECOND_WAREHOUSE: Final = 0.5  # of the regions a shop with two warehouses serves from the second
SECOND_CARRIER: Final = 0.4
DENSITY: Final = 1.4  # power of a uniform draw: towns are denser than the land around
STRETCH: Final = 1.5  # and neighbourhoods differ in how many people live there
OWN_COURIER: Final = 0.85  # of parcels come with the courier of the neighbourhood


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One row an order, in the order of placing; everything else by its index within its kind."""

    ids: pa.Array
    placed_at: Ints  # seconds
    customer: Ints
    region: Ints
    goods: Ints
    cents: Ints
    shop: Ints
    app: Ints
    warehouse: Ints
    branch: Ints
    courier: Ints
    n_customers: int

    @property
    def n(self) -> int:
        """How many orders there are."""
        return len(self.placed_at)


def place(spec: MarketSpec, companies: Companies, rng: np.random.Generator) -> Orders:
    """Let customers order."""
    shops = companies.shops
    n_customers = max(20, round(spec.orders * CUSTOMERS))
    region_of = picked(companies.region_weight, n_customers, rng)
    spot_of = rng.random(n_customers) ** DENSITY  # where in her region she lives
    favourite = picked(shops.weight, n_customers, rng)

    placed_at = order_times(spec.starts_at, spec.days, spec.orders, rng)
    customer = picked(np.exp(rng.normal(0.0, 1.0, n_customers)), spec.orders, rng)
    region = region_of[customer]
    shop = picked(shops.weight, spec.orders, rng)
    shop = np.where(rng.random(spec.orders) < LOYAL, favourite[customer], shop)
    goods = shops.goods[shop]
    branch, courier = delivered_by(companies, shop, region, spot_of[customer], rng)
    cents = priced(goods, price_levels(companies, rng)[shop], rng)
    return Orders(
        ids=identifiers.order_ids(local_days(placed_at), rng),
        placed_at=placed_at,
        customer=customer,
        region=region,
        goods=goods,
        cents=cents,
        shop=shop,
        app=shops.app[shop],
        warehouse=stored_in(companies, shop, region, second_regions(companies, rng)),
        branch=branch,
        courier=courier,
        n_customers=n_customers,
    )


def price_levels(companies: Companies, rng: np.random.Generator) -> Floats:
    """Return how dear each shop is against what its goods typically cost."""
    levels: Floats = np.exp(rng.normal(0.0, 0.4, len(companies.shops.weight)))
    return levels


def priced(goods: Ints, level: Floats, rng: np.random.Generator) -> Ints:
    """Return amounts in hundredths of a yuan, in steps of ten."""
    price = np.array([price for _, price in GOODS], dtype=np.float64)[goods]
    yuan = price * level * np.exp(rng.normal(0.0, 0.5, len(goods)))
    cents: Ints = np.maximum(100, np.rint(yuan * 10) * 10).astype(np.int64)
    return cents


def second_regions(companies: Companies, rng: np.random.Generator) -> Flags:
    """Return for each shop and region whether a second warehouse, if there is one, serves it."""
    shape = (len(companies.shops.weight), len(companies.region_weight))
    return rng.random(shape) < _SECOND_WAREHOUSE


def stored_in(companies: Companies, shop: Ints, region: Ints, from_second: Flags) -> Ints:
    """Return the warehouse: a shop with two serves some regions from the second."""
    shops = companies.shops
    use_second = from_second[shop, region] & (shops.second_warehouse[shop] >= 0)
    stored: Ints = np.where(use_second, shops.second_warehouse[shop], shops.warehouse[shop])
    return stored


def delivered_by(
    companies: Companies, shop: Ints, region: Ints, spot: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return branch and courier: one courier has most of a neighbourhood, others stand in."""
    shops, network = companies.shops, companies.network
    n = len(shop)
    second = (rng.random(n) < SECOND_CARRIER) & (shops.second_carrier[shop] >= 0)
    carrier = np.where(second, shops.second_carrier[shop], shops.carrier[shop])
    along = spot * network.n[region, carrier]
    branch = network.first[region, carrier] + along.astype(np.int64)
    n_couriers = network.n_couriers[branch]
    stretch = (along % 1.0) ** STRETCH
    stretch = np.where(rng.random(n) < OWN_COURIER, stretch, rng.random(n))
    return branch, network.first_courier[branch] + (stretch * n_couriers).astype(np.int64)

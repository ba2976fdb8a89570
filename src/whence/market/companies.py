"""Who does business in the market: shops, apps, warehouses, couriers' branches, support.

Sizes are skewed as they are in trade: a few large shops and apps, many small ones. Custody is
nested and nearly identical in places, as it is in trade too: one-clerk shops, a warehouse that
serves one app's shops, a branch with one courier, a trainee beside each move of her mentor.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market import growth
from whence.market.rhythm import picked
from whence.market.roster import Roster, RosterBuilder
from whence.market.spec import MarketSpec

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

REGIONS: Final = {
    "Guangdong": 126,
    "Shandong": 102,
    "Henan": 99,
    "Jiangsu": 85,
    "Sichuan": 84,
    "Hebei": 75,
    "Hunan": 66,
    "Zhejiang": 65,
    "Anhui": 61,
    "Hubei": 58,
    "Guangxi": 50,
    "Yunnan": 47,
    "Jiangxi": 45,
    "Liaoning": 43,
    "Fujian": 42,
    "Shaanxi": 40,
    "Guizhou": 39,
    "Shanxi": 35,
    "Chongqing": 32,
    "Heilongjiang": 32,
    "Xinjiang": 26,
    "Gansu": 25,
    "Shanghai": 25,
    "Jilin": 24,
    "Inner Mongolia": 24,
    "Beijing": 22,
    "Tianjin": 14,
    "Hainan": 10,
    "Ningxia": 7,
    "Qinghai": 6,
    "Tibet": 4,
}  # millions of people, census of 2020
GOODS: Final = (
    ("women's wear", 60),
    ("snacks", 35),
    ("cosmetics", 120),
    ("children's wear", 70),
    ("home textiles", 90),
    ("shoes", 130),
    ("baby care", 110),
    ("men's wear", 85),
    ("kitchenware", 65),
    ("phones and parts", 220),
    ("toys", 60),
    ("fresh food", 75),
    ("underwear", 45),
    ("stationery", 25),
    ("small appliances", 210),
    ("pet supplies", 80),
    ("sports", 110),
    ("bags", 150),
    ("health food", 160),
    ("jewellery", 240),
    ("furniture", 420),
    ("computers", 900),
    ("books", 45),
    ("car parts", 120),
    ("tea and spirits", 190),
)  # category, typical price in yuan; the most ordered first
_CARRIERS: Final = np.array([0.29, 0.23, 0.19, 0.16, 0.13])
_BRANCHES: Final = 300
_BUNDLED: Final = 0.97  # shops of such an app that also use its warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Shops:
    """One row a shop; apps and warehouses by their index, -1 for none."""

    weight: Floats
    goods: Ints
    app: Ints
    warehouse: Ints
    second_warehouse: Ints
    carrier: Ints
    second_carrier: Ints
    n_clerks: Ints
    first_clerk: Ints
    has_twin_clerks: NDArray[np.bool_]  # the last clerk sits beside the one before
    n_aftersales: Ints
    first_aftersales: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Couriers' branches: ``first[region, carrier]`` and ``n[region, carrier]`` index branches."""

    first: Ints
    n: Ints
    carrier: Ints  # of each branch
    n_couriers: Ints
    first_courier: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Companies:
    """The whole cast. Indices count within a kind; ``roster`` turns them into numbers and ids."""

    roster: Roster
    shops: Shops
    network: Network
    region_weight: Floats
    n_operators: Ints
    first_operator: Ints
    n_agents: int  # in each team
    is_trainee: NDArray[np.bool_]  # this agent watches the one before

    @property
    def n_teams(self) -> int:
        """How many support teams there are."""
        return self.roster.count("support")


def found(spec: MarketSpec, rng: np.random.Generator) -> Companies:
    """Set up the market's companies and their people."""
    scale = min(1.0, spec.orders / growth.FULL)
    n_shops = growth.n_shops(spec.orders)
    weight = np.exp(rng.normal(0.0, 1.45, n_shops))
    weight /= weight.sum()
    n_regions = int(np.clip(spec.orders // 600, 6, len(REGIONS)))
    region_weight = np.array(list(REGIONS.values()), dtype=np.float64)[:n_regions]
    region_weight /= region_weight.sum()

    most_apps = round(35 * growth.times(spec.orders, growth.APPS))
    n_apps = int(np.clip(n_shops // 6, 2, most_apps))
    most_warehouses = round(40 * growth.times(spec.orders, growth.BRANCHES))
    n_warehouses = int(np.clip(n_shops // 5, 4, most_warehouses))
    app, warehouse, second = _suppliers(spec, weight, n_apps, n_warehouses, rng)
    network = _network(spec, region_weight, scale, rng)
    shops = _shops(spec, weight, app, warehouse, second, rng)

    stored = np.bincount(warehouse, weight, n_warehouses) * spec.orders
    team = growth.times(spec.orders, growth.TEAMS)
    most = min(growth.MOST_PEOPLE, round(12 * team))
    n_operators = np.clip(np.ceil(stored / 1_500), 2, most).astype(np.int64)
    n_operators[rng.random(n_warehouses) < spec.twins] = 1
    n_teams = 6 if scale > 0.04 else 3  # noqa: PLR2004  under 5,000 orders three teams do
    n_agents = int(np.clip(round(20 * scale**0.5), 3, 20) * team)
    is_trainee = rng.random(n_teams * n_agents) < spec.twins / 2
    is_trainee[::n_agents] = False
    is_trainee[1:] &= ~is_trainee[:-1]
    return Companies(
        roster=_roster(shops, network, n_apps, n_operators, (n_teams, n_agents)),
        shops=shops,
        network=network,
        region_weight=region_weight,
        n_operators=n_operators,
        first_operator=_starts(n_operators),
        n_agents=n_agents,
        is_trainee=is_trainee,
    )


def _starts(counts: Ints) -> Ints:
    starts: Ints = np.cumsum(counts) - counts
    return starts


def _zipf(n: int, power: float, rng: np.random.Generator) -> Floats:
    """Return skewed weights in random order."""
    weights: Floats = rng.permutation(np.arange(1, n + 1, dtype=np.float64) ** -power)
    weights /= weights.sum()
    return weights


def _suppliers(
    spec: MarketSpec, weight: Floats, n_apps: int, n_warehouses: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return each shop's app, warehouse and second warehouse (-1 for none).

    A share of apps comes bundled with a warehouse of its own: nearly the same orders pass both.
    """
    n_shops = len(weight)
    app = picked(_zipf(n_apps, 1.0, rng), n_shops, rng)
    warehouse_weight = _zipf(n_warehouses, 0.9, rng)
    n_bundled = min(int(rng.binomial(n_apps, spec.twins)), n_warehouses - 3)
    bundled = rng.choice(n_apps, n_bundled, replace=False)
    own = rng.choice(n_warehouses, n_bundled, replace=False)
    warehouse_weight[own] = 0.0
    warehouse = picked(warehouse_weight, n_shops, rng)
    second = picked(warehouse_weight, n_shops, rng)
    second[(rng.random(n_shops) > 0.35) | (second == warehouse)] = -1  # noqa: PLR2004  a third
    for of_app, of_warehouse in zip(bundled, own, strict=True):
        shops = (app == of_app) & (rng.random(n_shops) < _BUNDLED)
        warehouse[shops] = of_warehouse
        second[shops] = -1
    return app, warehouse, second


def _shops(
    spec: MarketSpec,
    weight: Floats,
    app: Ints,
    warehouse: Ints,
    second: Ints,
    rng: np.random.Generator,
) -> Shops:
    n_shops = len(weight)
    orders = weight * spec.orders
    n_clerks = growth.n_clerks(spec.orders, orders, rng.normal(0, 0.7, n_shops))
    n_aftersales = np.where(orders > 600, 2, 1)  # noqa: PLR2004  two where one has too much to do
    carrier = picked(_CARRIERS, n_shops, rng)
    second_carrier = picked(_CARRIERS, n_shops, rng)
    second_carrier[(rng.random(n_shops) > 0.3) | (second_carrier == carrier)] = -1  # noqa: PLR2004
    return Shops(
        weight=weight,
        goods=picked(np.arange(1, len(GOODS) + 1, dtype=np.float64) ** -0.7, n_shops, rng),
        app=app,
        warehouse=warehouse,
        second_warehouse=second,
        carrier=carrier,
        second_carrier=second_carrier,
        n_clerks=n_clerks,
        first_clerk=_starts(n_clerks),
        has_twin_clerks=(n_clerks > 1) & (rng.random(n_shops) < spec.twins * n_clerks / 2),
        n_aftersales=n_aftersales,
        first_aftersales=_starts(n_aftersales),
    )


def _network(
    spec: MarketSpec, region_weight: Floats, scale: float, rng: np.random.Generator
) -> Network:
    wanted = _BRANCHES * scale**0.5 * growth.times(spec.orders, growth.BRANCHES)
    wanted = wanted * np.outer(region_weight, _CARRIERS)
    n = np.maximum(1, np.rint(wanted * np.exp(rng.normal(0, 0.2, wanted.shape)))).astype(np.int64)
    carrier = np.concatenate([np.repeat(np.arange(len(_CARRIERS)), row) for row in n])
    each = np.repeat((np.outer(region_weight, _CARRIERS) / n).ravel(), n.ravel()) * spec.orders
    most = rng.integers(5, 9, len(carrier)) * growth.times(spec.orders, growth.COURIERS)
    n_couriers = np.minimum(most, 2 + each / 25).astype(np.int64)
    n_couriers[rng.random(len(carrier)) < spec.twins] = 1
    return Network(
        first=_starts(n.ravel()).reshape(n.shape),
        n=n,
        carrier=carrier.astype(np.int64),
        n_couriers=n_couriers,
        first_courier=_starts(n_couriers),
    )


def _roster(
    shops: Shops, network: Network, n_apps: int, n_operators: Ints, support: tuple[int, int]
) -> Roster:
    n_teams, n_agents = support
    made = RosterBuilder()
    made.add("carrier", [f"CR{i + 1}" for i in range(len(_CARRIERS))])
    made.add("shop", [f"SH{i + 1:05d}" for i in range(len(shops.weight))])
    made.add("app", [f"AP{i + 1:02d}" for i in range(n_apps)])
    made.add("warehouse", [f"WH{i + 1:02d}" for i in range(len(n_operators))])
    made.add(
        "branch",
        [f"BR{i + 1:04d}" for i in range(len(network.carrier))],
        [made.first("carrier") + int(carrier) for carrier in network.carrier],
    )
    made.add("support", [f"ST{i + 1}" for i in range(n_teams)])
    _add_people(made, "clerk", "C", "shop", shops.n_clerks)
    _add_people(made, "aftersales", "A", "shop", shops.n_aftersales)
    _add_people(made, "operator", "W", "warehouse", n_operators)
    _add_people(made, "courier", "K", "branch", network.n_couriers)
    _add_people(made, "agent", "G", "support", np.full(n_teams, n_agents))
    return made.built()


def _add_people(made: RosterBuilder, kind: str, letter: str, home: str, counts: Ints) -> None:
    """List the accounts of each home: ``SH00012-C3`` is the third clerk of that shop."""
    first = made.first(home)
    ids, parents = [], []
    for index, count in enumerate(counts.tolist()):
        of_home = made.id_of(first + index)
        ids += [f"{of_home}-{letter}{i + 1}" for i in range(count)]
        parents += [first + index] * count
    made.add(kind, ids, parents)

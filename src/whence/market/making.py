"""Making a market: companies, orders, their handling, leaks, reports, in this order."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from whence.market.calling import DelayLaw, leak_law, unrelated_law
from whence.market.companies import found
from whence.market.custody import World
from whence.market.handling import handle
from whence.market.logins import log_in
from whence.market.placing import place
from whence.market.planting import Leak, Planter
from whence.market.reporting import Reports, report, unrelated
from whence.market.rhythm import DAY_S
from whence.market.spec import MarketSpec, verify_spec
from whence.market.tables import Names, accesses_table, logins_table, orders_table
from whence.market.truth import PlantedSource, Truth
from whence.model import SECOND, Window
from whence.model.progress import Progress, no_progress

_WATCHED: Final = 4  # days after the last day of orders at which the logs and reports end
_STAGES: Final = ("companies", "orders", "accesses", "logins", "leaks", "reports", "names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A dataset (tables as in FORMATS.md, times with zone UTC) and the truth behind it."""

    orders: pa.Table
    accesses: pa.Table
    parties: pa.Table
    reports: pa.Table
    logins: pa.Table
    truth: Truth


def make(spec: MarketSpec, on_progress: Progress = no_progress) -> Market:
    """Make a market with its planted leaks.

    Every part has its own stream of random numbers: markets that differ only in ``sources``,
    ``victims`` or ``noise`` have the same shops, orders and honest accesses. Raises UsageError when
    the spec makes no sense or asks for more reports than the market can give.
    """
    verify_spec(spec)
    seeds = np.random.SeedSequence(spec.seed).spawn(len(_STAGES))
    rngs = dict(zip(_STAGES, (np.random.default_rng(seed) for seed in seeds), strict=True))
    until = spec.starts_at + (spec.days + _WATCHED) * DAY_S
    steps = 4 + spec.sources

    on_progress("market", 0, steps)
    companies = found(spec, rngs["companies"])
    orders = place(spec, companies, rngs["orders"])
    on_progress("market", 1, steps)
    accesses = handle(companies, orders, until, rngs["accesses"])
    on_progress("market", 2, steps)
    logins = log_in(orders, until, rngs["logins"])
    world = World(companies=companies, orders=orders, accesses=accesses, logins=logins)
    on_progress("market", 3, steps)

    law, noise_law = leak_law(rngs["leaks"]), unrelated_law(rngs["reports"])
    planter = Planter(spec, world, law, until, rngs["leaks"])
    leaks = []
    for done in range(spec.sources):
        leaks.append(planter.plant())
        on_progress("market", 4 + done, steps)
    noise = unrelated(spec, companies, orders, noise_law, until, rngs["reports"])
    names = Names.of(world, rngs["names"])
    customers = names.customers.take(pa.array(orders.customer))
    reports = report(spec, orders.ids, customers, leaks, noise, rngs["reports"])
    market = Market(
        orders=orders_table(planter.world, names),
        accesses=accesses_table(planter.world, names),
        parties=companies.roster.table(),
        reports=reports.table,
        logins=logins_table(planter.world, names),
        truth=_truth(spec, planter.world, names, (leaks, reports), (law, noise_law), until),
    )
    on_progress("market", steps, steps)
    return market


def _truth(
    spec: MarketSpec,
    world: World,
    names: Names,
    told: tuple[list[Leak], Reports],
    laws: tuple[DelayLaw, DelayLaw],
    until: int,
) -> Truth:
    leaks, reports = told
    return Truth(
        spec=spec,
        sources=tuple(
            _source(leak, world, names, reports.ids_of(index)) for index, leak in enumerate(leaks)
        ),
        delay=laws[0],
        unrelated_delay=laws[1],
        observed_until=until * SECOND,
    )


def _source(leak: Leak, world: World, names: Names, report_ids: tuple[str, ...]) -> PlantedSource:
    ids = world.orders.ids
    who = names.of_key(world, leak.key)
    return PlantedSource(
        kind=who.kind,
        id=who.id,
        window=Window(start=leak.starts_at * SECOND, end=leak.ends_at * SECOND),
        mode="dump" if leak.is_dump else "drip",
        exported_at=leak.ends_at * SECOND if leak.is_dump else None,
        fraction=leak.fraction,
        held_orders=tuple(ids.take(pa.array(leak.held)).to_pylist()),
        leaked_orders=tuple(ids.take(pa.array(leak.leaked)).to_pylist()),
        reported_orders=tuple(ids.take(pa.array(leak.reported)).to_pylist()),
        report_ids=report_ids,
        equivalent=tuple(names.of_key(world, key) for key in leak.same),
    )

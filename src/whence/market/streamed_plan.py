"""The plan of a streamed market: everything that is drawn once, before the first order.

Any process makes the same plan from the same spec, so that only the spec travels between them.
Blocks of orders follow each other in time; each has random numbers of its own. Lanes share the
blocks out; their number depends on the size of the market alone, and so do the bytes.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.alias import Alias
from whence.market.calling import DelayLaw, leak_law, unrelated_law
from whence.market.companies import Companies, found
from whence.market.customers import Customers
from whence.market.handling import export_flags
from whence.market.numbering import CustomerNumbers, OrderNumbers
from whence.market.placing import CUSTOMERS, price_levels, second_regions
from whence.market.rhythm import DAY_S, local_days, order_levels
from whence.market.spec import MarketSpec
from whence.market.streamed_relatives import Relative, relatives
from whence.market.streamed_sizes import ExpectedSizes
from whence.market.streamed_sources import Candidate, draw_candidates
from whence.market.unrelated_calls import Intensity

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

WATCHED: Final = 4  # days after the last day of orders at which the logs and reports end
_STAGES: Final = ("companies", "times", "customers", "shops", "ids", "leaks", "noise")
_BLOCKS: Final = len(_STAGES)  # the blocks' own place among the seeds
_BLOCK: Final = 150_000  # orders: about 750,000 accesses, 150 MB while it is made
_LANES: Final = ((400_000, 1), (8_000_000, 2), (80_000_000, 4))  # up to so many orders; then:
_MOST_LANES: Final = 8
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """One row a block: it begins with this minute, and with this order of the whole market."""

    per_minute: Ints  # orders in each minute of the market
    first_minute: Ints  # one more than blocks: the end
    first_order: Ints

    @property
    def n(self) -> int:
        """How many blocks there are."""
        return len(self.first_order) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all blocks share."""

    spec: MarketSpec
    until: int
    n_lanes: int
    companies: Companies
    blocks: Blocks
    customers: Customers
    shops: Alias
    from_second: Flags
    price_levels: Floats
    exporters: Flags
    order_numbers: OrderNumbers
    customer_numbers: CustomerNumbers
    leak_delay: DelayLaw
    noise_delay: DelayLaw
    intensity: Intensity
    candidates: tuple[Candidate, ...]
    relatives: tuple[Relative, ...]

    def rng_of(self, block: int, part: int) -> np.random.Generator:
        """Return a block's own random numbers; orders, leaks and noise each have theirs."""
        seed = np.random.SeedSequence(self.spec.seed, spawn_key=(_BLOCKS, block, part))
        return np.random.Generator(np.random.SFC64(seed))

    def rng_of_reports(self) -> np.random.Generator:
        """Return the random numbers of what comes after the last block."""
        seed = np.random.SeedSequence(self.spec.seed, spawn_key=(_BLOCKS + 1,))
        return np.random.default_rng(seed)


def planned(spec: MarketSpec) -> Plan:
    """Return the plan; UsageError where nobody holds enough orders to be a source."""
    seeds = np.random.SeedSequence(spec.seed).spawn(len(_STAGES))
    rngs = dict(zip(_STAGES, (np.random.default_rng(seed) for seed in seeds), strict=True))
    until = spec.starts_at + (spec.days + WATCHED) * DAY_S
    n_lanes = next((lanes for most, lanes in _LANES if spec.orders <= most), _MOST_LANES)
    companies = found(spec, rngs["companies"])
    from_second = second_regions(companies, rngs["shops"])
    law = leak_law(rngs["leaks"])
    sizes = ExpectedSizes(companies, from_second)
    candidates = draw_candidates(spec, companies, sizes, (law, until), rngs["leaks"])
    n_customers = max(20, round(spec.orders * CUSTOMERS))
    first_day = int(local_days(np.array([spec.starts_at]))[0])
    return Plan(
        spec=spec,
        until=until,
        n_lanes=n_lanes,
        companies=companies,
        blocks=_blocks(spec, n_lanes, rngs["times"]),
        customers=Customers.of(companies, n_customers, rngs["customers"]),
        shops=Alias.of(companies.shops.weight),
        from_second=from_second,
        price_levels=price_levels(companies, rngs["shops"]),
        exporters=export_flags(companies, rngs["shops"]),
        order_numbers=OrderNumbers.of(spec.orders, first_day, spec.days + 1, rngs["ids"]),
        customer_numbers=CustomerNumbers(shift=int(rngs["ids"].integers(1 << 30))),
        leak_delay=law,
        noise_delay=unrelated_law(rngs["noise"]),
        intensity=Intensity.of(spec, companies, rngs["noise"]),
        candidates=candidates,
        relatives=relatives(companies, sizes, candidates),
    )


def _blocks(spec: MarketSpec, n_lanes: int, rng: np.random.Generator) -> Blocks:
    """Cut the market into blocks of whole minutes and, nearly, equal numbers of orders."""
    _, level = order_levels(spec.starts_at, spec.days, rng)
    share = np.repeat(level / level.sum() / _MINUTE_S, _MINUTE_S)
    per_minute = rng.multinomial(spec.orders, share)
    before = np.concatenate([[0], np.cumsum(per_minute)])
    rounds = max(1, -(-spec.orders // (n_lanes * _BLOCK)))
    wanted = np.arange(1, rounds * n_lanes) * spec.orders // (rounds * n_lanes)
    cuts = np.unique(np.searchsorted(before, wanted))
    first_minute = np.concatenate([[0], cuts[(cuts > 0) & (cuts < len(per_minute))]])
    first_minute = np.append(first_minute, len(per_minute))
    return Blocks(
        per_minute=per_minute, first_minute=first_minute, first_order=before[first_minute]
    )

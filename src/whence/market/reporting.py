"""The reports: of leaks, and of calls that have nothing to do with anyone in the market."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market.calling import Calls, DelayLaw, calls_after
from whence.market.companies import GOODS, Companies
from whence.market.identifiers import numbered
from whence.market.placing import Orders
from whence.market.planting import Leak
from whence.market.rhythm import DAY_S
from whence.market.roster import FIELDS_OF_KIND
from whence.market.spec import MarketSpec, too_small
from whence.market.tables import instants
from whence.model import FIELDS

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

PRETEXTS: Final = (
    "quality problem, refund",
    "threefold compensation",
    "children got a rash, recall",
    "order failed, resubmit",
    "return form has a problem",
    "wrongly made an agent",
    "credit score too low",
    "account locked, unlock",
    "credit record at risk",
    "double compensation claim",
    "lawsuit",
)  # shared with the published cases
_CHANNELS: Final = ("phone", "phone", "phone", "text message", "chat")
SECOND_REPORTS: Final = 0.06  # unrelated reports that come from a customer who reported before
_CUSTOMER_ONLY: Final = 0.05  # reports that name the customer, not the order
_ELSEWHERE: Final = 0.03  # a field known though this custodian does not see it
_WITHOUT_LOSS: Final = 0.35  # victims who hung up in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """One row a report. ``source`` is the index of its leak, -1 for unrelated ones."""

    order: Ints
    source: Ints
    calls: Calls
    table: pa.Table

    def ids_of(self, source: int) -> tuple[str, ...]:
        """Return the ids of a source's reports."""
        rows = np.flatnonzero(self.source == source)
        ids: list[str] = self.table["report_id"].take(pa.array(rows)).to_pylist()
        return tuple(ids)


def unrelated(
    spec: MarketSpec,
    companies: Companies,
    orders: Orders,
    law: DelayLaw,
    until: int,
    rng: np.random.Generator,
) -> tuple[Ints, Calls]:
    """Return orders with unrelated calls, clustered as victims are, and the calls.

    The intensity of an order is a product of random effects of goods, region, week and shop, and
    grows slowly with the size of the shop.
    """
    calls = calls_after(orders.placed_at, law, rng)
    level = _intensity(spec, companies, orders, rng)
    level[calls.reported_at > until] = 0.0
    n_second = int(rng.binomial(spec.noise, SECOND_REPORTS)) if spec.noise > 1 else 0
    wanted = spec.noise - n_second
    if np.count_nonzero(level) < 2 * spec.noise:
        raise too_small(spec, fewest=spec.orders * 2)
    with np.errstate(divide="ignore"):
        keys = np.log(level) + rng.gumbel(size=orders.n)  # the top n: sampling without replacement
    chosen = np.argsort(-keys, kind="stable")[:wanted]
    mine = np.zeros(orders.n_customers, dtype=np.bool_)
    mine[orders.customer[chosen]] = True
    more = mine[orders.customer] & (level > 0)
    more[chosen] = False
    others = rng.permutation(np.flatnonzero(more))[:n_second]
    # Where these customers ordered nothing else, a new victim takes the place.
    rest = np.argsort(-keys, kind="stable")[wanted:]
    rest = rest[~np.isin(rest, others)][: n_second - len(others)]
    order = np.concatenate([chosen, others, rest]).astype(np.int64)
    return order, calls.taken(order)


def _intensity(
    spec: MarketSpec, companies: Companies, orders: Orders, rng: np.random.Generator
) -> Floats:
    """Return the relative intensity of unrelated calls for each order."""
    n_shops = len(companies.shops.weight)
    goods = np.exp(rng.normal(0.0, 0.7, len(GOODS)))
    region = np.exp(rng.normal(0.0, 0.5, len(companies.region_weight)))
    week = np.exp(rng.normal(0.0, 0.5, spec.days // 7 + 1))
    shop = np.exp(rng.normal(0.0, 0.4, n_shops))
    shop *= np.maximum(np.bincount(orders.shop, minlength=n_shops), 1) ** 0.25
    placed_in = (orders.placed_at - spec.starts_at) // (7 * DAY_S)
    level: Floats = (
        goods[orders.goods] * region[orders.region] * week[placed_in] * shop[orders.shop]
    )
    return level


def report(
    spec: MarketSpec,
    order_ids: pa.Array,
    customer_ids: pa.Array,
    leaks: list[Leak],
    noise: tuple[Ints, Calls],
    rng: np.random.Generator,
) -> Reports:
    """Put all reports into one table, shuffled, so that neither ids nor rows tell the source.

    ``order_ids`` and ``customer_ids`` have one row an order, by which leaks and noise name it.
    """
    order = np.concatenate([*(leak.reported for leak in leaks), noise[0]]).astype(np.int64)
    source = np.concatenate(
        [
            *(np.full(len(leak.reported), i, dtype=np.int64) for i, leak in enumerate(leaks)),
            np.full(len(noise[0]), -1, dtype=np.int64),
        ]
    )
    calls = [*(leak.calls for leak in leaks), noise[1]]
    called_at = np.concatenate([each.called_at for each in calls])
    reported_at = np.concatenate([each.reported_at for each in calls])
    n = len(order)
    kinds = [leak.key[0] for leak in leaks]
    known = _known(spec, [kinds[i] if i >= 0 else None for i in source.tolist()], rng)

    shuffled = rng.permutation(n)
    order, source = order[shuffled], source[shuffled]
    told = Calls(called_at=called_at[shuffled], reported_at=reported_at[shuffled])
    nameless = rng.random(n) < _CUSTOMER_ONLY
    loss = np.maximum(200, np.exp(rng.normal(9.2, 1.1, n))) // 10 * 10  # published mean 17,583
    pretext = rng.integers(0, len(PRETEXTS), n).tolist()
    channel = rng.integers(0, len(_CHANNELS), n).tolist()
    table = pa.table(
        {
            "report_id": numbered("V", np.arange(1, n + 1), max(5, len(str(n)))),
            "order_id": pa.array(
                order_ids.take(pa.array(order)).to_pylist(), pa.string(), mask=nameless
            ),
            "customer_id": pa.array(
                customer_ids.take(pa.array(order)).to_pylist(), pa.string(), mask=~nameless
            ),
            "called_at": instants(told.called_at),
            "reported_at": instants(told.reported_at),
            "known_fields": pa.array([known[i] for i in shuffled.tolist()], pa.string()),
            "loss": pa.array(np.where(rng.random(n) < _WITHOUT_LOSS, 0, loss), pa.float64()),
            "channel": pa.array([_CHANNELS[i] for i in channel], pa.string()),
            "pretext": pa.array([PRETEXTS[i] for i in pretext], pa.string()),
        }
    )
    return Reports(order=order, source=source, calls=told, table=table)


def _known(spec: MarketSpec, kinds: list[str | None], rng: np.random.Generator) -> list[str | None]:
    """Return what each caller knew: a part of what the custodian sees, None where nobody asked.

    Behind an unrelated call stands somebody of an unknown kind.
    """
    every = sorted(FIELDS_OF_KIND)
    chance = dict(zip(FIELDS, rng.uniform(0.5, 0.9, len(FIELDS)).tolist(), strict=True))
    told: list[str | None] = []
    for kind in kinds:
        whose = kind if kind is not None else every[int(rng.integers(len(every)))]
        seen = FIELDS_OF_KIND[whose].split(",")
        draws = rng.random(len(FIELDS)).tolist()
        asked = rng.random() < spec.knowledge
        known = [
            name
            for name, draw in zip(FIELDS, draws, strict=True)
            if draw < (chance[name] if name in seen else _ELSEWHERE)
        ]
        told.append(",".join(known) if asked and known else None)
    return told

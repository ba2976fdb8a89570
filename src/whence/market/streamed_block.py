"""One block of a streamed market: its orders, consecutive in placing, and every touch of them."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market.alias import low_half
from whence.market.customers import raw_bits
from whence.market.handling import touches
from whence.market.placing import LOYAL, Orders, delivered_by, priced, stored_in
from whence.market.rhythm import local_days
from whence.market.streamed_plan import Plan

Ints: TypeAlias = NDArray[np.int64]

_MINUTE_S = 60
_ORDERS = 0  # which of a block's random numbers: see Plan.rng_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Orders with their codes (``numbering``), and their touches, in no order.

    ``order`` is an index into ``orders``; ``account`` a roster number; ``at`` in seconds.
    """

    number: int
    orders: Orders
    codes: Ints
    order: Ints
    account: Ints
    action: Ints
    at: Ints


def block_of(plan: Plan, number: int) -> Block:
    """Make one block. It depends on the plan and its number, not on other blocks."""
    rng = plan.rng_of(number, _ORDERS)
    orders, codes = _placed(plan, number, rng)
    order, account, action, at = touches(plan.companies, orders, rng, plan.exporters)
    kept = np.flatnonzero(at <= plan.until)
    if len(kept) < len(at):
        order, account, action, at = order[kept], account[kept], action[kept], at[kept]
    return Block(
        number=number,
        orders=orders,
        codes=codes,
        order=order,
        account=account,
        action=action,
        at=at,
    )


def _placed(plan: Plan, number: int, rng: np.random.Generator) -> tuple[Orders, Ints]:
    """Let customers order, as ``placing.place`` does for a whole small market."""
    placed_at = _times(plan, number, rng)
    n = len(placed_at)
    customer = plan.customers.draw(n, rng)
    traits = plan.customers.traits(customer)
    shop = plan.shops.pick(low_half(raw_bits(n, rng)))
    shop = np.where(rng.random(n) < LOYAL, traits.favourite, shop)
    shops = plan.companies.shops
    goods = shops.goods[shop]
    branch, courier = delivered_by(plan.companies, shop, traits.region, traits.spot, rng)
    day = local_days(placed_at) - local_days(np.array([plan.spec.starts_at]))
    codes = plan.order_numbers.codes(int(plan.blocks.first_order[number]), day)
    orders = Orders(
        ids=pa.nulls(0, pa.string()),  # written from the codes
        placed_at=placed_at,
        customer=customer,
        region=traits.region,
        goods=goods,
        cents=priced(goods, plan.price_levels[shop], rng),
        shop=shop,
        app=shops.app[shop],
        warehouse=stored_in(plan.companies, shop, traits.region, plan.from_second),
        branch=branch,
        courier=courier,
        n_customers=plan.customers.n,
    )
    return orders, codes


def _times(plan: Plan, number: int, rng: np.random.Generator) -> Ints:
    """Return when the block's orders are placed, earliest first: each minute has its number."""
    blocks = plan.blocks
    minutes = np.arange(blocks.first_minute[number], blocks.first_minute[number + 1])
    per_minute = blocks.per_minute[minutes]
    seconds = np.repeat(minutes * _MINUTE_S, per_minute)
    seconds += rng.integers(0, _MINUTE_S, len(seconds))
    placed_at: Ints = np.sort(seconds) + plan.spec.starts_at
    return placed_at

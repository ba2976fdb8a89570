"""Lanes of a streamed market: each writes its share of the blocks, in a process of its own.

What a lane writes depends on the spec and its number only, so that one process writing all lanes
leaves the same bytes as eight.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.day_files import DayFiles
from whence.market.reporting import SECOND_REPORTS
from whence.market.rhythm import DAY_S
from whence.market.streamed_block import block_of
from whence.market.streamed_leaks import Held, Watch
from whence.market.streamed_plan import Plan
from whence.market.streamed_tables import AccessSheet, OrderSheet
from whence.market.unrelated_calls import NoisePool

Rows: TypeAlias = NDArray[np.void]

_NOISE = 2  # which of a block's random numbers: see Plan.rng_of
_FOLLOWED: Final = 40  # customers followed for each that is to report twice, and so many more:
_FOLLOWED_ANYWAY: Final = 400  # about one in three of them orders twice in time


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneResult:
    """What a lane saw on its way: counts, the candidates' orders, calls that could be reported."""

    n_orders: int
    n_accesses: int
    held: Sequence[Held]
    calls: Rows
    followed: Rows


def write_lane(plan: Plan, lane: int, out: Path, on_block: Callable[[], None]) -> LaneResult:
    """Write one lane's orders and accesses; ``on_block`` is called after each block."""
    first_day = np.datetime64(plan.spec.start, "D")
    order_sheet, access_sheet = OrderSheet(plan), AccessSheet(plan)
    orders = DayFiles(out / "orders", lane, first_day, order_sheet)
    accesses = DayFiles(out / "accesses", lane, first_day, access_sheet)
    watch, noise = Watch(plan), _pool(plan)
    for number in range(lane, plan.blocks.n, plan.n_lanes):
        block = block_of(plan, number)
        if block.orders.n:
            day = int(block.orders.placed_at[0] - plan.spec.starts_at) // DAY_S
            orders.close_before(day)
            accesses.close_before(day)
            order_sheet.add(block, orders)
            access_sheet.add(block, accesses)
            watch.see(block)
            if plan.spec.noise:
                rng = plan.rng_of(number, _NOISE)
                noise.see((plan.intensity, plan.noise_delay), block.orders, block.codes, rng)
        on_block()
    orders.close()
    accesses.close()
    return LaneResult(
        n_orders=orders.n_rows,
        n_accesses=accesses.n_rows,
        held=watch.held,
        calls=noise.calls,
        followed=noise.followed,
    )


def _pool(plan: Plan) -> NoisePool:
    """Return an empty pool, large enough for the noise wanted beside all victims."""
    spec = plan.spec
    twice = SECOND_REPORTS * spec.noise
    followed = round(_FOLLOWED * twice) + _FOLLOWED_ANYWAY
    return NoisePool(
        most=2 * spec.noise + spec.sources * spec.victims,
        every=max(1, plan.customers.n // followed) if twice else 0,
        until=plan.until,
    )

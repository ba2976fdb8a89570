"""Who may leak in a streamed market: drawn before the first order, by expected size.

The rules are those of ``planting``. More candidates are drawn than sources are asked for: whoever
turns out to have leaked too few orders for its victims is passed over for the next.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.calling import DelayLaw
from whence.market.companies import Companies
from whence.market.custody import Key
from whence.market.planting import (
    FEWEST_ORDERS_A_REPORT,
    MOST_OF_A_KIND,
    TRIES,
    Plan as LeakPlan,
    leak_plan,
    leak_window,
)
from whence.market.rhythm import DAY_S
from whence.market.spec import MarketSpec, too_small
from whence.market.streamed_sizes import ExpectedSizes

Floats: TypeAlias = NDArray[np.float64]

WITHOUT: Final = "login_device"  # a streamed market has no logins
_SPARE: Final = 6  # reserves, and one more for every two sources
_SURE: Final = 4.0  # times the orders needed that a reserve can expect: it will not fail as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may turn out to be a source; ``number`` is that of the roster."""

    key: Key
    number: int
    starts_at: int
    ends_at: int
    is_dump: bool
    fraction: float


def draw_candidates(
    spec: MarketSpec,
    companies: Companies,
    sizes: ExpectedSizes,
    calls: tuple[DelayLaw, int],
    rng: np.random.Generator,
) -> tuple[Candidate, ...]:
    """Return the sources wanted, then the reserves; ``calls``: their law, and the last second.

    Raises UsageError where nobody in the market can expect enough orders.
    """
    if spec.sources == 0:
        return ()
    draw = _Draw(spec, companies, sizes, calls, rng)
    for _ in range(spec.sources):
        if not draw.one_more(1.0):
            raise too_small(spec, fewest=spec.orders * 2)
    for _ in range(spec.sources // 2 + _SPARE):
        draw.one_more(_SURE)
    return tuple(draw.drawn)


class _Draw:
    """Draws candidate after candidate, none above or under another."""

    def __init__(
        self,
        spec: MarketSpec,
        companies: Companies,
        sizes: ExpectedSizes,
        calls: tuple[DelayLaw, int],
        rng: np.random.Generator,
    ) -> None:
        self.drawn: list[Candidate] = []
        self._spec = spec
        self._roster = companies.roster
        self._sizes = sizes
        self._calls = calls
        self._rng = rng
        self._taken: set[int] = set()  # who leaks
        self._above: set[int] = set()  # whom they work for

    def one_more(self, margin: float) -> bool:
        """Draw one more of a random kind; False where nobody expects ``margin`` times enough."""
        kinds = [kind for kind in self._spec.drawn_kinds if kind != WITHOUT]
        for kind in self._rng.permutation(kinds).tolist():
            if self._is_spent(kind):
                continue
            plan = leak_plan(self._spec, kind, self._rng)
            for _ in range(TRIES):
                found = self._tried(plan, margin)
                if found is not None:
                    self.drawn.append(found)
                    self._taken.add(found.number)
                    self._above.update(self._roster.ancestors(found.number))
                    return True
        return False

    def _is_spent(self, kind: str) -> bool:
        drawn = self.drawn[: self._spec.sources]
        leaking = sum(candidate.key[0] == kind for candidate in drawn)
        most = max(1.0, MOST_OF_A_KIND * len(self._orders(kind)))
        return leaking >= most

    def _tried(self, plan: LeakPlan, margin: float) -> Candidate | None:
        window = leak_window(self._spec, *self._calls, self._rng)
        sizes = self._orders(plan.kind)
        share = (window[1] - window[0]) / DAY_S / self._spec.days * plan.fraction
        needed = self._spec.victims * FEWEST_ORDERS_A_REPORT
        large = np.flatnonzero(sizes * share >= needed * margin)
        if len(large) == 0:
            return None
        edges = np.cumsum(sizes[large] if plan.by_size else np.ones(len(large)))
        place = int(np.searchsorted(edges, self._rng.random() * edges[-1], side="right"))
        index = int(large[min(place, len(large) - 1)])
        number = self._roster.first[plan.kind] + index
        if number in self._taken or number in self._above:
            return None
        if self._taken.intersection(self._roster.ancestors(number)):
            return None
        return Candidate(
            key=(plan.kind, index),
            number=number,
            starts_at=window[0],
            ends_at=window[1],
            is_dump=plan.is_dump,
            fraction=plan.fraction,
        )

    def _orders(self, kind: str) -> Floats:
        """Return how many orders each of a kind can expect."""
        return self._sizes.of(kind) * self._spec.orders

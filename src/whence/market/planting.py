"""Planting leaks: who leaks, when, what, and which of the calls are reported."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.calling import Calls, DelayLaw, calls_after
from whence.market.custody import Held, Key, World, equivalents
from whence.market.logins import break_in, joined, thief_device
from whence.market.rhythm import DAY_S
from whence.market.spec import MarketSpec, too_small

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_SHORTEST, _LONGEST = 4.0, 24.0  # days a leak lasts
_LEAST_PART, _MOST_PART = 0.3, 0.9  # of what it held, where a source leaked only a part
TRIES: Final = 40  # for a custodian of the kind, before another kind is tried
MOST_OF_A_KIND: Final = 0.4  # two of five carriers may leak in one season, hardly four
FEWEST_ORDERS_A_REPORT: Final = 2  # leaked; not everyone who is called reports
_THIEF_ACCOUNTS: Final = (40, 600)  # accounts a thief gets into, where the market has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One planted leak. ``reported`` are orders, ``calls`` theirs, in the same order."""

    key: Key
    starts_at: int
    ends_at: int
    is_dump: bool
    fraction: float
    held: Ints
    leaked: Ints
    reported: Ints
    calls: Calls
    same: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What does not depend on who leaks."""

    kind: str
    is_dump: bool
    fraction: float
    by_size: bool


def leak_plan(spec: MarketSpec, kind: str, rng: np.random.Generator) -> Plan:
    """Draw how a source of this kind leaks."""
    is_part = rng.random() < spec.partial
    return Plan(
        kind=kind,
        is_dump=bool(rng.random() < spec.dumps),
        fraction=float(rng.uniform(_LEAST_PART, _MOST_PART)) if is_part else 1.0,
        by_size=bool(rng.random() < 0.5),  # noqa: PLR2004  large and small ones, half and half
    )


def leak_window(
    spec: MarketSpec, law: DelayLaw, until: int, rng: np.random.Generator
) -> tuple[int, int]:
    """Return a window placed at random, such that half of its calls can still come."""
    room = (until - spec.starts_at) / DAY_S - law.median_days
    longest = max(1.0, min(_LONGEST, 0.6 * room))
    length = rng.uniform(min(_SHORTEST, 0.5 * longest), longest)
    starts_on = rng.uniform(0.0, max(room - length, 0.01))
    starts_at = spec.starts_at + int(starts_on * DAY_S)
    return starts_at, starts_at + int(length * DAY_S)


class Planter:
    """Plants leak after leak in one world; thieves add their logins to it."""

    def __init__(
        self, spec: MarketSpec, world: World, law: DelayLaw, until: int, rng: np.random.Generator
    ) -> None:
        self.world = world
        self._spec = spec
        self._law = law
        self._until = until
        self._rng = rng
        self._leaks: list[Leak] = []
        self._sizes: dict[str, Ints] = {}
        self._thieves = 0

    def plant(self) -> Leak:
        """Plant one more leak, of a kind drawn at random; UsageError where nobody holds enough."""
        kinds = self._rng.permutation(self._spec.drawn_kinds).tolist()
        for kind in kinds:
            if self._is_spent(kind):
                continue
            plan = leak_plan(self._spec, kind, self._rng)
            for _ in range(TRIES):
                leak = self._thief(plan) if kind == "login_device" else self._insider(plan)
                if leak is not None:
                    self._leaks.append(leak)
                    return leak
        raise too_small(self._spec, fewest=self._spec.orders * 2)

    def _is_spent(self, kind: str) -> bool:
        """Tell whether so many of the few of a kind leak already that it would be no market."""
        if kind == "login_device":
            return False
        leaking = sum(leak.key[0] == kind for leak in self._leaks)
        return leaking >= max(1.0, MOST_OF_A_KIND * self.world.companies.roster.count(kind))

    def _insider(self, plan: Plan) -> Leak | None:
        """Return a leak of somebody who is in the market anyway, or None if too small."""
        window = leak_window(self._spec, self._law, self._until, self._rng)
        if plan.kind not in self._sizes:
            self._sizes[plan.kind] = self.world.sizes(plan.kind)
        sizes = self._sizes[plan.kind]
        needed = self._spec.victims * FEWEST_ORDERS_A_REPORT
        share = (window[1] - window[0]) / DAY_S / self._spec.days * plan.fraction
        large = np.flatnonzero(sizes * share >= needed * 0.8)
        if len(large) == 0:
            return None
        weights = sizes[large] if plan.by_size else np.ones(len(large))
        key = (plan.kind, int(self._rng.choice(large, p=weights / weights.sum())))
        if self._is_taken(key):
            return None
        return self._leak(plan, key, window, self.world)

    def _thief(self, plan: Plan) -> Leak | None:
        """Return a leak of a thief who takes over customers' accounts; her logins stay."""
        window = leak_window(self._spec, self._law, self._until, self._rng)
        orders = self.world.orders
        known = len(np.unique(orders.customer[orders.placed_at < window[1]]))
        least = max(_THIEF_ACCOUNTS[0], 2 * self._spec.victims)
        most = min(max(_THIEF_ACCOUNTS[1], 6 * self._spec.victims), known // 4)
        if most < least:
            return None
        n_accounts = int(np.exp(self._rng.uniform(np.log(least), np.log(most + 1))))
        attempts = break_in(orders, self._thieves, window, n_accounts, self._rng)
        world = replace(self.world, logins=joined([self.world.logins, attempts]))
        key = ("login_device", thief_device(orders, self._thieves))
        leak = self._leak(plan, key, window, world)
        if leak is not None:
            self.world = world
            self._thieves += 1
        return leak

    def _is_taken(self, key: Key) -> bool:
        """Tell whether a custodian is, stands above, under or equals a source already planted."""
        number = self._number(key)
        above = set(self.world.companies.roster.ancestors(number)) | {number}
        for leak in self._leaks:
            if key in leak.same:
                return True
            if leak.key[0] == "login_device":
                continue
            other = self._number(leak.key)
            if other in above or number in self.world.companies.roster.ancestors(other):
                return True
        return False

    def _number(self, key: Key) -> int:
        return self.world.companies.roster.first[key[0]] + key[1]

    def _leak(self, plan: Plan, key: Key, window: tuple[int, int], world: World) -> Leak | None:
        """Return the leak, or None when too few of its calls would come in time."""
        held = world.held(key).within(*window)
        rng, wanted = self._rng, self._spec.victims
        part = np.flatnonzero(rng.random(len(held.order)) < plan.fraction)
        if len(part) < wanted * FEWEST_ORDERS_A_REPORT:
            return None
        leaked = Held(order=held.order[part], since=held.since[part])
        since = np.full_like(leaked.since, window[1]) if plan.is_dump else leaked.since
        calls = calls_after(since, self._law, rng)
        customer = world.orders.customer[leaked.order]
        in_time = rng.permutation(np.flatnonzero(calls.reported_at <= self._until))
        _, once = np.unique(customer[in_time], return_index=True)
        if len(once) < wanted:
            return None
        told = in_time[np.sort(once)][:wanted]
        same = tuple(equivalents(world, key, held.order))
        if {leak.key for leak in self._leaks} & set(same):
            return None
        return Leak(
            key=key,
            starts_at=window[0],
            ends_at=window[1],
            is_dump=plan.is_dump,
            fraction=plan.fraction,
            held=held.order,
            leaked=leaked.order,
            reported=leaked.order[told],
            calls=calls.taken(told),
            same=same,
        )

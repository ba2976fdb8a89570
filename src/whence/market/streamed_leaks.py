"""Watching the candidates while the market streams by: what each first touches in its window.

What is kept is bounded: of each candidate the counts, and a uniform sample of its orders, large
enough for its victims. Every order's touches lie in one block, so first touches are known there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.custody import COLUMN_KINDS
from whence.market.streamed_block import Block
from whence.market.streamed_plan import Plan
from whence.market.streamed_sources import Candidate

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.void]  # of HELD

HELD: Final = np.dtype(
    [("code", "i8"), ("customer", "i8"), ("since", "i8"), ("key", "f8"), ("leaked", "?")]
)  # one row an order: ``key`` is uniform, and the smallest stay in the sample
_LEAKS = 1  # which of a block's random numbers: see Plan.rng_of
_SAMPLE: Final = 4_000  # orders of a candidate, at least
_SAMPLED_A_VICTIM: Final = 30  # a third leaked, half of them told in time, and twice that


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one candidate first touched in its window: how much, and a uniform sample of it."""

    n_held: int
    n_leaked: int
    rows: Rows

    @property
    def is_whole(self) -> bool:
        """Whether every order is there, not a sample only."""
        return len(self.rows) == self.n_held

    @classmethod
    def nothing(cls) -> Self:
        """Return what somebody holds who has touched nothing yet."""
        return cls(n_held=0, n_leaked=0, rows=np.zeros(0, dtype=HELD))

    @classmethod
    def together(cls, parts: Iterable[Self], most: int) -> Self:
        """Return what these are together, with a sample of ``most`` orders."""
        parts = tuple(parts)
        rows = np.concatenate([part.rows for part in parts])
        if len(rows) > most:
            rows = rows[np.argsort(rows["key"], kind="stable")[:most]]
        return cls(
            n_held=sum(part.n_held for part in parts),
            n_leaked=sum(part.n_leaked for part in parts),
            rows=rows,
        )


def most_kept(victims: int) -> int:
    """Return how many orders of a candidate are kept."""
    return max(_SAMPLE, _SAMPLED_A_VICTIM * victims)


class Watch:
    """Watches all candidates and their relatives, block after block."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._most = most_kept(plan.spec.victims)
        beside = (relative.watched for relative in plan.relatives)
        self._candidates = (*plan.candidates, *beside)
        self._held = [[Held.nothing()] for _ in self._candidates]
        self._watched = np.zeros(len(plan.companies.roster.ids), dtype=np.bool_)
        for candidate in self._candidates:
            if not _is_column(candidate):
                self._watched[_accounts(plan, candidate)] = True

    @property
    def held(self) -> list[Held]:
        """What each candidate, then each relative, held up to now."""
        return [Held.together(parts, self._most) for parts in self._held]

    def see(self, block: Block) -> None:
        """Take in what the candidates touch in one block."""
        rng = self._plan.rng_of(block.number, _LEAKS)
        rows = np.flatnonzero(self._watched[block.account])
        account, order, at = block.account[rows], block.order[rows], block.at[rows]
        starts_at = int(block.orders.placed_at[0])
        for index, candidate in enumerate(self._candidates):
            if starts_at > candidate.ends_at:
                continue
            if _is_column(candidate):
                held = np.flatnonzero(self._column(block, candidate) == candidate.key[1])
                since = block.orders.placed_at[held]
            else:
                numbers = _accounts(self._plan, candidate)
                mine = np.flatnonzero((account >= numbers.start) & (account < numbers.stop))
                held, since = _first_touches(order[mine], at[mine])
            within = (since >= candidate.starts_at) & (since <= candidate.ends_at)
            if within.any():
                self._keep(index, block, held[within], since[within], rng)

    def _column(self, block: Block, candidate: Candidate) -> Ints:
        orders = block.orders
        if candidate.key[0] == "carrier":
            return self._plan.companies.network.carrier[orders.branch]
        columns = dict(
            zip(
                COLUMN_KINDS,
                (orders.shop, orders.app, orders.warehouse, orders.branch),
                strict=True,
            )
        )
        return columns[candidate.key[0]]

    def _keep(
        self, index: int, block: Block, order: Ints, since: Ints, rng: np.random.Generator
    ) -> None:
        rows = np.zeros(len(order), dtype=HELD)
        rows["code"] = block.codes[order]
        rows["customer"] = block.orders.customer[order]
        rows["since"] = since
        rows["key"] = rng.random(len(order))
        rows["leaked"] = rng.random(len(order)) < self._candidates[index].fraction
        new = Held(n_held=len(rows), n_leaked=int(rows["leaked"].sum()), rows=rows)
        self._held[index].append(Held.together([new], self._most))
        if sum(len(part.rows) for part in self._held[index]) > 2 * self._most:
            self._held[index] = [Held.together(self._held[index], self._most)]


def is_same(held: Held, other: Held) -> bool:
    """Tell whether some window of another holds exactly what was held.

    Where more is held than is kept this is not looked for: two who share thousands of orders and
    not one more are no market.
    """
    if not (held.is_whole and other.is_whole) or held.n_held > other.n_held:
        return False
    by_time = other.rows[np.argsort(other.rows["since"], kind="stable")]
    hits = np.flatnonzero(np.isin(by_time["code"], held.rows["code"]))
    if len(hits) != held.n_held:
        return False
    first, last = by_time["since"][hits[[0, -1]]]
    between = (by_time["since"] >= first) & (by_time["since"] <= last)
    return int(np.count_nonzero(between)) == held.n_held


def _is_column(candidate: Candidate) -> bool:
    """Tell whether orders themselves name the candidate."""
    return candidate.key[0] in (*COLUMN_KINDS, "carrier")


def _accounts(plan: Plan, candidate: Candidate) -> slice:
    """Return the roster numbers whose touches are the candidate's: a team's are its agents'."""
    if candidate.key[0] != "support":
        return slice(candidate.number, candidate.number + 1)
    first = plan.companies.roster.first["agent"] + candidate.key[1] * plan.companies.n_agents
    return slice(first, first + plan.companies.n_agents)


def _first_touches(order: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Return each order once, with its first touch."""
    rows = np.lexsort((at, order))
    distinct, where = np.unique(order[rows], return_index=True)
    return distinct, at[rows][where]

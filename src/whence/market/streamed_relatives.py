"""Who may have held exactly what a candidate held: looked for among its relatives.

In a market of millions of orders only small custodians can hold the same orders, and only those who
work side by side: a shop and its one clerk, a branch and its one courier, an app and the warehouse
bundled with it. They are watched beside the candidate, from some time before its window until some
time after, as one hand touches an order later than another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from whence.market.companies import Companies
from whence.market.custody import Key
from whence.market.rhythm import DAY_S
from whence.market.streamed_sizes import ExpectedSizes
from whence.market.streamed_sources import Candidate

_APART_S: Final = 14 * DAY_S  # hardly an order waits longer between two hands
_ALIKE: Final = 1.5  # times larger or smaller, in expectation: beyond it nobody holds the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Somebody watched beside a candidate, as if it were one; ``of`` is the candidate's place."""

    of: int
    watched: Candidate


def relatives(
    companies: Companies, sizes: ExpectedSizes, candidates: tuple[Candidate, ...]
) -> tuple[Relative, ...]:
    """Return who is to be watched beside the candidates."""
    found = []
    for place, candidate in enumerate(candidates):
        expected = float(sizes.of(candidate.key[0])[candidate.key[1]])
        for key in _beside(companies, candidate):
            ratio = float(sizes.of(key[0])[key[1]]) / expected
            if 1.0 / _ALIKE < ratio < _ALIKE:
                found.append(Relative(of=place, watched=_watched(companies, candidate, key)))
    return tuple(found)


def _watched(companies: Companies, candidate: Candidate, key: Key) -> Candidate:
    return Candidate(
        key=key,
        number=companies.roster.first[key[0]] + key[1],
        starts_at=candidate.starts_at - _APART_S,
        ends_at=candidate.ends_at + _APART_S,
        is_dump=candidate.is_dump,
        fraction=1.0,
    )


def _beside(companies: Companies, candidate: Candidate) -> Iterator[Key]:
    """Yield who works side by side with a candidate."""
    roster, shops = companies.roster, companies.shops
    kind, index = candidate.key
    home = candidate.number
    if kind in ("clerk", "aftersales", "operator", "courier", "agent"):
        home = int(roster.parent[home])
        kind, index = roster.kinds[home], home - roster.first[roster.kinds[home]]
    keys: list[Key] = [(kind, index)]
    if kind != "carrier":
        keys += [
            (roster.kinds[number], number - roster.first[roster.kinds[number]])
            for number in np.flatnonzero(roster.parent == home).tolist()
        ]
    if kind == "shop":
        keys += [("app", int(shops.app[index])), ("warehouse", int(shops.warehouse[index]))]
    elif kind == "app":
        warehouses = np.unique(shops.warehouse[shops.app == index]).tolist()
        keys += [("warehouse", warehouse) for warehouse in warehouses]
    elif kind == "warehouse":
        apps = np.unique(shops.app[shops.warehouse == index]).tolist()
        keys += [("app", app) for app in apps]
    yield from (key for key in keys if key != candidate.key)

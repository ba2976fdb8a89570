"""Values that alone hold two groups together: the cut vertices of reports and what they name.

Hopcroft and Tarjan 1973, without recursion, on the graph whose nodes are reports and values. A cut
value is a bridge when at least two of the sides it leaves hold by themselves: several reports that
share a value of their own. Three gangs with three mules between them are a ring, which has no cut
vertex: so each value is looked at nearby too, by what is named together with it.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeVar

V = TypeVar("V", bound=Hashable)

_SIDE_REPORTS: Final = 3  # a side of fewer reports may be chance
_SIDE_VALUES: Final = 1
_NEARBY_REPORTS: Final = 4


def bridges_of(holds: Mapping[V, Sequence[int]], n_reports: int) -> frozenset[V]:
    """Return the values between groups; ``holds`` has the reports of each value."""
    values = list(holds)
    near: dict[int, list[int]] = defaultdict(list)
    for at, value in enumerate(values, n_reports):
        near[at] = list(holds[value])
        for report in holds[value]:
            near[report].append(at)
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    found: set[V] = set()
    for start in range(n_reports, n_reports + len(values)):
        if start not in order:
            found |= {values[at - n_reports] for at in _cut(start, near, order, low, n_reports)}
    found |= {v for at, v in enumerate(values, n_reports) if _parts_nearby(at, near)}
    return frozenset(found)


def _parts_nearby(at: int, near: Mapping[int, list[int]]) -> bool:
    """Return whether the values named beside one fall into sides that are never named together."""
    beside = sorted({other for report in near[at] for other in near[report] if other != at})
    root = {value: value for value in beside}

    def top(value: int) -> int:
        while root[value] != value:
            root[value] = root[root[value]]
            value = root[value]
        return value

    reports: dict[int, set[int]] = defaultdict(set)
    for value in beside:
        for report in near[value]:
            for other in near[report]:
                if other in root and other < value:
                    root[top(value)] = top(other)
    for value in beside:
        reports[top(value)].update(near[value])
    return sum(len(side) >= _NEARBY_REPORTS for side in reports.values()) > 1


def _cut(
    start: int,
    near: Mapping[int, list[int]],
    order: dict[int, int],
    low: dict[int, int],
    n_reports: int,
) -> list[int]:
    """Return the value nodes of one component that are bridges."""
    reports: dict[int, int] = {}
    shared: dict[int, int] = {}
    sides: dict[int, list[tuple[int, int]]] = defaultdict(list)
    order[start] = low[start] = len(order)
    reports[start], shared[start] = 0, 1
    stack = [(start, -1, iter(near[start]))]
    while stack:
        at, parent, rest = stack[-1]
        for other in rest:
            if other == parent:
                continue
            if other in order:
                low[at] = min(low[at], order[other])
                continue
            order[other] = low[other] = len(order)
            reports[other], shared[other] = (1, 0) if other < n_reports else (0, 1)
            stack.append((other, at, iter(near[other])))
            break
        else:
            stack.pop()
            if parent < 0:
                continue
            low[parent] = min(low[parent], low[at])
            reports[parent] += reports[at]
            shared[parent] += shared[at]
            if parent >= n_reports and low[at] >= order[parent]:
                sides[parent].append((reports[at], shared[at]))
    found = []
    for at, parts in sides.items():
        above = (
            reports[start] - sum(n for n, _ in parts),
            shared[start] - 1 - sum(n for _, n in parts),
        )
        firm = [1 for n, m in (*parts, above) if n >= _SIDE_REPORTS and m >= _SIDE_VALUES]
        if len(firm) > 1:
            found.append(at)
    return found

"""What reports have in common, how much it says, and which of them belong together.

A shared value counts by its rarity (Fellegi and Sunter 1969, with frequencies of single values as
in Winkler 1989), against prior odds of a pair of ``MATES / N``:

* What anybody may name (a lender, a shop) weighs ``log(m N / n)`` where n of N reports name it and
  two reports of one hand share it with probability m.
* What has an owner (a payee, a link) does not get common by being used often. It is common when
  those who name it have nothing else in common: of pairs that share it, the share that also shares
  another such value is compared with what is usual for its kind. A forged hotline has no owner.
  Without such evidence its owner is taken to be behind a share ``1 - e`` of the pairs.

Groups are what links of at least the probability asked for connect. A value alone in holding two
groups together that hold without it (a mule's account rented to two gangs) is a bridge: shown, and
not crossed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from whence.casework.links_bridges import bridges_of
from whence.casework.links_weights import (
    IDENTIFYING,
    KINDS,
    MOST_PAIRED,
    Linkable,
    Reason,
    Value,
    Weights,
)

_PAIR: Final = 2  # reports
_BY_MANY: Final = 0.98  # of a pair that no value joins alone: values are not independent
_OWNS: Final = 2 / 3  # of a bridge's reports on one side, before the silent ones go there too


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two reports, the probability that one hand is behind both, and why."""

    a: str
    b: str
    probability: float
    weight: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Reports that belong together, and the values that hold them, the rarest first."""

    reports: tuple[str, ...]
    shared: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Groups by size, and values that lie between groups and were not crossed."""

    groups: tuple[Group, ...]
    bridges: tuple[Reason, ...]


def link_of(weights: Weights, a: Linkable, b: Linkable) -> Link | None:
    """Return what links two reports; None where they share nothing."""
    shared = sorted(a.values & b.values)
    reasons = [weights.reason(value) for value in shared if value[0] in KINDS]
    if not reasons:
        return None
    reasons.sort(key=lambda each: (-each.weight, each.kind, each.value))
    weight = sum(each.weight for each in reasons)
    first, second = sorted((a.report_id, b.report_id))
    return Link(
        a=first,
        b=second,
        probability=weights.probability(weight),
        weight=weight,
        reasons=tuple(reasons),
    )


def links(reports: Sequence[Linkable], *, least: float = 0.5) -> Iterator[Link]:
    """Yield the links of at least that probability, each pair once.

    Pairs are looked for where they share a value that identifies somebody. Of a value that more
    than ``MOST_PAIRED`` reports name, each report is paired with its neighbours only: that shows
    the same groups.
    """
    weights = Weights(reports)
    seen: set[tuple[int, int]] = set()
    for value in sorted(weights.named):
        rows = weights.named[value]
        if value[0] not in IDENTIFYING or len(rows) < _PAIR:
            continue
        few = len(rows) <= MOST_PAIRED
        pairs = combinations(rows, 2) if few else pairwise(rows)
        for pair in pairs:
            if pair in seen:
                continue
            seen.add(pair)
            found = link_of(weights, reports[pair[0]], reports[pair[1]])
            if found is not None and found.probability >= least:
                yield found


def join(  # noqa: PLR0912  the story on one page
    reports: Sequence[Linkable],
    *,
    least: float = 0.5,
    together: Iterable[tuple[str, str]] = (),
    apart: Iterable[tuple[str, str]] = (),
) -> Joined:
    """Return the groups of a file of reports.

    ``together`` and ``apart`` are what a person decided: pairs of reports that belong to one hand,
    and pairs whose links do not count.
    """
    weights = Weights(reports)
    number = {report.report_id: at for at, report in enumerate(reports)}
    parted = {
        tuple(sorted((number[a], number[b]))) for a, b in apart if a in number and b in number
    }
    holds: dict[Value, list[int]] = {}
    weak: list[Value] = []
    for value in sorted(weights.named):
        rows = weights.named[value]
        if value[0] not in IDENTIFYING or len(rows) < _PAIR:
            continue
        if weights.probability(weights.reason(value).weight) >= least:
            holds[value] = rows
        else:
            weak.append(value)
    cut = bridges_of(holds, len(reports))
    root = list(range(len(reports)))
    for value, rows in holds.items():
        if value in cut:
            continue
        for a, b in _untouched(rows, parted):
            _unite(root, a, b)
    for a, b in _pairs_by_many(weights, reports, (*weak, *sorted(cut)), least, cut):
        if (a, b) not in parted:
            _unite(root, a, b)
    for a, b in _owners_of_bridges(reports, holds, cut, root):
        if (a, b) not in parted:
            _unite(root, a, b)
    for one, other in together:
        if one in number and other in number:
            _unite(root, number[one], number[other])
    members: dict[int, list[int]] = defaultdict(list)
    for at in range(len(reports)):
        members[_find(root, at)].append(at)
    groups = [_group(weights, reports, rows) for rows in members.values() if len(rows) > 1]
    groups.sort(key=lambda each: (-len(each.reports), each.reports))
    return Joined(groups=tuple(groups), bridges=tuple(weights.reason(v) for v in sorted(cut)))


def _owners_of_bridges(
    reports: Sequence[Linkable],
    holds: Mapping[Value, list[int]],
    cut: frozenset[Value],
    root: list[int],
) -> list[tuple[int, int]]:
    """Return pairs for reports that name a bridge alone: they go where most of it goes."""
    goes_to: dict[int, set[int]] = defaultdict(set)
    for value in sorted(cut):
        alone: list[int] = []
        sides: dict[int, int] = defaultdict(int)
        for at in holds[value]:
            if any(v in holds and v not in cut for v in reports[at].values):
                sides[_find(root, at)] += 1
            else:
                alone.append(at)
        if not sides:
            continue
        most = max(sorted(sides), key=lambda side: sides[side])
        owner = most if sides[most] >= _OWNS * sum(sides.values()) else -1
        for at in alone:
            goes_to[at].add(owner)
    # One that names two bridges of different owners would make a third of them.
    return [(next(iter(to)), at) for at, to in goes_to.items() if len(to) == 1 and -1 not in to]


def _untouched(rows: list[int], parted: set[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Yield pairs that connect the rows, leaving out those that a person parted."""
    if not parted or not any((a, b) in parted for a, b in combinations(rows[:MOST_PAIRED], 2)):
        yield from pairwise(rows)
        return
    yield from (pair for pair in combinations(rows, 2) if pair not in parted)


def _pairs_by_many(
    weights: Weights,
    reports: Sequence[Linkable],
    values: Sequence[Value],
    least: float,
    cut: frozenset[Value],
) -> Iterator[tuple[int, int]]:
    """Yield pairs that no value joins alone, and several together do."""
    for value in values:
        rows = weights.named[value]
        if len(rows) > MOST_PAIRED:
            continue
        for a, b in combinations(rows, 2):
            shared = (reports[a].values & reports[b].values) - cut
            if not shared or (value in cut and len(shared) < _PAIR):
                continue
            if value not in cut:
                shared = shared | {value}
            weight = sum(weights.reason(each).weight for each in shared if each[0] in KINDS)
            if weights.probability(weight) >= max(least, _BY_MANY):
                yield a, b


def _group(weights: Weights, reports: Sequence[Linkable], rows: list[int]) -> Group:
    counts: dict[Value, int] = defaultdict(int)
    for at in rows:
        for value in reports[at].values:
            counts[value] += 1
    shared = [weights.reason(v) for v, n in counts.items() if n > 1 and v[0] in KINDS]
    shared.sort(key=lambda each: (-each.weight, each.kind, each.value))
    return Group(reports=tuple(sorted(reports[at].report_id for at in rows)), shared=tuple(shared))


def _find(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at


def _unite(root: list[int], a: int, b: int) -> None:
    first, second = sorted((_find(root, a), _find(root, b)))
    root[second] = first

"""What reports have in common, how much it says, and which of them belong together.

A shared value counts by its rarity (Fellegi and Sunter 1969, with frequencies of single values as
in Winkler 1989): ``log(m N / (e n))`` for a value that n of N reports name. ``m`` is how often two
reports of one hand share a value of that kind; ``e`` the share of a value's mentions that come from
somebody else's victims: a payee has one owner, a lender has everybody. Prior odds of a pair are
``MATES / N``, so that a payee joins whatever the size of the file, and a common lender does not.

Groups are what links of at least the probability asked for connect. A value alone in holding two
groups together that hold without it (a mule's account rented to two gangs) is a bridge: shown, and
not crossed.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from whence.casework.links_bridges import bridges_of

Value = tuple[str, str]  # kind, value

MATES: Final = 10.0  # reports of the same hand that a report is expected to have in a file
# m and e of each kind. Judged, not fitted: what a gang changes often is shared less, what a display
# can forge or many use belongs to others more often.
KINDS: Final[Mapping[str, tuple[float, float]]] = {
    "payee": (0.3, 0.01),
    "link": (0.3, 0.01),
    "account": (0.3, 0.01),  # QQ, WeChat
    "caller": (0.3, 0.02),
    "alias": (0.3, 0.2),  # the name a caller gives; many call themselves Wang
    "sample": (0.5, 0.05),  # the same bought or seized file
    "shop": (0.3, 1.0),
    "goods": (0.2, 1.0),
    "hour": (0.1, 1.0),  # of the order
    "lender": (0.3, 1.0),
}
IDENTIFYING: Final = frozenset(kind for kind, (_, e) in KINDS.items() if e < 1.0)
_MOST_PAIRED: Final = 60  # reports of one value whose pairs are looked at one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkable:
    """A report, case or sample as joining sees it: its id and its values."""

    report_id: str
    values: frozenset[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One value that two reports share: how many name it, and what that weighs."""

    kind: str
    value: str
    n: int
    weight: float


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


class Weights:
    """How rare each value is in a file, and what sharing it says."""

    def __init__(self, reports: Sequence[Linkable]) -> None:
        self.n_reports = len(reports)
        self.named: dict[Value, list[int]] = defaultdict(list)
        for at, report in enumerate(reports):
            for value in report.values:
                if value[0] in KINDS:
                    self.named[value].append(at)

    def reason(self, value: Value) -> Reason:
        """Return what sharing a value says."""
        m, e = KINDS[value[0]]
        n = len(self.named[value])
        weight = math.log(m * max(self.n_reports, 2) / (e * max(n, 2)))
        return Reason(kind=value[0], value=value[1], n=n, weight=max(weight, 0.0))

    def probability(self, weight: float) -> float:
        """Return the probability of a link of so much weight."""
        odds = math.exp(min(weight, 700.0)) * MATES / max(self.n_reports, 2)
        return odds / (1.0 + odds)


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
        a=first, b=second, probability=weights.probability(weight), weight=weight, reasons=tuple(reasons)
    )


def links(reports: Sequence[Linkable], *, least: float = 0.5) -> Iterator[Link]:
    """Yield the links of at least that probability, each pair once.

    Pairs are looked for where they share a value that identifies somebody. Of a value that more
    than ``_MOST_PAIRED`` reports name, each report is paired with its neighbours only: that shows
    the same groups.
    """
    weights = Weights(reports)
    seen: set[tuple[int, int]] = set()
    for value in sorted(weights.named):
        rows = weights.named[value]
        if value[0] not in IDENTIFYING or len(rows) < 2:
            continue
        few = len(rows) <= _MOST_PAIRED
        pairs = combinations(rows, 2) if few else zip(rows, rows[1:], strict=False)
        for pair in pairs:
            if pair in seen:
                continue
            seen.add(pair)
            found = link_of(weights, reports[pair[0]], reports[pair[1]])
            if found is not None and found.probability >= least:
                yield found


def join(
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
    parted = {tuple(sorted((number[a], number[b]))) for a, b in apart if a in number and b in number}
    holds: dict[Value, list[int]] = {}
    weak: list[Value] = []
    for value in sorted(weights.named):
        rows = weights.named[value]
        if value[0] not in IDENTIFYING or len(rows) < 2:
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
    for a, b in together:
        if a in number and b in number:
            _unite(root, number[a], number[b])
    members: dict[int, list[int]] = defaultdict(list)
    for at in range(len(reports)):
        members[_find(root, at)].append(at)
    groups = [_group(weights, reports, rows) for rows in members.values() if len(rows) > 1]
    groups.sort(key=lambda each: (-len(each.reports), each.reports))
    return Joined(groups=tuple(groups), bridges=tuple(weights.reason(v) for v in sorted(cut)))


def _untouched(rows: list[int], parted: set[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Yield pairs that connect the rows, leaving out those that a person parted."""
    if not parted or not any((a, b) in parted for a, b in combinations(rows[:_MOST_PAIRED], 2)):
        yield from zip(rows, rows[1:], strict=False)
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
        if len(rows) > _MOST_PAIRED:
            continue
        for a, b in combinations(rows, 2):
            shared = (reports[a].values & reports[b].values) - cut
            if not shared or (value in cut and len(shared) < 2):
                continue
            if value not in cut:
                shared = shared | {value}
            weight = sum(weights.reason(each).weight for each in shared if each[0] in KINDS)
            if weights.probability(weight) >= least:
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

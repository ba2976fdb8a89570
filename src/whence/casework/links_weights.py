"""How rare each shared value is, and what sharing it says of two reports: the weights of links."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

Value = tuple[str, str]  # kind, value

MATES: Final = 10.0  # reports of the same hand that a report is expected to have in a file
# m and e of each kind. Judged, not fitted: what a gang changes often is shared less, what a display
# can forge or many use belongs to others more often.
# `e`: the share of pairs with this value that have two hands behind them; 1: it has no owner.
KINDS: Final[Mapping[str, tuple[float, float]]] = {
    "payee": (0.3, 0.01),
    "link": (0.3, 0.01),
    "account": (0.3, 0.01),  # QQ, WeChat
    "caller": (0.3, 0.05),
    "display": (0.3, 0.8),  # a public line shown on the display: anybody can forge it
    "alias": (0.3, 1.0),  # the name a caller gives; many call themselves Wang
    "sample": (0.5, 0.05),  # the same bought or seized file
    "shop": (0.3, 1.0),
    "goods": (0.2, 1.0),
    "hour": (0.1, 1.0),  # of the order
    "lender": (0.3, 1.0),
}
IDENTIFYING: Final = frozenset(kind for kind, (_, e) in KINDS.items() if e < 1.0)


_PUBLIC_LINE: Final = re.compile(r"\d{3,6}|(?:400|800)\d{7}")  # service numbers, national plan
_BELIEF: Final = 4.0  # reports that the judgement of a kind is worth against what a value shows
_FEWEST_TOLD: Final = 5  # reports of a value before it says what is usual for its kind
MOST_PAIRED: Final = 60  # reports of one value whose pairs are looked at one by one


def caller_kind(number: str) -> str:
    """Return which kind a caller's number is: a public line on the display is nobody's."""
    return "display" if _PUBLIC_LINE.fullmatch(number) else "caller"


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


class Weights:
    """How rare each value is in a file, and what sharing it says."""

    def __init__(self, reports: Sequence[Linkable]) -> None:
        self.n_reports = len(reports)
        self._reports = reports
        self.named: dict[Value, list[int]] = defaultdict(list)
        for at, report in enumerate(reports):
            for value in report.values:
                if value[0] in KINDS:
                    self.named[value].append(at)
        self._owned = self._ownership()

    def reason(self, value: Value) -> Reason:
        """Return what sharing a value says."""
        m, _ = KINDS[value[0]]
        n, n_reports = max(len(self.named[value]), 2), max(self.n_reports, 2)
        if (p := self._owned.get(value)) is not None:
            weight = math.log(p / (1.0 - p) * n_reports / MATES)
        else:
            weight = math.log(m * n_reports / n)
        return Reason(kind=value[0], value=value[1], n=n, weight=max(weight, 0.0))

    def _ownership(self) -> dict[Value, float]:
        """Return for each value that has an owner how probable it is that a pair has one hand."""
        told: dict[Value, tuple[int, int]] = {}
        for value, rows in self.named.items():
            if value[0] in IDENTIFYING and len(rows) > 1:
                told[value] = self._agreeing(value, rows)
        usual: dict[str, list[float]] = defaultdict(list)
        for value, (pairs, agree) in told.items():
            if pairs >= _FEWEST_TOLD:
                usual[value[0]].append(agree / pairs)
        level = {kind: max(median(shares), 0.05) for kind, shares in usual.items()}
        owned = {}
        for value, (pairs, agree) in told.items():
            e = KINDS[value[0]][1]
            n = min(pairs, len(self.named[value]))  # reports are independent, their pairs are not
            share = min(1.0, agree / pairs / level.get(value[0], 0.3)) if pairs else 0.0
            p = (_BELIEF * (1.0 - e) + n * share) / (_BELIEF + n)
            owned[value] = min(max(p, 0.001), 0.999)
        return owned

    def _agreeing(self, value: Value, rows: list[int]) -> tuple[int, int]:
        """Return how many pairs both name something else that has an owner, how many agree."""
        n = len(rows)
        steps = sorted({1, max(1, n // 3), max(1, n // 2)})
        pairs = agree = 0
        for step in steps:
            for first in range(0, n - step, max(1, n // MOST_PAIRED)):
                a = self._reports[rows[first]].values
                b = self._reports[rows[first + step]].values
                kinds = {k for k, _ in a} & {k for k, _ in b} & IDENTIFYING
                if kinds == {value[0]} or not kinds:
                    continue
                pairs += 1
                agree += any(each != value and each[0] in IDENTIFYING for each in a & b)
        return pairs, agree

    def probability(self, weight: float) -> float:
        """Return the probability of a link of so much weight."""
        odds = math.exp(min(weight, 700.0)) * MATES / max(self.n_reports, 2)
        return odds / (1.0 + odds)

"""Common points of reports that stand alone, weighed against the share of orders they should have.

With k of the n reports that name this kind at a custodian of share p, the evidence for a source
that brought an unknown part pi of them is

    BF = mean over u, pi of P(k | n, pi + (1 - pi) p u) / mean over u of P(k | n, p u)

where u (gamma, mean 1) lets victims cluster beyond orders. Common points are found one by one:
the best is named, its reports are set aside, and what is left is weighed again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.model import LISTED, Dataset
from whence.stats import log_sum_exp
from whence.tracing.groups import Group, grouped
from whence.tracing.settings import Settings

Floats = NDArray[np.float64]
Key = tuple[str, str]

WORST_SHARES: Final[Mapping[str, float]] = {
    "shop": 0.05,
    "branch": 0.05,
    "courier": 0.02,
    "clerk": 0.02,
    "warehouse": 0.2,
    "app": 0.3,
}  # assumptions on the safe side, stated in every answer; no shop of a large platform comes near
WORST_OTHERWISE: Final = 0.4  # as large as the largest parcel carriers
_MARK_BOUND: Final = 8.0  # log10; no reading is believed beyond it
_SPREAD: Final = 12.0  # strength of the gamma prior of u, as with custody: about 30 %
_PARTS: Final = (np.arange(200) + 0.5) / 200  # part of the reports a source brought
_MULTIPLIERS: Final = np.geomspace(0.2, 4.0, 41)
_SHARES: Final = np.geomspace(1e-4, 0.99, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonPoint:
    """A custodian that victims name, with the reports that are not explained yet."""

    key: Key
    share: float
    share_known: bool
    n: int  # reports that name a custodian of this kind
    reports: frozenset[int]
    log_prior: float

    @property
    def log_odds(self) -> float:
        """Log posterior odds against chance."""
        return log_factor(len(self.reports), self.n, self.share) + self.log_prior

    def holds_until(self) -> float | None:
        """Return the share of all orders up to which the odds stay above even."""
        k = len(self.reports)
        holds = [s for s in _SHARES if log_factor(k, self.n, float(s)) + self.log_prior >= 0.0]
        return float(max(holds)) if holds else None


@dataclass(frozen=True, slots=True, eq=False)
class CommonSlot:
    """A finding: its group, and the points as they stood when it was found."""

    group: Group
    points: tuple[CommonPoint, ...]


def log_factor(k: int, n: int, share: float) -> float:
    """Return the log Bayes factor of a source against chance for k of n reports."""
    u = _MULTIPLIERS
    prior = _SPREAD * (np.log(u) - u)
    prior -= log_sum_exp(prior)
    p = np.clip(share * u, 1e-9, 1.0 - 1e-9)
    null = k * np.log(p) + (n - k) * np.log1p(-p)
    mixed = _PARTS[:, None] + (1.0 - _PARTS[:, None]) * p[None, :]
    source = k * np.log(mixed) + (n - k) * np.log1p(-mixed)
    top = log_sum_exp(source + prior[None, :]) - np.log(len(_PARTS))
    return float(top - log_sum_exp(null + prior))


def points_of(dataset: Dataset, settings: Settings) -> tuple[CommonPoint, ...]:
    """Return every custodian the reports name, sorted."""
    named: dict[Key, set[int]] = {}
    n_by_kind: dict[str, int] = {}
    for i, report in enumerate(dataset.reports):
        for key in report.custodians.items():
            named.setdefault(key, set()).add(i)
            n_by_kind[key[0]] = n_by_kind.get(key[0], 0) + 1
    known = {(party.kind, party.party_id): party.share for party in dataset.parties}
    points = []
    for key in sorted(named):
        share = known.get(key)
        assumed = settings.worst_share
        if assumed is None:
            assumed = WORST_SHARES.get(key[0], WORST_OTHERWISE)
        points.append(
            CommonPoint(
                key=key,
                share=assumed if share is None else share,
                share_known=share is not None,
                n=n_by_kind[key[0]],
                reports=frozenset(named[key]),
                log_prior=0.0,
            )
        )
    return tuple(_with_priors(points, dataset, settings))


def solve(points: Sequence[CommonPoint]) -> Iterator[CommonSlot]:
    """Yield the findings: name the best point, set its reports aside, look again."""
    left = tuple(points)
    for _ in points:
        best = max(range(len(left)), key=lambda i: (left[i].log_odds, left[i].key))
        if left[best].log_odds < np.log(LISTED):
            return
        after = without(left, left[best].reports)
        # Whoever keeps its odds once the best is named explains other reports: no rival.
        rivals = [i for i, p in enumerate(left) if i == best or p.reports & left[best].reports]
        hidden = [0.0 if i == best else np.logaddexp(0.0, after[i].log_odds) for i in rivals]
        weights = np.array([left[i].log_odds for i in rivals]) - np.array(hidden)
        group = grouped(np.array(rivals, dtype=np.int64), weights)
        yield CommonSlot(group, left)
        left = without(left, left[int(group.members[0])].reports)


def without(points: Sequence[CommonPoint], explained: frozenset[int]) -> tuple[CommonPoint, ...]:
    """Return the points with these reports set aside."""
    named_by_kind: dict[str, set[int]] = {}
    for point in points:
        named_by_kind.setdefault(point.key[0], set()).update(point.reports)
    return tuple(
        replace(
            point,
            n=point.n - len(named_by_kind[point.key[0]] & explained),
            reports=point.reports - explained,
        )
        for point in points
    )


def _with_priors(
    points: Sequence[CommonPoint], dataset: Dataset, settings: Settings
) -> Iterator[CommonPoint]:
    """Share half a source among the kinds first, then within each kind; add priors and marks."""
    kinds = sorted({point.key[0] for point in points})
    listed = {kind: sum(p.kind == kind for p in dataset.parties) for kind in kinds}
    seen = {kind: sum(p.key[0] == kind for p in points) for kind in kinds}
    factors = {(p.kind.casefold(), p.id): p.factor for p in settings.priors}
    for point in points:
        kind = point.key[0]
        # If every custodian had the worst share there would be 1 / share of them, at least.
        size = max(listed[kind], seen[kind], 1.0 / point.share)
        with np.errstate(divide="ignore"):
            prior = np.log(0.5 / len(kinds) / size) + np.log(factors.get(point.key, 1.0))
        yield replace(point, log_prior=float(prior) + _log_marks(point, dataset))


def _log_marks(point: CommonPoint, dataset: Dataset) -> float:
    """Return what marks read from these reports say of the custodian."""
    report_ids = {dataset.reports[i].report_id for i in point.reports}
    total = 0.0
    for mark in dataset.marks:
        if mark.party_id == point.key[1] and mark.report_id in report_ids:
            bound = mark.false_accusation_bound
            most = min(_MARK_BOUND, -float(np.log10(bound))) if bound else _MARK_BOUND
            total += min(mark.log10_likelihood_ratio, most)
    return total * float(np.log(10.0))

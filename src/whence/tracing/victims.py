"""Victims alone: what reports can say when nobody hands over orders or logs.

A consumer body knows which shop, courier and goods each victim names, and nothing about everybody
else. So a common point is weighed against the share of all orders it should have: a known one
(``parties.share``), or a stated worst case. With k of the n reports that name this kind at a
custodian of share p, the evidence for a source that brought an unknown part of them is

    BF = mean over u, pi of P(k | n, pi + (1 - pi) p u) / mean over u of P(k | n, p u)

where u (gamma, mean 1) lets victims cluster beyond orders. The share up to which the suspicion
holds is told with it, because the share is what an opponent would dispute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.model import (
    LISTED,
    NAMED,
    Dataset,
    Finding,
    Inputs,
    Member,
    Note,
    Party,
    ReportCounts,
    Settling,
    Suspect,
    Trace,
    Verdict,
    Window,
    to_text,
)
from whence.stats import log_binomial_tail, log_sum_exp
from whence.tracing.exposure import no_exposed
from whence.tracing.settings import TIE_ODDS, Settings

if TYPE_CHECKING:
    import pyarrow as pa

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
FEWEST: Final = 3
_SPREAD: Final = 12.0  # strength of the gamma prior of u, as with custody: about 30 %
_PARTS: Final = (np.arange(200) + 0.5) / 200  # part of the reports a source brought
_MULTIPLIERS: Final = np.geomspace(0.2, 4.0, 41)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonPoint:
    """A custodian that several victims name."""

    key: Key
    share: float
    share_known: bool
    n: int  # reports that name a custodian of this kind
    reports: frozenset[int]


def trace(dataset: Dataset, settings: Settings, version: str) -> Trace:
    """Return what reports alone can say, in the same form as a trace over custody."""
    points = _points(dataset, settings)
    enough = len(dataset.reports) >= FEWEST
    solved = _solve(points, dataset, settings) if enough else []
    findings = tuple(_finding(dataset, points, slot) for slot in solved if slot.posterior >= LISTED)
    findings = tuple(sorted(findings, key=lambda f: (-f.posterior, f.suspect.kind, f.suspect.id)))
    explained = {report_id for finding in findings for report_id in finding.report_ids}
    n_used = len(dataset.reports)
    named = any(f.posterior >= NAMED for f in findings)
    few: Verdict = "nothing stands out" if enough else "too few reports"
    return Trace(
        basis="victims alone",
        verdict="suspects found" if named else few,
        inputs=Inputs(
            orders=0,
            accesses=0,
            custodians=len(points),
            reports=dataset.n_reports,
            reports_used=n_used,
            rejected=dataset.rejected,
        ),
        delay=None,
        findings=findings,
        unexplained_report_ids=tuple(
            sorted(r.report_id for r in dataset.reports if r.report_id not in explained)
        ),
        exposed=no_exposed(),
        candidates=_candidates(points, solved, dataset, settings),
        due=(),
        observed=_span(dataset, range(n_used)),
        priors=settings.priors,
        notes=dataset.notes,
        limits=_limits(points),
        version=version,
    )


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


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    members: tuple[int, ...]
    shares: tuple[float, ...]
    posterior: float
    log_factor: float
    holds_until: float | None  # the share up to which the posterior stays above one half


def _points(dataset: Dataset, settings: Settings) -> list[CommonPoint]:
    parties = {party.party_id: party for party in dataset.parties}
    named: dict[Key, set[int]] = {}
    for i, report in enumerate(dataset.reports):
        for kind, custodian_id in report.custodians.items():
            named.setdefault((kind, custodian_id), set()).add(i)
    of_kind: dict[str, int] = {}
    for report in dataset.reports:
        for kind in report.custodians:
            of_kind[kind] = of_kind.get(kind, 0) + 1
    points = []
    for key in sorted(named):
        party = parties.get(key[1])
        known = party.share if party is not None and party.share is not None else None
        worst = settings.worst_share or WORST_SHARES.get(key[0], WORST_OTHERWISE)
        points.append(
            CommonPoint(
                key=key,
                share=known if known is not None else worst,
                share_known=known is not None,
                n=of_kind[key[0]],
                reports=frozenset(named[key]),
            )
        )
    return points


def _log_prior(points: Sequence[CommonPoint], dataset: Dataset, settings: Settings) -> Floats:
    """Share half a source among the kinds first, then within each kind."""
    kinds = sorted({point.key[0] for point in points})
    listed = {kind: sum(p.kind == kind for p in dataset.parties) for kind in kinds}
    seen = {kind: sum(p.key[0] == kind for p in points) for kind in kinds}
    factors = {(p.kind, p.id): p.factor for p in settings.priors}
    log_prior = []
    for point in points:
        kind = point.key[0]
        # If every custodian had the worst share there would be 1 / share of them, at least.
        size = max(listed[kind], seen[kind], 1.0 / point.share)
        with np.errstate(divide="ignore"):
            log_prior.append(np.log(0.5 / len(kinds) / size) + np.log(factors.get(point.key, 1.0)))
    return np.array(log_prior)


def _weigh(points: Sequence[CommonPoint], taken: frozenset[int], used: Mapping[str, int]) -> Floats:
    """Return log Bayes factors once the reports in ``taken`` are explained."""
    return np.array(
        [
            log_factor(
                len(point.reports - taken),
                max(point.n - used.get(point.key[0], 0), len(point.reports - taken)),
                point.share,
            )
            for point in points
        ]
    )


def _solve(points: list[CommonPoint], dataset: Dataset, settings: Settings) -> list[_Slot]:
    """Name the best common point, set its reports aside, and look again."""
    if not points:
        return []
    prior = _log_prior(points, dataset, settings)
    slots: list[_Slot] = []
    taken: frozenset[int] = frozenset()
    for _ in range(len(points)):
        used = _used(dataset, taken)
        before = _weigh(points, taken, used) + prior
        best = int(np.argmax(before))
        if before[best] < np.log(LISTED):
            break
        after_taken = taken | points[best].reports
        after = _weigh(points, after_taken, _used(dataset, after_taken)) + prior
        rivals = [
            i
            for i, p in enumerate(points)
            if i == best or (p.reports & points[best].reports - taken)
        ]
        weights = np.array(
            [before[i] - (0.0 if i == best else np.logaddexp(0.0, after[i])) for i in rivals]
        )
        slots.append(_slot(points, rivals, weights, before, prior, best, taken, used))
        taken = after_taken
    return slots


def _slot(
    points: list[CommonPoint],
    rivals: list[int],
    weights: Floats,
    before: Floats,
    prior: Floats,
    best: int,
    taken: frozenset[int],
    used: Mapping[str, int],
) -> _Slot:
    inside = [
        i
        for i in np.argsort(-weights, kind="stable")
        if weights[i] >= weights.max() - np.log(TIE_ODDS)
    ]
    within = float(log_sum_exp(weights[inside]))
    total = float(np.logaddexp(0.0, log_sum_exp(weights)))
    point = points[best]
    k = len(point.reports - taken)
    n = max(point.n - used.get(point.key[0], 0), k)
    shares = np.geomspace(1e-4, 0.99, 200)
    holds = [float(s) for s in shares if log_factor(k, n, float(s)) + prior[best] >= 0.0]
    return _Slot(
        members=tuple(rivals[int(i)] for i in inside),
        shares=tuple(float(np.exp(weights[i] - within)) for i in inside),
        posterior=float(np.exp(within - total)),
        log_factor=float(before[best] - prior[best]),
        holds_until=max(holds) if holds else None,
    )


def _used(dataset: Dataset, taken: frozenset[int]) -> dict[str, int]:
    used: dict[str, int] = {}
    for i in taken:
        for kind in dataset.reports[i].custodians:
            used[kind] = used.get(kind, 0) + 1
    return used


def _finding(dataset: Dataset, points: list[CommonPoint], slot: _Slot) -> Finding:
    parties = {party.party_id: party for party in dataset.parties}
    lead = points[slot.members[0]]
    k = len(lead.reports)
    ids = tuple(sorted(dataset.reports[i].report_id for i in lead.reports))
    brought = max(k - lead.n * lead.share, 0.0)
    others = [points[i] for i in slot.members[1:]]
    return Finding(
        suspect=_suspect(parties, lead.key),
        posterior=slot.posterior,
        share=slot.shares[0],
        indistinguishable_from=tuple(
            Member(suspect=_suspect(parties, p.key), share=s)
            for p, s in zip(others, slot.shares[1:], strict=True)
        ),
        settling=tuple(
            Settling(
                other=_suspect(parties, p.key),
                reports_needed=None,
                overlap=len(lead.reports & p.reports) / max(k, 1),
            )
            for p in others
        ),
        log10_bayes_factor=slot.log_factor / float(np.log(10.0)),
        mode="unknown",
        window=_span(dataset, lead.reports),
        orders_in_window=None,
        n_orders_held=None,
        reports=ReportCounts(
            in_window=k, explained=brought, expected_by_chance=lead.n * lead.share
        ),
        report_rate=None,
        report_ids=ids,
        why=_why(lead, slot),
        timeline=None,
    )


def _why(point: CommonPoint, slot: _Slot) -> tuple[Note, ...]:
    k = len(point.reports)
    tail = float(np.exp(log_binomial_tail(k, point.n, point.share)))
    facts = {
        "kind": point.key[0],
        "k": k,
        "n": point.n,
        "share": f"{point.share:.2%}",
        "chance": f"{tail:.1e}",
    }
    known = "known" if point.share_known else "worst"
    notes = [Note(phrase=f"tracing.victims-{known}-share", facts=facts)]
    if slot.holds_until is not None:
        notes.append(
            Note(phrase="tracing.victims-holds-until", facts={"share": f"{slot.holds_until:.1%}"})
        )
    return tuple(notes)


def _suspect(parties: Mapping[str, Party], key: Key) -> Suspect:
    party = parties.get(key[1])
    return Suspect(
        kind=key[0],
        id=key[1],
        name=party.name if party else None,
        parent_id=party.parent_id if party else None,
    )


def _span(dataset: Dataset, reports: Sequence[int] | frozenset[int] | range) -> Window | None:
    """Return from the first to the last purchase the reports name."""
    placed = [dataset.reports[i].placed_at for i in reports]
    known = sorted(at for at in placed if at is not None)
    return Window(start=known[0], end=known[-1]) if known else None


def _candidates(
    points: list[CommonPoint], solved: list[_Slot], dataset: Dataset, settings: Settings
) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    taken = frozenset(i for slot in solved for i in points[slot.members[0]].reports)
    factors = _weigh(points, taken, _used(dataset, taken)) if points else np.empty(0)
    prior = _log_prior(points, dataset, settings) if points else np.empty(0)
    posterior = 1.0 / (1.0 + np.exp(-(factors + prior)))
    for slot in solved:
        for member, share in zip(slot.members, slot.shares, strict=True):
            posterior[member] = slot.posterior * share
            factors[member] = log_factor(
                len(points[member].reports), points[member].n, points[member].share
            )
    order = np.lexsort([np.arange(len(points)), -factors, -np.round(posterior, 9)])
    return pa.table(
        {
            "kind": pa.array([points[i].key[0] for i in order], pa.string()),
            "id": pa.array([points[i].key[1] for i in order], pa.string()),
            "log10_bayes_factor": pa.array(np.round(factors[order] / np.log(10.0), 6)),
            "posterior": pa.array(np.round(posterior[order], 9)),
            "reports_touched": pa.array([len(points[i].reports) for i in order], pa.int64()),
            "orders_held": pa.array([None for _ in order], pa.int64()),
        }
    )


def _limits(points: Sequence[CommonPoint]) -> tuple[Note, ...]:
    keys = ["suspect-not-culprit", "victims-unnamed", "victims-level", "victims-settle"]
    notes = [Note(phrase=f"tracing.limit-{key}") for key in keys]
    assumed = sorted({(p.key[0], p.share) for p in points if not p.share_known})
    for kind, share in assumed:
        notes.append(
            Note(
                phrase="tracing.limit-victims-worst", facts={"kind": kind, "share": f"{share:.0%}"}
            )
        )
    return tuple(notes)


__all__ = ["CommonPoint", "log_factor", "to_text", "trace"]

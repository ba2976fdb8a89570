"""Victims alone: what reports can say when nobody hands over orders or logs.

A consumer body knows which shop, courier and goods each victim names, and nothing about everybody
else. So a common point is weighed against the share of all orders it should have: a known one
(``parties.share``), or a stated worst case. The share up to which the suspicion holds is told with
it, because the share is what an opponent would dispute.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

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
)
from whence.stats import log_binomial_tail
from whence.tracing.common_points import (
    CommonPoint,
    CommonSlot,
    log_factor,
    points_of,
    solve,
    without,
)
from whence.tracing.exposure import no_exposed
from whence.tracing.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[str, str]

FEWEST: Final = 3  # a common point of two strangers is no news


def trace(dataset: Dataset, settings: Settings, version: str) -> Trace:
    """Return what reports alone can say, in the same form as a trace over custody."""
    points = points_of(dataset, settings)
    enough = len(dataset.reports) >= FEWEST
    slots = list(solve(points)) if enough else []
    listed = [slot for slot in slots if slot.group.posterior >= LISTED]
    findings = sorted(
        (_finding(dataset, slot) for slot in listed),
        key=lambda f: (-f.posterior, f.suspect.kind, f.suspect.id),
    )
    explained = {report_id for finding in findings for report_id in finding.report_ids}
    nobody: Verdict = "nothing stands out" if enough else "too few reports"
    return Trace(
        basis="victims alone",
        verdict="suspects found" if any(f.posterior >= NAMED for f in findings) else nobody,
        inputs=Inputs(
            orders=0,
            accesses=0,
            custodians=len(points),
            reports=dataset.n_reports,
            reports_used=len(dataset.reports),
            rejected=dataset.rejected,
        ),
        delay=None,
        findings=tuple(findings),
        unexplained_report_ids=tuple(
            sorted(r.report_id for r in dataset.reports if r.report_id not in explained)
        ),
        exposed=no_exposed(),
        candidates=_candidates(points, slots),
        due=(),
        observed=_span(dataset, range(len(dataset.reports))),
        priors=settings.priors,
        notes=(*dataset.notes, *_unknown_priors(points, settings)),
        limits=_limits(dataset, points),
        version=version,
    )


def _finding(dataset: Dataset, slot: CommonSlot) -> Finding:
    parties = {(party.kind, party.party_id): party for party in dataset.parties}
    lead, *others = (slot.points[int(i)] for i in slot.group.members)
    k, expected = len(lead.reports), lead.n * lead.share
    shares = slot.group.shares.tolist()
    return Finding(
        suspect=_suspect(parties, lead.key),
        posterior=slot.group.posterior,
        share=shares[0],
        indistinguishable_from=tuple(
            Member(suspect=_suspect(parties, p.key), share=share)
            for p, share in zip(others, shares[1:], strict=True)
        ),
        settling=tuple(
            Settling(
                other=_suspect(parties, p.key),
                reports_needed=None,
                overlap=len(lead.reports & p.reports) / max(k, 1),
            )
            for p in others
        ),
        log10_bayes_factor=log_factor(k, lead.n, lead.share) / float(np.log(10.0)),
        mode="unknown",
        window=_span(dataset, lead.reports),
        orders_in_window=None,
        n_orders_held=None,
        reports=ReportCounts(
            in_window=k, explained=max(k - expected, 0.0), expected_by_chance=expected
        ),
        report_rate=None,
        report_ids=tuple(sorted(dataset.reports[i].report_id for i in lead.reports)),
        why=_why(lead),
        timeline=None,
    )


def _why(point: CommonPoint) -> tuple[Note, ...]:
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
    until = point.holds_until()
    if until is not None:
        notes.append(Note(phrase="tracing.victims-holds-until", facts={"share": f"{until:.1%}"}))
    return tuple(notes)


def _suspect(parties: Mapping[Key, Party], key: Key) -> Suspect:
    party = parties.get(key)
    return Suspect(
        kind=key[0],
        id=key[1],
        name=party.name if party else None,
        parent_id=party.parent_id if party else None,
    )


def _span(dataset: Dataset, reports: Iterable[int]) -> Window | None:
    """Return from the first to the last purchase the reports name."""
    placed = [dataset.reports[i].placed_at for i in reports]
    known = sorted(at for at in placed if at is not None)
    return Window(start=known[0], end=known[-1]) if known else None


def _candidates(points: Sequence[CommonPoint], slots: Sequence[CommonSlot]) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    left = tuple(points)
    for slot in slots:
        left = without(left, slot.points[int(slot.group.members[0])].reports)
    factors = np.array([log_factor(len(p.reports), p.n, p.share) for p in left])
    posterior = 1.0 / (1.0 + np.exp(-np.array([p.log_odds for p in left])))
    for slot in slots:
        for member, share in zip(slot.group.members, slot.group.shares, strict=True):
            point = slot.points[int(member)]
            posterior[member] = slot.group.posterior * float(share)
            factors[member] = log_factor(len(point.reports), point.n, point.share)
    order = np.lexsort([np.arange(len(points)), -factors, -np.round(posterior, 9)])
    return pa.table(
        {
            "kind": pa.array([points[i].key[0] for i in order], pa.string()),
            "id": pa.array([points[i].key[1] for i in order], pa.string()),
            "log10_bayes_factor": pa.array(np.round(factors[order] / np.log(10.0), 6)),
            "posterior": pa.array(np.round(posterior[order], 9)),
            "reports_touched": pa.array([len(points[i].reports) for i in order], pa.int64()),
            "orders_held": pa.nulls(len(points), pa.int64()),
        }
    )


def _unknown_priors(points: Sequence[CommonPoint], settings: Settings) -> tuple[Note, ...]:
    named = {point.key for point in points}
    asked = sorted({(prior.kind.casefold(), prior.id) for prior in settings.priors})
    return tuple(
        Note(phrase="tracing.note-prior-nobody", facts={"kind": kind, "id": custodian_id})
        for kind, custodian_id in asked
        if (kind, custodian_id) not in named
    )


def _limits(dataset: Dataset, points: Sequence[CommonPoint]) -> tuple[Note, ...]:
    keys = ["suspect-not-culprit", "victims-unnamed", "victims-level", "victims-settle"]
    if any(r.known_fields or r.goods or r.region for r in dataset.reports):
        keys.append("victims-unused")
    notes = [Note(phrase=f"tracing.limit-{key}") for key in keys]
    assumed = sorted({(p.key[0], p.share) for p in points if not p.share_known})
    for kind, share in assumed:
        facts = {"kind": kind, "share": f"{100 * share:.3g} %"}
        notes.append(Note(phrase="tracing.limit-victims-worst", facts=facts))
    return tuple(notes)

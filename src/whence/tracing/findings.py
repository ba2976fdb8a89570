"""From slots to findings: who is named, with whom it is tied, and what would tell them apart."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import Engine
from whence.model import (
    DAY,
    Dataset,
    Estimate,
    Finding,
    Member,
    Note,
    Party,
    ReportCounts,
    Settling,
    Suspect,
    Timeline,
    Window,
    to_text,
)
from whence.stats import weighted_quantiles
from whence.tracing import evidence as ev, windows
from whence.tracing.groups import Group
from whence.tracing.joint import Prepared
from whence.tracing.listing import Listed
from whence.tracing.problem import Slot, Solution
from whence.tracing.settling import Lead, Pair, overlaps, reports_needed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INTERVAL: Final = (0.05, 0.95)
_MANY: Final = 10.0
_SURE: Final = 0.5  # a report is listed under a finding that explains most of it
_EDGE: Final = 0.5  # a window's edge is the median of its posterior


def build(
    dataset: Dataset,
    prepared: Prepared,
    solution: Solution,
    chosen: Sequence[Listed],
    engine: Engine,
) -> tuple[Finding, ...]:
    """Return the findings that were chosen to be listed, in their order."""
    leads = [_lead(prepared, solution, told.slot, told.group) for told in chosen]
    overlap = overlaps(prepared, leads, engine)
    names = prepared.holdings.custodians
    parties = dataset.parties.named(names[int(c)][1] for lead in leads for c in lead.group.members)
    return tuple(_finding(dataset, prepared, solution, lead, parties, overlap) for lead in leads)


def window_of(
    prepared: Prepared, solution: Solution, slot: Slot, candidate: int
) -> windows.WindowPosterior:
    """Return the posterior over windows of a slot's source, or of a rival in its place."""
    if candidate == slot.source.candidate:
        return slot.source.window
    return windows.posterior(prepared.problem.scene, slot.given, solution.model.delay, candidate)


def _lead(prepared: Prepared, solution: Solution, slot: Slot, group: Group) -> Lead:
    window = window_of(prepared, solution, slot, int(group.members[0]))
    edges = _edges(window, prepared.problem.scene.n[group.members[0]])
    return Lead(slot, group, window, *edges)


def suspect_of(prepared: Prepared, parties: Mapping[str, Party], candidate: int) -> Suspect:
    """Return a candidate as the output names it."""
    kind, custodian_id = prepared.holdings.custodians[candidate]
    party = parties.get(custodian_id)
    if party is None or party.kind != kind:
        return Suspect(kind=kind, id=custodian_id)
    return Suspect(kind=kind, id=custodian_id, name=party.name, parent_id=party.parent_id)


def _finding(
    dataset: Dataset,
    prepared: Prepared,
    solution: Solution,
    lead: Lead,
    parties: Mapping[str, Party],
    overlap: Mapping[Pair, float],
) -> Finding:
    leader, slot, group, scene = lead.leader, lead.slot, lead.group, prepared.problem.scene
    counts, report_ids = _counts(dataset, prepared, solution, lead)
    first_day = prepared.holdings.first_day
    start, end = (first_day + lead.start) * DAY, (first_day + lead.end + 1) * DAY
    window = Window(start=start, end=max(min(end, prepared.end), start + 1))
    n_window = int(scene.n[leader, lead.start : lead.end + 1].sum())
    others = [
        (suspect_of(prepared, parties, int(c)), i, overlap.get((leader, int(c)), 0.0))
        for i, c in enumerate(group.members[1:], 1)
    ]
    return Finding(
        suspect=suspect_of(prepared, parties, leader),
        posterior=group.posterior,
        share=float(group.shares[0]),
        indistinguishable_from=tuple(
            Member(suspect=other, share=float(group.shares[i])) for other, i, _ in others
        ),
        settling=tuple(
            Settling(
                other=other,
                reports_needed=reports_needed(prepared, solution, lead, i, common),
                overlap=common,
            )
            for other, i, common in others
        ),
        log10_bayes_factor=float(slot.log_factors[slot.rivals == leader][0] / np.log(10.0)),
        mode="dump" if lead.window.p_dump >= _SURE else "drip",
        window=window,
        orders_in_window=n_window,
        n_orders_held=int(scene.n[leader].sum()),
        reports=counts,
        report_rate=_rate(lead.window, counts),
        report_ids=report_ids,
        why=_why(dataset, counts, n_window, window),
        timeline=_timeline(prepared, lead.window, leader),
    )


def _edges(window: windows.WindowPosterior, held: Floats) -> tuple[int, int]:
    """Return the first and last day of the window: medians of their posteriors.

    Days on which the custodian touched nothing are cut off at both ends: they leak nothing.
    """
    days = np.arange(len(window.first), dtype=np.float64)
    (first,) = weighted_quantiles(days, window.first, (_EDGE,))
    (last,) = weighted_quantiles(days, window.last, (_EDGE,))
    start, end = int(first), max(int(first), int(last))
    active = np.flatnonzero(held[start : end + 1])
    return (start + int(active[0]), start + int(active[-1])) if len(active) else (start, end)


def _counts(
    dataset: Dataset, prepared: Prepared, solution: Solution, lead: Lead
) -> tuple[ReportCounts, tuple[str, ...]]:
    scene = prepared.problem.scene
    here = scene.touches.of(lead.leader)
    drip, dump = windows.contributions(scene, solution.model.delay, lead.leader, lead.window)
    added = drip + dump
    report = scene.touches.report[here]
    explained = added / (lead.slot.given.intensity[report] + added)
    day = scene.touches.day[here]
    inside = (day >= lead.start) & (day <= lead.end)
    weight = prepared.problem.weight[lead.leader, lead.start : lead.end + 1]
    ids = sorted(
        dataset.reports[int(r)].report_id
        for r, part in zip(report, explained, strict=True)
        if part >= _SURE
    )
    counts = ReportCounts(
        in_window=int(inside.sum()),
        explained=float(explained[inside].sum()),
        expected_by_chance=solution.model.background.rate * float(weight.sum()),
    )
    return counts, tuple(ids)


def _rate(window: windows.WindowPosterior, counts: ReportCounts) -> Estimate:
    """Return the report rate, interpolated between the grid's points."""
    weights = window.rates / window.rates.sum()
    fine = np.geomspace(ev.RATES[0], ev.RATES[-1], 400)
    smooth = np.interp(np.log(fine), np.log(ev.RATES), weights)
    low, middle, high = weighted_quantiles(fine, smooth, (_INTERVAL[0], 0.5, _INTERVAL[1]))
    return Estimate(estimate=middle, low=low, high=high, n=round(counts.explained))


def _why(dataset: Dataset, counts: ReportCounts, n_window: int, window: Window) -> tuple[Note, ...]:
    facts = {
        "in_window": counts.in_window,
        "reports": len(dataset.reports),
        "orders": f"{n_window:,}",
        "start": to_text(window.start)[:10],
        "end": to_text(window.end - 1)[:10],
        "expected": _told(counts.expected_by_chance),
    }
    return (Note(phrase="tracing.why-counts", facts=facts),)


def _told(expected: float) -> str:
    """Return a small number with two digits, a large one without a fraction."""
    return f"{expected:.2g}" if expected < _MANY else f"{expected:,.0f}"


def _timeline(prepared: Prepared, window: windows.WindowPosterior, leader: int) -> Timeline:
    scene = prepared.problem.scene
    here = scene.touches.of(leader)
    called = np.floor(scene.touches.called[here]).astype(np.int64)
    n_days = max(scene.n_days, int(called.max(initial=0)) + 1)
    touched = np.bincount(scene.touches.day[here], minlength=n_days)
    calls = np.bincount(called, minlength=n_days)
    pad = n_days - scene.n_days
    orders = np.pad(scene.n[leader], (0, pad)).astype(int)
    inclusion = np.pad(window.inclusion, (0, pad))
    return Timeline(
        first_day=prepared.holdings.first_day,
        orders=tuple(orders.tolist()),
        touched=tuple(touched.tolist()),
        calls=tuple(calls.tolist()),
        in_window=tuple(np.round(inclusion, 4).tolist()),
    )

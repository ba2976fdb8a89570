"""From slots to findings: who is named, with whom it is tied, and what would tell them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import DuckDB, custody
from whence.model import (
    DAY,
    LISTED,
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
from whence.stats import log_sum_exp, weighted_quantiles
from whence.tracing import evidence as ev
from whence.tracing.joint import Prepared
from whence.tracing.problem import Slot, Solution
from whence.tracing.settings import SETTLED_ODDS, TIE_ODDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOTHING_TELLS: Final = 0.02  # log odds a report below which we say that no number will do
_MOST_REPORTS: Final = 1_000
_INTERVAL: Final = (0.05, 0.95)
_SURE: Final = 0.5  # a report is listed under a finding that explains most of it
_EDGE: Final = 0.5  # a window's edge is the median of its posterior


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The members a finding cannot tell apart, strongest first, and their part of the weight."""

    members: Ints
    shares: Floats
    posterior: float


def group_of(slot: Slot) -> Group:
    """Return the smallest group that holds everyone within 3:1 of the strongest."""
    weights = slot.log_weights
    total = float(np.logaddexp(0.0, log_sum_exp(weights)))
    best = float(weights.max())
    inside = np.flatnonzero(weights >= best - np.log(TIE_ODDS))
    inside = inside[np.lexsort([slot.rivals[inside], -weights[inside]])]
    within = float(log_sum_exp(weights[inside]))
    return Group(
        members=slot.rivals[inside],
        shares=np.exp(weights[inside] - within),
        posterior=float(np.exp(within - total)),
    )


def build(
    dataset: Dataset, prepared: Prepared, solution: Solution, engine: DuckDB
) -> tuple[Finding, ...]:
    """Return the findings of a solution, strongest first."""
    groups = [(slot, group_of(slot)) for slot in solution.slots]
    groups = [(slot, group) for slot, group in groups if group.posterior >= LISTED]
    groups.sort(key=lambda pair: (-pair[1].posterior, int(pair[1].members[0])))
    overlaps = _overlaps(prepared, [g for _, g in groups], engine)
    return tuple(
        _finding(dataset, prepared, solution, slot, group, overlaps) for slot, group in groups
    )


def suspect_of(prepared: Prepared, parties: Mapping[str, Party], candidate: int) -> Suspect:
    """Return a candidate as the output names it."""
    kind, custodian_id = prepared.holdings.custodians[candidate]
    party = parties.get(custodian_id)
    return Suspect(
        kind=kind,
        id=custodian_id,
        name=party.name if party else None,
        parent_id=party.parent_id if party else None,
    )


def _finding(
    dataset: Dataset,
    prepared: Prepared,
    solution: Solution,
    slot: Slot,
    group: Group,
    overlaps: Mapping[tuple[int, int], float],
) -> Finding:
    parties = {party.party_id: party for party in dataset.parties}
    leader = int(group.members[0])
    scene = prepared.problem.scene
    # The window is that of the strongest member, as it is with the slot's own source taken out.
    given = slot.given
    window = (
        slot.source.window
        if leader == slot.source.candidate
        else ev.posterior(scene, given, solution.model.delay, leader)
    )
    start, end = _edges(window, scene.n[leader])
    counts, report_ids = _counts(dataset, prepared, solution, window, given, leader, (start, end))
    posterior = float(group.posterior)
    at = int(np.flatnonzero(slot.rivals == leader)[0])
    first_day = prepared.holdings.first_day
    n_window = int(scene.n[leader, start : end + 1].sum())
    found = Window(start=(first_day + start) * DAY, end=(first_day + end + 1) * DAY)
    members = tuple(
        Member(suspect=suspect_of(prepared, parties, int(c)), share=float(share))
        for c, share in zip(group.members[1:], group.shares[1:], strict=True)
    )
    return Finding(
        suspect=suspect_of(prepared, parties, leader),
        posterior=posterior,
        share=float(group.shares[0]),
        indistinguishable_from=members,
        settling=_settling(prepared, solution, group, parties, window, given, overlaps),
        log10_bayes_factor=float(slot.log_factors[at] / np.log(10.0)),
        mode="dump" if window.p_dump >= _SURE else "drip",
        window=found,
        orders_in_window=n_window,
        n_orders_held=int(scene.n[leader].sum()),
        reports=counts,
        report_rate=_rate(window, counts),
        report_ids=report_ids,
        why=_why(dataset, counts, n_window, found),
        timeline=_timeline(prepared, window, leader),
    )


def _edges(window: ev.WindowPosterior, held: Floats) -> tuple[int, int]:
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
    dataset: Dataset,
    prepared: Prepared,
    solution: Solution,
    window: ev.WindowPosterior,
    given: ev.Given,
    leader: int,
    edges: tuple[int, int],
) -> tuple[ReportCounts, tuple[str, ...]]:
    scene = prepared.problem.scene
    here = scene.touches.of(leader)
    drip, dump = ev.contributions(scene, solution.model.delay, leader, window)
    added = drip + dump
    report = scene.touches.report[here]
    explained = added / (given.intensity[report] + added)
    day = scene.touches.day[here]
    inside = (day >= edges[0]) & (day <= edges[1])
    expected = solution.model.background.rate * float(
        prepared.problem.weight[leader, edges[0] : edges[1] + 1].sum()
    )
    ids = sorted(
        dataset.reports[int(r)].report_id
        for r, part in zip(report, explained, strict=True)
        if part >= _SURE
    )
    counts = ReportCounts(
        in_window=int(inside.sum()),
        explained=float(explained.sum()),
        expected_by_chance=expected,
    )
    return counts, tuple(ids)


def _rate(window: ev.WindowPosterior, counts: ReportCounts) -> Estimate:
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
        "expected": f"{counts.expected_by_chance:.2g}",
    }
    return (Note(phrase="tracing.why-counts", facts=facts),)


def _timeline(prepared: Prepared, window: ev.WindowPosterior, leader: int) -> Timeline:
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


def _settling(
    prepared: Prepared,
    solution: Solution,
    group: Group,
    parties: Mapping[str, Party],
    window: ev.WindowPosterior,
    given: ev.Given,
    overlaps: Mapping[tuple[int, int], float],
) -> tuple[Settling, ...]:
    """Return how many more reports would settle each tie, were the strongest member the source."""
    leader = int(group.members[0])
    scene = prepared.problem.scene
    found = []
    for other, share in zip(group.members[1:], group.shares[1:], strict=True):
        overlap = overlaps.get((leader, int(other)), 0.0)
        held = np.maximum(
            [scene.n[leader] @ window.inclusion, scene.n[other] @ window.inclusion], 1
        )
        rate = float(RATE_POINTS @ window.rates) / float(window.rates.sum())
        usual = float(np.median(given.intensity))
        density = float(solution.model.delay.density(np.array([10.0]))[0])
        # A report both held tells them apart by what they held besides (a larger holder should
        # have brought more reports); one that only the leader held, by the background.
        shared = float(np.log(held[1] / held[0]))
        alone = float(np.log1p(rate * density / usual))
        each = overlap * max(shared, 0.0) + (1.0 - overlap) * alone
        wanted = np.log(SETTLED_ODDS) - np.log(max(group.shares[0] / share, 1e-9))
        needed = int(np.ceil(max(wanted, 0.0) / each)) if each > _NOTHING_TELLS else None
        if needed is not None and needed > _MOST_REPORTS:
            needed = None
        found.append(
            Settling(
                other=suspect_of(prepared, parties, int(other)),
                reports_needed=needed,
                overlap=overlap,
            )
        )
    return tuple(found)


RATE_POINTS: Final = ev.RATES


def _overlaps(
    prepared: Prepared, groups: Sequence[Group], engine: DuckDB
) -> dict[tuple[int, int], float]:
    """Return, for each tie, the share of the leader's orders that the other member held too."""
    pairs = [(int(g.members[0]), int(c)) for g in groups for c in g.members[1:]]
    if not pairs:
        return {}
    names = prepared.holdings.custodians
    columns = ("kind", "custodian_id", "other_kind", "other_id")
    rows = sorted((*names[leader], *names[other]) for leader, other in pairs)
    engine.hold_rows("tied", dict.fromkeys(columns, "string"), rows)
    found = engine.run(custody.overlap_of(prepared.tables, "tied"))
    keys = zip(*(found.column(name).to_pylist() for name in columns), strict=True)
    both = dict(zip(keys, found.column("n").to_pylist(), strict=True))
    held = prepared.problem.scene.n.sum(axis=1)
    return {
        (leader, other): both.get((*names[leader], *names[other]), 0) / max(held[leader], 1.0)
        for leader, other in pairs
    }

"""The trace of a dataset with custody: passes, search, findings, exposure, in this order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from whence.engine import Engine
from whence.model import (
    NAMED,
    Dataset,
    Delay,
    DueWeek,
    Finding,
    Inputs,
    Note,
    Rejected,
    Trace,
    Verdict,
    Window,
)
from whence.model.progress import Progress, no_progress
from whence.tracing import exposure, findings as found_room, joint, listing
from whence.tracing.problem import Solution
from whence.tracing.search import Search
from whence.tracing.settings import Settings
from whence.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_REPORTS: Final = 2
LATE: Final = "called after the end of observation"


def trace(
    dataset: Dataset,
    *,
    engine: Engine,
    settings: Settings | None = None,
    on_progress: Progress = no_progress,
) -> Trace:
    """Return who leaked, how sure that is, and who is exposed.

    Source of the method: ``docs/method.md``. Deterministic: the same dataset gives the same
    trace, whatever the order of its rows.
    """
    settings = settings or Settings()
    dataset = observed(dataset, settings)
    if dataset.basis == "victims alone":
        from whence.tracing import victims  # noqa: PLC0415

        return victims.trace(dataset, settings, __version__)
    prepared = joint.prepare(dataset, engine, settings.priors, settings.observed_until, on_progress)
    unknown = joint.unknown_priors(prepared, engine, settings.priors)
    search = Search(prepared.problem, lambda n: on_progress("search", n, 0))
    solution = search.solve()
    chosen, cleared = listing.listed(prepared, solution, settings.priors)
    findings = found_room.build(dataset, prepared, solution, chosen, engine)
    exposed, due = _exposed(dataset, prepared, solution, chosen, engine)
    explained = {report_id for finding in findings for report_id in finding.report_ids}
    unexplained = tuple(
        sorted(r.report_id for r in dataset.reports if r.report_id not in explained)
    )
    return Trace(
        basis="custody",
        verdict=_verdict(dataset, findings),
        inputs=_inputs(dataset, prepared),
        delay=_delay(solution) if any(f.posterior >= NAMED for f in findings) else None,
        findings=findings,
        unexplained_report_ids=unexplained,
        exposed=exposed,
        candidates=_candidates(prepared, solution, chosen),
        due=due,
        observed=Window(start=prepared.first_order, end=prepared.end),
        priors=settings.priors,
        notes=(*dataset.notes, *unknown, *cleared),
        limits=_limits(),
        version=__version__,
    )


def observed(dataset: Dataset, settings: Settings) -> Dataset:
    """Set aside reports of calls after the end of observation, where one was asked for.

    A report beyond it would count for a suspect while the days it could have come on do not
    count against anyone.
    """
    until = settings.observed_until
    late = tuple(r for r in dataset.reports if until is not None and r.called_at > until)
    if not late:
        return dataset
    key = f"reports: {LATE}"
    counts = {**dataset.rejected, key: dataset.rejected.get(key, 0) + len(late)}
    rows = tuple(Rejected(table="reports", id=r.report_id, reason=LATE) for r in late)
    return replace(
        dataset,
        reports=tuple(r for r in dataset.reports if r not in late),
        rejected=dict(sorted(counts.items())),
        rejected_rows=(*dataset.rejected_rows, *rows),
    )


def _verdict(dataset: Dataset, findings: tuple[Finding, ...]) -> Verdict:
    if any(finding.posterior >= NAMED for finding in findings):
        return "suspects found"
    if len(dataset.reports) < FEWEST_REPORTS:
        return "too few reports"
    return "nothing stands out"


def _delay(solution: Solution) -> Delay:
    q10, q50, q90 = solution.model.delay.quantiles(np.array([0.1, 0.5, 0.9])).tolist()
    return Delay(q10_days=q10, q50_days=q50, q90_days=q90)


def _inputs(dataset: Dataset, prepared: joint.Prepared) -> Inputs:
    return Inputs(
        orders=dataset.orders.n_rows if dataset.orders else 0,
        accesses=dataset.accesses.n_rows if dataset.accesses else 0,
        custodians=sum(n for n, _ in prepared.n_by_kind.values()),
        reports=dataset.n_reports,
        reports_used=len(dataset.reports),
        rejected=dataset.rejected,
    )


def _exposed(
    dataset: Dataset,
    prepared: joint.Prepared,
    solution: Solution,
    chosen: Sequence[listing.Listed],
    engine: Engine,
) -> tuple["pa.Table", tuple[DueWeek, ...]]:
    holders = []
    for number, told in enumerate(chosen):
        slot, group = told.slot, told.group
        if group.posterior < NAMED:
            continue
        for member, share in zip(group.members, group.shares, strict=True):
            window = found_room.window_of(prepared, solution, slot, int(member))
            part = group.posterior * float(share)
            holders.append(exposure.Holder(number, int(member), part, window))
    if not holders:
        return exposure.no_exposed(), ()
    return exposure.exposed_orders(dataset, prepared, engine, solution.model.delay, holders)


def _candidates(
    prepared: joint.Prepared, solution: Solution, chosen: Sequence[listing.Listed]
) -> "pa.Table":
    """Return every custodian weighed, best first."""
    import pyarrow as pa  # noqa: PLC0415

    names = prepared.holdings.custodians
    posterior = 1.0 / (1.0 + np.exp(-np.clip(solution.log_odds, -500, 500)))
    factors = solution.log_factors.copy()
    for slot in solution.slots:
        posterior[slot.source.candidate] = 0.0
        factors[slot.source.candidate] = slot.log_factors[slot.rivals == slot.source.candidate][0]
    for told in chosen:
        for member, share in zip(told.group.members, told.group.shares, strict=True):
            posterior[member] = told.group.posterior * float(share)
            factors[member] = told.slot.log_factors[told.slot.rivals == member][0]
    touched = np.array([prepared.touched.get(key, 0) for key in names], dtype=np.int64)
    order = np.lexsort([np.arange(len(names)), -factors, -np.round(posterior, 9)])
    held = prepared.holdings.n.sum(axis=1).astype(np.int64)
    return pa.table(
        {
            "kind": pa.array([names[i][0] for i in order], pa.string()),
            "id": pa.array([names[i][1] for i in order], pa.string()),
            "log10_bayes_factor": pa.array(np.round(factors[order] / np.log(10.0), 6)),
            "posterior": pa.array(np.round(posterior[order], 9)),
            "reports_touched": pa.array(touched[order]),
            "orders_held": pa.array(held[order]),
        }
    )


def _limits() -> tuple[Note, ...]:
    keys = ("suspect-not-culprit", "rate-not-separable", "partial-export", "unseen-custodian")
    return tuple(Note(phrase=f"tracing.limit-{key}") for key in keys)

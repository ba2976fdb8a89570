"""The trace of a dataset with custody: passes, search, findings, exposure, in this order."""

from typing import TYPE_CHECKING, Final

import numpy as np

from whence.engine import DuckDB
from whence.model import (
    NAMED,
    Dataset,
    Delay,
    DueWeek,
    Finding,
    Inputs,
    Note,
    Trace,
    Verdict,
    Window,
)
from whence.model.progress import Progress, no_progress
from whence.tracing import exposure, findings as found_room, joint
from whence.tracing.problem import Solution
from whence.tracing.search import Search
from whence.tracing.settings import Settings
from whence.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_REPORTS: Final = 2


def trace(
    dataset: Dataset,
    *,
    engine: DuckDB,
    settings: Settings | None = None,
    on_progress: Progress = no_progress,
) -> Trace:
    """Return who leaked, how sure that is, and who is exposed.

    Source of the method: ``docs/method.md``. Deterministic: the same dataset gives the same
    trace, whatever the order of its rows.
    """
    settings = settings or Settings()
    if dataset.basis == "victims alone":
        from whence.tracing import victims  # noqa: PLC0415

        return victims.trace(dataset, settings, __version__)
    prepared = joint.prepare(dataset, engine, settings.priors, settings.observed_until, on_progress)
    search = Search(prepared.problem, lambda n: on_progress("search", n, 0))
    solution = search.solve()
    findings = found_room.build(dataset, prepared, solution, engine)
    exposed, due = _exposed(dataset, prepared, solution, engine)
    explained = {report_id for finding in findings for report_id in finding.report_ids}
    unexplained = tuple(
        sorted(r.report_id for r in dataset.reports if r.report_id not in explained)
    )
    quantiles = solution.model.delay.quantiles(np.array([0.1, 0.5, 0.9]))
    return Trace(
        basis="custody",
        verdict=_verdict(dataset, findings),
        inputs=_inputs(dataset, prepared),
        delay=Delay(
            q10_days=float(quantiles[0]), q50_days=float(quantiles[1]), q90_days=float(quantiles[2])
        ),
        findings=findings,
        unexplained_report_ids=unexplained,
        exposed=exposed,
        candidates=_candidates(prepared, solution),
        due=due,
        observed=Window(start=prepared.first_order, end=prepared.end),
        priors=settings.priors,
        notes=dataset.notes,
        limits=_limits(),
        version=__version__,
    )


def _verdict(dataset: Dataset, findings: tuple[Finding, ...]) -> Verdict:
    if any(finding.posterior >= NAMED for finding in findings):
        return "suspects found"
    if len(dataset.reports) < FEWEST_REPORTS:
        return "too few reports"
    return "nothing stands out"


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
    dataset: Dataset, prepared: joint.Prepared, solution: Solution, engine: DuckDB
) -> tuple["pa.Table", tuple[DueWeek, ...]]:
    sources = []
    for slot in solution.slots:
        group = found_room.group_of(slot)
        if group.posterior < NAMED:
            continue
        for member, share in zip(group.members, group.shares, strict=True):
            window = found_room.window_of(prepared, solution, slot, int(member))
            sources.append((int(member), group.posterior * float(share), window))
    if not sources:
        return exposure.no_exposed(), ()
    return exposure.exposed_orders(dataset, prepared, engine, solution.model.delay, sources)


def _candidates(prepared: joint.Prepared, solution: Solution) -> "pa.Table":
    """Return every custodian weighed, best first."""
    import pyarrow as pa  # noqa: PLC0415

    names = prepared.holdings.custodians
    posterior = 1.0 / (1.0 + np.exp(-np.clip(solution.log_odds, -500, 500)))
    factors = solution.log_factors.copy()
    for slot in solution.slots:
        posterior[slot.source.candidate] = 0.0
        group = found_room.group_of(slot)
        for member, share in zip(group.members, group.shares, strict=True):
            at = int(np.flatnonzero(slot.rivals == member)[0])
            posterior[member] = max(posterior[member], group.posterior * float(share))
            factors[member] = slot.log_factors[at]
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

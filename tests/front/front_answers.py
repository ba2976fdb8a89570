"""Answers made by hand, with every part filled in."""

from collections.abc import Callable

import pyarrow as pa

from whence.model import (
    DAY,
    AnalystPrior,
    Delay,
    DueWeek,
    Estimate,
    Finding,
    Inputs,
    Member,
    Note,
    ReportCounts,
    Settling,
    Suspect,
    Timeline,
    Trace,
    Window,
)

Run = Callable[..., tuple[int, str, str]]  # arguments -> exit code, standard output, standard error


def a_trace(n_findings: int = 1, *, tied: bool = False, posterior: float = 0.998) -> Trace:
    """Return an answer with every part filled in."""
    findings = tuple(_finding(f"SH{i}", tied=tied, posterior=posterior) for i in range(n_findings))
    moments = pa.array([20_500 * DAY] * 2, pa.timestamp("us"))
    return Trace(
        basis="custody",
        verdict="suspects found" if findings else "nothing stands out",
        inputs=Inputs(
            orders=1000,
            accesses=5000,
            custodians=40,
            reports=14,
            reports_used=12,
            rejected={"reports: unknown order": 2},
        ),
        delay=Delay(q10_days=3.1, q50_days=11.0, q90_days=31.5),
        findings=findings,
        unexplained_report_ids=("V9",),
        exposed=pa.table(
            {
                "order_id": ["o1", "o2"],
                "customer_id": ["c1", "c2"],
                "suspect_id": ["SH0", "SH0"],
                "probability": [0.9, 0.8],
                "accessed_at": moments,
                "call_due_from": moments,
                "call_due_until": moments,
            }
        ),
        candidates=pa.table(
            {
                "kind": ["shop"],
                "id": ["SH0"],
                "log10_bayes_factor": [13.5],
                "posterior": [posterior],
                "reports_touched": [12],
                "orders_held": [840],
            }
        ),
        due=(DueWeek(start=20_500 * DAY, expected_share=0.25),),
        observed=Window(start=20_400 * DAY, end=20_500 * DAY),
        priors=(AnalystPrior(kind="app", id="AP1", factor=0.0, reason="audited"),),
        notes=(Note(phrase="engine.unreadable"),),
        limits=(Note(phrase="engine.out-of-memory"),),
        version="0.1.0",
    )


def _finding(suspect_id: str, *, tied: bool, posterior: float) -> Finding:
    other = Suspect(kind="warehouse", id="WA3")
    return Finding(
        suspect=Suspect(kind="shop", id=suspect_id),
        posterior=posterior,
        share=0.81 if tied else 1.0,
        indistinguishable_from=(Member(suspect=other, share=0.19),) if tied else (),
        settling=(Settling(other=other, reports_needed=7, overlap=0.9),) if tied else (),
        log10_bayes_factor=13.5,
        mode="drip",
        window=Window(start=20_420 * DAY, end=20_430 * DAY),
        orders_in_window=84,
        n_orders_held=840,
        reports=ReportCounts(in_window=12, explained=11.6, expected_by_chance=0.3),
        report_rate=Estimate(estimate=0.014, low=0.007, high=0.024, n=12),
        report_ids=("V1", "V2"),
        why=(Note(phrase="engine.unreadable"),),
        timeline=Timeline(
            first_day=20_420, orders=(3, 4), touched=(1, 0), calls=(0, 2), in_window=(0.9, 0.2)
        ),
    )

"""Two answers made by hand, few of everything, in folders as `whence trace` lays them."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from front_answers import a_trace

from whence import document as written
from whence.comparison import Comparison, compare, read_answer
from whence.model import (
    DAY,
    Estimate,
    Finding,
    Member,
    ReportCounts,
    Suspect,
    Timeline,
    Trace,
    Window,
)

FIRST = 20_420  # the first day of every window here


def custodian(name: str) -> Suspect:
    return Suspect(kind="shop" if name.startswith("SH") else "clerk", id=name)


def a_finding(
    *names: str,
    reports: tuple[str, ...] = ("V1", "V2"),
    posterior: float = 0.998,
    in_window: tuple[float, ...] = (1.0,) * 10,
    touched: tuple[int, ...] = (0,) * 10,
    factor: float = 9.0,
) -> Finding:
    lead, *others = map(custodian, names)
    share = 1.0 if not others else 0.6
    return Finding(
        suspect=lead,
        posterior=posterior,
        share=share,
        indistinguishable_from=tuple(
            Member(suspect=other, share=0.4 / len(others)) for other in others
        ),
        settling=(),
        log10_bayes_factor=factor,
        mode="drip",
        window=Window(start=FIRST * DAY, end=(FIRST + 10) * DAY),
        orders_in_window=84,
        n_orders_held=840,
        reports=ReportCounts(in_window=len(reports), explained=1.9, expected_by_chance=0.1),
        report_rate=Estimate(estimate=0.1, low=0.05, high=0.2, n=len(reports)),
        report_ids=reports,
        why=(),
        timeline=Timeline(
            first_day=FIRST,
            orders=(9,) * 10,
            touched=touched,
            calls=(0,) * 10,
            in_window=in_window,
        ),
    )


def exposed(**orders: tuple[str, int, float]) -> pa.Table:
    """Return exposed orders: id -> suspect, day of the window, probability."""
    at = pa.array([(FIRST + day) * DAY for _, day, _ in orders.values()], pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "order_id": pa.array(list(orders), pa.string()),
            "suspect_id": pa.array([suspect for suspect, _, _ in orders.values()], pa.string()),
            "probability": pa.array([p for _, _, p in orders.values()], pa.float64()),
            "accessed_at": at,
        }
    )


def weighed(**factors: float) -> pa.Table:
    """Return candidates: id -> log10 of the Bayes factor."""
    return pa.table(
        {
            "kind": pa.array([custodian(name).kind for name in factors], pa.string()),
            "id": pa.array(list(factors), pa.string()),
            "log10_bayes_factor": pa.array(list(factors.values()), pa.float64()),
            "posterior": pa.array([0.01] * len(factors), pa.float64()),
            "reports_touched": pa.array([2] * len(factors), pa.int64()),
            "orders_held": pa.array([840] * len(factors), pa.int64()),
        }
    )


def an_answer(*findings: Finding, unexplained: tuple[str, ...] = (), **other: Any) -> Trace:
    named = any(finding.posterior >= 0.5 for finding in findings)
    told = {"exposed": exposed(), "candidates": weighed(), "priors": ()} | other
    return replace(
        a_trace(0),
        verdict="suspects found" if named else "nothing stands out",
        findings=findings,
        unexplained_report_ids=unexplained,
        **told,
    )


def laid(trace: Trace, folder: Path, aside: Mapping[str, str] | None = None) -> Path:
    """Lay an answer's files in a folder as `whence trace` does, without its page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trace.json").write_text(written.to_json(trace), "utf-8")
    rows = [{"table": "reports", "id": i, "reason": why} for i, why in (aside or {}).items()]
    (folder / "rejected.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    pq.write_table(trace.candidates, folder / "candidates.parquet")
    pq.write_table(trace.exposed, folder / "exposed.parquet")
    return folder


def between(before: Trace, after: Trace, aside: Mapping[str, str] | None = None) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        old = read_answer(laid(before, Path(folder) / "old"))
        new = read_answer(laid(after, Path(folder) / "new", aside))
    return compare(old, new)


def ids_of(moves: list[dict[str, Any]]) -> list[str]:
    return [move["report_id"] for move in moves]


def reasons(document: Any, name: str) -> dict[str, str]:
    """Return the reasons of the finding led by NAME: name -> English sentence."""
    (finding,) = (f for f in document["findings"] if f["id"] == name)
    return {reason["name"]: reason["en"] for reason in finding["reasons"]}

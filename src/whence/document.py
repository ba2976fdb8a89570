"""``trace.json``, and the tables beside it: the answer as programs read it.

The keys and their meaning are a public contract, ``docs/formats.md``. Numbers that were estimated
carry six significant digits: enough for any reader, few enough that the bytes do not depend on
the order in which a sum was taken. No clock and no path of this machine stands in it.
"""

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from whence.model import (
    DAY,
    Delay,
    DueWeek,
    Estimate,
    Finding,
    Member,
    Note,
    Settling,
    Suspect,
    Timeline,
    Trace,
    Window,
    to_text,
)
from whence.wording import say

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

SCHEMA: Final = "whence.trace/1"
EXPOSED: Final = "exposed.parquet"
CANDIDATES: Final = "candidates.parquet"

_DIGITS: Final = 6

Document = dict[str, Any]  # what JSON can hold; its keys are those of docs/formats.md


def to_document(trace: Trace) -> Document:
    """Return the answer as ``trace.json`` holds it."""
    return {
        "schema": SCHEMA,
        "version": trace.version,
        "basis": trace.basis,
        "verdict": trace.verdict,
        "inputs": {
            "orders": trace.inputs.orders,
            "accesses": trace.inputs.accesses,
            "custodians": trace.inputs.custodians,
            "reports": trace.inputs.reports,
            "reports_used": trace.inputs.reports_used,
            "rejected": dict(sorted(trace.inputs.rejected.items())),
        },
        "observed": _window(trace.observed),
        "delay": _delay(trace.delay),
        "findings": [_finding(finding) for finding in trace.findings],
        "unexplained": {
            "reports": len(trace.unexplained_report_ids),
            "report_ids": list(trace.unexplained_report_ids),
        },
        "exposed": {"orders": trace.exposed.num_rows, "path": EXPOSED},
        "due": [_due(week) for week in trace.due],
        "candidates": {"custodians": trace.candidates.num_rows, "path": CANDIDATES},
        "priors": [
            {
                "kind": prior.kind,
                "id": prior.id,
                "factor": _number(prior.factor),
                "reason": prior.reason,
            }
            for prior in trace.priors
        ],
        "notes": _sentences(trace.notes),
        "limits": _sentences(trace.limits),
    }


def to_json(trace: Trace) -> str:
    """Return ``trace.json`` as text: the same answer, the same bytes."""
    return json.dumps(to_document(trace), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _finding(finding: Finding) -> Document:
    return {
        "suspect": _suspect(finding.suspect),
        "posterior": _number(finding.posterior),
        "share": _number(finding.share),
        "indistinguishable_from": [_member(member) for member in finding.indistinguishable_from],
        "settling": [_settling(settling) for settling in finding.settling],
        "log10_bayes_factor": _number(finding.log10_bayes_factor),
        "mode": finding.mode,
        "window": _window(finding.window),
        "orders_in_window": finding.orders_in_window,
        "orders_held": finding.n_orders_held,
        "reports": {
            "in_window": finding.reports.in_window,
            "explained": _number(finding.reports.explained),
            "expected_by_chance": _number(finding.reports.expected_by_chance),
        },
        "report_rate": _estimate(finding.report_rate),
        "report_ids": list(finding.report_ids),
        "why": _sentences(finding.why),
        "timeline": _timeline(finding.timeline),
    }


def _suspect(suspect: Suspect) -> Document:
    return {
        "kind": suspect.kind,
        "id": suspect.id,
        "name": suspect.name,
        "parent_id": suspect.parent_id,
    }


def _member(member: Member) -> Document:
    return {**_suspect(member.suspect), "share": _number(member.share)}


def _settling(settling: Settling) -> Document:
    return {
        "kind": settling.other.kind,
        "id": settling.other.id,
        "reports_needed": settling.reports_needed,
        "overlap": _number(settling.overlap),
    }


def _estimate(estimate: Estimate | None) -> Document | None:
    if estimate is None:
        return None
    return {
        "estimate": _number(estimate.estimate),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "n": estimate.n,
    }


def _window(window: Window | None) -> Document | None:
    if window is None:
        return None
    return {"start": to_text(window.start), "end": to_text(window.end)}


def _timeline(timeline: Timeline | None) -> Document | None:
    if timeline is None:
        return None
    return {
        "first_day": to_text(timeline.first_day * DAY)[:10],
        "orders": list(timeline.orders),
        "touched": list(timeline.touched),
        "calls": list(timeline.calls),
        "in_window": [_number(p) for p in timeline.in_window],
    }


def _delay(delay: Delay | None) -> Document | None:
    if delay is None:
        return None
    return {
        "q10_days": _number(delay.q10_days),
        "q50_days": _number(delay.q50_days),
        "q90_days": _number(delay.q90_days),
    }


def _due(week: DueWeek) -> Document:
    return {"start": to_text(week.start), "expected_share": _number(week.expected_share)}


def _sentences(notes: Iterable[Note]) -> list[str]:
    """Return notes in English: the language of ``trace.json`` whatever the reader's."""
    return [say(note.phrase, "en", **note.facts) for note in notes]


def _number(value: float) -> float | None:
    """Return six significant digits; JSON has no word for infinity, so it becomes null."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}") + 0.0  # + 0.0: minus nought is nought


def write_table(table: "pa.Table", path: "Path") -> None:
    """Write a table so that equal rows give equal bytes, and any engine can read it.

    Outside the product times carry their zone; inside they are UTC without one.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    fields = [
        field.with_type(pa.timestamp("us", tz="UTC"))
        if pa.types.is_timestamp(field.type)
        else field
        for field in table.schema
    ]
    plain = table.replace_schema_metadata(None).cast(pa.schema(fields)).combine_chunks()
    pq.write_table(plain, path, compression="zstd", compression_level=3, row_group_size=1 << 20)

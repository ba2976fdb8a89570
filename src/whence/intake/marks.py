"""Marks read back from what a caller knew or a sample held, as likelihood ratios."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from whence.intake.parties import as_number
from whence.intake.records import Record, once, records
from whence.model import MarkReading

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

_TEXTS: Final = (
    *("reading_id", "report_id", "sample_id", "party_id", "log10_likelihood_ratio"),
    "false_accusation_bound",
)


def check_marks(
    raw: "RawTable",
    *,
    reports: Collection[str],
    samples: Collection[str],
    engine: "DuckDB",
    zone: str,
    aside: "SetAside",
) -> tuple[MarkReading, ...]:
    """Return the readings of usable reports and known samples, sorted by id."""
    found = []
    for row in records(raw, texts=_TEXTS, instants=(), engine=engine, zone=zone, aside=aside):
        reason = _fault(row, reports, samples)
        if reason:
            aside.row("marks", row.texts.get("reading_id", row.place), reason)
        else:
            found.append(row)
    kept = once(
        found,
        key=lambda row: row.texts["reading_id"],
        content=lambda row: row.content,
        identical=lambda row: aside.row("marks", row.texts["reading_id"], "duplicate reading"),
        conflicting=lambda row: aside.row(
            "marks", row.texts["reading_id"], "conflicting duplicate"
        ),
    )
    return tuple(
        MarkReading(
            reading_id=row.texts["reading_id"],
            party_id=row.texts["party_id"],
            log10_likelihood_ratio=as_number(row.texts["log10_likelihood_ratio"]) or 0.0,
            report_id=row.texts.get("report_id"),
            sample_id=row.texts.get("sample_id"),
            false_accusation_bound=as_number(row.texts.get("false_accusation_bound", "")),
        )
        for row in sorted(kept, key=lambda row: row.texts["reading_id"])
    )


def _fault(row: Record, reports: Collection[str], samples: Collection[str]) -> str | None:
    texts = row.texts
    for name in ("reading_id", "party_id", "log10_likelihood_ratio"):
        if name not in texts:
            return f"missing {name}"
    bound = texts.get("false_accusation_bound", "0")
    share = as_number(bound)
    if as_number(texts["log10_likelihood_ratio"]) is None or share is None or not 0 <= share <= 1:
        return "unreadable number"
    if "report_id" not in texts and "sample_id" not in texts:
        return "missing report_id"
    if "report_id" in texts and texts["report_id"] not in reports:
        return "unknown report"
    if "sample_id" in texts and texts["sample_id"] not in samples:
        return "unknown sample"
    return None

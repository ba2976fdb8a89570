"""Reports without an orders table: the victims themselves say which shop, courier and day."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from whence.errors import InputError
from whence.intake.holders import custodian_columns, kind_of, names_rows
from whence.intake.parties import UnknownNames
from whence.intake.records import Record
from whence.intake.reports import TOLERATED, readable_reports
from whence.model import CustodianColumn, Report

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

_TEXTS: Final = ("report_id", "order_id", "customer_id", "known_fields", "goods", "region")


def check_victims(
    raw: "RawTable",
    *,
    engine: "DuckDB",
    zone: str,
    custodians: Sequence[str] | None,
    aside: "SetAside",
) -> tuple[tuple[Report, ...], tuple[CustodianColumn, ...], int]:
    """Return the usable reports, their custodian columns, and how many rows came.

    Raises InputError if no column names a custodian or none says when the order was placed.
    """
    named = custodian_columns(raw, custodians)
    if not named or "placed_at" not in raw.types:
        raise InputError(
            "intake.no-orders-table", hint="intake.no-orders-table-hint", file=raw.file
        )
    rows, n_rows = readable_reports(
        raw,
        texts=(*_TEXTS, *named),
        instants=("called_at", "placed_at"),
        engine=engine,
        zone=zone,
        aside=aside,
    )
    kept = named if custodians else _holders(rows, named, aside)
    unknown = UnknownNames()
    found: list[tuple[Record, Report]] = []
    for row in rows:
        held = {kind_of(name): row.texts[name] for name in kept if name in row.texts}
        reason = _fault(row, held)
        if reason:
            aside.row("reports", row.texts["report_id"], reason)
        else:
            fields = unknown.known(row.texts.get("known_fields"))
            found.append((row, _report(row, held, fields)))
    unknown.tell("reports", aside)
    columns = tuple(CustodianColumn(kind=kind_of(name), column=name) for name in kept)
    return _earliest(found, aside), columns, n_rows


def _fault(row: Record, held: Mapping[str, str]) -> str | None:
    placed_at = row.instants.get("placed_at")
    if not held:
        return "no custodian named"
    if placed_at is not None and row.instants["called_at"] < placed_at - TOLERATED:
        return "call before the order"
    return None


def _report(row: Record, held: Mapping[str, str], fields: frozenset[str] | None) -> Report:
    placed_at = row.instants.get("placed_at")
    called_at = row.instants["called_at"]
    return Report(
        report_id=row.texts["report_id"],
        called_at=called_at if placed_at is None else max(called_at, placed_at),
        customer_id=row.texts.get("customer_id"),
        known_fields=fields,
        placed_at=placed_at,
        custodians=held,
        goods=row.texts.get("goods"),
        region=row.texts.get("region"),
    )


def _holders(rows: Sequence[Record], named: Sequence[str], aside: "SetAside") -> list[str]:
    """Return the columns that name holders; tell which have nearly one value a report."""
    kept = []
    for name in named:
        filled = [row.texts[name] for row in rows if name in row.texts]
        if names_rows(len(set(filled)), len(filled)):
            aside.note("intake.note-no-custodian", column=name)
        else:
            kept.append(name)
    return kept


def _earliest(found: Sequence[tuple[Record, Report]], aside: "SetAside") -> tuple[Report, ...]:
    """Return one report an order and a customer, where reports say which; the earliest call."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for row, report in sorted(found, key=lambda pair: (pair[1].called_at, pair[1].report_id)):
        ids = {
            (what, row.texts[f"{what}_id"])
            for what in ("order", "customer")
            if f"{what}_id" in row.texts
        }
        again = max((what for what, _ in ids & seen), default=None)  # the order, if both
        if again:
            aside.row("reports", report.report_id, f"later report of the same {again}")
        else:
            kept.append(report)
            seen |= ids
    return tuple(sorted(kept, key=lambda report: report.report_id))

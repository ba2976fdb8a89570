"""``whence case stats``: the victim tables of a case or of a table of reports."""

import csv
import json as json_room
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from whence.cli.case_options import By, Json, Timezone, opened_desk, zone_named
from whence.cli.case_stats_told import Counted, document, tell
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from whence.casework.tables_reading import Read

STATS: Final = "case-stats"  # reports were read to be counted; an entry of no case
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
_CURRENCY: Final = "CNY"  # of money in a table of reports that names none, FORMATS.md


def stats(
    ctx: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(help="tables.case", rich_help_panel=PANEL_GENERAL, metavar="CASE"),
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            "--reports", help="tables.reports", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    stated: Annotated[
        Path | None,
        typer.Option(
            "--stated", help="tables.stated", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    bands: Annotated[
        str | None,
        typer.Option(
            "--bands", help="tables.bands", rich_help_panel=PANEL_GENERAL, metavar="AMOUNTS"
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="tables.since", rich_help_panel=PANEL_GENERAL, metavar="DATE"),
    ] = None,
    currency: Annotated[
        str,
        typer.Option(
            "--currency", help="tables.currency", rich_help_panel=PANEL_GENERAL, metavar="CODE"
        ),
    ] = "",
    csv_folder: Annotated[
        Path | None,
        typer.Option("--csv", help="tables.csv", rich_help_panel=PANEL_GENERAL, metavar="DIR"),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="tables.html", rich_help_panel=PANEL_GENERAL, metavar="FILE"),
    ] = None,
    json: Json = False,
    timezone: Timezone = "UTC",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Read the reports, count, and tell."""
    del lang
    if (case is None) == (reports is None):
        raise UsageError("tables.one-source")
    from whence.casework.tables import Plan  # noqa: PLC0415  after wrong usage
    from whence.casework.tables_bands import LOSSES  # noqa: PLC0415
    from whence.casework.tables_counting import tables_of  # noqa: PLC0415
    from whence.casework.tables_stated import compared, read_stated  # noqa: PLC0415

    plan = Plan(losses=LOSSES if bands is None else _edges(bands), since=_day(since))
    zone = zone_named(timezone)
    said = {} if stated is None else read_stated(stated)
    n_erased = 0
    if reports is not None:
        read = _of_table(reports, zone, currency)
    else:
        read, n_erased = _of_case(str(case), workspace, by, zone, currency)
    tables, differing = compared(tables_of(read.victims, plan), said)
    counted = Counted(
        tables=tables, differing=differing, read=read, n_erased=n_erased, timezone=timezone
    )
    made = document(counted)
    if csv_folder is not None:
        with _written(csv_folder):
            _write_csv(csv_folder, made)
    if html is not None:
        from whence.cli.case_stats_view import view  # noqa: PLC0415
        from whence.pages.tables import render_tables  # noqa: PLC0415  a second, where it is drawn

        page = render_tables(view(counted, ctx.obj), ctx.obj)
        with _written(html):
            html.write_text(page, "utf-8")
    if json:
        typer.echo(json_room.dumps(made, ensure_ascii=False, indent=2))
        return
    from whence.cli.case_stats_view import view  # noqa: PLC0415

    tell(view(counted, ctx.obj))


def _of_table(path: Path, zone: ZoneInfo, currency: str) -> "Read":
    from whence.casework.tables_reading import read_rows  # noqa: PLC0415
    from whence.intake.cells import ROW  # noqa: PLC0415
    from whence.intake.sheets import read_sheet  # noqa: PLC0415

    sheet = read_sheet(path)
    if sheet.unreadable_rows:
        raise InputError("case.unreadable-rows", file=sheet.file, n=len(sheet.unreadable_rows))
    rows = (
        {name: value for name, value in row.items() if name != ROW}
        for row in sheet.table.to_pylist()
    )
    return read_rows(rows, zone=zone, currency=currency or _CURRENCY)


def _of_case(
    case_id: str, workspace: Path, by: str | None, zone: ZoneInfo, currency: str
) -> "tuple[Read, int]":
    """Return a case's reports; those erased are counted, with nothing known of them."""
    from whence.casework.tables_reading import Read, Victim, read_victim  # noqa: PLC0415

    with opened_desk(workspace, by) as desk:
        case = desk.case(case_id)
        victims, n_erased = [], case.n_reports_erased
        for report in case.reports.values():
            words = desk.words(report.filed)
            told = words.tree().get("report") if words else None
            if isinstance(told, Mapping):
                victims.append(read_victim(told, zone=zone, currency=currency))
            else:
                n_erased += 1
        desk.tell(STATS, {"case": case_id, "n_reports": len(victims) + n_erased})
    return Read(victims=(*victims, *[Victim()] * n_erased)), n_erased


def _edges(text: str) -> tuple[Decimal, ...]:
    from whence.casework.tables_values import amount_of, plain  # noqa: PLC0415

    edges = [amount_of(plain(each)) for each in text.split(",")]
    known = [edge for edge in edges if edge is not None and edge > 0]
    if len(known) < len(edges) or known != sorted(set(known)):
        raise UsageError("tables.bad-bands")
    return tuple(known)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError("tables.bad-since") from None


@contextmanager
def _written(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError("tables.not-written", place=place.name) from error


def _write_csv(folder: Path, made: Mapping[str, Any]) -> None:
    """Write one file a table, and the checks of all in another."""
    folder.mkdir(parents=True, exist_ok=True)
    checks: list[list[object]] = [
        ["table", "of", "currency", "parts", "whole", "difference", "closes", "because"]
    ]
    for table in made["tables"]:
        currencies = sorted({name for row in table["rows"] for name in row["lost"] or ()})
        heads: list[object] = ["row", "currency", "reports", "share", "named"]
        rows = [[*heads, *(f"lost_{name or 'unstated'}" for name in currencies)]]
        for row in table["rows"]:
            lost = row["lost"] or {}
            cells = [row["key"], row["currency"], row["reports"], row["share"], row["named"]]
            rows.append(cells + [lost.get(name, "") for name in currencies])
        _write_rows(folder / f"{table['table']}.csv", rows)
        for check in table["checks"]:
            figures = [check[name] for name in ("currency", "parts", "whole", "difference")]
            because = "; ".join(check["because"])
            checks.append([table["table"], table["of"], *figures, table["closes"], because])
    _write_rows(folder / "checks.csv", checks)


def _write_rows(path: Path, rows: list[list[object]]) -> None:
    # The mark at the beginning makes spreadsheets read Chinese as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet runs: what victims wrote stands in it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    is_text = isinstance(value, str) and not value.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{value}" if is_text and str(value).startswith(_FORMULA) else value

"""``whence case add``: reports, attachments, and a trace with what it was run on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whence.cli.case_options import By, CaseId, Timezone, instant_of, opened_desk
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import InputError, UsageError
from whence.wording import say

if TYPE_CHECKING:
    from whence.casework.cases_desk import Filing


def add(
    ctx: typer.Context,
    case: CaseId,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="case.add-files", rich_help_panel=PANEL_GENERAL, metavar="FILE..."),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--role", help="case.add-role", rich_help_panel=PANEL_GENERAL, metavar="ROLE"),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            "--report", help="case.add-report", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    described: Annotated[
        str,
        typer.Option(
            "--described", help="case.add-described", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    came_from: Annotated[
        str,
        typer.Option("--from", help="case.add-from", rich_help_panel=PANEL_GENERAL, metavar="TEXT"),
    ] = "",
    how: Annotated[
        str,
        typer.Option("--how", help="case.add-how", rich_help_panel=PANEL_GENERAL, metavar="TEXT"),
    ] = "",
    collected_at: Annotated[
        str | None,
        typer.Option(
            "--collected-at",
            help="case.add-collected-at",
            rich_help_panel=PANEL_GENERAL,
            metavar="TIME",
        ),
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            "--reports", help="case.add-reports", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace", help="case.add-trace", rich_help_panel=PANEL_GENERAL, metavar="DIR"
        ),
    ] = None,
    dataset: Annotated[
        Path | None,
        typer.Option(
            "--dataset", help="case.add-dataset", rich_help_panel=PANEL_GENERAL, metavar="DIR"
        ),
    ] = None,
    why: Annotated[
        str,
        typer.Option(
            "--why", help="case.option-why", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    timezone: Timezone = "UTC",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Add what is given, each an entry of its own."""
    del lang
    from whence.casework.exhibits import ROLES, attach_file, attach_trace  # noqa: PLC0415

    if not files and reports is None and trace is None:
        raise UsageError("case.nothing-to-add")
    if role is not None and role not in ROLES:
        raise UsageError("case.no-role", role=role, known=", ".join(ROLES))
    if dataset is not None and trace is None:
        raise UsageError("case.dataset-needs-trace")
    at = instant_of(collected_at, timezone)
    told = {"described": described or why, "came_from": came_from, "how": how}
    with opened_desk(workspace, by) as desk:
        if reports is not None:
            filed = desk.file(case, list(_filings(reports)), why=why)
            typer.echo(say("case.filed", ctx.obj, n=f"{len(filed):,}"))
        for path in files or ():
            exhibit = attach_file(
                desk, case, path, role=role, report_id=report, collected_at=at, **told
            )
            typer.echo(say("case.attached", ctx.obj, exhibit=exhibit, file=path.name))
        if trace is not None:
            seq, exhibits = attach_trace(desk, case, trace, dataset=dataset, why=why)
            facts = {"seq": seq, "exhibits": ", ".join(exhibits)}
            typer.echo(say("case.trace-attached", ctx.obj, **facts))


def _filings(path: Path) -> "Iterator[Filing]":
    """Yield the reports of a table: each column that has a value is a field."""
    from whence.casework.cases_desk import Filing  # noqa: PLC0415
    from whence.intake.cells import ROW  # noqa: PLC0415
    from whence.intake.sheets import read_sheet  # noqa: PLC0415

    sheet = read_sheet(path)
    if sheet.unreadable_rows:
        raise InputError("case.unreadable-rows", file=sheet.file, n=len(sheet.unreadable_rows))
    for row in sheet.table.to_pylist():
        fields = {name: _plain(value) for name, value in row.items() if name != ROW}
        filled = {name: value for name, value in fields.items() if value not in (None, "")}
        report_id = filled.pop("report_id", None)
        if not filled:
            continue
        yield Filing(
            report_id=None if report_id is None else str(report_id),
            tree=filled,
            customer_id=filled.get("customer_id"),
            source="table",
        )


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a table holds
    return value if isinstance(value, str | int | float | bool | None) else str(value)

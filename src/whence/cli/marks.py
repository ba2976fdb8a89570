"""``whence marks``: whose copy leaked, read from its marks."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import UsageError

if TYPE_CHECKING:
    from whence.protection.reading_marks import Found


def _option(name: str, metavar: str | None = None) -> Any:  # noqa: ANN401  Typer's own
    return typer.Option(
        f"--{name}", help=f"marks.read-{name}", rich_help_panel=PANEL_GENERAL, metavar=metavar
    )


def read(
    ctx: typer.Context,
    sample: Annotated[
        Path | None,
        typer.Argument(help="marks.read-sample", rich_help_panel=PANEL_GENERAL, metavar="SAMPLE"),
    ] = None,
    alias: Annotated[str | None, _option("alias", "NAME")] = None,
    number: Annotated[str | None, _option("number", "NUMBER")] = None,
    order: Annotated[str | None, _option("order", "ID")] = None,
    heard: Annotated[bool, _option("heard")] = False,
    out: Annotated[Path | None, _option("out", "FILE")] = None,
    report: Annotated[str | None, _option("report", "ID")] = None,
    sample_id: Annotated[str | None, _option("sample-id", "ID")] = None,
    columns: Annotated[Path | None, _option("map", "FILE")] = None,
    json: Annotated[bool, _option("json")] = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Read the options, read the marks, and tell what they say."""
    del lang
    if (sample is None) == (alias is None and number is None):
        raise UsageError("marks.what-to-read", hint="marks.what-to-read-hint")
    if out is not None:
        _verify_whose(sample, report, sample_id)
        from whence.protection.handover import verify_free  # noqa: PLC0415  after help

        verify_free(out)
    from whence.protection.reading_marks import open_for_reading  # noqa: PLC0415

    with open_for_reading(workspace, clock=clock) as desk:
        if sample is not None:
            found = desk.sample(sample, columns, spoken=heard)
        else:
            found = desk.heard(order_id=order, alias=alias, number=number)
    n_written = 0
    if out is not None:
        if sample is not None and report is None:
            sample_id = sample_id or sample.name.partition(".")[0]
        n_written = _write(found, out, report, sample_id)
    from whence.cli.marks_told import document_of, tell  # noqa: PLC0415

    if json:
        typer.echo(document_of(found))
    else:
        tell(found, ctx.obj, out, n_written)


def _verify_whose(sample: Path | None, report: str | None, sample_id: str | None) -> None:
    is_given = (report is not None) + (sample_id is not None)
    if is_given > 1 or (not is_given and sample is None):
        raise UsageError("marks.report-or-sample", hint="marks.report-or-sample-hint")


def _write(found: "Found", out: Path, report: str | None, sample_id: str | None) -> int:
    from whence.marks import readings_table  # noqa: PLC0415  after help
    from whence.protection.handover import write_rows  # noqa: PLC0415

    table = readings_table(found.reading, found.party_ids, report_id=report, sample_id=sample_id)
    write_rows(table, out)
    return int(table.num_rows)


COMMANDS: Final[dict[str, Callable[..., None]]] = {"read": read}

"""``whence mask`` and ``whence waybill``: what may be shown of a field, and what shows too much."""

import json as json_room
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from whence.cli.options import (
    DEFAULT_WORKSPACE,
    PANEL_GENERAL,
    Lang,
    Quiet,
    Tongue,
    WorkspaceFolder,
)
from whence.cli.progress import progress
from whence.cli.values import names
from whence.errors import InputError, UsageError
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.protection import Shown
    from whence.workspace import Workspace

Map: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--map", help="protection.mask-map", rich_help_panel=PANEL_GENERAL, metavar="FILE"
    ),
]
STANDARD_INPUT: Final = "-"
_WAYBILLS: Final = "whence.waybills/1"


def mask(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="protection.mask-what", rich_help_panel=PANEL_GENERAL, metavar="FIELD|FILE"
        ),
    ],
    text: Annotated[
        str | None,
        typer.Argument(help="protection.mask-text", rich_help_panel=PANEL_GENERAL, metavar="TEXT"),
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields",
            help="protection.mask-fields",
            rich_help_panel=PANEL_GENERAL,
            metavar="FIELDS",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="protection.mask-out",
            rich_help_panel=PANEL_GENERAL,
            metavar="FILE",
        ),
    ] = None,
    locale: Annotated[
        Tongue | None,
        typer.Option(
            "--locale",
            help="protection.mask-locale",
            rich_help_panel=PANEL_GENERAL,
            metavar="zh|en",
        ),
    ] = None,
    columns: Map = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Mask one text, or a table's columns."""
    del lang
    if (text is None) == (out is None) or (out is None) != (fields is None):
        raise UsageError("protection.mask-neither")
    home = _workspace_there(workspace)
    written = locale.value if locale else home.locale if home else "zh"
    if text is not None:
        _mask_texts(what, text, written)
    elif out is not None:
        _mask_file(Path(what), names(fields) or [], out, written, columns, quiet, ctx.obj)


def _mask_texts(field: str, text: str, locale: str) -> None:
    from whence.protection.masking import MASKED, mask as masked  # noqa: PLC0415  after help

    if field not in MASKED:
        known = ", ".join(sorted(MASKED))
        raise UsageError("protection.no-mask", fields=field, known=known)
    given = sys.stdin.read().splitlines() if text == STANDARD_INPUT else [text]
    for line in given:
        typer.echo(masked(field, line, locale))


def _mask_file(
    file: Path,
    fields: list[str],
    out: Path,
    locale: str,
    columns: Path | None,
    quiet: bool,
    language: Language,
) -> None:
    from whence.intake.sheets import read_sheet  # noqa: PLC0415  after help and wrong usage
    from whence.protection.masking_tables import (  # noqa: PLC0415
        mask_table,
        verify_form,
        write_table,
    )
    from whence.protection.own_columns import read_columns  # noqa: PLC0415

    verify_form(out)
    with progress(language, quiet=quiet) as on_progress:
        sheet = read_sheet(file, renamed=read_columns(columns))
        table = mask_table(sheet, fields, locale, on_progress=on_progress)
        write_table(table, out)
    n = f"{table.num_rows:,}"
    typer.echo(say("protection.masked", language, file=out, n=n, fields=", ".join(fields)))
    _tell_unreadable(len(sheet.unreadable_rows), language)


def waybill(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="protection.waybill-file", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    relays: Annotated[
        list[str] | None,
        typer.Option(
            "--relay",
            help="protection.waybill-relay",
            rich_help_panel=PANEL_GENERAL,
            metavar="NUMBER",
        ),
    ] = None,
    columns: Map = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="protection.waybill-json", rich_help_panel=PANEL_GENERAL),
    ] = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Look a table of printed waybills through, and tell rows and rules."""
    del lang
    from whence.intake.cells import ROW  # noqa: PLC0415  after help and wrong usage
    from whence.intake.sheets import read_sheet  # noqa: PLC0415
    from whence.protection.own_columns import read_columns  # noqa: PLC0415
    from whence.protection.waybills import COLUMNS, check_waybills  # noqa: PLC0415

    sheet = read_sheet(file, renamed=read_columns(columns), only=COLUMNS)
    there = [name for name in COLUMNS if name in sheet.table.column_names]
    if not there:
        raise InputError(
            "protection.waybill-no-columns", file=sheet.file, columns=", ".join(COLUMNS)
        )
    home = _workspace_there(workspace)
    found = check_waybills(
        sheet.table.column(ROW).to_pylist(),
        {name: sheet.table.column(name).cast("string").to_pylist() for name in there},
        own_numbers=[*(relays or ()), *(home.relay_numbers if home else ())],
    )
    n = sheet.table.num_rows
    if json:
        typer.echo(_waybill_document(found, n))
    else:
        _tell_waybills(sheet.file, found, n, ctx.obj)
        _tell_unreadable(len(sheet.unreadable_rows), ctx.obj)


def _tell_waybills(file: str, found: "list[Shown]", n: int, language: Language) -> None:
    rows = len({shown.row for shown in found})
    phrase = "protection.waybill-found" if found else "protection.waybill-clean"
    typer.echo(say(phrase, language, file=file, n=f"{n:,}", rows=f"{rows:,}"))
    for shown in found:
        rule = say(f"protection.rule-{shown.rule}", language)
        facts = {"row": shown.row, "column": shown.column, "rule": rule}
        typer.echo(say("protection.waybill-row", language, **facts))
    typer.echo(say("protection.waybill-basis", language))


def _waybill_document(found: "list[Shown]", n: int) -> str:
    document: dict[str, Any] = {
        "schema": _WAYBILLS,
        "basis": "GB/T 41833-2022, second-hand",
        "rows": n,
        "findings": [
            {"row": shown.row, "column": shown.column, "rule": shown.rule} for shown in found
        ],
    }
    return json_room.dumps(document, ensure_ascii=False, indent=2)


def _workspace_there(folder: Path) -> "Workspace | None":
    """Return the workspace in a folder, None where there is none: these commands need none."""
    from whence.workspace import SETTINGS, open_workspace  # noqa: PLC0415  after help

    return open_workspace(folder) if (folder / SETTINGS).is_file() else None


def _tell_unreadable(n: int, language: Language) -> None:
    if n:
        typer.echo(say("protection.unreadable-rows", language, n=f"{n:,}"))

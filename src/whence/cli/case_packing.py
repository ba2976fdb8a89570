"""``whence case pack``: the archive that a third party checks offline."""

from pathlib import Path
from typing import Annotated

import typer

from whence.cli.case_options import By, CaseId, opened_desk
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.wording import say


def pack(
    ctx: typer.Context,
    case: CaseId,
    reader: Annotated[
        str,
        typer.Option(
            "--for",
            help="case.pack-for",
            rich_help_panel=PANEL_GENERAL,
            metavar="police|victim|regulator|platform",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="case.pack-out", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    report: Annotated[
        str | None,
        typer.Option(
            "--report", help="case.pack-report", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Make the pack, and say by which key it is checked."""
    del lang
    from whence.casework.pack import make_pack  # noqa: PLC0415  after help and wrong usage

    with opened_desk(workspace, by) as desk:
        packed = make_pack(desk, case, reader, out, own_report=report)
    facts = {
        "file": out,
        "entries": f"{packed.n_entries:,}",
        "exhibits": f"{packed.n_handed:,}",
        "withheld": f"{packed.n_withheld:,}",
        "sha256": packed.sha256,
        "key": packed.fingerprint,
    }
    typer.echo(say("case.packed", ctx.obj, **facts))
    if not packed.is_stamped:
        typer.echo(say("case.packed-no-stamp", ctx.obj))

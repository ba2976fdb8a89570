"""``whence case new``, ``note``, ``merge``, ``unmerge``, ``close``: a case from first to last."""

from typing import Annotated, TypeAlias

import typer

from whence.cli.case_options import By, CaseId, Timezone, opened_desk, zone_named
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import UsageError
from whence.wording import say

Grounds: TypeAlias = Annotated[
    str,
    typer.Option(
        "--grounds", help="case.option-grounds", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
    ),
]
Other: TypeAlias = Annotated[
    str, typer.Argument(help="case.option-other", rich_help_panel=PANEL_GENERAL, metavar="OTHER")
]


def new(
    ctx: typer.Context,
    title: Annotated[
        str,
        typer.Option(
            "--title", help="case.new-title", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ],
    case_id: Annotated[
        str | None,
        typer.Option("--id", help="case.new-id", rich_help_panel=PANEL_GENERAL, metavar="ID"),
    ] = None,
    why: Annotated[
        str,
        typer.Option(
            "--why", help="case.option-why", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Open a case; its id alone goes to standard output."""
    del lang
    with opened_desk(workspace, by) as desk:
        made = desk.new(title=title, why=why, case_id=case_id)
    typer.echo(say("case.made", ctx.obj), err=True)
    typer.echo(made)


def note(
    ctx: typer.Context,
    case: CaseId,
    text: Annotated[
        str, typer.Argument(help="case.note-text", rich_help_panel=PANEL_GENERAL, metavar="TEXT")
    ] = "",
    known: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="case.note-set", rich_help_panel=PANEL_GENERAL, metavar="NAME=VALUE"
        ),
    ] = None,
    timezone: Timezone = "UTC",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Add a note, or set facts that clocks depend on, the note being why."""
    del lang
    from whence.casework.clocks import read_fact  # noqa: PLC0415  after help and wrong usage

    if not known and not text.strip():
        raise UsageError("case.empty-note")
    zone = zone_named(timezone)
    facts = {}
    for each in known or ():
        name, _, value = each.partition("=")
        facts[name] = read_fact(name, value, zone=zone)
    with opened_desk(workspace, by) as desk:
        if not facts:
            seqs = [desk.note(case, text)]
        else:
            seqs = [desk.know(case, name, value, why=text) for name, value in facts.items()]
    typer.echo(say("case.noted", ctx.obj, case=case, seqs=", ".join(map(str, seqs))))


def merge(
    ctx: typer.Context,
    case: CaseId,
    other: Other,
    grounds: Grounds,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Take another case into this one."""
    del lang
    with opened_desk(workspace, by) as desk:
        desk.merge(case, other, grounds=grounds)
    typer.echo(say("case.merged", ctx.obj, case=case, other=other))


def unmerge(
    ctx: typer.Context,
    case: CaseId,
    other: Other,
    grounds: Grounds,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Let a case that was taken in go again."""
    del lang
    with opened_desk(workspace, by) as desk:
        desk.unmerge(case, other, grounds=grounds)
    typer.echo(say("case.unmerged", ctx.obj, case=case, other=other))


def close(
    ctx: typer.Context,
    case: CaseId,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome", help="case.close-outcome", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ],
    reopen: Annotated[
        bool, typer.Option("--reopen", help="case.close-reopen", rich_help_panel=PANEL_GENERAL)
    ] = False,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Close a case, or open it again."""
    del lang
    with opened_desk(workspace, by) as desk:
        desk.close(case, outcome=outcome, reopen=reopen)
    typer.echo(say("case.reopened" if reopen else "case.closed", ctx.obj, case=case))

"""``whence number``: whose a number is by the register, and never that it is harmless."""

import json as json_text
from typing import Annotated

import typer

from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.wording import say


def number(
    ctx: typer.Context,
    written: Annotated[
        str,
        typer.Argument(
            help="warning.number-written", rich_help_panel=PANEL_GENERAL, metavar="NUMBER"
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    json: Annotated[
        bool, typer.Option("--json", help="warning.number-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    lang: Lang = None,
) -> None:
    """Look a number up and say what can be said of it."""
    del lang
    from whence.warning.official import look_up, read_official  # noqa: PLC0415  after help
    from whence.workspace import open_workspace  # noqa: PLC0415

    found = look_up(written, read_official(open_workspace(workspace).folder))
    if json:
        document = {
            "schema": "whence.number/1",
            "in_register": found is not None,
            "channel": found and found.channel,
            "whose": found and {"en": found.whose_en, "zh": found.whose_zh},
            "starts_first": found and found.starts_first,
            "checked_on": (found and found.checked_on) or None,
            "advice": {
                "en": say("warning.number-advice", "en"),
                "zh": say("warning.number-advice", "zh"),
            },
        }
        typer.echo(json_text.dumps(document, ensure_ascii=False))
        return
    if found is None:
        typer.echo(say("warning.number-unknown", ctx.obj))
    else:
        first = "first" if found.starts_first else "never"
        facts = {
            "whose": found.whose(ctx.obj),
            "channel": say(f"warning.channel-{found.channel}", ctx.obj),
        }
        typer.echo(say(f"warning.number-{first}", ctx.obj, **facts))
        if found.checked_on:
            typer.echo(say("warning.number-checked", ctx.obj, day=found.checked_on))
    typer.echo(say("warning.number-advice", ctx.obj))

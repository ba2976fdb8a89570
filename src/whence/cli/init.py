"""``whence init``: the workspace of an installation."""

from pathlib import Path
from typing import Annotated

import typer

from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Tongue
from whence.wording import say


def init(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="workspace.init-folder", rich_help_panel=PANEL_GENERAL, metavar="DIR"),
    ] = DEFAULT_WORKSPACE,
    name: Annotated[
        str,
        typer.Option(
            "--name", help="workspace.init-name", rich_help_panel=PANEL_GENERAL, metavar="NAME"
        ),
    ] = "whence.local/orders",
    locale: Annotated[
        Tongue,
        typer.Option(
            "--locale",
            help="workspace.init-locale",
            rich_help_panel=PANEL_GENERAL,
            metavar="zh|en",
        ),
    ] = Tongue.ZH,
    lang: Lang = None,
) -> None:
    """Make the folder, its settings and its keys."""
    del lang
    from whence.workspace import make_workspace  # noqa: PLC0415  after help and wrong usage

    made = make_workspace(folder, name=name, locale=locale.value)
    typer.echo(say("workspace.made", ctx.obj, folder=made.folder))

"""``whence init``: the workspace of an installation."""

from pathlib import Path
from typing import Annotated

import typer

from whence.cli.installation import clock
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
    """Make the folder, its settings, its keys, its register and the first entry of its ledger."""
    del lang
    from whence.ledger import make_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.marks.keys import make_key  # noqa: PLC0415
    from whence.protection import example_register  # noqa: PLC0415
    from whence.workspace import make_workspace  # noqa: PLC0415

    made = make_workspace(folder, name=name, locale=locale.value)
    make_key(made.keys)
    made.register.write_text(example_register(locale.value), "utf-8")
    signed = make_ledger(made, clock=clock)
    typer.echo(say("workspace.made", ctx.obj, folder=made.folder))
    typer.echo(say("workspace.made-key", ctx.obj, fingerprint=signed.fingerprint))

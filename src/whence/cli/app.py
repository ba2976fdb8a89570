"""The commands, put together."""

from collections.abc import Callable
from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from whence.cli.build import build
from whence.cli.demo import demo
from whence.cli.diff import diff
from whence.cli.forget import forget
from whence.cli.help import Command, Group
from whence.cli.market import market
from whence.cli.options import PANEL_GENERAL, Lang
from whence.cli.trace import trace
from whence.version import __version__

_COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "trace": trace,
    "build": build,
    "diff": diff,
    "forget": forget,
    "market": market,
    "demo": demo,
}


def whole_command() -> TyperGroup:
    """Return the entrance with every command below it."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, cls=Group)
    app.callback(help="cli.about", epilog="cli.epilog")(_entrance)
    for name, function in _COMMANDS.items():
        app.command(
            name,
            cls=Command,
            help=f"cli.{name}",
            short_help=f"cli.{name}-short",
            epilog=f"cli.{name}-example",
        )(function)
    return typer.main.get_group(app)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"whence {__version__}")
        raise typer.Exit


def _entrance(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="cli.version",
            rich_help_panel=PANEL_GENERAL,
            callback=_tell_version,
            is_eager=True,
        ),
    ] = False,
    lang: Lang = None,
) -> None:
    """Take the options that stand before a command; ``--lang`` was read beforehand."""
    del version, lang

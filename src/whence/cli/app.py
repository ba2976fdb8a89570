"""The commands, put together."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from whence.cli.build import build
from whence.cli.caller_check import COMMANDS as CALLER_CHECK
from whence.cli.case import COMMANDS as CASE
from whence.cli.check import check
from whence.cli.demo import demo
from whence.cli.diff import diff
from whence.cli.effect import effect
from whence.cli.forget import forget
from whence.cli.help import Command, Group
from whence.cli.init import init
from whence.cli.ledger import COMMANDS as LEDGER
from whence.cli.market import market
from whence.cli.marks import COMMANDS as MARKS
from whence.cli.mask import mask, waybill
from whence.cli.number import number
from whence.cli.options import PANEL_GENERAL, Lang
from whence.cli.recipients import COMMANDS as RECIPIENTS
from whence.cli.release import release
from whence.cli.self_check import COMMANDS as SELF_CHECK
from whence.cli.tip import COMMANDS as TIP
from whence.cli.trace import trace
from whence.cli.vault import COMMANDS as VAULT
from whence.cli.verify import verify
from whence.cli.warn import warn
from whence.version import __version__

# Commands by the room whose wording describes them: ROOM.toml holds NAME, NAME-short, NAME-example.
_COMMANDS: Final[dict[str, dict[str, Callable[..., None]]]] = {
    "cli": {
        "trace": trace,
        "build": build,
        "diff": diff,
        "forget": forget,
        "market": market,
        "demo": demo,
    },
    "workspace": {"init": init},
    "case": {"verify": verify},
    "text": {"check": check},
    "release": {"release": release},
    "protection": {"mask": mask, "waybill": waybill},
    "warning": {"warn": warn, "effect": effect, "number": number},
}
# Commands below a word of their own: `whence ledger verify`. The word is the wording's room, whose
# `about` and `about-short` describe it.
_GROUPS: Final[dict[str, dict[str, Callable[..., None]]]] = {
    "ledger": LEDGER,
    "vault": VAULT,
    "marks": MARKS,
    "recipients": RECIPIENTS,
    "caller-check": CALLER_CHECK,
    "self-check": SELF_CHECK,
    "tip": TIP,
    "case": CASE,
}

# How the help lists them, by what people want to do.
_PANELS: Final[dict[str, tuple[str, ...]]] = {
    "cli.panel-trace": ("trace", "build", "diff", "forget", "market", "demo"),
    "cli.panel-protect": (
        *("init", "recipients", "release", "marks", "vault", "mask", "waybill", "ledger"),
    ),
    "cli.panel-warn": ("check", "warn", "effect", "number", "caller-check", "self-check", "tip"),
    "cli.panel-case": ("case", "verify"),
}


def whole_command() -> TyperGroup:
    """Return the entrance with every command below it."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, cls=Group)
    app.callback(help="cli.about", epilog="cli.epilog")(_entrance)
    for room, commands in _COMMANDS.items():
        _add(app, room, commands)
    for word, commands in _GROUPS.items():
        below = typer.Typer(no_args_is_help=True, cls=Group)
        below.callback()(_group_entrance)
        _add(below, word, commands)
        app.add_typer(
            below,
            name=word,
            help=f"{word}.about",
            short_help=f"{word}.about-short",
            epilog=f"{word}.about-example",
        )
    group = typer.main.get_group(app)
    group.commands = {
        name: _in_panel(group.commands[name], panel)
        for panel, names in _PANELS.items()
        for name in names
    }
    return group


def _in_panel(command: Any, panel: str) -> Any:  # noqa: ANN401  Typer keeps this type
    command.rich_help_panel = panel
    return command


def _add(app: typer.Typer, room: str, commands: dict[str, Callable[..., None]]) -> None:
    for name, function in commands.items():
        app.command(
            name,
            cls=Command,
            help=f"{room}.{name}",
            short_help=f"{room}.{name}-short",
            epilog=f"{room}.{name}-example",
        )(function)


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


def _group_entrance(lang: Lang = None) -> None:
    """Take the option that stands before a command of a group; it was read beforehand."""
    del lang

"""Help as people read it: one layout in both languages, Chinese folded where it may break.

The texts stand in the code as phrase keys and are put into words here, when the language is known.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from whence.wording import Language, is_phrase, say

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


_NARROWEST: Final = 24  # columns for the options' names


class Command(TyperCommand):
    """A command whose help speaks the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  Typer keeps these types
        """Write the whole help, whatever the formatter offers."""
        del formatter
        _write(self, ctx)


class Group(TyperGroup):
    """The entrance, whose help lists the commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  Typer keeps these types
        """Write the whole help, whatever the formatter offers."""
        del formatter
        _write(self, ctx)


def _write(command: TyperCommand | TyperGroup, ctx: typer.Context) -> None:
    from rich.console import Console  # noqa: PLC0415  only help and answers need it

    language: Language = ctx.find_root().obj
    console = Console(highlight=False, soft_wrap=False)
    for part in _parts(command, ctx, language, console):
        console.print(part, markup=False)


def _parts(
    command: TyperCommand | TyperGroup, ctx: typer.Context, language: Language, console: "Console"
) -> "Iterable[RenderableType]":
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = [p for p in command.get_params(ctx) if isinstance(p, TyperArgument | TyperOption)]
    yield Text(_usage(command, shown, ctx, language), style="bold")
    yield ""
    about = Text(say(command.help or "cli.about", language), overflow="fold")
    yield Padding(about, (0, 2), expand=False)
    for panel in dict.fromkeys(map(_panel_of, shown)):
        yield ""
        yield Text(say(panel, language), style="bold")
        here = [p for p in shown if _panel_of(p) == panel]
        yield _listing([_parameter(p, ctx, language) for p in here], console)
    if isinstance(command, TyperGroup):
        below = command.commands
        for panel in dict.fromkeys(map(_commands_panel_of, below.values())):
            yield ""
            yield Text(say(panel, language), style="bold")
            listed = [(n, c) for n, c in below.items() if _commands_panel_of(c) == panel]
            yield _listing([(n, say(c.short_help or "", language)) for n, c in listed], console)
    yield ""
    yield Text(say(command.epilog or "cli.epilog", language), overflow="fold")


def _usage(
    command: TyperCommand | TyperGroup,
    shown: "list[TyperArgument | TyperOption]",
    ctx: typer.Context,
    language: Language,
) -> str:
    """Return how the command is called, its arguments by name."""
    arguments = [p for p in shown if isinstance(p, TyperArgument)]
    words = [p.metavar or "" if p.required else f"[{p.metavar}]" for p in arguments]
    options = say("cli.help-options", language)
    below = [say("cli.help-command", language)] if isinstance(command, TyperGroup) else []
    called = " ".join([ctx.command_path, *below, *words, options])
    return say("cli.help-usage", language, command=called)


def _panel_of(parameter: TyperArgument | TyperOption) -> str:
    return getattr(parameter, "rich_help_panel", None) or "cli.panel-general"


def _commands_panel_of(command: object) -> str:
    panel = getattr(command, "rich_help_panel", None)
    return panel if isinstance(panel, str) else "cli.panel-commands"


def _parameter(
    parameter: TyperArgument | TyperOption, ctx: typer.Context, language: Language
) -> tuple[str, str]:
    """Return how a parameter is written and what it is for, its default with it."""
    metavar = parameter.metavar or ""
    if isinstance(parameter, TyperArgument):
        written = metavar
    else:
        flag = getattr(parameter, "is_flag", False)
        written = ", ".join([*parameter.opts]) + ("" if flag else f" {metavar}")
    # The help text of `--help` itself comes from Typer.
    about = parameter.help if parameter.help and is_phrase(parameter.help) else "cli.help"
    text = say(about, language)
    default = parameter.get_default(ctx)
    if default not in (None, False, "") and parameter.show_default:
        value = getattr(default, "value", default)
        text += say("cli.help-default", language, default=value)
    return written, text


def _listing(rows: list[tuple[str, str]], console: "Console") -> "RenderableType":
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2), expand=False)
    narrow = max(_NARROWEST, console.width // 3)
    table.add_column(overflow="fold", style="cyan", max_width=narrow)
    table.add_column(overflow="fold")
    for written, text in rows:
        table.add_row(Text(written), Text(text, overflow="fold"))
    return Padding(table, (0, 2), expand=False)

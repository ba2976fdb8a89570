"""Errors as people read them: one clear line, one line of advice, no traceback."""

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from whence.errors import WhenceError
from whence.wording import Language, say

if TYPE_CHECKING:
    import typer


def complain(error: WhenceError, language: Language) -> None:
    """Write an error and what the user can do about it to stderr."""
    _write(error.text(language), error.advice(language))


def complain_of_usage(error: "typer.TyperException", language: Language) -> int:
    """Write what is wrong with the command line to stderr and return the exit code."""
    context = getattr(error, "ctx", None)
    name = type(error).__name__  # Typer keeps the classes to itself
    if name == "NoArgsIsHelpError":
        # Bare `whence`: its help has been printed already.
        return error.exit_code
    if name == "NoSuchOption":
        nearest = ", ".join(getattr(error, "possibilities", None) or ())
        phrase = "cli.no-such-option-but" if nearest else "cli.no-such-option"
        line = say(phrase, language, option=getattr(error, "option_name", ""), nearest=nearest)
    elif parameter := getattr(error, "param", None):
        phrase = "cli.missing-parameter" if name == "MissingParameter" else "cli.bad-parameter"
        option = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar
        line = say(phrase, language, option=option, message=str(error))
    else:
        line = say("cli.usage", language, message=error.format_message())
    command = context.command_path if context else "whence"
    _write(line, say("cli.usage-hint", language, command=command))
    return error.exit_code


def complain_of_fault(error: Exception, language: Language) -> None:
    """Write where the product itself failed: a file and a line, never what it was reading."""
    here = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(here.filename).name}:{here.lineno}"
    line = say("cli.broken", language, error=type(error).__name__, place=place)
    _write(line, say("cli.broken-hint", language))


def _write(line: str, advice: str | None) -> None:
    print(f"whence: {line}", file=sys.stderr)  # noqa: T201  an entrance speaks
    if advice:
        print(f"        {advice}", file=sys.stderr)  # noqa: T201

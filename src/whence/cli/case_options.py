"""What the commands of a case share: whose hands, which case, and the desk they work at."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from whence.cli.installation import clock
from whence.cli.options import PANEL_GENERAL
from whence.errors import UsageError
from whence.model import Instant

if TYPE_CHECKING:
    from whence.casework.cases_desk import Desk

CaseId: TypeAlias = Annotated[
    str, typer.Argument(help="case.option-case", rich_help_panel=PANEL_GENERAL, metavar="CASE")
]
By: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--by",
        help="case.option-by",
        rich_help_panel=PANEL_GENERAL,
        metavar="ACCOUNT",
        envvar="WHENCE_ACCOUNT",
    ),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="case.option-json", rich_help_panel=PANEL_GENERAL)
]
Timezone: TypeAlias = Annotated[
    str,
    typer.Option(
        "--timezone", help="case.option-timezone", rich_help_panel=PANEL_GENERAL, metavar="NAME"
    ),
]


def opened_desk(folder: Path, by: str | None) -> "Desk":
    """Return the desk of the workspace in a folder, at which an account works."""
    from whence.casework.cases_desk import open_desk  # noqa: PLC0415  after help and wrong usage
    from whence.workspace import open_workspace  # noqa: PLC0415

    return open_desk(open_workspace(folder), account_id=by or getpass.getuser(), clock=clock)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its name; UsageError for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError("case.bad-zone", zone=name) from None


def instant_of(text: str | None, zone: str) -> Instant | None:
    """Return the instant that somebody wrote; UsageError where it is none."""
    from whence.casework.clocks import read_instant  # noqa: PLC0415

    named = zone_named(zone)
    if text is None:
        return None
    try:
        return read_instant(text, zone=named)
    except ValueError:
        raise UsageError("case.bad-time", text=text) from None

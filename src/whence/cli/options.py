"""Options that several commands share, and the panels they stand in."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

PANEL_GENERAL: Final = "cli.panel-general"
PANEL_TABLES: Final = "cli.panel-tables"
PANEL_KNOWN: Final = "cli.panel-known"
PANEL_ENGINE: Final = "cli.panel-engine"
PANEL_MARKET: Final = "cli.panel-market"


class Tongue(StrEnum):
    """The languages of ``--lang``."""

    EN = "en"
    ZH = "zh"


class EngineChoice(StrEnum):
    """The engines of ``--engine``."""

    DUCKDB = "duckdb"
    SPARK = "spark"


Lang: TypeAlias = Annotated[
    Tongue | None,
    typer.Option("--lang", help="cli.lang", rich_help_panel=PANEL_GENERAL, metavar="en|zh"),
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="cli.quiet", rich_help_panel=PANEL_GENERAL)
]
Engine: TypeAlias = Annotated[
    EngineChoice,
    typer.Option(
        "--engine", help="cli.engine", rich_help_panel=PANEL_ENGINE, metavar="duckdb|spark"
    ),
]
SparkMaster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--spark-master", help="cli.spark-master", rich_help_panel=PANEL_ENGINE, metavar="URL"
    ),
]
MemoryLimit: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", help="cli.memory-limit", rich_help_panel=PANEL_ENGINE, metavar="SIZE"
    ),
]
Threads: TypeAlias = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="cli.threads", rich_help_panel=PANEL_ENGINE, metavar="N"),
]
TempDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--temp-dir", help="cli.temp-dir", rich_help_panel=PANEL_ENGINE, metavar="DIR"),
]
WorkspaceFolder: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        help="cli.workspace",
        rich_help_panel=PANEL_GENERAL,
        envvar="WHENCE_WORKSPACE",
        metavar="DIR",
    ),
]
DEFAULT_WORKSPACE: Final = Path("workspace")


def table(name: str, about: str | None = None) -> object:
    """Return the option that gives one table by its own file; ``about`` is another help text."""
    text = about or f"cli.table-{name}"
    return typer.Option(f"--{name}", help=text, rich_help_panel=PANEL_TABLES, metavar="FILE")

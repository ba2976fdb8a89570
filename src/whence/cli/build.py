"""``whence build``: a dataset made ready once, so that each trace reads little."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whence.cli.options import (
    PANEL_GENERAL,
    PANEL_TABLES,
    Lang,
    MemoryLimit,
    Quiet,
    TempDir,
    Threads,
    table,
)
from whence.cli.progress import progress
from whence.cli.values import memory_size, names
from whence.errors import UsageError
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.lake import Built

Table = Path | None


def build(
    ctx: typer.Context,
    dataset: Annotated[
        Path,
        typer.Argument(help="cli.build-dataset", rich_help_panel=PANEL_GENERAL, metavar="DATASET"),
    ],
    lake: Annotated[
        Path | None,
        typer.Argument(help="cli.build-lake", rich_help_panel=PANEL_GENERAL, metavar="LAKE"),
    ] = None,
    quiet: Quiet = False,
    lang: Lang = None,
    orders: Annotated[Table, table("orders", "cli.build-orders")] = None,
    accesses: Annotated[Table, table("accesses")] = None,
    exports: Annotated[Table, table("exports")] = None,
    parties: Annotated[Table, table("parties")] = None,
    reports: Annotated[Table, table("reports", "cli.build-reports")] = None,
    samples: Annotated[Table, table("samples")] = None,
    marks: Annotated[Table, table("marks")] = None,
    logins: Annotated[Table, table("logins")] = None,
    columns: Annotated[
        Path | None,
        typer.Option("--map", help="cli.trace-map", rich_help_panel=PANEL_TABLES, metavar="FILE"),
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", help="cli.trace-timezone", rich_help_panel=PANEL_TABLES, metavar="NAME"
        ),
    ] = "UTC",
    custodians: Annotated[
        str | None,
        typer.Option(
            "--custodians",
            help="cli.trace-custodians",
            rich_help_panel=PANEL_TABLES,
            metavar="COLUMNS",
        ),
    ] = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    temp_dir: TempDir = None,
) -> None:
    """Read the options, build, and tell what is new."""
    del lang
    own_files = {
        "orders": orders,
        "accesses": accesses,
        "exports": exports,
        "parties": parties,
        "reports": reports,
        "samples": samples,
        "marks": marks,
        "logins": logins,
    }
    tables = {name: path for name, path in own_files.items() if path is not None}
    source, place = (dataset, lake) if lake is not None else (None, dataset)
    if source is None and not tables:
        raise UsageError("cli.build-no-lake", hint="cli.build-no-lake-hint")
    memory_limit = memory_size(memory_limit)

    from whence import lake as room  # noqa: PLC0415  after help and wrong usage

    with progress(ctx.obj, quiet=quiet) as on_progress:
        built = room.build(
            source,
            place,
            tables=tables,
            mapping=columns,
            timezone=timezone,
            custodians=names(custodians),
            memory_limit=memory_limit,
            threads=threads,
            temp_dir=temp_dir,
            on_progress=on_progress,
        )
    _tell(built, place, ctx.obj)


def _tell(built: "Built", lake: Path, language: Language) -> None:
    facts = {
        "folder": lake,
        "orders": f"{built.orders:,}",
        "touches": f"{built.touches:,}",
        "new_orders": f"{built.new_orders:,}",
        "new_touches": f"{built.new_touches:,}",
        "days": len(built.days),
        "generation": built.generation,
    }
    typer.echo(say("cli.built" if built.is_changed else "cli.built-nothing", language, **facts))
    typer.echo(say("cli.built-holds", language, **facts))
    if built.rejected:
        from whence.pages.voice import Voice  # noqa: PLC0415  says reasons as the answer does

        voice = Voice(language=language)
        for key, n in built.rejected.items():
            named, reason = voice.reason(key)
            typer.echo(say("cli.built-aside", language, table=named, reason=reason, n=f"{n:,}"))
    for note in built.notes:
        typer.echo(say("cli.built-note", language, note=say(note.phrase, language, **note.facts)))
    typer.echo(say("cli.built-next", language, folder=lake))

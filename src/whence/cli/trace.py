"""``whence trace``: from a dataset to the suspects, in one command."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from whence.cli.options import (
    PANEL_GENERAL,
    PANEL_KNOWN,
    PANEL_TABLES,
    Engine,
    EngineChoice,
    Lang,
    MemoryLimit,
    Quiet,
    SparkMaster,
    TempDir,
    Threads,
    table,
)
from whence.cli.progress import progress
from whence.cli.values import clearance, end_of_observation, memory_size, names, prior
from whence.errors import UsageError

DEFAULT_OUT: Final = Path("whence-out")

Table = Path | None


def trace(
    ctx: typer.Context,
    dataset: Annotated[
        Path | None,
        typer.Argument(help="cli.trace-dataset", rich_help_panel=PANEL_GENERAL, metavar="DATASET"),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="cli.trace-out", rich_help_panel=PANEL_GENERAL, metavar="DIR"
        ),
    ] = DEFAULT_OUT,
    json: Annotated[
        bool, typer.Option("--json", help="cli.trace-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    quiet: Quiet = False,
    lang: Lang = None,
    orders: Annotated[Table, table("orders")] = None,
    accesses: Annotated[Table, table("accesses")] = None,
    exports: Annotated[Table, table("exports")] = None,
    parties: Annotated[Table, table("parties")] = None,
    reports: Annotated[Table, table("reports")] = None,
    samples: Annotated[Table, table("samples")] = None,
    marks: Annotated[Table, table("marks")] = None,
    contacts: Annotated[Table, table("contacts")] = None,
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
    clear: Annotated[
        list[str] | None,
        typer.Option(
            "--clear", help="cli.trace-clear", rich_help_panel=PANEL_KNOWN, metavar="KIND:ID[=WHY]"
        ),
    ] = None,
    priors: Annotated[
        list[str] | None,
        typer.Option(
            "--prior", help="cli.trace-prior", rich_help_panel=PANEL_KNOWN, metavar="KIND:ID=FACTOR"
        ),
    ] = None,
    worst_share: Annotated[
        float | None,
        typer.Option(
            "--worst-share",
            min=0.0,
            max=1.0,
            help="cli.trace-worst-share",
            rich_help_panel=PANEL_KNOWN,
            metavar="SHARE",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="cli.trace-until", rich_help_panel=PANEL_KNOWN, metavar="TIME"
        ),
    ] = None,
    engine: Engine = EngineChoice.DUCKDB,
    spark_master: SparkMaster = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    temp_dir: TempDir = None,
) -> None:
    """Read the options, trace, and tell the answer."""
    del lang
    own_files = {
        "orders": orders,
        "accesses": accesses,
        "exports": exports,
        "parties": parties,
        "reports": reports,
        "samples": samples,
        "marks": marks,
        "contacts": contacts,
        "logins": logins,
    }
    tables = {name: path for name, path in own_files.items() if path is not None}
    if dataset is None and not tables:
        raise UsageError("cli.no-dataset", hint="cli.no-dataset-hint")
    analyst = (*map(clearance, clear or ()), *map(prior, priors or ()))
    memory_limit = memory_size(memory_limit)
    if spark_master is not None and engine is not EngineChoice.SPARK:
        raise UsageError("cli.master-alone", hint="cli.master-alone-hint")
    observed_until = None if until is None else end_of_observation(until, timezone)

    # From here on the heavy rooms are needed; help and wrong usage never get here.
    from whence.cli.answer import tell_answer  # noqa: PLC0415
    from whence.document import to_json  # noqa: PLC0415
    from whence.pipeline import trace_dataset  # noqa: PLC0415
    from whence.tracing import Settings  # noqa: PLC0415

    with progress(ctx.obj, quiet=quiet) as on_progress:
        answer = trace_dataset(
            dataset,
            out=out,
            tables=tables,
            mapping=columns,
            timezone=timezone,
            custodians=names(custodians),
            settings=Settings(
                priors=analyst, worst_share=worst_share, observed_until=observed_until
            ),
            language=ctx.obj,
            engine=engine.value,
            spark_master=spark_master,
            memory_limit=memory_limit,
            threads=threads,
            temp_dir=temp_dir,
            on_progress=on_progress,
        )
    if json:
        sys.stdout.write(to_json(answer))
    else:
        tell_answer(answer, out, ctx.obj)

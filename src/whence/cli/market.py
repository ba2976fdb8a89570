"""``whence market``: a synthetic market with planted leaks, for trying and measuring."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whence.cli.options import PANEL_GENERAL, PANEL_MARKET, Lang, Quiet, Tongue
from whence.cli.progress import progress
from whence.cli.values import names
from whence.errors import UsageError
from whence.wording import say


class Format(StrEnum):
    """File forms a market can be written in."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


def _number(name: str) -> object:
    """Return an option of the market that says how many."""
    return typer.Option(
        f"--{name}", min=0, help=f"cli.market-{name}", rich_help_panel=PANEL_MARKET, metavar="N"
    )


def _share(name: str) -> object:
    """Return an option of the market that is a share."""
    return typer.Option(
        f"--{name}",
        min=0.0,
        max=1.0,
        help=f"cli.market-{name}",
        rich_help_panel=PANEL_MARKET,
        metavar="SHARE",
    )


def _verified(ctx: typer.Context, accesses: str | None, form: Format) -> int | None:
    """Return how many accesses are asked for, such as 200_000_000 or 1e9; None for no number."""
    if accesses is None:
        return None
    try:
        wanted = float(accesses)
    except ValueError:
        wanted = math.nan
    if not (wanted > 0 and wanted.is_integer()):
        raise UsageError("cli.bad-value", option="--accesses", shape="1e9, 200_000_000")
    source = ctx.get_parameter_source("orders")
    if source is not None and source.name != "DEFAULT":
        raise UsageError("cli.market-two-sizes", hint="cli.market-two-sizes-hint")
    if form is not Format.PARQUET:
        raise UsageError(
            "cli.market-streamed-format", hint="cli.market-streamed-format-hint", form=form.value
        )
    return int(wanted)


def market(
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Argument(help="cli.market-out", rich_help_panel=PANEL_GENERAL, metavar="OUT")
    ],
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="cli.market-format",
            rich_help_panel=PANEL_GENERAL,
            metavar="parquet|csv|jsonl",
        ),
    ] = Format.PARQUET,
    quiet: Quiet = False,
    lang: Lang = None,
    orders: Annotated[int, _number("orders")] = 20_000,
    accesses: Annotated[
        str | None,
        typer.Option(
            "--accesses", help="cli.market-accesses", rich_help_panel=PANEL_MARKET, metavar="N"
        ),
    ] = None,
    days: Annotated[int, _number("days")] = 90,
    sources: Annotated[int, _number("sources")] = 1,
    victims: Annotated[int, _number("victims")] = 12,
    noise: Annotated[int, _number("noise")] = 12,
    kinds: Annotated[
        str | None,
        typer.Option(
            "--kinds", help="cli.market-kinds", rich_help_panel=PANEL_MARKET, metavar="KINDS"
        ),
    ] = None,
    partial: Annotated[float, _share("partial")] = 0.3,
    dumps: Annotated[float, _share("dumps")] = 0.5,
    twins: Annotated[float, _share("twins")] = 0.05,
    knowledge: Annotated[float, _share("knowledge")] = 0.6,
    start: Annotated[
        str,
        typer.Option(
            "--start", help="cli.market-start", rich_help_panel=PANEL_MARKET, metavar="DATE"
        ),
    ] = "2026-01-01",
    seed: Annotated[int, _number("seed")] = 1,
    people: Annotated[
        Tongue | None,
        typer.Option(
            "--people", help="cli.market-people", rich_help_panel=PANEL_MARKET, metavar="zh|en"
        ),
    ] = None,
    gangs: Annotated[
        int,
        typer.Option(
            "--gangs", min=0, help="reports.market-gangs", rich_help_panel=PANEL_MARKET, metavar="N"
        ),
    ] = 0,
) -> None:
    """Read the options, make the market, and say where it lies."""
    del lang
    wanted = _verified(ctx, accesses, form)
    if wanted is not None and people is not None:
        raise UsageError("cli.market-streamed-people")
    if wanted is not None and gangs:
        raise UsageError("reports.market-streamed-gangs")
    from whence.market import MarketSpec, make, orders_for, stream, write  # noqa: PLC0415  late

    spec = MarketSpec(
        orders=orders if wanted is None else orders_for(wanted),
        days=days,
        sources=sources,
        victims=victims,
        noise=noise,
        kinds=tuple(names(kinds) or ()),
        partial=partial,
        dumps=dumps,
        twins=twins,
        knowledge=knowledge,
        start=start,
        seed=seed,
    )
    with progress(ctx.obj, quiet=quiet) as on_progress:
        if wanted is None:
            locale = people.value if people else None
            write(make(spec, on_progress), out, format=form.value, people=locale, gangs=gangs)
        else:
            stream(spec, out, on_progress)
    typer.echo(say("cli.market-made", ctx.obj, folder=out))

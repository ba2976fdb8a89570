"""``whence forget``: delete persons or orders from a lake, and keep them out."""

from pathlib import Path
from typing import Annotated

import typer

from whence.cli.options import PANEL_GENERAL, Lang, MemoryLimit, TempDir, Threads
from whence.cli.values import memory_size
from whence.wording import say


def forget(
    ctx: typer.Context,
    lake: Annotated[
        Path, typer.Argument(help="cli.forget-lake", rich_help_panel=PANEL_GENERAL, metavar="LAKE")
    ],
    customers: Annotated[
        list[str] | None,
        typer.Option(
            "--customer", help="cli.forget-customer", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    orders: Annotated[
        list[str] | None,
        typer.Option(
            "--order", help="cli.forget-order", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    lang: Lang = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    temp_dir: TempDir = None,
) -> None:
    """Read the options, delete, and tell how much went."""
    del lang
    memory_limit = memory_size(memory_limit)
    from whence import lake as room  # noqa: PLC0415  after help and wrong usage

    gone = room.forget(
        lake,
        customers=customers or (),
        orders=orders or (),
        memory_limit=memory_limit,
        threads=threads,
        temp_dir=temp_dir,
    )
    typer.echo(
        say(
            "cli.forgotten",
            ctx.obj,
            folder=lake,
            orders=f"{gone.orders:,}",
            touches=f"{gone.touches:,}",
            other_rows=f"{gone.other_rows:,}",
        )
    )
    if not (gone.orders or gone.touches or gone.other_rows):
        typer.echo(say("cli.forgot-nobody", ctx.obj))

"""``whence diff``: what changed between two answers, and why."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from whence.cli.options import PANEL_GENERAL, Lang


def diff(
    ctx: typer.Context,
    old: Annotated[
        Path, typer.Argument(help="cli.diff-old", rich_help_panel=PANEL_GENERAL, metavar="OLD")
    ],
    new: Annotated[
        Path, typer.Argument(help="cli.diff-new", rich_help_panel=PANEL_GENERAL, metavar="NEW")
    ],
    orders: Annotated[
        Path | None,
        typer.Option(
            "--orders", help="cli.diff-orders", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="cli.diff-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    lang: Lang = None,
) -> None:
    """Read both answers, compare them, and tell what changed."""
    del lang
    # After help and wrong usage.
    from whence import comparison as room  # noqa: PLC0415

    if orders is not None:
        room.verify_form(orders)
    comparison = room.compare(room.read_answer(old), room.read_answer(new))
    if orders is not None:
        room.write_orders(comparison.orders, orders)
    if json:
        sys.stdout.write(room.to_json(comparison))
    else:
        from whence.cli.difference import tell_difference  # noqa: PLC0415

        tell_difference(comparison, ctx.obj)

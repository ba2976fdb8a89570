"""The victim tables told to programs, as JSON, and on a terminal."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from whence.casework.tables import Spread, Table, Tables
    from whence.casework.tables_reading import Read
    from whence.casework.tables_stated import Differs
    from whence.pages.tables import TablesView

SCHEMA: Final = "whence.case-stats/1"
_BAR: Final = 24  # letters of the longest bar on a terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted, of what, and what differs from figures somebody stated."""

    tables: "Tables"
    differing: "tuple[Differs, ...]"
    read: "Read"
    n_erased: int
    timezone: str


def document(counted: Counted) -> dict[str, Any]:
    """Return all of it for programs; money and differences as decimals in text."""
    tables, read = counted.tables, counted.read
    return {
        "schema": SCHEMA,
        "reports": tables.n_reports,
        "lost": {name: exact(amount) for name, amount in tables.lost.items()},
        "lost_from_parts": tables.n_from_parts,
        "timezone": counted.timezone,
        "erased": counted.n_erased,
        "repeated": read.n_repeated,
        "conflicting": read.n_conflicting,
        "blank": read.n_blank,
        "not_closing": [table.name for table in tables.tables if table.closes is False],
        "spreads": [_spread(spread) for spread in tables.spreads],
        "tables": [_table(table) for table in tables.tables],
        "differs": [
            {
                "table": each.table or None,
                "what": each.what,
                "stated": exact(each.stated),
                "counted": exact(each.counted),
            }
            for each in counted.differing
        ],
    }


def tell(told: "TablesView") -> None:
    """Print the tables on a terminal."""
    from rich.console import Console  # noqa: PLC0415  only where there is something to show
    from rich.table import Table as Grid  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    typer.echo(told.headline)
    for figure in told.figures[1:]:
        aside = f" ({figure.aside})" if figure.aside else ""
        typer.echo(f"  {figure.label}: {figure.value}{aside}")
    for table in told.tables:
        typer.echo(f"\n{table.title}  [{table.of}]")
        grid = Grid(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for at, head in enumerate((*table.heads, "")):
            justify = "left" if at in (0, len(table.heads)) else "right"
            grid.add_column(Text(head), justify=justify)  # type: ignore[arg-type]
        top = max((row.n for row in table.rows), default=1) or 1
        for row in table.rows:
            bar = ("█" if row.is_named else "░") * round(_BAR * row.n / top)
            grid.add_row(Text(row.label), row.count, *row.cells, bar)
        console.print(grid)
        for line in (*table.checks, *table.asides):
            typer.echo(line)
    typer.echo("")
    for line in (told.lede, *told.notes):
        typer.echo(line)


def _spread(spread: "Spread") -> dict[str, Any]:
    figures = ("total", "mean", "median", "low", "high")
    return {
        "name": spread.name,
        "unit": spread.unit,
        "n": spread.n,
        "of": spread.of,
        **{name: exact(getattr(spread, name)) for name in figures},
    }


def _table(table: "Table") -> dict[str, Any]:
    return {
        "table": table.name,
        "of": table.of,
        "several": table.takes_several,
        "closes": table.closes,
        "mixed": table.is_mixed,
        "unreadable": table.n_unreadable,
        "rows": [
            {
                "key": row.key,
                "currency": row.currency,
                "reports": row.n,
                "share": round(row.n / table.of, 6) if table.of else None,
                "named": row.is_named,
                "lost": None
                if row.lost is None
                else {name: exact(amount) for name, amount in row.lost.items()},
            }
            for row in table.rows
        ],
        "checks": [
            {
                "currency": check.currency,
                "parts": exact(check.parts),
                "whole": exact(check.whole),
                "difference": exact(check.difference),
                "because": list(check.because),
            }
            for check in table.checks
        ],
    }


def exact(amount: Decimal) -> str:
    """Return an amount digit by digit, without the zeros a division leaves behind."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text and len(text.partition(".")[2]) > 2 else text  # noqa: PLR2004  cents

"""Which columns of the orders name custodians, and which name next to nothing but the row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from whence.errors import InputError
from whence.intake.contract import is_custodian_name

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

MOST_DISTINCT: Final = 0.9  # "nearly one value an order" (FORMATS.md): above, it names orders
WORTH_COUNTING: Final = 0.5  # an estimate below it, some per cent off, is not above MOST_DISTINCT
FEW_ROWS: Final = 20  # of so few orders even a shop may have one each


def custodian_columns(raw: "RawTable", custodians: Sequence[str] | None) -> list[str]:
    """Return the columns that may name a custodian: those asked for, or all that look like it."""
    if not custodians:
        return sorted(name for name in raw.types if is_custodian_name(name))
    missing = [name for name in custodians if name not in raw.types]
    if missing:
        raise InputError("intake.no-custodian", file=raw.file, columns=", ".join(missing))
    return sorted(set(custodians))


def names_rows(n_distinct: int, n_filled: int) -> bool:
    """Tell whether a column has nearly one value a row, so that it names no holder of several."""
    return n_filled > FEW_ROWS and n_distinct > MOST_DISTINCT * n_filled


def kind_of(column: str) -> str:
    """Return the kind of custodian that a column names: ``shop`` for ``shop_id``."""
    return column.removesuffix("_id")


def holders(named: Sequence[str], checked: str, engine: "DuckDB", aside: "SetAside") -> list[str]:
    """Return the columns that name holders; tell which have nearly one value an order."""
    if not named:
        return []
    asked = ", ".join(f'approx_count_distinct("{name}"), count("{name}")' for name in named)
    (counts,) = engine.rows(f"SELECT {asked} FROM {checked} WHERE fault IS NULL")
    numbers = [int(str(number)) for number in counts]
    kept = []
    for name, distinct, filled in zip(named, numbers[::2], numbers[1::2], strict=True):
        if distinct > WORTH_COUNTING * filled and names_rows(
            _n_distinct(name, checked, engine), filled
        ):
            aside.note("intake.note-no-custodian", column=name)
        else:
            kept.append(name)
    return kept


def _n_distinct(column: str, checked: str, engine: "DuckDB") -> int:
    query = f'SELECT count(DISTINCT "{column}") FROM {checked} WHERE fault IS NULL'
    ((n,),) = engine.rows(query)
    return int(str(n))

"""Rows of bought or seized data, each matched to the one order it fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear, columns_of
from whence.intake.parties import as_number
from whence.intake.records import Record, records
from whence.intake.reports import TOLERATED, typed
from whence.model import Instant, OrderId, SampleRow

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.orders import Orders
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

DEFAULT_SAMPLE: Final = "S1"
_SHOWN_FALSE: Final = frozenset({"false", "f", "0", "no", "n", "假", "否", "不实"})
_MONEY: Final = str.maketrans("", "", ",¥￥$元 ")
_TYPES: Final = {"VARCHAR": "string", "BIGINT": "int64", "DOUBLE": "float64", "TIMESTAMP": "int64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """How many orders a row fits, and the first of them."""

    n: int
    order_id: OrderId
    placed_at: Instant


def check_samples(
    raw: "RawTable", orders: "Orders", *, engine: "DuckDB", zone: str, aside: "SetAside"
) -> tuple[tuple[SampleRow, ...], frozenset[str]]:
    """Return the rows that fit one order, sorted, and the ids of all samples not shown false."""
    shared = [name for name in orders.table.columns if name in raw.types and name != "placed_at"]
    rows = records(
        raw,
        texts=(*shared, "sample_id", "verified"),
        instants=("placed_at", "acquired_at"),
        engine=engine,
        zone=zone,
        aside=aside,
    )
    open_rows = []
    for row in rows:
        if row.texts.get("verified", "").casefold() in _SHOWN_FALSE:
            aside.row("samples", _name(row), "shown false")
        elif row.unreadable:
            aside.row("samples", _name(row), "unreadable time")
        else:
            open_rows.append(row)
    samples = frozenset(_sample(row) for row in open_rows)
    fits = _fits(open_rows, shared, engine)
    found: dict[tuple[str, OrderId], SampleRow] = {}
    for row in sorted(open_rows, key=_acquired):
        fit = fits.get(row.row)
        reason = _fault(row, fit)
        if fit is None or reason:
            aside.row("samples", _name(row), reason or "fits no order")
        elif (_sample(row), fit.order_id) in found:
            aside.row("samples", _name(row), "duplicate sample row")
        else:
            found[_sample(row), fit.order_id] = SampleRow(
                sample_id=_sample(row),
                order_id=fit.order_id,
                acquired_at=row.instants.get("acquired_at"),
            )
    return tuple(found[at] for at in sorted(found)), samples


def _sample(row: Record) -> str:
    return row.texts.get("sample_id", DEFAULT_SAMPLE)


def _acquired(row: Record) -> tuple[bool, Instant]:
    """Return what sorts rows by when they were acquired, those that do not say it last."""
    return "acquired_at" not in row.instants, row.instants.get("acquired_at", 0)


def _name(row: Record) -> str:
    return f"{_sample(row)}: {row.texts.get('order_id', row.place)}"


def _fault(row: Record, fit: _Fit | None) -> str | None:
    if fit is None:
        return "fits no order"
    if fit.n > 1:
        return "fits several orders"
    acquired_at = row.instants.get("acquired_at")
    if acquired_at is not None and acquired_at < fit.placed_at - TOLERATED:
        return "sample before the order"
    return None


def _fits(rows: Sequence[Record], shared: Sequence[str], engine: "DuckDB") -> dict[int, _Fit]:
    """Return what each row fits, by its place; rows that fill the same columns are asked at once.

    An order's own id decides alone; without it every column that is filled in must agree.
    """
    types = columns_of(engine, "orders")
    groups: dict[tuple[str, ...], list[Record]] = {}
    for row in rows:
        filled = [name for name in shared if name in row.texts]
        if "placed_at" in row.instants:
            filled.append("placed_at")
        keys = ("order_id",) if "order_id" in filled else tuple(filled)
        if keys:
            groups.setdefault(keys, []).append(row)
    found: dict[int, _Fit] = {}
    for keys, members in groups.items():
        wanted = [
            (row.row, *cells)
            for row in members
            if None not in (cells := tuple(_cell(row, name, types[name]) for name in keys))
        ]
        found.update(_matches(keys, wanted, types, engine))
    clear(engine, "wanted")
    return found


def _cell(row: Record, name: str, kind: str) -> OrderId | float | None:
    """Return a cell in the type of the orders' column; None where it cannot equal any."""
    if name == "placed_at":
        return row.instants["placed_at"]
    return as_column(row.texts[name], kind)


def as_column(cell: str, kind: str) -> OrderId | float | None:
    """Return a cell in the type of an orders' column; None where it cannot equal any."""
    return as_number(cell.translate(_MONEY)) if kind == "DOUBLE" else typed(cell, kind)


def _matches(
    keys: Sequence[str],
    wanted: Sequence[tuple[object, ...]],
    types: dict[str, str],
    engine: "DuckDB",
) -> Iterator[tuple[int, _Fit]]:
    """Count the orders that agree with each row; the orders are grouped first, to stay few."""
    engine.hold_rows(
        "wanted", {"row": "int64"} | {f"k_{k}": _TYPES[types[k]] for k in keys}, wanted
    )
    own = {key: "epoch_us(placed_at)" if key == "placed_at" else f'"{key}"' for key in keys}
    columns = ", ".join(f'{sql} AS "k_{key}"' for key, sql in own.items())
    using = ", ".join(f'"k_{key}"' for key in keys)
    rows = engine.rows(
        f"SELECT row, n, order_id, placed FROM wanted JOIN (SELECT {using}, count(*) AS n, "
        f"min(order_id) AS order_id, min(epoch_us(placed_at)) AS placed "
        f"FROM (SELECT order_id, placed_at, {columns} FROM orders) "
        f"SEMI JOIN wanted USING ({using}) GROUP BY {using}) USING ({using})"
    )
    for row, n, order_id, placed in rows:
        one = order_id if isinstance(order_id, int) else str(order_id)
        yield int(str(row)), _Fit(n=int(str(n)), order_id=one, placed_at=int(str(placed)))

"""A table of orders sealed into the vault: batch by batch, and as often as one likes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from whence.errors import InputError
from whence.intake.cells import ROW
from whence.intake.sheets import Sheet
from whence.model.progress import Progress, no_progress
from whence.protection.vault import SEALABLE, Clear, Counts, Vault

STAGE: Final = "sealing"
_BATCH: Final = 1000  # orders of one step: some 50 ms, so that others can write between
_IDS: Final = ("order_id", "customer_id")

Row = tuple[int, Clear]  # its number in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What became of a table's orders; rows set aside by their numbers.

    ``nameless`` rows have no order id. ``conflicting`` ones have the id of another row and other
    values: none of them is sealed, so that the order of rows never matters.
    """

    fields: tuple[str, ...]
    n_orders: int
    counts: Counts
    nameless: tuple[int, ...] = ()
    conflicting: tuple[int, ...] = field(default=())
    has_customers: bool = True


def seal_orders(
    vault: Vault,
    sheet: Sheet,
    fields: Sequence[str] | None = None,
    *,
    on_progress: Progress = no_progress,
) -> Sealed:
    """Seal the fields of a table's orders; ``fields`` None takes every column that can be sealed.

    Stopped anywhere, it is finished by sealing the same table again. Raises InputError where there
    is no ``order_id`` or nothing to seal.
    """
    table = sheet.table
    wanted = tuple(fields or (name for name in SEALABLE if name in table.column_names))
    sheet.require("order_id", *wanted)
    if not wanted:
        raise InputError("protection.nothing-to-seal", file=sheet.file, known=", ".join(SEALABLE))
    ids = _texts(sheet, "order_id")
    blank = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(ids, "")), "")
    nameless = tuple(table.column(ROW).filter(blank).to_pylist())
    repeated = _repeated(ids)
    conflicting, once = _settled(sheet, ids, repeated, wanted)
    counts, n_orders = Counts(), 0
    on_progress(STAGE, 0, table.num_rows)
    for done, batch in _batches(sheet, wanted):
        orders = [
            order
            for row, order in batch
            if order.order_id.strip()
            and (order.order_id not in repeated or once.get(order.order_id) == row)
        ]
        counts += vault.seal(orders)
        n_orders += len(orders)
        on_progress(STAGE, done, table.num_rows)
    return Sealed(
        fields=wanted,
        n_orders=n_orders,
        counts=counts,
        nameless=nameless,
        conflicting=conflicting,
        has_customers="customer_id" in table.column_names,
    )


def _batches(sheet: Sheet, fields: Sequence[str]) -> Iterator[tuple[int, list[Row]]]:
    """Yield the rows of a table, and how many there were so far."""
    names = [name for name in (*_IDS, *fields) if name in sheet.table.column_names]
    columns = {name: _texts(sheet, name) for name in dict.fromkeys(names)}
    numbers = sheet.table.column(ROW)
    for start in range(0, sheet.table.num_rows, _BATCH):
        cells = {name: column.slice(start, _BATCH).to_pylist() for name, column in columns.items()}
        rows = numbers.slice(start, _BATCH).to_pylist()
        yield start + len(rows), [(row, _order(cells, at, fields)) for at, row in enumerate(rows)]


def _order(cells: Mapping[str, list[str | None]], at: int, fields: Sequence[str]) -> Clear:
    customers = cells.get("customer_id")
    customer_id = customers[at] if customers else None
    texts = {name: cells[name][at] or "" for name in fields}
    return Clear(
        order_id=cells["order_id"][at] or "",
        customer_id=customer_id or None,
        fields={name: text for name, text in texts.items() if text.strip()},
    )


def _settled(
    sheet: Sheet, ids: pa.ChunkedArray, repeated: frozenset[str], fields: Sequence[str]
) -> tuple[tuple[int, ...], dict[str, int]]:
    """Return the rows that contradict each other, and of those that agree the one that counts."""
    if not repeated:
        return (), {}
    mask = pc.is_in(ids, value_set=pa.array(sorted(repeated), pa.string()))
    few = Sheet(file=sheet.file, table=sheet.table.filter(mask))
    found: dict[str, list[Row]] = {}
    for _, batch in _batches(few, fields):
        for row, order in batch:
            found.setdefault(order.order_id, []).append((row, order))
    once, conflicting = {}, []
    for order_id, rows in found.items():
        if all(order == rows[0][1] for _, order in rows):
            once[order_id] = rows[0][0]
        else:
            conflicting += [row for row, _ in rows]
    return tuple(sorted(conflicting)), once


def _repeated(ids: pa.ChunkedArray) -> frozenset[str]:
    counted = pc.value_counts(ids)
    several = counted.filter(pc.greater(counted.field("counts"), 1))
    return frozenset(text for text in several.field("values").to_pylist() if text)


def _texts(sheet: Sheet, name: str) -> pa.ChunkedArray:
    """Return a column as text; InputError for one that has no text, such as a list."""
    try:
        return sheet.table.column(name).cast(pa.string())
    except pa.ArrowException as error:
        raise InputError("protection.no-text", file=sheet.file, column=name) from error

"""What of each order goes out to one recipient: in clear, masked, or with its mark.

A field leaves in one of these forms, the first that applies:

* **marked**: the name as an alias, the phone as a relay number with an extension; neither is the
  addressee's own any more. The address in one of its spellings, where it may be seen in clear.
* **clear**, where the register lets this recipient see the field so;
* **masked** otherwise, for names, phones, addresses and other personal fields;
* as it is, for what is no personal field (goods, price, times).

Fields that were not asked for stay behind.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from whence.marks import Book, write
from whence.protection.masking import MASKED, mask

Form: TypeAlias = Literal["marked", "clear", "masked", "as it is"]
Column: TypeAlias = list[str | None]

MARKED: Final = {"name": "name", "phone": "extension", "address": "address"}  # field -> its mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one recipient gets of each order, and how: fields, those in clear, and its marks."""

    number: int
    kind: str
    fields: tuple[str, ...]
    clear: frozenset[str]
    marks: frozenset[str]
    locale: str

    def form(self, name: str) -> Form:
        """Return in which form a field leaves."""
        if MARKED.get(name) in self.marks and (name != "address" or name in self.clear):
            return "marked"
        if name not in MASKED:
            return "as it is"
        return "clear" if name in self.clear else "masked"

    def masked(self, name: str) -> Callable[[str], str]:
        """Return what masks a field."""
        return partial(mask, name, locale=self.locale)

    @property
    def marked(self) -> frozenset[str]:
        """The fields that leave with a mark."""
        return frozenset(name for name in self.fields if self.form(name) == "marked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Columns as they leave; ``extensions`` are still without their relay numbers."""

    columns: Mapping[str, Column]
    extensions: list[str] = field(default_factory=list)


def hand_out(rows: pa.Table, grant: Grant, book: Book) -> Handed:
    """Return what leaves of these rows; ``rows`` has ``order_id`` and every field of the grant."""
    order_ids = texts(rows, "order_id")
    marked = grant.marked
    marks = write(
        book,
        grant.number,
        order_ids,
        names=texts(rows, "name") if "name" in marked else None,
        addresses=texts(rows, "address") if "address" in marked else None,
        extensions="phone" in marked,
    )
    columns: dict[str, Column] = {"order_id": order_ids}
    for name in grant.fields:
        if name == "order_id":
            continue
        if name == "name" and marks.names is not None:
            columns[name] = marks.names.to_pylist()
        elif name == "address" and marks.addresses is not None:
            columns[name] = marks.addresses.to_pylist()
        elif name in marked:
            columns[name] = [None] * len(order_ids)
        else:
            columns[name] = _plain(texts(rows, name), name, grant)
    extensions = [] if marks.extensions is None else marks.extensions.to_pylist()
    return Handed(columns=columns, extensions=extensions)


def texts(rows: pa.Table, name: str) -> Column:
    """Return a column as text, as it would stand in a CSV file."""
    column = rows.column(name)
    if pa.types.is_timestamp(column.type):
        whole = column.cast(pa.timestamp("s", "UTC"))
        column = pc.strftime(whole, format="%Y-%m-%dT%H:%M:%SZ")
    found: Column = column.cast(pa.string()).to_pylist()
    return found


def missing_fields(rows: pa.Table, fields: Collection[str]) -> list[str]:
    """Return the fields that these rows have no column for."""
    return sorted(set(fields) - set(rows.column_names))


def _plain(cells: Column, name: str, grant: Grant) -> Column:
    if grant.form(name) != "masked":
        return cells
    masked = grant.masked(name)
    return [cell and masked(cell) for cell in cells]

"""Writing a recipient's marks into the rows handed to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from whence.marks import extensions as extension_field
from whence.marks.book import EXTENSION, NAME, Book, Words
from whence.marks.spelling import Speller
from whence.marks.tongues import TONGUES
from whence.model import OrderId
from whence.model.progress import Progress, no_progress

Column: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray

_CHUNK: Final = 1 << 16  # orders at a time
_KEPT: Final = 1 << 18  # addresses taken apart that are kept at hand: people order again


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marked:
    """Columns of a release with its marks, in the order of its rows; None where not asked for."""

    names: pa.ChunkedArray | None
    extensions: pa.ChunkedArray | None
    addresses: pa.ChunkedArray | None


def write(
    book: Book,
    number: int,
    order_ids: Sequence[OrderId] | pa.Array | pa.ChunkedArray,
    *,
    names: Column | None = None,
    addresses: Column | None = None,
    extensions: bool = False,
    on_progress: Progress = no_progress,
) -> Marked:
    """Return the columns that recipient ``number`` is handed for these orders.

    Names become aliases that keep the surname, addresses another spelling of the same; an address
    without slots, and what is missing, stays as it is. ``extensions`` are four digits an order, to
    be dialled after a relay number. The same book, number and orders give the same columns.
    """
    done: dict[str, list[pa.Array]] = {"names": [], "extensions": [], "addresses": []}
    total = len(order_ids)
    spellers = _Spellers(book)
    for start in range(0, total, _CHUNK):
        on_progress("marks", start, total)
        ids = _listed(order_ids, start)
        digests = book.digests(ids)
        numbers = np.full(len(ids), number, dtype=np.int64)
        if names is not None:
            values = book.values(NAME, digests, numbers)
            done["names"].append(_text(_aliases(book, _listed(names, start), values.tolist())))
        if extensions:
            values = book.values(EXTENSION, digests, numbers)
            done["extensions"].append(_text(map(extension_field.written, values.tolist())))
        if addresses is not None:
            words = book.words(digests, numbers)
            done["addresses"].append(_text(spellers.spelt(_listed(addresses, start), words)))
    on_progress("marks", total, total)
    asked = {"names": names is not None, "addresses": addresses is not None}
    asked["extensions"] = extensions
    return Marked(
        **{
            name: pa.chunked_array(parts, pa.string()) if asked[name] else None
            for name, parts in done.items()
        }
    )


def _aliases(
    book: Book, names: Sequence[str | None], values: Sequence[int]
) -> Iterator[str | None]:
    alias = TONGUES[book.locale].alias
    for name, value in zip(names, values, strict=True):
        yield alias(name, value) if name and name.strip() else name


class _Spellers:
    """Takes each address apart once and spells it anew for each order."""

    def __init__(self, book: Book) -> None:
        self._layout = TONGUES[book.locale].layout
        self._known: dict[str, Speller | None] = {}

    def spelt(self, addresses: Sequence[str | None], words: Words) -> Iterator[str | None]:
        """Return the spellings that the words choose."""
        for address, drawn in zip(addresses, words.tolist(), strict=True):
            speller = self._of(address) if address else None
            yield speller.spelt(drawn) if speller else address

    def _of(self, address: str) -> Speller | None:
        if address not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            layout = self._layout(address)
            self._known[address] = layout.speller() if layout.slots else None
        return self._known[address]


def _listed(column: Any, start: int) -> list[Any]:  # noqa: ANN401  Arrow's arrays, or a sequence
    part = column[start : start + _CHUNK]
    found: list[Any] = part.to_pylist() if hasattr(part, "to_pylist") else list(part)
    return found


def _text(values: Iterator[str | None]) -> pa.Array:
    return pa.array(list(values), pa.string())

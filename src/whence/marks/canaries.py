"""Planted orders: a person, a number and an address that exist for nobody else.

A canary's order number is new and its own; its name, extension and spelling are those that the code
gives this order and recipient, so that it is read like any other row. Its telephone number is one
of the installation's own, under which no other canary has the extension; its address is one of the
installation's own with a room that no other canary has. Goods, price and time come from rows of the
same release. Whoever calls, writes or sends there has the data from this release.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from whence.errors import UsageError
from whence.marks import extensions
from whence.marks.book import EXTENSION, Book
from whence.marks.identifiers import LikeThese, Taken
from whence.marks.tongues import TONGUES
from whence.marks.writing import write
from whence.model import OrderId, to_datetime

_FLOORS, _DOORS = 32, 40  # rooms 201 to 3340: what buildings have
_TRIES: Final = 200
_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"  # as releases write times
_NOBODY: Final = {"zh": "陈", "en": "A Smith"}  # a surname, where the release has no names


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A canary as the installation must remember it; ``place`` is its address, plainly spelt."""

    order_id: OrderId
    number: int
    relay: str
    extension: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canaries:
    """Canary rows with the columns of the release, and what to remember of them."""

    table: pa.Table
    planted: tuple[Planted, ...]


def canaries(
    book: Book,
    number: int,
    count: int,
    *,
    own_numbers: Sequence[str],
    own_addresses: Sequence[str],
    like: pa.Table,
    planted: Collection[Planted] = (),
    taken: Taken = lambda _: (),
    masks: Mapping[str, Callable[[str], str]] | None = None,
) -> Canaries:
    """Return ``count`` canaries for recipient ``number``, to be mixed among the rows ``like``.

    ``like`` has ``order_id`` and any of ``customer_id``, ``placed_at``, ``name``, ``phone``,
    ``address``; other columns are copied. Where its phones have no extension, a canary's has none
    either. ``planted`` are all canaries there are, ``taken`` says which of some order numbers
    exist; ``masks`` are put over columns that the release masks.

    Raises UsageError where the installation gave no numbers or addresses of its own, or they are
    used up: a canary must never carry a real person's.
    """
    if not own_numbers:
        raise UsageError("marks.no-canary-numbers", hint="marks.no-canary-numbers-hint")
    if not own_addresses:
        raise UsageError("marks.no-canary-addresses", hint="marks.no-canary-addresses-hint")
    if not like.num_rows:
        raise UsageError("marks.nothing-like-it")
    rng = np.random.default_rng(book.seed("canaries", number, len(planted), like.num_rows))
    planter = _Planter(book, number, own_numbers, own_addresses, like, planted, taken, rng)
    made = [planter.plant() for _ in range(count)]
    for row, _ in made:
        row.update({c: mask(row[c]) for c, mask in (masks or {}).items() if row.get(c)})
    rows = pa.Table.from_pylist([row for row, _ in made], schema=like.schema)
    return Canaries(table=rows, planted=tuple(each for _, each in made))


class _Planter:
    """Plants one canary after another."""

    def __init__(
        self,
        book: Book,
        number: int,
        own_numbers: Sequence[str],
        own_addresses: Sequence[str],
        like: pa.Table,
        planted: Collection[Planted],
        taken: Taken,
        rng: np.random.Generator,
    ) -> None:
        self._book = book
        self._number = number
        self._own_numbers = own_numbers
        self._own_addresses = own_addresses
        self._like = _by_time(like)
        self._rng = rng
        self._dialled = {(each.relay, each.extension) for each in planted}
        self._places = {each.place for each in planted}
        phones = [phone for phone in self._column("phone") if phone]
        self._has_extensions = not phones or any(map(extensions.parted, phones))
        own = {str(each.order_id) for each in planted}
        self._order_ids = LikeThese(
            self._column("order_id"),
            lambda ids: [each for each in ids if str(each) in own] or taken(ids),
            rng,
        )
        customers = [each for each in self._column("customer_id") if each is not None]
        self._customer_ids = LikeThese(customers, lambda _: (), rng) if customers else None
        self._n_customers = len(customers)

    def _column(self, name: str) -> list[Any]:
        if name not in self._like.column_names:
            return []
        values: list[Any] = self._like.column(name).to_pylist()
        return values

    def plant(self) -> tuple[dict[str, Any], Planted]:
        """Return a canary's row, and what to remember of it."""
        at = int(self._rng.integers(self._like.num_rows))  # its time and its number are near this
        row: dict[str, Any] = self._like.slice(self._any(self._like.num_rows), 1).to_pylist()[0]
        order_id, extension, relay = self._reached(at)
        place = self._place()
        tongue = TONGUES[self._book.locale]
        marked = write(
            self._book,
            self._number,
            [order_id],
            names=[self._somebody(tongue.surname)],
            addresses=[place],
        )
        row["order_id"] = order_id
        if self._customer_ids is not None:
            row["customer_id"] = self._customer_ids.after(self._any(self._n_customers))
        if "placed_at" in row:
            row["placed_at"] = self._between(at)
        made = {
            "name": marked.names[0].as_py() if marked.names is not None else None,
            "phone": extensions.dialled(relay, extension, self._book.locale)
            if self._has_extensions
            else relay,
            "address": marked.addresses[0].as_py() if marked.addresses is not None else None,
        }
        row |= {column: text for column, text in made.items() if column in row}
        planted = Planted(
            order_id=order_id,
            number=self._number,
            relay=relay,
            extension=extension,
            place=place,
        )
        return row, planted

    def _reached(self, at: int) -> tuple[OrderId, str, str]:
        """Return a new order whose extension is free under one of the own numbers, and both."""
        for _ in range(_TRIES):
            order_id = self._order_ids.after(at)
            digest = self._book.digests([order_id])
            value = self._book.values(EXTENSION, digest, np.array([self._number]))
            extension = extensions.written(int(value[0]))
            for i in self._rng.permutation(len(self._own_numbers)):
                relay = self._own_numbers[i]
                if (relay, extension) not in self._dialled:
                    self._dialled.add((relay, extension))
                    return order_id, extension, relay
        raise UsageError("marks.canary-numbers-full", n=len(self._own_numbers))

    def _place(self) -> str:
        with_room = TONGUES[self._book.locale].with_room
        for _ in range(_TRIES):
            address = self._own_addresses[self._any(len(self._own_addresses))]
            floor = int(self._rng.integers(2, 2 + _FLOORS))
            place = with_room(address, 100 * floor + int(self._rng.integers(1, 1 + _DOORS)))
            if place not in self._places:
                self._places.add(place)
                return place
        raise UsageError("marks.canary-addresses-full", n=len(self._own_addresses))

    def _any(self, n: int) -> int:
        return int(self._rng.integers(n))

    def _somebody(self, surname: Callable[[str], str]) -> str:
        """Return a name whose surname stands in the release too."""
        names = [name for name in self._column("name") if name and surname(name)]
        return str(names[self._any(len(names))]) if names else _NOBODY[self._book.locale]

    def _between(self, at: int) -> Any:  # noqa: ANN401  whatever the column holds
        """Return a time between that of a row and the next one, as finely as times are given."""
        written = self._like.column("placed_at")
        is_text = pa.types.is_string(written.type)
        try:
            times = written.cast(pa.timestamp("us", "UTC")) if is_text else written
            instants = times.drop_null().cast("int64").to_numpy()
        except pa.ArrowException:  # times as somebody writes them
            return written[at].as_py()
        if times[at].as_py() is None or not pa.types.is_timestamp(times.type):
            return written[at].as_py()
        own = int(times[at].cast("int64").as_py())
        end = int(instants[min(at + 1, len(instants) - 1)])
        step = int(np.gcd.reduce(instants)) or 1
        drawn = int(self._rng.integers(own // step, max(end, own) // step + 1)) * step
        if not is_text:
            return pa.scalar(drawn).cast(times.type)
        moment = to_datetime(drawn)
        text = str(written[at].as_py())
        return moment.strftime(_ISO) if text == to_datetime(own).strftime(_ISO) else text


def _by_time(like: pa.Table) -> pa.Table:
    """Return rows in the order of their time, those without a time last."""
    if "placed_at" not in like.column_names:
        return like
    return like.sort_by("placed_at")

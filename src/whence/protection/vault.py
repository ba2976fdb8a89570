"""The vault: order fields sealed one by one, opened one by one, found without being opened.

A SQLite file. What it holds in the clear: order ids, customer ids, which fields an order has, and
which key version sealed each. Values are sealed; those of some fields can also be looked up by a
keyed digest, the blind index.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field as data_field, replace
from json import dumps
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from whence.errors import UsageError
from whence.model import FIELDS, Instant
from whence.protection.key_ring import KeyRing
from whence.protection.one_writer import OneWriter
from whence.protection.sealing import NORMAL
from whence.protection.vault_keys import Wrapping
from whence.protection.vault_tables import LAYOUT, VERSION, erased_among, keep_out, rows_of

# The id is what fields are sealed under, and the time is no secret of a person's.
SEALABLE: Final = (
    *(name for name in FIELDS if name not in {"order_id", "placed_at"}),
    "email",
    "bank_card",
)
INDEXED: Final = tuple(NORMAL)
_MOST_FOUND: Final = 1000  # a person has no more orders; a value that many share is no person's


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """An order to seal: its id, whose it is, and its fields in the clear."""

    order_id: str
    customer_id: str | None = None
    fields: Mapping[str, str] = data_field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the fields of some orders: sealed for the first time, or anew, or as before.

    ``erased`` counts orders that were passed over, since they were erased before.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    erased: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            erased=self.erased + other.erased,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An order as it lies in the vault: whose it is, and of each field its version and seal."""

    order_id: str
    customer_id: str | None
    sealed: Mapping[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many orders and fields were deleted.

    Not ``is_scrubbed``: somebody was reading, so the log still holds them until it is emptied.
    """

    n_orders: int
    n_fields: int
    is_scrubbed: bool = True


class Vault:
    """An open vault; a context manager. Any number of threads may use it at once."""

    def __init__(self, path: Path, wrapping: Wrapping, *, clock: Callable[[], Instant]) -> None:
        self.store = OneWriter(path, layout=LAYOUT, version=VERSION)
        self.keys = KeyRing(self.store, wrapping)
        self.clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    # --- sealing --------------------------------------------------------------------------------

    def seal(self, orders: Sequence[Clear]) -> Counts:
        """Seal the fields of some orders, each order once, in one step.

        A field that is sealed with the same value stays as it is, one with another is sealed anew,
        and an empty one is passed over. Raises UsageError for a field that is never sealed.
        """
        given = {order.order_id: order for order in orders}
        strange = {name for order in orders for name in order.fields} - set(SEALABLE)
        if strange:
            raise UsageError(
                "protection.not-sealable",
                fields=", ".join(sorted(strange)),
                known=", ".join(SEALABLE),
            )
        with self.store.writing() as step:
            erased = erased_among(step, given)
            wanted = {key: order for key, order in given.items() if key not in erased}
            stored = {order.order_id: order for order in self._stored(step, wanted, SEALABLE)}
            todo, counts = self._todo(wanted, stored)
            owners = {key: order.customer_id for key, order in stored.items()}
            is_told = any(
                key not in owners or order.customer_id not in {None, owners[key]}
                for key, order in wanted.items()
            )
            if todo or is_told:
                rows = rows_of(step, {key: order.customer_id for key, order in wanted.items()})
                self._write(step, rows, todo)
        return counts + Counts(erased=len(erased))

    def _todo(
        self, wanted: Mapping[str, Clear], stored: Mapping[str, Stored]
    ) -> tuple[list[tuple[str, str, str]], Counts]:
        """Return what is to be sealed, as order, field, text."""
        todo = []
        n_changed = n_unchanged = 0
        for order_id, order in wanted.items():
            there = stored[order_id].sealed if order_id in stored else {}
            for field, text in order.fields.items():
                if not text:
                    continue
                if field in there:
                    version, sealed = there[field]
                    if self.keys.key(version).open(order_id, field, sealed) == text:
                        n_unchanged += 1
                        continue
                    n_changed += 1
                todo.append((order_id, field, text))
        counts = Counts(new=len(todo) - n_changed, changed=n_changed, unchanged=n_unchanged)
        return todo, counts

    def _write(
        self,
        step: sqlite3.Connection,
        rows: Mapping[str, int],
        todo: Sequence[tuple[str, str, str]],
    ) -> None:
        key = self.keys.sealing(step, len(todo), self.clock())
        sealed = key.seal(todo)
        step.executemany(
            "INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?)",
            (
                (rows[order_id], field, key.version, one)
                for (order_id, field, _), one in zip(todo, sealed, strict=True)
            ),
        )
        indexed = [
            (rows[order_id], field, text) for order_id, field, text in todo if field in NORMAL
        ]
        step.executemany(
            "DELETE FROM blind WHERE row = ? AND field = ?",
            ((row, field) for row, field, _ in indexed),
        )
        digests = ((field, key.digest(field, text), row) for row, field, text in indexed)
        step.executemany(
            "INSERT INTO blind VALUES (?, ?, ?)", (one for one in digests if one[1] is not None)
        )
        self.keys.count(step, key, len(todo))

    # --- opening --------------------------------------------------------------------------------

    def stored(self, order_ids: Collection[str], fields: Collection[str]) -> list[Stored]:
        """Return orders as they lie there, with those of these fields they have."""
        with self.store.reading() as reading:
            return self._stored(reading, order_ids, fields)

    def opened(self, order: Stored, fields: Collection[str]) -> dict[str, str]:
        """Return those of these fields that an order has, in the clear.

        Raises IntegrityError for one that does not open.
        """
        return {
            field: self.keys.key(version).open(order.order_id, field, sealed)
            for field, (version, sealed) in order.sealed.items()
            if field in fields
        }

    def _stored(
        self, connection: sqlite3.Connection, order_ids: Collection[str], fields: Collection[str]
    ) -> list[Stored]:
        found = connection.execute(
            "SELECT order_id, customer_id, field, version, sealed FROM orders LEFT JOIN sealed "
            "ON sealed.row = orders.row AND field IN (SELECT value FROM json_each(?)) "
            "WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, field",
            (dumps(list(fields)), dumps(list(order_ids))),
        )
        orders: dict[str, tuple[str | None, dict[str, tuple[int, bytes]]]] = {}
        for order_id, customer_id, field, version, sealed in found:
            _, there = orders.setdefault(order_id, (customer_id, {}))
            if field is not None:
                there[field] = (version, sealed)
        return [
            Stored(order_id=order_id, customer_id=customer_id, sealed=there)
            for order_id, (customer_id, there) in orders.items()
        ]

    # --- finding --------------------------------------------------------------------------------

    def find(self, field: str, value: str) -> list[Stored]:
        """Return the orders whose field has a value, by their ids; values are made normal first.

        Raises UsageError for a field without an index.
        """
        verify_indexed(field)
        versions = self.keys.versions()
        digests = [self.keys.key(version).digest(field, value) for version in versions]
        wanted = [digest for digest in digests if digest is not None]
        places = ", ".join("?" * len(wanted))
        with self.store.reading() as reading:
            rows = reading.execute(
                "SELECT DISTINCT order_id, customer_id FROM blind JOIN orders USING (row) "
                f"WHERE field = ? AND digest IN ({places}) ORDER BY order_id LIMIT ?",
                (field, *wanted, _MOST_FOUND),
            ).fetchall()
        return [Stored(order_id=row[0], customer_id=row[1], sealed={}) for row in rows]

    # --- erasing --------------------------------------------------------------------------------

    def erase(self, customer_id: str, *, record: Callable[[Erased], None]) -> Erased:
        """Delete a customer's orders, and keep them out.

        ``record`` is called before anything is gone for good. What was deleted is overwritten in
        the file and in its log.
        """
        with self.store.writing() as step:
            query = "SELECT row, order_id FROM orders WHERE customer_id = ?"
            rows = step.execute(query, (customer_id,)).fetchall()
            n_fields = 0
            keep_out(step, (order_id for _, order_id in rows))
            for row, _ in rows:
                n_fields += step.execute("DELETE FROM sealed WHERE row = ?", (row,)).rowcount
                step.execute("DELETE FROM blind WHERE row = ?", (row,))
                step.execute("DELETE FROM orders WHERE row = ?", (row,))
            erased = Erased(n_orders=len(rows), n_fields=n_fields)
            if rows:
                record(erased)
        return replace(erased, is_scrubbed=self.store.scrub())


def verify_indexed(field: str) -> None:
    """Raise UsageError for a field that has no index."""
    if field not in NORMAL:
        raise UsageError("protection.not-indexed", field=field, known=", ".join(INDEXED))

"""Marks read back in an installation: which of its recipients a leaked copy was made for.

The ledger says which release went to whom and with which marks, the tables of the releases which
orders it held, the register which number a recipient bears in the code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.errors import InputError, UsageError
from whence.intake.sheets import Sheet, read_sheet
from whence.marks import (
    Book,
    Reach,
    Reading,
    SeenRow,
    digits_of,
    load_key,
    parted,
    read_canary,
    read_dialled,
    read_sample,
)
from whence.marks.book import ADDRESS, EXTENSION, NAME
from whence.model import Instant, OrderId
from whence.protection import planted, released, routes
from whence.protection.own_columns import read_columns
from whence.protection.register import Register
from whence.protection.register_file import read_register
from whence.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.ledger import Ledger

ROUTES: Final = "routes"  # the folder of routes, below that of releases
COLUMNS: Final = ("order_id", "name", "phone", "extension", "address")
_MARK_OF: Final = {"name": NAME, "phone": EXTENSION, "address": ADDRESS}  # as entries name fields


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRelease:
    """A release on record: its table, whose it was, and the fields that bore its marks.

    ``number`` and ``kind`` are as they stood when it was made; None where the entry has none.
    """

    release_id: str
    table: str
    party_id: str
    marked: frozenset[str]
    number: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read, with the parties behind the numbers.

    ``n_unregistered`` counts recipients of these orders that the register no longer has: their
    marks were not weighed. ``n_rows_without_order`` rows of the sample could not be matched.
    ``is_by_number``: the number alone led to the order.
    """

    reading: Reading
    party_ids: Mapping[int, str]
    kinds: Mapping[int, str] = field(default_factory=dict)
    n_rows: int = 1
    n_rows_without_order: int = 0
    n_unregistered: int = 0
    is_canary: bool = False
    is_by_number: bool = False


class ReadingDesk:
    """Where marks are read back: the code book, and who was handed what."""

    def __init__(
        self,
        workspace: Workspace,
        register: Register,
        book: Book,
        made: Sequence[MadeRelease],
    ) -> None:
        self._workspace = workspace
        self._register = register
        self._book = book
        self._made = made
        # What the record says wins: a register is a file that anybody may have edited since.
        numbers = {each.party_id: each.number for each in register.recipients.values()}
        self._number_of = {
            each.release_id: number
            for each in made
            if (number := numbers.get(each.party_id) if each.number is None else each.number)
            is not None
        }

    def sample(self, path: Path, columns: Path | None = None, *, spoken: bool = False) -> Found:
        """Read the rows of a file; rows without an order id count where their number leads to one.

        Raises InputError for a file that cannot be read or has no column to read.
        """
        sheet = read_sheet(path, renamed=read_columns(columns), only=COLUMNS)
        rows = list(self._rows(sheet))
        if not rows:
            raise InputError("marks.nothing-to-read", file=sheet.file)
        read = [row for row in rows if row.order_id != ""]
        return self._read(read, spoken=spoken, n_rows=len(rows))

    def heard(self, *, order_id: OrderId | None, alias: str | None, number: str | None) -> Found:
        """Read what one caller said or dialled; ``number`` is a number with its extension.

        A number of the installation's canaries, or one that leads to an order, needs no order.
        Raises UsageError where the order is not known.
        """
        dialled = None if number is None else parted(number)
        if number is not None and dialled is None:
            raise UsageError("marks.no-extension", hint="marks.no-extension-hint")
        own = self._workspace.canary_numbers
        if dialled and dialled[0] in {digits_of(each) for each in own}:
            return self._canary(*dialled, alias)
        if dialled and order_id is None:
            return self._dialled(*dialled, alias)
        if order_id is None:
            raise UsageError("marks.no-order", hint="marks.no-order-hint")
        extension = dialled[1] if dialled else None
        row = SeenRow(order_id=order_id, name=alias, extension=extension)
        return self._read([row], spoken=True, n_rows=1)

    def _read(self, rows: Sequence[SeenRow], *, spoken: bool, n_rows: int) -> Found:
        order_ids = sorted({str(row.order_id) for row in rows})
        known = {
            each.table: self._number_of[each.release_id]
            for each in self._made
            if each.release_id in self._number_of
        }
        folder = self._workspace.releases
        handed = released.recipients_of(folder, known, order_ids)
        others = {each.table: 0 for each in self._made if each.table not in known}
        strangers = released.recipients_of(folder, others, order_ids) if others else {}
        reading = read_sample(
            self._book, rows, handed, spoken=spoken, without=self._without(known, order_ids)
        )
        return self._found(
            reading,
            n_rows=n_rows,
            n_rows_without_order=n_rows - len(rows),
            n_unregistered=len(
                {each.party_id for each in self._made if each.table in others} if strangers else ()
            ),
        )

    def _without(self, known: Mapping[str, int], order_ids: Sequence[str]) -> dict[str, set[int]]:
        """Return who was handed any of these orders without a mark in a field, by mark.

        What leaks may be that release: then the field says nothing for or against them.
        """
        bare: dict[str, set[int]] = {}
        for name, mark in _MARK_OF.items():
            tables = {
                each.table: known[each.table]
                for each in self._made
                if each.table in known and name not in each.marked
            }
            handed = released.recipients_of(self._workspace.releases, tables, order_ids)
            bare[mark] = {number for numbers in handed.values() for number in numbers}
        return bare

    def _canary(self, relay: str, extension: str, alias: str | None) -> Found:
        known = planted.load(self._workspace.releases)
        own = self._workspace.canary_numbers
        reading = read_canary(self._book, relay, extension, known, own, alias=alias)
        return self._found(reading, is_canary=True)

    def _dialled(self, relay: str, extension: str, alias: str | None) -> Found:
        numbers = self._number_of
        rows = self._routes().to_pylist()
        reached = [
            Reach(
                order_id=row["order_id"],
                number=numbers[row["release_id"]],
                relay=row["relay"],
                extension=row["extension"],
            )
            for row in rows
            if row["release_id"] in numbers
        ]
        own = self._workspace.relay_numbers
        reading = read_dialled(self._book, relay, extension, reached, own, alias=alias)
        return self._found(reading, is_by_number=True)

    def _found(self, reading: Reading, **facts: int) -> Found:
        party_of = {each.number: each.party_id for each in self._register.recipients.values()}
        kind_of = {each.number: each.kind for each in self._register.recipients.values()}
        for each in self._made:
            if each.number is not None:
                party_of[each.number] = each.party_id
                kind_of[each.number] = each.kind or "recipient"
        numbers = [number for number in reading.numbers.tolist() if number in party_of]
        return Found(
            reading=reading,
            party_ids={number: party_of[number] for number in numbers},
            kinds={number: kind_of[number] for number in numbers},
            **facts,  # type: ignore[arg-type]
        )

    def _rows(self, sheet: Sheet) -> Iterator[SeenRow]:
        names = sheet.table.column_names
        if not {"name", "phone", "extension", "address"} & set(names):
            sheet.require("name")
        if "order_id" not in names and "phone" not in names:
            sheet.require("order_id")
        led_to = self._led_to() if "phone" in names else {}
        for row in sheet.table.to_pylist():
            text = {name: _text(row[name]) for name in COLUMNS if row.get(name) not in {None, ""}}
            dialled = parted(text.get("phone", ""))
            extension = text.get("extension") or (dialled[1] if dialled else None)
            order_id = text.get("order_id", "")
            if not order_id and dialled:
                # Its extension found the order; that it fits is no news any more.
                order_id, extension = str(led_to.get(dialled, "")), None
            yield SeenRow(
                order_id=order_id,
                name=text.get("name"),
                extension=extension,
                address=text.get("address"),
            )

    def _led_to(self) -> dict[tuple[str, str], OrderId]:
        """Return the order that each number and extension ever led to, where it was one alone."""
        rows = self._routes()
        found: dict[tuple[str, str], set[OrderId]] = {}
        for row in rows.select(["relay", "extension", "order_id"]).to_pylist():
            key = (digits_of(row["relay"]), row["extension"])
            found.setdefault(key, set()).add(row["order_id"])
        return {key: orders.pop() for key, orders in found.items() if len(orders) == 1}

    def _routes(self) -> "pa.Table":
        return routes.in_use(self._workspace.releases / ROUTES, _BEFORE_ALL)


def _text(cell: object) -> str:
    """Return a cell as text; a whole number keeps no fraction, whatever kept it."""
    is_whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if is_whole else cell).strip()  # type: ignore[call-overload]


_BEFORE_ALL: Final[Instant] = -(2**62)  # routes that ended long ago count too


@contextmanager
def open_for_reading(folder: Path, *, clock: Callable[[], Instant]) -> Iterator[ReadingDesk]:
    """Open the workspace in a folder for reading marks.

    Raises UsageError where it is no workspace or has no key, InputError where its register cannot
    be used.
    """
    from whence.ledger import open_ledger  # noqa: PLC0415  heavy

    workspace = open_workspace(folder)
    book = Book(load_key(workspace.keys), workspace.locale)
    register = read_register(workspace.register)
    with open_ledger(workspace, clock=clock) as ledger:
        yield ReadingDesk(workspace, register, book, list(releases_in(ledger)))


def releases_in(ledger: "Ledger") -> Iterator[MadeRelease]:
    """Yield the releases that a ledger has on record, whose facts are still open."""
    for recorded in ledger.read():
        facts = recorded.entry.facts
        if recorded.entry.kind != "release" or not {"table", "party_id"} <= set(facts):
            continue
        yield MadeRelease(
            release_id=str(facts.get("release_id")),
            table=str(facts["table"]),
            party_id=str(facts["party_id"]),
            marked=frozenset(str(facts.get("marks") or "").split(",")) - {""},
            number=number if isinstance(number := facts.get("number"), int) else None,
            kind=kind if isinstance(kind := facts.get("party_kind"), str) else None,
        )

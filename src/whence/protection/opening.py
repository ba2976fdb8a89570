"""What a release needs of an installation, opened together: register, ledger, code book."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whence.errors import InputError
from whence.intake.sheets import Sheet, read_sheet
from whence.marks import Book
from whence.marks.keys import load_key
from whence.model import Instant
from whence.protection.own_columns import read_columns
from whence.protection.register import Register
from whence.protection.register_file import read_register
from whence.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from whence.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDesk:
    """Where releases are made: an installation's register, ledger and code book."""

    workspace: Workspace
    register: Register
    ledger: "Ledger"
    book: Book

    @staticmethod
    def read(orders: Path, columns: Path | None = None) -> Sheet:
        """Return the orders of a file; InputError where a row of it cannot be read.

        An order that is left out in silence would be missing from the record.
        """
        sheet = read_sheet(orders, renamed=read_columns(columns))
        if sheet.unreadable_rows:
            raise InputError(
                "release.unreadable-rows",
                file=sheet.file,
                n=len(sheet.unreadable_rows),
                row=sheet.unreadable_rows[0],
            )
        return sheet


@contextmanager
def open_for_release(folder: Path, *, clock: Callable[[], Instant]) -> Iterator[ReleaseDesk]:
    """Open the workspace in a folder for a release.

    Raises UsageError where it is no workspace or has no keys, InputError where its register cannot
    be used.
    """
    from whence.ledger import open_ledger  # noqa: PLC0415  heavy

    workspace = open_workspace(folder)
    register = read_register(workspace.register)
    book = Book(load_key(workspace.keys), workspace.locale)
    with open_ledger(workspace, clock=clock) as ledger:
        yield ReleaseDesk(workspace=workspace, register=register, ledger=ledger, book=book)

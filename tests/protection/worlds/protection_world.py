"""An installation with three orders of two people, a register with two recipients, and a clock."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from whence.errors import WhenceError
from whence.ledger import Entry, Ledger, Recorded, make_ledger, open_ledger
from whence.model import Instant, to_instant
from whence.protection import (
    Asking,
    Clear,
    Desk,
    Vault,
    make_vault,
    open_desk,
    wrapping_of,
)
from whence.protection.vault_keys import Wrapping
from whence.workspace import Workspace, make_workspace

NOON: Instant = to_instant(datetime(2026, 5, 12, 12, tzinfo=UTC))

REGISTER = """\
[recipients.SF-021]
number = 21
kind = "branch"
name = "Xihu branch"
contract = "C-2026-017"
impact_assessment = "PIA-2026-03"
until = 2027-03-31
clear = ["phone"]
quota_per_day = 5
quota_per_account = 3
marks = ["name", "extension", "address"]
canaries = 2

[recipients.SF-021.purposes]
deliver = ["name", "phone", "address"]
returns = ["name"]

[recipients.WH-7]
number = 7
kind = "warehouse"
contract = "C-2025-002"
impact_assessment = "PIA-2025-01"
until = 2026-04-30
quota_per_day = 5
quota_per_account = 5
[recipients.WH-7.purposes]
pack = ["name", "goods"]
"""

# Nobody's number begins with 12, and what is sealed is long enough to be looked for in a file.
NAME, PHONE, ADDRESS = "欧阳静怡", "12055667788", "浙江省杭州市文华路12号阳光花园3号楼2单元1502室"
SECRETS = (NAME, PHONE, "静怡", "2单元1502", "55667788", "陈大文", "12099887766")
ORDERS = (
    Clear(
        order_id="O-1",
        customer_id="C-1",
        fields={"name": NAME, "phone": PHONE, "address": ADDRESS, "goods": "茶杯"},
    ),
    Clear(order_id="O-2", customer_id="C-1", fields={"name": NAME, "phone": f"+86 {PHONE}"}),
    Clear(
        order_id="O-3",
        customer_id="C-2",
        fields={"name": "陈大文", "phone": "12099887766", "address": "和平路5号502室"},
    ),
)

DELIVERING = Asking(account_id="ann", party_id="SF-021", purpose="deliver")


@dataclass
class Clock:
    """A clock that shows what it is told to."""

    now: Instant = NOON

    def __call__(self) -> Instant:
        return self.now


@dataclass
class Installation:
    """An open installation: its parts, its clock, and what its ledger says."""

    home: Workspace
    vault: Vault
    ledger: Ledger
    desk: Desk
    clock: Clock = field(default_factory=Clock)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return what was recorded, of one kind or of all, but for the ledger's own key."""
        found = [recorded.entry for recorded in self.ledger.read()]
        return [one for one in found if one.kind != "key" and kind in {None, one.kind}]

    def persons(self) -> list[Recorded]:
        """Return what was recorded about persons."""
        return [recorded for recorded in self.ledger.read() if recorded.persons]


def made(folder: Path, register: str = REGISTER, clock: Clock | None = None) -> Workspace:
    """Make a workspace with its ledger and register."""
    home = make_workspace(folder / "w", name="shop.example/orders")
    home.register.write_text(register, "utf-8")
    make_ledger(home, clock=clock or Clock(NOON - 1))
    return home


@contextmanager
def opened(
    home: Workspace, clock: Clock | None = None, wrapping: Wrapping | None = None
) -> Iterator[Installation]:
    """Open an installation, its vault made where there is none."""
    clock = clock or Clock()
    with (
        make_vault(home, wrapping or wrapping_of(home), clock=clock) as vault,
        open_ledger(home, clock=clock) as ledger,
        open_desk(home, vault, ledger, clock=clock) as desk,
    ):
        yield Installation(home, vault, ledger, desk, clock)


def changed(home: Workspace, statement: str, values: tuple[object, ...] = ()) -> None:
    """Change the vault's file behind its back."""
    connection = sqlite3.connect(home.vault)
    with connection:
        connection.execute(statement, values)
    connection.close()


def sealed_bytes(home: Workspace, order_id: str, name: str) -> bytes:
    """Return how a field lies in the vault."""
    connection = sqlite3.connect(home.vault)
    row = connection.execute(
        "SELECT sealed FROM sealed JOIN orders USING (row) WHERE order_id = ? AND field = ?",
        (order_id, name),
    ).fetchone()
    connection.close()
    found: bytes = row[0]
    return found


def files_of(home: Workspace) -> dict[str, bytes]:
    """Return every file of an installation."""
    return {path.name: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}


def said_by(error: BaseException) -> str:
    """Return everything an error could show to anybody, its causes included."""
    said = [repr(error), str(error), *map(repr, error.args)]
    if isinstance(error, WhenceError):
        said += [error.text("en"), error.text("zh"), repr(error.facts)]
        said += [error.advice("en") or "", error.advice("zh") or ""]
    for cause in (error.__cause__, error.__context__):
        said += [said_by(cause)] if cause is not None else []
    return "\n".join(said)


def leaks_in(texts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return where a secret can be read."""
    return [(name, one) for name, data in texts.items() for one in SECRETS if one.encode() in data]


Answer = Callable[[Installation], object]

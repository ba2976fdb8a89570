"""A shop's workspace with a ledger: who was shown whose order, in either storage."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from whence.ledger import Entry, Ledger, Recorded, make_ledger, open_ledger
from whence.model import SECOND, Instant
from whence.workspace import Workspace, make_workspace

ORIGIN = "shop.example/orders"
BEGAN: Instant = 1_772_866_800_000_000  # 2026-03-07T07:00:00Z
LI, WANG = "C000000001", "C000000002"
CLERK, SHOP = "SH00156-C5", "SH00156"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A workspace with its ledger, and the fingerprint of the key it began with."""

    workspace: Workspace
    fingerprint: str

    @contextmanager
    def ledger(self, now: Instant = BEGAN) -> Iterator[Ledger]:
        """Open the ledger; its clock stands still."""
        with open_ledger(self.workspace, clock=lambda: now) as ledger:
            yield ledger


Build = Callable[[str], House]


def house(folder: Path, address: str | None = None) -> House:
    """Make a workspace whose ledger is in a file, or in the database at an address."""
    workspace = replace(make_workspace(folder, name=ORIGIN), ledger=address)
    signed = make_ledger(workspace, clock=lambda: BEGAN)
    return House(workspace=workspace, fingerprint=signed.fingerprint)


def reveal(number: int, customer: str = LI, **other: Any) -> Entry:
    """Return the entry that a clerk was shown the phone of an order."""
    facts = {
        "account_id": CLERK,
        "party_id": SHOP,
        "order_id": f"O{number:09}",
        "fields": "name,phone",
        "purpose": "deliver",
        "form": "clear",
    }
    at = BEGAN + number * SECOND
    return Entry(kind="reveal", at=at, facts=facts | other, persons=(customer,))


def reveals(n: int, first: int = 0) -> list[Entry]:
    """Return many of them, of a few customers."""
    return [reveal(i, f"C{i % 7:09}") for i in range(first, first + n)]


def without_persons(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries as they are read back."""
    return [replace(entry, persons=()) for entry in entries]


def all_entries(ledger: Ledger) -> list[Recorded]:
    """Return everything a ledger holds."""
    return list(ledger.read())


WRITER = """
    import sys
    from pathlib import Path
    from dataclasses import replace
    from whence.ledger import Entry, open_ledger
    from whence.workspace import open_workspace
    folder, address, name = sys.argv[1:]
    workspace = replace(open_workspace(Path(folder)), ledger=address or None)
    with open_ledger(workspace, clock=lambda: 0) as ledger:
        for i in range(40):
            facts = {"by": name, "batch": i}
            seqs = ledger.append(Entry(kind="note", at=i, facts=facts) for _ in range(25))
            print(seqs.start, flush=True)
"""

"""The demo's second act: three recipients, three copies, one leaks; ten rows tell which."""

from collections.abc import Iterable
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Final

from whence.cli.installation import clock
from whence.errors import UsageError
from whence.wording import Language, name_of_kind, say

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.ledger import Ledger
    from whence.marks import Book
    from whence.protection.reading_marks import Found
    from whence.workspace import Workspace

_NAME: Final = "demo.example/orders"
_KINDS: Final = ("app", "warehouse", "branch")
_ORDERS: Final = 2_000  # handed to each of them
_ROWS: Final = 10  # leak
_TOLD: Final = 1e-12  # smaller bounds say no more to anybody
_RELAYS: Final = tuple(f"9501300000{n:02}" for n in range(1, 13))  # 6,000 hand-overs need some 6
_REGISTER: Final = """
[recipients.{party}]
number = {number}
kind = "{kind}"
contract = "DEMO-{number}"
impact_assessment = "DEMO-PIA"
until = 2100-01-01
clear = ["address"]
marks = ["name", "extension", "address"]
[recipients.{party}.purposes]
deliver = ["name", "phone", "address", "goods"]
"""


def protect(people: "pa.Table", orders: "pa.Table", folder: Path, language: Language) -> list[str]:
    """Hand the same orders to three recipients, leak ten rows of one copy, read whose they are.

    Returns what happened in a few lines. ``folder`` becomes the demo's workspace; an earlier
    demo's is replaced, anybody else's is left alone (UsageError).
    """
    from whence.ledger import open_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.marks import Book, load_key  # noqa: PLC0415
    from whence.protection.handover import write_rows  # noqa: PLC0415
    from whence.protection.reading_marks import open_for_reading  # noqa: PLC0415

    parties = {kind: _busiest(orders, f"{kind}_id") for kind in _KINDS}
    workspace = _made(folder, parties)
    book = Book(load_key(workspace.keys), workspace.locale)
    with open_ledger(workspace, clock=clock) as ledger:
        copies = {
            party: _copy(workspace, people.slice(0, _ORDERS), party, ledger, book)
            for party in parties.values()
        }
        signed = ledger.checkpoint()
        attested = ledger.verify(fingerprint=signed.fingerprint)
    leak = copies[parties[_KINDS[0]]].slice(_ORDERS // 2, _ROWS)
    write_rows(leak, folder / "leaked.csv")
    with open_for_reading(folder, clock=clock) as desk:
        found = desk.sample(folder / "leaked.csv")
    everybody = _listed(parties.items(), language)
    return [
        say("cli.demo-handed", language, n=f"{_ORDERS:,}", parties=everybody),
        *_told(found, parties[_KINDS[0]], language),
        say("cli.demo-recorded", language, n=attested.vouched_size, folder=folder),
    ]


def _busiest(orders: "pa.Table", column: str) -> str:
    counted = orders.group_by(column).aggregate([(column, "count")])
    ranked = counted.sort_by([(f"{column}_count", "descending"), (column, "ascending")])
    return str(ranked.column(column)[0].as_py())


def _made(folder: Path, parties: dict[str, str]) -> "Workspace":
    from whence.ledger import make_ledger  # noqa: PLC0415
    from whence.marks import make_key  # noqa: PLC0415
    from whence.workspace import SETTINGS, make_workspace, open_workspace  # noqa: PLC0415

    if folder.exists():
        if not (folder / SETTINGS).is_file() or open_workspace(folder).name != _NAME:
            raise UsageError("cli.demo-workspace", folder=folder)
        rmtree(folder)
    make_workspace(folder, name=_NAME)
    with (folder / SETTINGS).open("a", encoding="utf-8") as settings:
        settings.write(f"relay_numbers = {list(_RELAYS)}\n")
    made = open_workspace(folder)
    make_key(made.keys)
    make_ledger(made, clock=clock)
    register = (
        _REGISTER.format(party=party, number=number, kind=kind)
        for number, (kind, party) in enumerate(parties.items(), start=1)
    )
    made.register.write_text("".join(register), "utf-8")
    return made


def _copy(
    workspace: "Workspace", people: "pa.Table", party: str, ledger: "Ledger", book: "Book"
) -> "pa.Table":
    """Return the rows that one recipient is handed."""
    from whence.protection import read_register  # noqa: PLC0415
    from whence.protection.handover import write_rows  # noqa: PLC0415
    from whence.protection.release import Order, release  # noqa: PLC0415

    out = workspace.folder / "handed-out" / f"{party}.csv"
    order = Order(party_id=party, purpose="deliver", account_id="demo")
    done = release(
        workspace,
        people,
        order,
        register=read_register(workspace.register),
        ledger=ledger,
        book=book,
        now=clock(),
        file="people.parquet",
        hand_over=lambda made: write_rows(made.rows, out),
    )
    return done.rows


def _told(found: "Found", leaker: str, language: Language) -> list[str]:
    lines = []
    for candidate in found.reading.named:
        party = found.party_ids[candidate.number]
        facts = {
            "suspect": f"{name_of_kind(found.kinds[candidate.number], language)} {party}",
            "bound": f"{max(candidate.false_accusation_bound, _TOLD):.0e}",
            "rows": _ROWS,
        }
        key = "right" if party == leaker else "wrong"
        lines.append(say(f"cli.demo-read-{key}", language, **facts))
    cleared = [(found.kinds[n], found.party_ids[n]) for n in found.reading.cleared.tolist()]
    if not lines:
        lines.append(say("cli.demo-read-nothing", language, rows=_ROWS))
    elif cleared:
        lines.append(say("cli.demo-cleared", language, parties=_listed(cleared, language)))
    return lines


def _listed(parties: Iterable[tuple[str, str]], language: Language) -> str:
    between = say("cli.demo-and", language)
    return between.join(f"{name_of_kind(kind, language)} {party}" for kind, party in parties)

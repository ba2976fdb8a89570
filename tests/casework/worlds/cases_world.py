"""A shop's workspace with cases: made-up victims, a clock that is set by hand, packs of them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from whence.casework.cases_desk import Custody, Desk, Filing, open_desk
from whence.casework.measures import action
from whence.ledger import make_ledger
from whence.model import DAY, SECOND, Instant, to_instant
from whence.workspace import Workspace, make_workspace

ORIGIN = "shop.example/orders"
BEGAN: Instant = 1_772_866_800_000_000  # 2026-03-07T07:00:00Z
STORY = "She said the lip balm failed a test and asked me to borrow from a lender."
TITLE = "Refund calls in March"
NAME = "欧阳小满 Ñandú अनुष्का مرحبا 🙂"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@dataclass
class Clock:
    """A clock that goes one second a look, and is set ahead where a test says so."""

    now: Instant = BEGAN

    def __call__(self) -> Instant:
        self.now += SECOND
        return self.now


@dataclass
class Office:
    """A workspace with a ledger, and its clock."""

    workspace: Workspace
    fingerprint: str
    clock: Clock = field(default_factory=Clock)

    @contextmanager
    def desk(self, account: str = "analyst-1") -> Iterator[Desk]:
        with open_desk(self.workspace, account_id=account, clock=self.clock) as desk:
            yield desk


def make_office(folder: Path, name: str = ORIGIN) -> Office:
    workspace = make_workspace(folder, name=name)
    signed = make_ledger(workspace, clock=lambda: BEGAN)
    return Office(workspace=workspace, fingerprint=signed.fingerprint)


def report(number: int, **other: object) -> Filing:
    """Return a report as somebody's form has it, with the words it came from."""
    tree = {
        "facts": {
            "amount": [{"value": "9668", "quote": f"{STORY} Nine thousand.", "confirmed": True}],
            "platform": [{"value": "Market", "quote": "on Market"}],
            "caller_number": [{"value": f"0086170000{number:05}", "quote": "she called"}],
            "order_number": [{"value": f"O{number:09}", "quote": "my order"}],
        },
        "name": NAME,
        "narrative": STORY,
        **other,
    }
    return Filing(report_id=f"V{number:05}", tree=tree, customer_id=f"C{number:05}")


def attached(desk: Desk, case_id: str, data: bytes = PICTURE, **other: object) -> str:
    told = {"role": "picture", "media": "image/png", "name": "chat.png", "came_from": "the victim"}
    custody = Custody(**{**told, "collected_at": BEGAN - DAY, **other})  # type: ignore[arg-type]
    return desk.attach(case_id, io.BytesIO(data), custody)


def freeze(desk: Desk, case_id: str, at: Instant = BEGAN, review_on: str = "2026-04-07") -> str:
    """Freeze a shop, and return the measure's id."""
    made = action(
        desk.case(case_id),
        "freeze-shop",
        done_at=at,
        target="SH00024",
        grounds="8 of 14 reports",
        appeal="appeals@shop.example",
        review_on=review_on,
    )
    return f"M{desk.act(case_id, made.facts, made.tree)}"


def a_case(desk: Desk, case_id: str = "C1") -> str:
    """Open a case with two reports, an exhibit of each, a measure and a note."""
    desk.new(title=TITLE, why="14 reports in a week", case_id=case_id)
    desk.file(case_id, [report(1), report(2)])
    attached(desk, case_id, report_id="V00001")
    attached(desk, case_id, b"%PDF-1.4 " + PICTURE, role="statement", media="application/pdf")
    freeze(desk, case_id)
    desk.note(case_id, "The hotline calls back on Monday.")
    return case_id


def instant(text: str) -> Instant:
    return to_instant(datetime.fromisoformat(text))

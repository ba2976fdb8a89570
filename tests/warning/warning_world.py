"""A small leak: who is exposed, how she is reached, and a ledger that only remembers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from whence.ledger.entries import Entry, Recorded
from whence.model import DAY, HOUR, Instant
from whence.warning.audience import Exposed, ExposedOrder
from whence.warning.contacts import Contact
from whence.warning.planning import Terms
from whence.warning.settings import CaseWords, Pace, Sender, Settings
from whence.warning.warn import Writer, writer_for

NOW: Instant = 20_500 * DAY + 6 * HOUR  # a morning in February 2026
KEY = bytes(range(32))

SENDER = Sender(
    name_en="Example Shop",
    name_zh="示例商城",
    contact_en="95013, which you dial yourself",
    contact_zh="自行拨打95013",
)
CASE = CaseWords(
    kinds=("order_id", "goods", "phone"),
    measures_en="We closed the access",
    measures_zh="我们已关闭可疑访问",
)
SETTINGS = Settings(
    path=Path("warning.toml"), sender=SENDER, cases={"leak": CASE}, pace=Pace(per_second=1e9)
)

WARNING_TOML = """
[sender]
name_en = "Example Shop"
name_zh = "示例商城"
contact_en = "95013, which you dial yourself"
contact_zh = "自行拨打95013"
[cases.leak]
kinds = ["order_id", "goods", "phone"]
measures_en = "We closed the access"
measures_zh = "我们已关闭可疑访问"
[pace]
per_second = 100000.0
first_wait_s = 0.05
downs = 3
"""


def order(
    n: int,
    *,
    customer: str | None = None,
    probability: float = 0.9,
    due_from: float = 0.0,
    due_until: float = 10.0,
    touched: float = -5.0,
) -> ExposedOrder:
    """Return an exposed order; times are days from now."""
    return ExposedOrder(
        order_id=f"ORD{n:06}",
        customer_id=customer or f"CUST{n:06}",
        probability=probability,
        accessed_at=NOW + round(touched * DAY),
        due_from=NOW + round(due_from * DAY),
        due_until=NOW + round(due_until * DAY),
    )


def exposed(orders: Iterable[ExposedOrder]) -> Exposed:
    return Exposed(orders=tuple(orders), suspect_ids=frozenset({"SH00156-C5"}), n_nameless=0)


def contact(n: int, **known: str) -> Contact:
    known = known or {"phone": f"1390000{n:04}", "email": f"c{n}@mail.example"}
    return Contact(customer_id=f"CUST{n:06}", **known)  # type: ignore[arg-type]


def contacts(n: int) -> dict[str, Contact]:
    return {f"CUST{i:06}": contact(i) for i in range(n)}


def writer(leak: Exposed, known: dict[str, Contact], settings: Settings = SETTINGS) -> Writer:
    return writer_for(leak, known, settings, template="pipl57", case_id="leak", key=KEY)


def terms(seed: int | None = None, least: float = 0.0) -> Terms:
    return Terms(case_id="leak", least=least, avoided_orders={}, avoided_persons={}, seed=seed)


@dataclass
class Memory:
    """A ledger that remembers; ``dies_after`` entries it forgets to say that it has them."""

    entries: list[Entry] = field(default_factory=list)
    dies: bool = False

    @property
    def size(self) -> int:
        return len(self.entries)

    def append(self, entries: Iterable[Entry], /) -> range:
        start = len(self.entries)
        self.entries += entries
        if self.dies:
            self.dies = False
            raise KeyboardInterrupt
        return range(start, len(self.entries))

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        for seq, entry in enumerate(self.entries[start:stop], start):
            yield Recorded(seq=seq, leaf=b"", entry=entry, n_facts=len(entry.facts))

    def of_kind(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]


@dataclass
class Time:
    """A clock that moves only when somebody sleeps."""

    now: Instant = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Instant:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1e6)


def write_answer(folder: Path, orders: Iterable[ExposedOrder]) -> Path:
    """Write exposed.parquet as a trace does."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(orders)
    at = pa.timestamp("us", "UTC")
    table = pa.table(
        {
            "order_id": [o.order_id for o in rows],
            "customer_id": [o.customer_id or None for o in rows],
            "suspect_id": ["SH00156-C5"] * len(rows),
            "probability": [o.probability for o in rows],
            "accessed_at": pa.array([o.accessed_at for o in rows], at),
            "call_due_from": pa.array([o.due_from for o in rows], at),
            "call_due_until": pa.array([o.due_until for o in rows], at),
        }
    )
    pq.write_table(table, folder / "exposed.parquet")
    return folder


def write_contacts(path: Path, n: int) -> Path:
    lines = ["customer_id,phone,email,app_user_id,language"]
    lines += [f"CUST{i:06},1390000{i:04},c{i}@mail.example,u{i:08},zh" for i in range(n)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path

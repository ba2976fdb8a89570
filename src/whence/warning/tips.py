"""Tips after payment: which text was shown, in which version, when, on which order, on record.

The text itself stands in the ledger once (``tip-text``); each showing (``tip``) names its version
and its digest. So a platform can prove what a shopper was told before she was called, and when.
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from whence.errors import InputError, UsageError
from whence.intake.sheets import read_sheet
from whence.ledger.entries import Entry, Recorded
from whence.model import Instant
from whence.warning.moments import moments
from whence.warning.records import Ledger

TIP, TEXT, BATCH = "tip", "tip-text", "tip-batch"
KNOWN: Final = "tips.json"
_COLUMNS: Final = ("order_id", "customer_id", "shown_at", "place")


class Provable(Ledger, Protocol):
    """A ledger that also finds what is about a person."""

    def history(self, customer_id: str | int, /) -> "_History":
        """Return what is known of a customer."""


class _History(Protocol):
    @property
    def other_seqs(self) -> tuple[int, ...]:
        """Numbers of the entries about her that show nothing to anybody."""


@dataclass(slots=True, kw_only=True)
class Known:
    """What was found in a ledger up to an entry: texts by version, their words, batches."""

    scanned: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A tip: its words and their version."""

    version: str
    words: str

    @property
    def digest(self) -> str:
        """SHA-256 of the words in UTF-8, NFC, as hex."""
        return sha256(self.words.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One tip shown: on which order, to whom, when, and where (an app's page, say)."""

    order_id: str
    customer_id: str | None
    shown_at: Instant
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Showings:
    """A table of tips shown, and how many of its rows could not be used or stood there twice."""

    shown: tuple[Showing, ...]
    n_unusable: int
    n_twice: int


def read_text(path: Path, version: str) -> Text:
    """Return the tip in a text file, its line ends and characters in one spelling."""
    if not version.strip():
        raise UsageError("warning.no-version")
    try:
        written = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("warning.unreadable-text", file=path) from error
    words = unicodedata.normalize("NFC", written.replace("\r\n", "\n").strip())
    if not words:
        raise InputError("warning.unreadable-text", file=path)
    return Text(version=version.strip(), words=words)


def read_showings(path: Path, *, timezone: str = "UTC") -> Showings:
    """Read a table of tips shown: ``order_id``, ``shown_at``, maybe ``customer_id``, ``place``."""
    sheet = read_sheet(path, only=_COLUMNS)
    sheet.require("order_id", "shown_at")
    shown_at = moments(sheet, "shown_at", timezone)
    cells = {
        name: sheet.table.column(name).to_pylist()
        if name in sheet.table.column_names
        else [None] * len(shown_at)
        for name in ("order_id", "customer_id", "place")
    }
    rows = [
        Showing(
            order_id=str(order).strip(),
            customer_id=None if customer is None else str(customer).strip() or None,
            shown_at=at,
            place="" if place is None else str(place).strip(),
        )
        for order, customer, place, at in zip(*cells.values(), shown_at, strict=True)
        if order is not None and str(order).strip() and at is not None
    ]
    once = tuple(dict.fromkeys(rows))
    return Showings(shown=once, n_unusable=len(shown_at) - len(rows), n_twice=len(rows) - len(once))


def record_tips(
    ledger: Ledger, folder: Path, text: Text, showings: Sequence[Showing], now: Instant
) -> range:
    """Record a batch whole or not at all, its text with it where new; return the tips' numbers.

    Raises UsageError where the ledger has other words under this version, or this batch already.
    """
    known = look_through(ledger, folder)
    before = known.texts.get(text.version)
    if before is not None and before != text.digest:
        raise UsageError(
            "warning.version-taken", version=text.version, hint="warning.version-taken-hint"
        )
    batch = _batch_digest(text, showings)
    if batch in known.batches:
        raise UsageError("warning.batch-known", n=len(showings))
    words = {"version": text.version, "text": text.words, "text_sha256": text.digest}
    first = [] if before is not None else [Entry(kind=TEXT, at=now, facts=words)]
    first.append(Entry(kind=BATCH, at=now, facts={"batch_sha256": batch, "tips": len(showings)}))
    tips = [
        Entry(
            kind=TIP,
            at=shown.shown_at,
            facts={
                "order_id": shown.order_id,
                "version": text.version,
                "text_sha256": text.digest,
                "place": shown.place,
            },
            persons=() if shown.customer_id is None else (shown.customer_id,),
        )
        for shown in showings
    ]
    seqs = ledger.append([*first, *tips])
    return seqs[len(first) :]


def look_through(ledger: Ledger, folder: Path) -> "Known":
    """Return which texts and batches a ledger has, reading only what came since the last time.

    What was found stands in ``tips.json``; it is a note to save time, and made anew where it is
    lost or speaks of more entries than there are.
    """
    path = folder / KNOWN
    known = Known()
    if path.exists():
        try:
            known = Known(**json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError("warning.bad-note", file=path) from error
    size = ledger.size
    if known.scanned > size:
        known = Known()
    for found in ledger.read(known.scanned, size):
        facts = found.entry.facts
        if found.entry.kind == TEXT and "version" in facts:
            known.texts[str(facts["version"])] = str(facts.get("text_sha256"))
            known.words[str(facts.get("text_sha256"))] = str(facts.get("text"))
        elif found.entry.kind == BATCH and "batch_sha256" in facts:
            known.batches.append(str(facts["batch_sha256"]))
    known.scanned = size
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(known), ensure_ascii=False), "utf-8")
    part.replace(path)
    return known


def tips_of(ledger: Provable, order_id: str, customer_id: str | None = None) -> Iterator[Recorded]:
    """Yield the tips shown on an order, in the order of the record.

    With the customer's id only the entries about her are read, without it the whole ledger is.
    """
    if customer_id is None:
        entries = ledger.read()
    else:
        seqs = ledger.history(customer_id).other_seqs
        entries = (found for seq in seqs for found in ledger.read(seq, seq + 1))
    for found in entries:
        if found.entry.kind == TIP and found.entry.facts.get("order_id") == order_id:
            yield found


def _batch_digest(text: Text, showings: Sequence[Showing]) -> str:
    """Return what makes a batch the same when it comes again: its rows, in any order."""
    rows = sorted(json.dumps([text.digest, *asdict(shown).values()]) for shown in showings)
    return sha256("\n".join(rows).encode()).hexdigest()

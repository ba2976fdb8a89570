"""Reports as the victim tables see them: what was bought, called, lost, where, by which channel.

A report comes as a row of a table or as a case keeps it, with claims where somebody read them out
of a text. What cannot be read is known to be unreadable: it is counted as unknown, never dropped.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from whence.casework.tables_values import When, age_of, amount_of, plain, when_of, yes_or_no

Found = TypeVar("Found")

# Between several values; full-width ones are folded before. Pretexts have commas of their own.
_SEVERAL: Final = re.compile(r"[,、;]")
_SEVERAL_PRETEXTS: Final = re.compile(r"[、;]")
# What a value is called in a table of reports, and where it was read out of a text.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "called": ("called_at",),
    "bought": ("placed_at", "purchase_at"),
    "refund": ("refund_requested_at",),
    "loss": ("loss", "amount"),
    "parts": ("loss_parts",),
    "currency": ("currency", "amount"),  # a claim of an amount has its currency
    "place": ("place",),
    "age": ("age",),
    "student": ("student",),
    "channel": ("money_channel", "lender"),  # whoever lent it is a way the money went
    "shop": ("shop_id", "shop"),
    "platform": ("platform", "platform_id"),
    "pretext": ("pretext",),
    "ask": ("asks", "ask"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a loss: through which channel (empty where nobody said), and how much."""

    channel: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """One report. ``unreadable`` names the values that say something we cannot count."""

    called: When | None = None
    bought: When | None = None
    refund: When | None = None
    loss: Decimal | None = None
    currency: str = ""
    parts: tuple[Part, ...] = ()
    place: str | None = None
    age: int | None = None
    student: bool | None = None
    channels: tuple[str, ...] = ()
    shop: str | None = None
    platform: str | None = None
    pretexts: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Reports as read; rows that say what another says already, and ids that contradict."""

    victims: tuple[Victim, ...]
    n_repeated: int = 0
    n_conflicting: int = 0
    n_blank: int = 0


def read_rows(rows: Iterable[Mapping[str, Any]], *, zone: ZoneInfo, currency: str = "") -> Read:
    """Return the rows of a reports table, each report once.

    Of rows with one id that contradict each other none is counted, as in a trace.
    """
    kept: dict[str, list[Mapping[str, Any]]] = {}
    n_rows = n_blank = n_repeated = n_conflicting = 0
    for row in rows:
        filled = {name: value for name, value in row.items() if plain(value)}
        if not filled:
            n_blank += 1
            continue
        n_rows += 1
        report_id = plain(filled.get("report_id")) or f"\0{n_rows}"
        kept.setdefault(report_id, []).append(filled)
    victims = []
    for same in kept.values():
        if any(each != same[0] for each in same[1:]):
            n_conflicting += len(same)
            continue
        n_repeated += len(same) - 1
        victims.append(read_victim(same[0], zone=zone, currency=currency))
    return Read(
        victims=tuple(victims),
        n_repeated=n_repeated,
        n_conflicting=n_conflicting,
        n_blank=n_blank,
    )


def read_victim(report: Mapping[str, Any], *, zone: ZoneInfo, currency: str = "") -> Victim:
    """Return one report: a row, or what a case keeps, whose ``facts`` are lists of claims."""
    facts = report.get("facts")
    values = _Values({**(facts if isinstance(facts, Mapping) else {}), **report})
    loss = values.one("loss", amount_of)
    parts = _parts(values)
    return Victim(
        called=values.one("called", lambda text: when_of(text, zone)),
        bought=values.one("bought", lambda text: when_of(text, zone)),
        refund=values.one("refund", lambda text: when_of(text, zone)),
        loss=loss,
        currency=(values.one("currency", _word) or currency).upper(),
        parts=parts,
        place=values.one("place", _word),
        age=values.one("age", age_of),
        student=values.one("student", yes_or_no),
        channels=values.several("channel")
        or tuple({part.channel: 0 for part in parts if part.channel}),
        shop=values.one("shop", _word),
        platform=values.one("platform", _word),
        pretexts=values.several("pretext"),
        asks=values.several("ask"),
        unreadable=frozenset(values.unreadable),
    )


@dataclass(slots=True)
class _Values:
    """The values of one report by our names, and which of them could not be read."""

    report: Mapping[str, Any]
    unreadable: set[str] = field(default_factory=set)

    def texts(self, name: str) -> list[str]:
        found: dict[str, None] = {}
        for theirs in _NAMES[name]:
            if (
                name == "currency"
                and theirs == "amount"
                and not isinstance(self.report.get(theirs), list)
            ):
                continue
            for text in _claimed(name, self.report.get(theirs)):
                if text:
                    found[text] = None
        return list(found)

    def one(self, name: str, reading: Callable[[str], Found | None]) -> Found | None:
        """Return the one value; of several that differ none is believed."""
        texts = self.texts(name)
        read = [reading(text) for text in texts]
        if not texts:
            return None
        if read[0] is None or any(each != read[0] for each in read):
            self.unreadable.add(name)
            return None
        return read[0]

    def several(self, name: str) -> tuple[str, ...]:
        """Return the values, each once however it is spelled."""
        found: dict[str, str] = {}
        between = _SEVERAL_PRETEXTS if name == "pretext" else _SEVERAL
        for text in self.texts(name):
            for each in between.split(text):
                if each.strip():
                    found.setdefault(each.strip().casefold(), each.strip())
        return tuple(found.values())


def _claimed(name: str, value: object) -> Iterator[str]:
    """Yield the texts of a value: itself, or its claims; confirmed ones silence the others."""
    if isinstance(value, list | tuple):
        claims = [each for each in value if _is_meant(name, each)]
        sure = [each for each in claims if isinstance(each, Mapping) and each.get("confirmed")]
        for claim in sure or claims:
            yield from _claimed(name, claim)
    elif isinstance(value, Mapping):
        yield plain(value.get("currency" if name == "currency" else "value"))
    else:
        # Lines separate several values, so they outlive the folding of blanks.
        lines = str(value).splitlines() if isinstance(value, str) else [value]
        yield ";".join(text for line in lines if (text := plain(line)))


def _is_meant(name: str, claim: object) -> bool:
    """Return whether a claim speaks of this: of the sums in a text only losses are losses."""
    if name not in {"loss", "currency"} or not isinstance(claim, Mapping):
        return True
    role = claim.get("role")
    return role == "loss" or (role is None and bool(claim.get("confirmed")))


def _parts(values: _Values) -> tuple[Part, ...]:
    found = []
    for text in values.texts("parts"):
        for each in re.split(r"[;+、]|,(?!\d{3}(?!\d))", text):
            channel, _, amount = each.rpartition("=")
            read = amount_of(amount.strip())
            if read is None:
                values.unreadable.add("parts")
                return ()
            found.append(Part(channel=channel.strip(), amount=read))
    return tuple(found)


def _word(text: str) -> str | None:
    return text or None

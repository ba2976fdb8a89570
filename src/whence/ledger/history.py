"""Who was shown data of one customer: the answer to her own question (PIPL 45, 50; GDPR 15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from whence.ledger import releases
from whence.ledger.appending import RELEASE_KIND, recorded
from whence.ledger.entries import Entry, Recorded
from whence.ledger.storage import Reading
from whence.model import Instant

REVEAL_KIND: Final = "reveal"
REFUSAL_KIND: Final = "refusal"
RELEASED: Final = "released"  # the form in which a release hands fields out


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Somebody asked for fields of one of her orders, and got them or was refused.

    ``form`` is "clear", "masked" or "released"; None for a refusal, whose ``rule`` says why.
    """

    seq: int
    at: Instant
    account_id: str | None
    party_id: str | None
    order_id: str | None
    fields: tuple[str, ...]
    purpose: str | None
    form: str | None = None
    rule: str | None = None
    release_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a ledger says about one customer: who was shown her data, and who was refused.

    ``other_seqs`` are entries about her of kinds that show nothing to anybody. ``unmatched`` are
    tables of releases with her rows that no entry of the ledger speaks of.
    """

    customer_id: str | int
    shown: tuple[Handling, ...]
    refused: tuple[Handling, ...]
    other_seqs: tuple[int, ...]
    unmatched: tuple[str, ...]


def history_of(reading: Reading, folder: Path, person: bytes, customer_id: str | int) -> History:
    """Return a customer's history, earliest first, from the index and the releases in a folder."""
    shown, refused, others = [], [], []
    for entry in recorded(reading, reading.seqs_of(person)):
        match entry.entry.kind:
            case "reveal":
                shown.append(_handling(entry, form=_text(entry.entry, "form")))
            case "refusal":
                refused.append(_handling(entry, rule=_text(entry.entry, "rule")))
            case _:
                others.append(entry.seq)
    released, unmatched = _released(reading, folder, customer_id)
    shown += released
    return History(
        customer_id=customer_id,
        shown=tuple(sorted(shown, key=lambda found: (found.at, found.seq))),
        refused=tuple(refused),
        other_seqs=tuple(others),
        unmatched=tuple(unmatched),
    )


def released_tables(reading: Reading) -> dict[str, Recorded]:
    """Return the releases there were, by the name of their table."""
    entries = recorded(reading, reading.seqs_of_kind(RELEASE_KIND))
    return {str(entry.entry.facts.get("table")): entry for entry in entries}


def _released(
    reading: Reading, folder: Path, customer_id: str | int
) -> tuple[list[Handling], list[str]]:
    entries, found, unmatched = released_tables(reading), [], []
    for path in releases.tables(folder):
        hers = releases.orders_of(path, customer_id)
        if hers and path.name not in entries:
            unmatched.append(path.name)
            continue
        found += [_handling(entries[path.name], form=RELEASED, order_id=each) for each in hers]
    return found, unmatched


def _handling(
    entry: Recorded,
    *,
    form: str | None = None,
    rule: str | None = None,
    order_id: str | None = None,
) -> Handling:
    facts = entry.entry
    return Handling(
        seq=entry.seq,
        at=facts.at,
        account_id=_text(facts, "account_id"),
        party_id=_text(facts, "party_id"),
        order_id=order_id or _text(facts, "order_id"),
        fields=tuple(_names(_text(facts, "fields"))),
        purpose=_text(facts, "purpose"),
        form=form,
        rule=rule,
        release_id=_text(facts, "release_id"),
    )


def _text(entry: Entry, name: str) -> str | None:
    value = entry.facts.get(name)
    return None if value is None else str(value)


def _names(fields: str | None) -> Iterator[str]:
    yield from (name for part in (fields or "").split(",") if (name := part.strip()))

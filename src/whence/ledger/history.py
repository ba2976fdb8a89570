"""Who was shown data of one customer: the answer to her own question (PIPL 45, 50; GDPR 15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from whence.ledger import releases
from whence.ledger.appending import RELEASE_KIND, recorded
from whence.ledger.entries import Entry, Recorded
from whence.ledger.gaps import ERASURE_KIND, read_named_entries
from whence.ledger.storage import Reading
from whence.model import Instant

REVEAL_KIND: Final = "reveal"
REFUSAL_KIND: Final = "refusal"
RELEASED: Final = "released"  # the form in which a release hands fields out


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Somebody asked for fields of one of her orders, and got them or was refused.

    ``form`` is "clear", "masked" or "released"; None for a refusal, whose ``rule`` says why.
    ``field_forms`` says how each field left with a release: "marked", "clear", "masked" or "as it
    is"; empty where the entry does not say.
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
    field_forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a ledger says about one customer: who was shown her data, and who was refused.

    ``other_seqs`` are entries about her of kinds that show nothing to anybody. ``unmatched`` are
    tables of releases with her rows that no entry of the ledger speaks of, ``missing`` those that
    an entry speaks of and that are not there: orders of hers may have been in them. From
    ``n_erased`` entries and ``n_erased_rows`` of releases it was erased whom they are about, her or
    others: that cannot be told.
    """

    customer_id: str | int
    shown: tuple[Handling, ...]
    refused: tuple[Handling, ...]
    other_seqs: tuple[int, ...]
    unmatched: tuple[str, ...]
    missing: tuple[str, ...] = ()
    n_erased: int = 0
    n_erased_rows: int = 0


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
    released = _released(reading, folder, customer_id)
    shown += released.found
    return History(
        customer_id=customer_id,
        shown=tuple(sorted(shown, key=lambda found: (found.at, found.seq))),
        refused=tuple(refused),
        other_seqs=tuple(others),
        unmatched=released.unmatched,
        missing=released.missing,
        n_erased=_n_erased(reading),
        n_erased_rows=released.n_erased,
    )


def released_tables(reading: Reading) -> dict[str, Recorded]:
    """Return the releases there were, by the name of their table."""
    entries = recorded(reading, reading.seqs_of_kind(RELEASE_KIND))
    return {str(entry.entry.facts.get("table")): entry for entry in entries}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Released:
    """What the tables of releases say of her, and what they cannot say."""

    found: list[Handling]
    unmatched: tuple[str, ...]
    missing: tuple[str, ...]
    n_erased: int


def _released(reading: Reading, folder: Path, customer_id: str | int) -> _Released:
    entries, found, unmatched, n_erased = released_tables(reading), [], [], 0
    paths = releases.tables(folder)
    for path in paths:
        hers, n = releases.orders_and_erased(path, customer_id)
        n_erased += n
        if hers and path.name not in entries:
            unmatched.append(path.name)
            continue
        found += [_handling(entries[path.name], form=RELEASED, order_id=each) for each in hers]
    return _Released(
        found=found,
        unmatched=tuple(unmatched),
        missing=tuple(sorted(set(entries) - {path.name for path in paths})),
        n_erased=n_erased,
    )


def _n_erased(reading: Reading) -> int:
    """Return from how many entries erasures took whom they are about; a release's say nobody."""
    erased: set[int] = set()
    for erasure in recorded(reading, reading.seqs_of_kind(ERASURE_KIND)):
        for run, _ in read_named_entries(erasure.seq, erasure.entry.facts):
            erased.update(run)
    return len(erased.difference(reading.seqs_of_kind(RELEASE_KIND)))


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
        field_forms=tuple(_names(_text(facts, "forms"))),
    )


def _text(entry: Entry, name: str) -> str | None:
    value = entry.facts.get(name)
    return None if value is None else str(value)


def _names(fields: str | None) -> Iterator[str]:
    yield from (name for part in (fields or "").split(",") if (name := part.strip()))

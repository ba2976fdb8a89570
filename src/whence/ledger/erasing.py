"""Erasing a person: what opens her part of the record goes, the record stays valid (PIPL 47).

Of each entry about her the openings go, her place in the index with them. What stays open is who
acted, for what and on which fields: that says nothing about her once the order is gone, and
without it an erasure would be the way to hide a look. The entry of kind ``erasure`` names the
entries, not her.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from whence.errors import OutputError
from whence.ledger import releases
from whence.ledger.appending import append, recorded
from whence.ledger.entries import PERSON, Entry, Opening, Value, packed, seal
from whence.ledger.gaps import ERASURE_KIND, KEPT, NAMED, named_entries
from whence.ledger.history import released_tables
from whence.ledger.storage import Storage, Writing
from whence.model import Instant

_NOBODY: Final = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased: from how many entries, how many rows of releases; ``seq`` says so.

    ``seq`` is None where no entry is concerned. Not ``is_scrubbed``: somebody was reading, so the
    disk still holds what was erased until the ledger is scrubbed by the next erasure.
    """

    seq: int | None
    n_entries: int
    n_rows: int
    is_scrubbed: bool = True


def erase(
    storage: Storage, folder: Path, person: bytes, customer_id: str | int, now: Instant
) -> Erased:
    """Erase a customer; ``person`` is she in the index, ``folder`` that of the releases.

    The ledger says so first: an erasure that is stopped is finished by asking for it again.
    """
    rows = {path: releases.orders_of(path, customer_id) for path in releases.tables(folder)}
    hers = {path: len(orders) for path, orders in rows.items() if orders}
    with storage.writing() as step:
        left = _close(step, person)
        tables = released_tables(step)
        released = [tables[path.name] for path in hers if path.name in tables]
        named = left | {entry.seq: entry.n_facts for entry in released}
        seq = _record(step, named, n_entries=len(left), n_rows=sum(hers.values()), now=now)
    n_rows = sum(releases.erase_rows(path, customer_id) for path in hers)
    return Erased(seq=seq, n_entries=len(left), n_rows=n_rows, is_scrubbed=_is_scrubbed(storage))


def _close(step: Writing, person: bytes) -> dict[int, int]:
    """Take a person's openings out of the entries about her, and her out of the index.

    Returns how many facts each of these entries has left.
    """
    entries = recorded(step, step.seqs_of(person))
    left = {entry.seq: list(_left(entry.openings, person.hex())) for entry in entries}
    step.close_openings((seq, packed(openings)) for seq, openings in left.items())
    step.forget(person)
    return {seq: len(openings) for seq, openings in left.items()}


def _record(
    step: Writing, named: Mapping[int, int], *, n_entries: int, n_rows: int, now: Instant
) -> int | None:
    """Record that something is erased from these entries; None where there are none.

    ``named`` says how many facts each has left, so that no more can be taken unseen.
    """
    if not named:
        return None
    facts: dict[str, Value] = {NAMED: named_entries(named)}
    facts |= {"n_entries": n_entries, "n_rows": n_rows}
    (seq,) = append(step, seal([Entry(kind=ERASURE_KIND, at=now, facts=facts)], _NOBODY))
    return seq


def _left(openings: Iterable[Opening], person: str) -> Iterable[Opening]:
    """Yield what stays open of an entry: who acted, and whom else it is about."""
    for salt, name, value in openings:
        if name in KEPT or (name == PERSON and value != person):
            yield salt, name, value


def _is_scrubbed(storage: Storage) -> bool:
    try:
        storage.scrub()
    except OutputError:
        return False
    return True

"""Parties: what is known beforehand about custodians, and who stands above whom."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from whence.errors import InputError
from whence.intake import values
from whence.intake.records import Record, once, records
from whence.model import FIELDS, Party

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

_TEXTS = ("party_id", "kind", "parent_id", "name", "fields", "share")
_PER_CENT = "%％"


def check_parties(
    raw: "RawTable", *, engine: "DuckDB", zone: str, aside: "SetAside"
) -> tuple[Party, ...]:
    """Return the parties, one each. Raises InputError if a party stands above itself."""
    rows = records(raw, texts=_TEXTS, instants=(), engine=engine, zone=zone, aside=aside)
    named = []
    for row in rows:
        missing = next((name for name in ("party_id", "kind") if name not in row.texts), None)
        if missing:
            aside.row("parties", row.texts.get("party_id", row.place), f"missing {missing}")
        else:
            named.append(row)
    kept = once(
        named,
        key=lambda row: row.texts["party_id"],
        content=lambda row: row.content,
        identical=lambda row: aside.row("parties", row.texts["party_id"], "duplicate party"),
        conflicting=lambda row: aside.row(
            "parties", row.texts["party_id"], "conflicting duplicate"
        ),
    )
    unknown = UnknownNames()
    parties = {row.texts["party_id"]: _party(row, unknown, aside) for row in kept}
    unknown.tell("parties", aside)
    _refuse_cycles(parties, raw.file)
    n_orphans = sum(
        p.parent_id is not None and p.parent_id not in parties for p in parties.values()
    )
    if n_orphans:
        aside.note("intake.note-unknown-parents", n=n_orphans)
    return tuple(parties[party_id] for party_id in sorted(parties))


class UnknownNames:
    """Field names that are none of ours, counted and never repeated."""

    def __init__(self) -> None:
        self.n = 0
        self._read: dict[str, tuple[frozenset[str], int]] = {}  # few cells differ from each other

    def known(self, cell: str | None) -> frozenset[str] | None:
        """Return the fields a cell names; None if it names none that we know."""
        if cell is None:
            return None
        if cell not in self._read:
            names = values.names_in(cell)
            found = frozenset(names) & frozenset(FIELDS)
            self._read[cell] = found, sum(name not in found for name in names)
        found, n_unknown = self._read[cell]
        self.n += n_unknown
        return found or None

    def tell(self, table: str, aside: "SetAside") -> None:
        """Tell how many there were, if any."""
        if self.n:
            aside.note("intake.note-unknown-fields", table=table, n=self.n)


def _party(row: Record, unknown: UnknownNames, aside: "SetAside") -> Party:
    party = Party(
        party_id=row.texts["party_id"],
        kind=row.texts["kind"].casefold(),
        parent_id=row.texts.get("parent_id"),
        name=row.texts.get("name"),
        fields=unknown.known(row.texts.get("fields")),
    )
    share = row.texts.get("share")
    if share is None:
        return party
    number = as_number(share.rstrip(_PER_CENT))
    if number is not None and share.endswith(tuple(_PER_CENT)):
        number /= 100
    if number is None or not 0 < number <= 1:
        aside.row("parties", party.party_id, "share not between 0 and 1")
        return party
    return replace(party, share=number)


def as_number(cell: str) -> float | None:
    """Return a finite number, or None."""
    try:
        number = float(cell.strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refuse_cycles(parties: Mapping[str, Party], file: str) -> None:
    """Raise InputError for parties that stand above themselves."""
    done: set[str] = set()
    for start in sorted(parties):
        path: list[str] = []
        at: str | None = start
        while at is not None and at in parties and at not in done:
            if at in path:
                raise InputError(
                    "intake.cycle",
                    hint="intake.cycle-hint",
                    file=file,
                    parties=" > ".join(_shortest(path[path.index(at) :])),
                )
            path.append(at)
            at = parties[at].parent_id
        done.update(path)


def _shortest(path: Sequence[str]) -> list[str]:
    """Return a cycle from its smallest member on, so that it always reads the same."""
    first = path.index(min(path))
    return [*path[first:], *path[:first], path[first]]

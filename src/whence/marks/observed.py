"""What a leaked copy shows: rows as they were found, turned into values heard and slots seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.marks import extensions
from whence.marks.book import ADDRESS, EXTENSION, FIELDS, NAME
from whence.marks.heard import Heard
from whence.marks.spelling import Layout, Slot
from whence.marks.tongues import TONGUES
from whence.model import OrderId

Bools: TypeAlias = NDArray[np.bool_]

_LONGEST: Final = 100  # characters of a name or number; what is longer is none
TIDIED: Final = 0.3  # prior of a copy whose separators some system tidied away


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    """One row of a leaked copy, or what one caller knew; None where a field is not there."""

    order_id: OrderId
    name: str | None = None
    extension: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCount:
    """How often a field was there and was read as a mark, or was there and is none."""

    field: str
    n_read: int
    n_no_mark: int


@dataclass(frozen=True, slots=True, eq=False)
class SeenSlot:
    """Which spellings a slot may have had, True for each of them."""

    kind: int
    allowed: Bools


SeenAddress: TypeAlias = tuple[SeenSlot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SeenOrder:
    """What was seen of one order: by field, each different value once.

    ``addresses`` holds each address once for each tidiness: as it stands, and with separators that
    may have been tidied away left open.
    """

    order_id: OrderId
    values: dict[str, list[Heard]] = field(default_factory=dict)
    addresses: list[tuple[SeenAddress, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The orders of a copy, how its fields were read, and the priors of its tidiness."""

    orders: tuple[SeenOrder, ...]
    counts: tuple[FieldCount, ...]
    tidiness: tuple[float, ...]


def observe(rows: Iterable[SeenRow], locale: str, *, spoken: bool) -> Observed:
    """Read the rows of a copy; of equal rows about one order, one counts."""
    tongue = TONGUES[locale]
    found: dict[str, SeenOrder] = {}
    layouts: dict[str, list[Layout]] = {}
    read, no_mark = dict.fromkeys(FIELDS, 0), dict.fromkeys(FIELDS, 0)
    for row in dict.fromkeys(rows):
        key = str(row.order_id)
        order = found.setdefault(key, SeenOrder(row.order_id))
        for name, text, hear in (
            (NAME, row.name, tongue.hear_name),
            (EXTENSION, row.extension, extensions.hear),
        ):
            if text is None or not text.strip():
                continue
            heard = hear(text, spoken=spoken) if len(text) <= _LONGEST else None
            read[name] += heard is not None
            no_mark[name] += heard is None
            if heard is not None:
                order.values.setdefault(name, []).append(heard)
        if row.address is not None and row.address.strip():
            layout = tongue.layout(row.address)
            is_read = any(slot.seen is not None for slot in layout.slots)
            read[ADDRESS] += is_read
            no_mark[ADDRESS] += not is_read
            if is_read:
                layouts.setdefault(key, []).append(layout)
    tidiness = _address_versions(found, layouts)
    counts = tuple(FieldCount(field=f, n_read=read[f], n_no_mark=no_mark[f]) for f in FIELDS)
    return Observed(orders=tuple(found.values()), counts=counts, tidiness=tidiness)


def _address_versions(
    orders: dict[str, SeenOrder], layouts: dict[str, list[Layout]]
) -> tuple[float, ...]:
    """Fill in the addresses as they stand and, where that differs, as they may have been."""
    slots = [s for many in layouts.values() for layout in many for s in layout.slots]
    present = {_separator(s.spellings[s.seen]) for s in slots if s.is_gap and s.seen is not None}
    is_open = any(s.is_gap and s.seen == 0 and not _separators(s) <= present for s in slots)
    for key, many in layouts.items():
        for layout in many:
            plain = _seen(layout.slots, None)
            open_too = (_seen(layout.slots, present),) if is_open else ()
            orders[key].addresses.append((plain, *open_too))
    return (1.0 - TIDIED, TIDIED) if is_open else (1.0,)


def _seen(slots: Sequence[Slot], present: Collection[str] | None) -> SeenAddress:
    """Return what slots show; with ``present``, a plain gap may have been any that never occurs."""
    seen = []
    for slot in slots:
        if slot.seen is None:
            continue
        allowed = np.zeros(len(slot.spellings), dtype=np.bool_)
        allowed[slot.seen] = True
        if present is not None and slot.is_gap and slot.seen == 0:
            allowed |= [_separator(spelling) not in present for spelling in slot.spellings]
        if not allowed.all():
            seen.append(SeenSlot(slot.kind, allowed))
    return tuple(seen)


def _separators(slot: Slot) -> set[str]:
    return {_separator(spelling) for spelling in slot.spellings[1:]}


def _separator(spelling: str) -> str:
    """Return what a separator is known by: its punctuation, or a space."""
    return spelling.strip() or spelling

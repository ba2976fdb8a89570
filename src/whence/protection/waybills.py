"""What a waybill still shows: printed names, phones and addresses against GB/T 41833-2022.

The standard on privacy waybills asks that at least one character of the name, six digits of the
phone, and the unit and room of the address be hidden. It is known here second-hand, from what
others quote of it. A finding is a row and a rule, never what stands there.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from whence.protection.hiding import STAR, plain, starred
from whence.protection.masking import LONGEST
from whence.protection.masks_addresses import shows_door
from whence.protection.masks_numbers import PHONE_DIGITS_HIDDEN, phone_key

COLUMNS: Final = ("name", "phone", "address", "text")
_FORM_OF_ADDRESS: Final = re.compile(".{1,2}(?:先生|女士|小姐|同学|老师)")
_SHORTEST_PHONE: Final = 7  # a number of fewer digits is no subscriber's: 95013, 110
_MOBILE: Final = 11
# Inside a whole text: a mobile number, whole or in part, no longer number around it.
_MOBILE_IN_TEXT: Final = re.compile(
    r"(?<![\d*A-Za-z])(?:\+?86[ -]?)?(1[3-9][\d*]([ -]?[\d*]){8})(?![\d*])"
)
_FIXED_IN_TEXT: Final = re.compile(r"(?<![\d*A-Za-z-])(0\d{2,3}[ -][\d*]{7,8})(?![\d*])")
_ID_IN_TEXT: Final = re.compile(r"(?<![\d*A-Za-z])\d{17}[\dXx](?![\dA-Za-z*])")
_ADDRESSEE: Final = re.compile(
    r"(?:收件人|收货人|收方|姓名|recipient|consignee)\s*[:：]?\s*([^\s\d,，;；:：()（）]+)",
    re.IGNORECASE,
)
_DOOR_IN_TEXT: Final = re.compile(
    r"(?<![\d-])[A-Za-z]?\d+(?:-\d+)*\s*(?:单元|室|号房)"
    r"|(?<![一二三四五六七八九十])[一二三四五六七八九十]+\s*(?:单元|室|号房)"
    r"|\b(?:apt|apartment|flat|unit|suite|room)\b\.?\s*#?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a row shows too much of: its number in the file, the column, the rule it breaks."""

    row: int
    column: str
    rule: str  # name, phone, address or id_number


def check_waybills(
    rows: Sequence[int],
    columns: Mapping[str, Sequence[str | None]],
    *,
    own_numbers: Collection[str] = (),
) -> list[Shown]:
    """Return what is not hidden enough, row by row.

    ``rows`` numbers the rows, ``columns`` holds those of ``COLUMNS`` there are. ``own_numbers`` are
    relay numbers, which lead to the installation and not to a person.
    """
    own = {phone_key(number) for number in own_numbers}
    found = [
        Shown(row=row, column=column, rule=rule)
        for column in COLUMNS
        if column in columns
        for row, cell in zip(rows, columns[column], strict=True)
        if cell and cell.strip()
        for rule in _broken(column, starred(plain(cell)), own)
    ]
    return sorted(found, key=lambda shown: (shown.row, COLUMNS.index(shown.column), shown.rule))


def _broken(column: str, cell: str, own: Collection[str]) -> Iterable[str]:
    if column == "text":
        return _broken_in_text(cell, own)
    if len(cell) > LONGEST:  # whatever it is, it is not hidden
        return [column]
    is_shown = {
        "name": lambda: _shows_name(cell),
        "phone": lambda: _shows_phone(cell, own),
        "address": lambda: shows_door(cell),
    }
    return [column] if is_shown[column]() else []


def _shows_name(cell: str) -> bool:
    """Return whether a name is printed whole. 张先生 hides what comes after the surname."""
    letters = [sign for sign in cell if sign.isalpha()]
    hides = STAR in cell or "某" in cell or _FORM_OF_ADDRESS.fullmatch(cell) is not None
    return bool(letters) and not hides


def _shows_phone(cell: str, own: Collection[str]) -> bool:
    """Return whether fewer than six digits of a number are hidden."""
    number = phone_key(cell).partition("x")[0]
    if any(number.startswith(relay) for relay in own if relay):
        return False
    n_shown, n_hidden = sum(sign.isdigit() for sign in cell), cell.count(STAR)
    if n_hidden:
        # Several stars may stand for more digits, or fewer stars for all: count what is left too.
        return n_hidden < PHONE_DIGITS_HIDDEN and n_shown > _MOBILE - PHONE_DIGITS_HIDDEN
    return n_shown >= _SHORTEST_PHONE


def _broken_in_text(text: str, own: Collection[str]) -> list[str]:
    found = []
    if any(_shows_name(name) for name in _ADDRESSEE.findall(text)):
        found.append("name")
    numbers = [match[1] for match in _MOBILE_IN_TEXT.finditer(text)]
    numbers += [match[1] for match in _FIXED_IN_TEXT.finditer(text)]
    if any(_shows_phone(number, own) for number in numbers):
        found.append("phone")
    if _DOOR_IN_TEXT.search(text):
        found.append("address")
    if _ID_IN_TEXT.search(text):
        found.append("id_number")
    return found

"""Addresses in Latin letters, which run from small to large: only the door is cut out.

Apartment, flat, unit, suite, room, floor and box lose their number, wherever they stand. An
address that names none loses the number of its house; a house that has a name loses that.
"""

import re
from typing import Final

from whence.protection.hiding import HIDDEN

_ALNUM: Final = r"[\w*]+(?:[-/][\w*]+)*"
_STREETS: Final = "street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way"
_INSIDE: Final = "apartment|apt|flat|unit|suite|ste|room|rm|floor|level|lvl|box"
_DOORS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Apt 5, Flat 3B, Unit 4, Room 502, #05-12, PO Box 123
        rf"(?:\b(?:{_INSIDE})\b\.?|\#)\s*\#?\s*(?P<door>{_ALNUM})",
        # 3rd floor, 12/F
        r"(?<![\d*])(?P<door>[\d*]+)(?:st|nd|rd|th)?(?:\s*floor\b|\s*fl\b|/f\b)",
        # 4/12 Mill Street: the unit before the house
        r"(?:^|[,\n])\s*(?P<door>[\w*]+)/[\d*]+[a-z]?\s+[a-z]",
        # 12 Mill Street 5B
        rf"\b(?:{_STREETS})\b\.?\s+(?P<door>[a-z]?[\d*]+[a-z]?)(?![\w*])",
        # , 5B,
        r"(?:^|[,\n])\s*(?P<door>[a-z]?[\d*]+[a-z]?)\s*(?=[,\n]|$)",
    )
)
_HOUSE: Final = re.compile(r"[^\W\d]?[\d*]+[^\W\d]?(?:[-/][\w*]+)*", re.IGNORECASE)
_WORD: Final = re.compile(r"[\w*]+")


def mask_latin_address(text: str) -> str:
    """Return an address with its door hidden, or its house where it names no door."""
    doors = list(_doors(text))
    if not doors:
        doors = [_house(text)]
    gone = {text[start:end].casefold() for start, end in doors}
    parts, at = [], 0
    for start, end in doors:
        parts += [_without(text[at:start], gone), HIDDEN]
        at = end
    return "".join([*parts, _without(text[at:], gone)]) or HIDDEN


def shows_latin_door(text: str) -> bool:
    """Return whether the number of a door can be read."""
    return any(text[start:end].strip("*-/ ") for start, end in _doors(text))


def _doors(text: str) -> list[tuple[int, int]]:
    """Return where doors stand, from left to right, each place once."""
    found = sorted(match.span("door") for pattern in _DOORS for match in pattern.finditer(text))
    doors: list[tuple[int, int]] = []
    for start, end in found:
        if doors and start < doors[-1][1]:
            doors[-1] = (doors[-1][0], max(end, doors[-1][1]))
        else:
            doors.append((start, end))
    return doors


def _house(text: str) -> tuple[int, int]:
    """Return where the house's number stands, or the first part of the address."""
    number = _HOUSE.search(text)
    return number.span() if number else (0, (text + ",").index(","))


def _without(kept: str, gone: set[str]) -> str:
    """Return what is kept; a word that was hidden goes, and a number that holds one."""
    pieces = {piece for door in gone for piece in _WORD.findall(door) if piece.strip("*")}

    def hide(word: re.Match[str]) -> str:
        text = word[0].casefold()
        is_number = any(sign.isdigit() for sign in text)
        repeats = text in pieces or (is_number and any(piece in text for piece in pieces))
        return HIDDEN if repeats else word[0]

    return _WORD.sub(hide, kept)

"""Addresses: what leads to a door is hidden, from the unit or room on.

GB/T 41833-2022 asks for unit and room (second-hand). A Chinese address runs from large to small, so
the first number that is no road's, building's or field's begins the hidden part, and everything
behind it goes. An address that names no unit or room loses its most exact number: in a village
that is the household's. What cannot be understood keeps at most its road or district.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from whence.protection.hiding import HAN, HIDDEN, plain, stands_in, starred
from whence.protection.masks_addresses_latin import mask_latin_address, shows_latin_door

_PART: Final = r"[A-Za-z]?[0-9*]+[A-Za-z]?"
_BUILDING: Final = ("号楼", "栋", "幢", "座", "#楼", "#")
_POINT: Final = ("号院", "弄", "号")  # numbers on the ground, most exact where nothing follows
_WIDE: Final = (
    *("号线", "国道", "省道", "县道", "乡道", "公里", "大道", "大街", "胡同", "支路", "大队"),
    *("巷", "街", "路", "道", "里", "区", "期", "组", "队", "社", "村", "米", "环", "连", "团"),
)
_PUBLIC: Final = "|".join((*_BUILDING[:1], *_POINT[:1], *_WIDE, *_BUILDING[1:], *_POINT[1:]))
# Chinese numerals and single letters count only before one of these: 三里屯 and 五角场 are places.
_WORDED: Final = r"(?:[零〇一二三四五六七八九十百两]+|[A-Za-z]|[甲乙丙丁东西南北中](?=\s*[单户]))"
_BEHIND_WORDS: Final = (
    r"(?=\s*(?:号楼|栋|幢|座|单元|室|层|户(?!县|部)|号房|楼(?!村|镇|乡|路|街|子|台|区)))"
)
_NUMBER: Final = re.compile(
    rf"(?P<number>{_PART}(?:\s*[-–—~/]\s*{_PART})*|{_WORDED}{_BEHIND_WORDS})"
    rf"(?:\s*(?P<public>{_PUBLIC})(?!室|房|门|铺|档|户))?"
)
_HOUSEHOLD: Final = re.compile(r"[村屯寨庄组队社]\s*$")  # a number behind it is a household's
_ON_A_ROAD: Final = re.compile(r"(?:路|街|道|巷|弄|胡同|里|段)\s*$")
_POSTCODE: Final = re.compile(r"\d{6}(?=\s*[^\d\s-])")
_DISTRICT: Final = re.compile(
    r".*(?:自治区|街道|大道|胡同|[省市区县旗州盟镇乡村屯寨庄路街巷弄组])", re.DOTALL
)
_RUN: Final = re.compile(r"[0-9]{3,}")  # a number long enough to lead to a door by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number in an address: where it stands, and whether it leads to a door."""

    start: int
    end: int
    text: str
    is_door: bool
    is_household: bool
    is_point: bool


def mask_address(text: str) -> str:
    """Return an address without unit and room; of a single house, without its number."""
    text = plain(starred(text))
    if not HAN.search(text):
        return mask_latin_address(text)
    numbers = list(_numbers(text))
    start = _hidden_from(text, numbers)
    kept, hidden = text[:start].rstrip(" -–—,，.、(（"), text[start:]
    if not any(sign.isalnum() or sign == "*" for sign in hidden):
        return text
    kept = _without_repeats(kept, hidden)
    return HIDDEN if stands_in([_letters(hidden)], _letters(kept)) else kept + HIDDEN


def shows_door(text: str) -> bool:
    """Return whether a unit or a room can be read in an address."""
    text = plain(starred(text))
    if not HAN.search(text):
        return shows_latin_door(text)
    return any(
        number.is_door and not number.is_household and number.text.strip("*- ")
        for number in _numbers(text)
    )


def _hidden_from(text: str, numbers: list[_Number]) -> int:
    """Return where the hidden part begins."""
    doors = [number.start for number in numbers if number.is_door]
    if doors:
        return doors[0]
    points = [number.start for number in numbers if number.is_point]
    if points:
        return points[-1]
    district = _DISTRICT.match(text)
    return district.end() if district else 0


def _numbers(text: str) -> Iterator[_Number]:
    """Yield the numbers of a Chinese address as they stand."""
    in_building = False
    point_ended = -1
    for found in _NUMBER.finditer(text):
        number, public = found["number"], found["public"]
        before = text[: found.start()]
        if not before.strip() and _POSTCODE.match(text, found.start()):
            continue
        is_joined = bool(re.search(r"[-–—~/]", number))
        is_household = is_door = False
        if public is None:
            is_door = True
        elif public == "号":
            is_household = bool(_HOUSEHOLD.search(before))
            is_room = in_building or found.start() == point_ended
            is_door = is_household or is_room or (is_joined and not _ON_A_ROAD.search(before))
            point_ended = found.end()
        elif public in _BUILDING:
            is_door = is_joined and public == "#"
            in_building = True
        yield _Number(
            start=found.start(),
            end=found.end(),
            text=number,
            is_door=is_door,
            is_household=is_household,
            is_point=public in _POINT or public in _BUILDING,
        )


def _without_repeats(kept: str, hidden: str) -> str:
    """Return what is kept, with every number hidden that holds a hidden one."""
    gone = _RUN.findall(hidden)
    if (alone := re.fullmatch(r"\W*([0-9]+)\W*", hidden)) is not None:
        gone.append(alone[1])
    return re.sub(
        r"[0-9]+", lambda run: HIDDEN if any(part in run[0] for part in gone) else run[0], kept
    )


def _letters(text: str) -> str:
    return re.sub(r"[^\w*]", "", text)

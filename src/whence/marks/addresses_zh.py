"""Spellings of a Chinese address that a courier reads alike: written and read back in one place.

Province and city in full or in short, building, unit and room by words that mean the same, small
numbers in digits or characters, and what separates the parts. Nothing is done where two readings
are possible: a city is named in short only behind its province, and only where a district follows;
a number that stands against another stays as it is.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from whence.marks.regions_zh import CITIES, MUNICIPALITIES, PREFECTURES, PROVINCES
from whence.marks.spelling import Layout, Slot

(
    REGION,
    DISTRICT_GAP,
    ESTATE,
    BUILDING_GAP,
    BUILDING_NUMBER,
    BUILDING_WORD,
    UNIT_GAP,
    UNIT_NUMBER,
    ROOM_GAP,
    ROOM_WORD,
) = range(10)  # which of an order's sixteen words: never to be changed, or old marks are lost

_COMMA: Final = ("", " ", "，")
_DASH: Final = ("", " ", "-")
_BUILDINGS: Final = ("号楼", "栋", "幢", "座")
_TOWERS: Final = ("座", "栋", "幢")  # for letters
_ROOMS: Final = ("室", "房", "户", "号", "")
_ROOMS_ALONE: Final = ("室", "房", "户")  # behind a road, "401号" would be a house
_NUMERALS: Final = "一二三四五六七八九十"
_SEPARATORS: Final = r"[\s,;、·\-–—/]*"
_SEPARATING: Final = " \t\n\r,;、·-–—/"  # the same, one by one
_A_SEPARATOR: Final = re.compile(_SEPARATORS[:-1])
_NUMBER: Final = rf"(?:\d{{1,3}}|[{_NUMERALS}]{{1,3}})"
_APART: Final = rf"(?<![0-9A-Za-z{_NUMERALS}百])"  # a number does not begin inside another
_TAIL: Final = re.compile(
    rf"(?P<before>.*?)"
    rf"(?:(?P<building_gap>{_SEPARATORS}){_APART}"
    rf"(?P<building>{_NUMBER}|[A-Za-z]\d{{0,2}}|\d{{1,2}}[A-Za-z])(?P<building_word>号楼|#楼|栋|幢|座))?"
    rf"(?:(?P<unit_gap>{_SEPARATORS}){_APART}(?P<unit>{_NUMBER})单元)?"
    rf"(?:(?P<room_gap>{_SEPARATORS}){_APART}(?P<room>\d{{3,4}}[A-Za-z]?)(?P<room_word>[室房户号]?))?"
    rf"(?P<after>\s*\([^()]*\))?$",
    re.DOTALL,
)
_DISTRICT: Final = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{1,9}?)(?P<suffix>[区县市旗](?![区县市旗])|街道|镇)"
    rf"(?P<gap>{_SEPARATORS}+)(?![区县市旗])"  # possessive: what follows all separators
)
_NO_DISTRICT: Final = re.compile(r"[路街道巷弄号村楼园]|(?:^[区中市辖郊])|[小社校厂景库片宅院工]$")
_ESTATE: Final = re.compile(
    rf"(?P<road>.*\d号)(?P<gap>{_SEPARATORS})(?P<open>\(?)(?P<name>[\u4e00-\u9fff]{{3,12}})(?P<close>\)?)",
    re.DOTALL,
)
_NO_ESTATE: Final = re.compile(r"^[院楼栋幢座弄附之支内旁对门口]")


def layout(text: str) -> Layout:
    """Take an address apart; it may have no slots at all."""
    folded = unicodedata.normalize("NFKC", text).strip()
    head, rest = _region(folded)
    return Layout(tuple(filter(None, (*head, *_places(rest, is_headed=bool(head))))))


def _region(text: str) -> tuple[list[str | Slot], str]:
    """Return province, city and district as pieces, and what follows them."""
    for spelling, place in _beginnings(text):
        found = _DISTRICT.match(text, place)
        if found and not _NO_DISTRICT.search(found["name"]):
            pieces = [_choice(REGION, _spellings()[spelling], spelling), found[1] + found[2]]
            rest = text[found.end() :]
            if rest and not _is_number(rest[0]):
                pieces.append(_gap(DISTRICT_GAP, _COMMA, found["gap"]))
            else:
                pieces.append(found["gap"])
            return pieces, rest
    return [], text


def _beginnings(text: str) -> Iterator[tuple[str, int]]:
    """Yield the spellings of a region that a text begins with, longest first, and their ends.

    Separators within are passed over.
    """
    known = _spellings()
    start = text[: _longest()]
    places = None
    if _A_SEPARATOR.search(start):
        places = [at + 1 for at, c in enumerate(text[: 2 * _longest()]) if c not in _SEPARATING]
        start = "".join(text[at - 1] for at in places)
    for length in _lengths().get(start[:2], ()):
        spelling = start[:length]
        if len(spelling) == length and spelling in known:
            end = places[length - 1] if places else length
            while end < len(text) and text[end] in _SEPARATING:
                end += 1
            yield spelling, end


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Return each spelling of province and city -> all spellings of the same, plainest first."""
    found: dict[str, tuple[str, ...]] = {}
    for name in MUNICIPALITIES:
        both = (name + "市", name)
        found |= dict.fromkeys(both, both)
    for full, short in PROVINCES.items():
        named = [(name + "市", name) for name in CITIES[short].split()]
        named += list(PREFECTURES.get(short, {}).items())
        for city, in_short in named:
            same = [full + city, full + in_short, short + city, short + in_short]
            if city != short + "市":  # "Jilin" alone would be a province
                same += [city] if in_short == city[:-1] else [city, in_short]
            found |= dict.fromkeys(same, tuple(same))
    return found


@cache
def _longest() -> int:
    return max(map(len, _spellings()))


@cache
def _lengths() -> dict[str, list[int]]:
    """Return how long the spellings are that begin with two characters, longest first."""
    found: dict[str, set[int]] = {}
    for spelling in _spellings():
        found.setdefault(spelling[:2], set()).add(len(spelling))
    return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}


def _places(text: str, *, is_headed: bool) -> Iterator[str | Slot]:
    """Yield road, estate, building, unit and room as pieces."""
    found = _TAIL.fullmatch(text)
    is_anchored = found is not None and bool(found["building"] or found["unit"])
    has_room = found is not None and (is_anchored or found["room_word"] in _ROOMS_ALONE)
    if found is None or not (is_anchored or has_room):
        yield text
        return
    before = found["before"]
    is_free = bool(before) and not _is_number(before.rstrip(") ")[-1:])
    if not found["building"]:
        yield before
    elif is_free or (not before and is_headed):
        yield from _estate(before)
        yield from _building(found, has_gap=bool(before))
    else:
        yield before + found["building_gap"] + found["building"] + found["building_word"]
    if found["unit"]:
        yield from _unit(found, is_free=is_free or bool(found["building"]))
    if found["room"]:
        yield from _room(found, is_free=is_free or is_anchored, is_anchored=is_anchored)
    yield found["after"] or ""


def _unit(found: re.Match[str], *, is_free: bool) -> Iterator[str | Slot]:
    if is_free:
        yield _gap(UNIT_GAP, _DASH, found["unit_gap"])
        yield _number(UNIT_NUMBER, found["unit"])
    else:
        yield found["unit_gap"] + found["unit"]
    yield "单元"


def _room(found: re.Match[str], *, is_free: bool, is_anchored: bool) -> Iterator[str | Slot]:
    yield _gap(ROOM_GAP, _DASH, found["room_gap"]) if is_free else found["room_gap"]
    yield found["room"]
    yield _choice(ROOM_WORD, _ROOMS if is_anchored else _ROOMS_ALONE, found["room_word"])


def _estate(before: str) -> Iterator[str | Slot]:
    found = _ESTATE.fullmatch(before)
    if not found or _NO_ESTATE.match(found["name"]) or bool(found["open"]) != bool(found["close"]):
        yield before
        return
    name = found["name"]
    yield found["road"]
    spellings = (name, f"（{name}）", f" {name}", f"，{name}")
    yield _choice(ESTATE, spellings, found["gap"] + found["open"] + name + found["close"])


def _building(found: re.Match[str], *, has_gap: bool) -> Iterator[str | Slot]:
    if has_gap:
        yield _gap(BUILDING_GAP, _DASH, found["building_gap"])
    else:
        yield found["building_gap"]
    yield _number(BUILDING_NUMBER, found["building"])
    is_lettered = re.search(r"[A-Za-z]", found["building"])
    words = _TOWERS if is_lettered else _BUILDINGS
    yield _choice(BUILDING_WORD, words, found["building_word"])


@lru_cache(1 << 12)
def _number(kind: int, written: str) -> str | Slot:
    """Return a number in digits or in characters where it has both; else as it is."""
    in_digits = _digits_of(written)
    if in_digits is None:
        return written
    return _choice(kind, (in_digits, _characters_of(int(in_digits))), written)


def _digits_of(written: str) -> str | None:
    """Return a number of 1 to 99 as digits; None for anything else."""
    if re.fullmatch(r"[1-9]\d?", written):
        return written
    tens, ten, ones = written.partition("十")
    values = [_NUMERALS.find(c) + 1 for c in (tens or "一", ones) if c]
    if not re.fullmatch(rf"[{_NUMERALS[:-1]}]?十?[{_NUMERALS[:-1]}]?", written) or 0 in values:
        return None
    number = values[0] * 10 + sum(values[1:]) if ten else values[0]
    return str(number) if _characters_of(number) == written else None


def _characters_of(number: int) -> str:
    """Return 1 to 99 as people write it: 三, 十二, 二十."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else (_NUMERALS[tens - 1] if tens > 1 else "") + "十"
    return head + (_NUMERALS[ones - 1] if ones else "")


@lru_cache(1 << 16)
def _choice(kind: int, spellings: tuple[str, ...], written: str, *, is_gap: bool = False) -> Slot:
    """Return the slot that a spelling stands in; compared as compatibility forms are folded."""
    folded = [unicodedata.normalize("NFKC", spelling) for spelling in spellings]
    seen = folded.index(written) if written in folded else None
    return Slot(kind=kind, spellings=spellings, seen=seen, is_gap=is_gap)


def _gap(kind: int, spellings: tuple[str, ...], written: str) -> Slot:
    return _choice(kind, spellings, written, is_gap=True)


def _is_number(character: str) -> bool:
    is_latin = character.isascii() and character.isalnum()
    return bool(character) and (is_latin or character in _NUMERALS + "百")


def with_room(address: str, room: int) -> str:
    """Return an address of the installation with a room, or where it has one, with a letter box."""
    has_room = any(slot.kind == ROOM_WORD for slot in layout(address).slots)
    separator = " " if _is_number(address.strip()[-1:]) else ""
    return address.strip() + separator + (f"{room}号信箱" if has_room else f"{room}室")

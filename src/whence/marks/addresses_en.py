"""Spellings of an English address that a courier reads alike: written and read back in one place.

``328 Mill Lane, Apt 11, Springfield, IL 62704``: the kind of way and of dwelling in full or in
short, the state by name or by letters, and what separates the parts.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from whence.marks.spelling import Layout, Slot

HOUSE, WAY, UNIT_GAP, UNIT_WORD, TOWN_GAP, STATE_GAP, STATE = range(7)  # never to be changed

_WAYS: Final[dict[str, tuple[str, ...]]] = {
    full: (full, short, short + ".")
    for full, short in (
        *(("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Lane", "Ln"), ("Drive", "Dr")),
        *(("Court", "Ct"), ("Place", "Pl"), ("Boulevard", "Blvd"), ("Terrace", "Ter")),
        *(("Square", "Sq"), ("Circle", "Cir"), ("Highway", "Hwy"), ("Parkway", "Pkwy")),
        *(("Crescent", "Cres"), ("Trail", "Trl"), ("Close", "Cl")),
    )
}
# "Unit" and "Flat" stay as they are: elsewhere they are not the same as an apartment.
_DWELLINGS: Final = (("Apt ", "Apartment ", "Apt. ", "#"), ("Suite ", "Ste ", "Ste. "))
_STATE_LIST: Final = (
    "AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut "
    "DE:Delaware FL:Florida GA:Georgia HI:Hawaii ID:Idaho IL:Illinois IN:Indiana IA:Iowa "
    "KS:Kansas KY:Kentucky LA:Louisiana ME:Maine MD:Maryland MA:Massachusetts MI:Michigan "
    "MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska NV:Nevada "
    "NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina "
    "ND:North_Dakota OH:Ohio OK:Oklahoma OR:Oregon PA:Pennsylvania RI:Rhode_Island "
    "SC:South_Carolina SD:South_Dakota TN:Tennessee TX:Texas UT:Utah VT:Vermont VA:Virginia "
    "WA:Washington WV:West_Virginia WI:Wisconsin WY:Wyoming DC:District_of_Columbia"
)
_STATES: Final = dict(pair.split(":") for pair in _STATE_LIST.split())
_SEPARATORS: Final = (", ", " - ", "; ")
_BEFORE_STATE: Final = (", ", " ")
_GAP: Final = r"\s*[,;]\s*|\s+-\s+"


@cache
def _pattern() -> re.Pattern[str]:
    ways = "|".join(f"{full}|{short}\\b\\.?" for full, (_, short, _) in _WAYS.items())
    states = "|".join([*_STATES, *(name.replace("_", " ") for name in _STATES.values())])
    dwelling = r"Apartment\s+|Apt\b\.?\s*|Unit\s+|\#\s*|Flat\s+|Suite\s+|Ste\b\.?\s*"
    return re.compile(
        rf"(?P<no>No\.\s)?(?P<house>\d+[A-Za-z]?)(?P<name>\s[A-Za-z.' ]{{2,40}}?\s)(?P<way>{ways})"
        rf"(?:(?P<unit_gap>{_GAP}|\s+)(?P<word>{dwelling})(?P<unit>\d{{1,5}}[A-Za-z]?|[A-Za-z]\d{{0,4}})"
        rf"(?![\w.]))?"
        rf"(?:(?P<town_gap>{_GAP})(?P<town>[A-Za-z.' ]{{2,40}}?)"
        rf"(?:(?P<state_gap>,\s|\s)(?P<state>{states})(?P<zip>\s\d{{5}}(?:-\d{{4}})?|(?=[,;]|$)))?"
        rf"(?P<after>[,;\s].*)?)?",
        re.DOTALL,
    )


def layout(text: str) -> Layout:
    """Take an address apart; it may have no slots at all."""
    folded = unicodedata.normalize("NFKC", text).strip()
    found = _pattern().fullmatch(folded)
    return Layout(tuple(_pieces(found)) if found else (folded,))


def _pieces(found: re.Match[str]) -> Iterator[str | Slot]:
    yield _slot(HOUSE, ("", "No. "), found["no"] or "")
    yield found["house"] + found["name"]
    way = found["way"]
    ways = next(w for full, w in _WAYS.items() if way in w)
    yield _slot(WAY, ways, way)
    if found["unit"]:
        yield _slot(UNIT_GAP, _SEPARATORS, found["unit_gap"], is_gap=True)
        word = " ".join([*found["word"].split(), ""]) if found["word"].strip() != "#" else "#"
        words = next((w for w in _DWELLINGS if word in w), (word,))
        yield _slot(UNIT_WORD, words, word) if len(words) > 1 else word
        yield found["unit"]
    if found["town"]:
        yield _slot(TOWN_GAP, _SEPARATORS, found["town_gap"], is_gap=True)
        yield found["town"]
    if found["state"]:
        yield _slot(STATE_GAP, _BEFORE_STATE, found["state_gap"], is_gap=True)
        letters = next(k for k, v in _STATES.items() if found["state"] in {k, v.replace("_", " ")})
        yield _slot(STATE, (letters, _STATES[letters].replace("_", " ")), found["state"])
        yield found["zip"]
    if found["after"]:
        yield found["after"]


def _slot(kind: int, spellings: tuple[str, ...], written: str, *, is_gap: bool = False) -> Slot:
    seen = spellings.index(written) if written in spellings else None
    return Slot(kind=kind, spellings=spellings, seen=seen, is_gap=is_gap)


def with_room(address: str, room: int) -> str:
    """Return an address of the installation with a room, or where it has one, with a letter box."""
    has_room = any(slot.kind == UNIT_WORD for slot in layout(address).slots)
    street, comma, town = address.strip().partition(",")
    return f"{street}, {'Box' if has_room else 'Apt'} {room}{comma}{town}"

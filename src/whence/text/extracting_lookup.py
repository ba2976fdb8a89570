"""Where a Chinese number was given out, and by which carrier: what its prefix says, not its caller.

The table is made from the data of ``phonenumbers`` (Apache-2.0) by ``tools/number_places.py``. A
number can be carried over to another carrier, and a display can be forged.
"""

import json
import re
import zlib
from array import array
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FIRST: Final = 1_300_000  # seven digits of a mobile number, tools/number_places.py
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_FIXED: Final = re.compile(r"(?:\+?860?|0)([1-9]\d{8,11})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Province and city of a prefix, and its carrier in English and Chinese, where known."""

    place: str
    carrier_en: str = ""
    carrier_zh: str = ""


def origin_of(number: str) -> Origin | None:
    """Return what the prefix of a number says; None for a number of another country or form."""
    head, mobile = _table()
    if found := _MOBILE.fullmatch(number):
        digits = found[1]
        place = head["places"][mobile[int(digits[:7]) - _FIRST]]
        carriers = head["carriers"]
        known: dict[str, str] = next(
            (carriers[digits[:n]] for n in (4, 3) if digits[:n] in carriers), {}
        )
        if not place and not known:
            return None
        return Origin(place=place, carrier_en=known.get("en", ""), carrier_zh=known.get("zh", ""))
    if found := _FIXED.fullmatch(number):
        areas = head["areas"]
        return next(
            (Origin(place=areas[d]) for n in (4, 3, 2) if (d := found[1][:n]) in areas), None
        )
    return None


@cache
def _table() -> tuple[dict[str, Any], "array[int]"]:
    data = zlib.decompress((files(__package__) / "data" / "number_places.bin").read_bytes())
    line, _, rest = data.partition(b"\n")
    mobile = array("H")
    mobile.frombytes(rest)
    return json.loads(line), mobile

"""Make the table of where Chinese numbers come from, from the ``phonenumbers`` package.

The package's geocoder loads the whole world (8 s); a report needs China: 130,000 prefixes of
mobile numbers and 370 area codes, 0.3 MB. Run after an update of the package:

::

    python tools/number_places.py src/whence/text/data/number_places.bin
"""

import json
import sys
import zlib
from array import array
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_FIRST: Final = 1_300_000  # seven digits of a mobile number
_END: Final = 2_000_000
_MOBILE: Final = "861"
_BEIJING: Final = "8610"  # the one area code that begins as mobiles do


def _chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    chunk = 0
    while True:
        try:
            data: dict[str, Any] = import_module(f"phonenumbers.geodata.data{chunk}").data
        except ImportError:
            return found
        found |= {k[2:]: v["zh"] for k, v in data.items() if k.startswith("86") and "zh" in v}
        chunk += 1


def main(out: Path) -> None:
    """Write the table: one JSON line, then an index of places for each seven digits."""
    prefixes = _chinese()
    carriers = import_module("phonenumbers.carrierdata").CARRIER_DATA
    places = ["", *sorted(set(prefixes.values()))]
    number = {place: at for at, place in enumerate(places)}
    mobile = array("H", bytes(2 * (_END - _FIRST)))
    for prefix, place in sorted(prefixes.items(), key=lambda each: len(each[0])):
        if prefix.startswith("1") and not prefix.startswith(_BEIJING[2:]):
            width = 10 ** (7 - len(prefix))
            first = int(prefix) * width - _FIRST
            mobile[first : first + width] = array("H", [number[place]]) * width
    head = {
        "places": places,
        "areas": {k: v for k, v in sorted(prefixes.items()) if k[0] != "1" or k == _BEIJING[2:]},
        "carriers": {k[2:]: v for k, v in sorted(carriers.items()) if k.startswith(_MOBILE)},
    }
    line = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    if sys.byteorder == "big":
        mobile.byteswap()
    out.write_bytes(zlib.compress(line + b"\n" + mobile.tobytes(), 9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The register of official numbers and channels, and what can be said of a number.

``official.toml`` in the workspace says which numbers and channels are whose, and whether they ever
call first. A number on a display proves nothing, because it can be forged; so what is said of an
official number is whose it is and to dial it oneself, and of any other that no register knows it.
"""

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.errors import InputError, UsageError
from whence.wording import Language

FILE: Final = "official.toml"
CHANNELS: Final = ("phone", "sms", "app", "email", "web", "wechat", "qq")
_COUNTRY: Final = ("0086", "86")  # dialled before a Chinese number from abroad
_FEWEST: Final = 3  # digits of a number: 110
_LONG: Final = 10  # digits from which a number may begin with its country


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """An entry: a number or channel, whose it is, and whether it ever calls or writes first.

    ``is_prefix``: all numbers that begin so, as relay numbers do.
    """

    value: str
    channel: str
    whose_en: str
    whose_zh: str
    starts_first: bool
    is_prefix: bool = False
    checked_on: str = ""
    source: str = ""

    def whose(self, language: Language) -> str:
        """Return whose it is."""
        return self.whose_zh if language == "zh" else self.whose_en


def read_official(folder: Path) -> tuple[Official, ...]:
    """Read a workspace's register; empty where it has none.

    Raises InputError for an entry that lacks something, has a word of its own, or stands twice.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        sheet = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("warning.unreadable", file=path) from error
    entries = sheet.get("official", [])
    if set(sheet) - {"official"} or not isinstance(entries, list):
        raise InputError("warning.unknown-table", file=path, table="", known="[[official]]")
    found: dict[tuple[str, bool], Official] = {}
    for number, entry in enumerate(entries, 1):
        one = _entry(entry, path, number)
        if (one.value, one.is_prefix) in found:
            raise InputError("warning.official-twice", file=path, entry=number)
        found[one.value, one.is_prefix] = one
    return tuple(found.values())


def look_up(written: str, register: Sequence[Official]) -> Official | None:
    """Return the entry that a number or channel stands under; None where no entry knows it.

    A whole number goes before a prefix, a longer prefix before a shorter one. Raises UsageError
    where nothing can be looked up.
    """
    spellings = _spellings(written)
    if not spellings:
        raise UsageError("warning.no-number")
    exact = [e for e in register if not e.is_prefix and e.value in spellings]
    begun = [e for e in register if e.is_prefix and any(s.startswith(e.value) for s in spellings)]
    begun.sort(key=lambda entry: -len(entry.value))
    return next(iter([*exact, *begun]), None)


def plain(written: str) -> str:
    """Return a number as its digits, anything else folded to one spelling."""
    text = unicodedata.normalize("NFKC", written).strip()
    digits = "".join(letter for letter in text if letter.isdecimal())
    rest = [letter for letter in text if not letter.isdecimal()]
    if len(digits) >= _FEWEST and all(letter in " +-().·/" for letter in rest):
        return digits
    return text.casefold()


def _spellings(written: str) -> set[str]:
    """Return how the register may have it: with and without the country before it."""
    bare = plain(written)
    found = {bare} if bare else set()
    for country in _COUNTRY:
        if bare.startswith(country) and len(bare) >= len(country) + _LONG:
            found.add(bare.removeprefix(country))
    return found


_KINDS: Final[dict[str, type]] = {
    "value": str,
    "channel": str,
    "whose_en": str,
    "whose_zh": str,
    "starts_first": bool,
    "is_prefix": bool,
    "checked_on": str,
    "source": str,
}
_REQUIRED: Final = ("value", "channel", "whose_en", "whose_zh", "starts_first")


def _entry(entry: Any, path: Path, number: int) -> Official:  # noqa: ANN401  what TOML holds
    if not isinstance(entry, dict):
        raise InputError("warning.official-bad", file=path, entry=number, key="")
    wrong = [
        key
        for key in (*_REQUIRED, *entry)
        if key not in entry or type(entry[key]) is not _KINDS.get(key)
    ]
    if not wrong and entry["channel"] not in CHANNELS:
        wrong = ["channel"]
    if not wrong and not plain(entry["value"]):
        wrong = ["value"]
    if wrong:
        raise InputError("warning.official-bad", file=path, entry=number, key=wrong[0])
    return Official(**(entry | {"value": plain(entry["value"])}))

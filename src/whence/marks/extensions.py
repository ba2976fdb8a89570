"""Extensions of a relay number: four digits that lead to the addressee, and name the recipient."""

import re
import unicodedata
from typing import Final

import numpy as np

from whence.marks.heard import Heard

DIGITS: Final = 4
_N: Final = 10**DIGITS
_POWERS: Final = 10 ** np.arange(DIGITS - 1, -1, -1)
_PARTED: Final = re.compile(
    r"^(?P<number>.*?\d)\s*(?:[,，;；#*转轉\-–—~]|(?:ext(?:ension)?|extn|x|分机|转接?)\s*[.:：]?)+\s*"
    r"(?P<extension>[\d?？*]{4})\s*[)）]?\s*$",
    re.IGNORECASE,
)
_REAL: Final = 1e-3  # numbers that are dialled with four more digits though nobody gave them
# How an extension reaches us: right, one digit wrong, two neighbours changed, or as anything.
_SPOKEN: Final = (0.93, 0.03, 0.01)
_WRITTEN: Final = (0.98, 0.008, 0.002)


def written(value: int) -> str:
    """Return an extension as it is dialled."""
    return f"{value:0{DIGITS}}"


def dialled(number: str, extension: str, locale: str) -> str:
    """Return number and extension as a person dials them; ``parted`` takes them apart again."""
    return f"{number} {'转' if locale == 'zh' else 'ext.'} {extension}"


def parted(phone: str) -> tuple[str, str] | None:
    """Return number and extension of ``95013 1234 5678 转 0421``; None where it has none.

    The number comes back as digits alone, so that it can be compared.
    """
    found = _PARTED.match(unicodedata.normalize("NFKC", phone).strip())
    if not found:
        return None
    return digits_of(found["number"]), found["extension"].replace("*", "?")


def digits_of(number: str) -> str:
    """Return a telephone number as its digits, its ``+`` kept."""
    plain = unicodedata.normalize("NFKC", number).strip()
    return ("+" if plain.startswith("+") else "") + re.sub(r"\D", "", plain)


def hear(text: str, *, spoken: bool) -> Heard | None:
    """Return how likely the text is for each extension; None where it is none.

    ``?`` stands for a digit that was not caught.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).replace("*", "?")
    if not re.fullmatch(rf"[\d?]{{{DIGITS}}}", plain) or plain == "?" * DIGITS:
        return None
    right, one_wrong, turned = _SPOKEN if spoken else _WRITTEN
    caught = [i for i in range(DIGITS) if plain[i] != "?"]
    values = np.arange(_N)
    digits = values[:, None] // _POWERS % 10
    heard = np.array([int(c) if c != "?" else -1 for c in plain])
    wrong = (digits[:, caught] != heard[caught]).sum(axis=1)
    weights = np.full(_N, (1.0 - right - one_wrong - turned) / _N)
    for share, fits in ((right, wrong == 0), (one_wrong, wrong == 1)):
        weights += share * fits / max(fits.sum(), 1)
    if len(caught) == DIGITS:
        for i in range(DIGITS - 1):
            swapped = heard.copy()
            swapped[[i, i + 1]] = swapped[[i + 1, i]]
            weights[int(swapped @ _POWERS)] += turned / (DIGITS - 1)
    return Heard(weights, by_chance=_REAL)

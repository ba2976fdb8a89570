"""SMS: how many parts a text takes, counted as the networks count (3GPP TS 23.038, TS 23.040).

A text all of whose characters are in the GSM alphabet goes as 7 bits a character: 160 in one
message, 153 in each part of a longer one, where 7 are taken by the header that joins the parts.
Any other character makes the whole text UCS-2: 70, or 67 in each part. Neither an escaped
character (two of the GSM alphabet) nor a pair of surrogates is torn between two parts.
"""

from dataclasses import dataclass
from typing import Final

# TS 23.038, 6.2.1 and 6.2.1.1; the escape itself is no character one can write.
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("\f^{}\\[~]|€")
_ALPHABETS: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_PLANE: Final = 0xFFFF  # above it, UTF-16 writes two units


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A text as it is sent: in which alphabet, in which parts. The parts joined are the text."""

    alphabet: str
    parts: tuple[str, ...]


def in_parts(text: str) -> Sms:
    """Return a text in as few parts as it takes, in order; nothing is cut off or replaced."""
    is_gsm = all(letter in _GSM or letter in _ESCAPED for letter in text)
    alphabet = "GSM-7" if is_gsm else "UCS-2"
    alone, joined = _ALPHABETS[alphabet]
    widths = [_width(letter, is_gsm=is_gsm) for letter in text]
    if sum(widths) <= alone:
        return Sms(alphabet=alphabet, parts=(text,))
    parts, start, used = [], 0, 0
    for at, width in enumerate(widths):
        if used + width > joined:
            parts.append(text[start:at])
            start, used = at, 0
        used += width
    return Sms(alphabet=alphabet, parts=(*parts, text[start:]))


def _width(letter: str, *, is_gsm: bool) -> int:
    """Return how many units of its alphabet a character takes."""
    if is_gsm:
        return 2 if letter in _ESCAPED else 1
    return 2 if ord(letter) > _PLANE else 1

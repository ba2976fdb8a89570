"""Numbers: telephones, identity cards, bank cards. Digits are hidden one by one, signs stay."""

import re
from typing import Final

from whence.protection.hiding import HIDDEN, STAR, plain, stands_in, starred

# GB/T 41833-2022 asks for six digits of a telephone number (second-hand).
PHONE_DIGITS_HIDDEN: Final = 6
_MOBILE: Final = 11  # digits of a Chinese mobile number, which begins with 1
_LONG_LOCAL: Final = 8  # digits after the area code in large Chinese cities; seven elsewhere
_AREA_CODES: Final = (3, 4)  # 010 and 02x have three digits, 03xx to 09xx four
_COUNTRY: Final = re.compile(r"\s*(?:\+\s*86|0086|86(?=[\s-]*1(?:[\s-]*[\d*]){10}\s*$))")
_EXTENSION: Final = re.compile(
    r"(?:转|轉|分机|分機|extension|ext\.?|[x#,;])[\s:.]*(?=[\w*])", re.IGNORECASE
)
_BEFORE_EXTENSION: Final = 5  # a service number, 95013, and longer
_SIGNS: Final = " +-()./"
_BANK_CARD: Final = 13  # ISO/IEC 7812: 13 to 19 in use; the last four may be shown (PCI DSS 3.4)
_BANK_CARD_SHOWN: Final = 4
_ID_NUMBER: Final = 8  # shorter ones keep nothing


def mask_phone(text: str, locale: str) -> str:
    """Return a telephone number with at least six digits hidden, all of them if it has fewer.

    A Chinese mobile number keeps its first three digits and its last two, a fixed one its area
    code, and its last two where eight stand before them; any other number keeps its last two. An
    extension is hidden whole: it may lead to one addressee.
    """
    text = plain(starred(text))
    number, word, extension = _parted(text)
    number = _only(number, _SIGNS)
    country = _COUNTRY.match(number)
    start = country.end() if country else 0
    digits = [at for at, sign in enumerate(number) if at >= start and sign not in _SIGNS]
    is_chinese = bool(country) or (locale == "zh" and not number.lstrip().startswith("+"))
    first, last = _shown([number[at] for at in digits], is_chinese=is_chinese)
    hidden = digits[first : len(digits) - last]
    shown = [number[:start], *_ends(number, digits, first, last)]
    gone = ["".join(number[at] for at in hidden), *re.findall(r"\d+", extension)]
    if any(stands_in(gone, _only(part, "")) for part in shown):
        hidden = [at for at, sign in enumerate(number) if sign not in _SIGNS]
    masked = _starred_at(number, hidden).strip()
    return (masked + word + (HIDDEN if extension else "")) or HIDDEN


def mask_id_number(text: str) -> str:
    """Return an identity number of which the first and the last sign stay."""
    signs = [sign for sign in plain(starred(text)) if sign.isalnum() or sign == STAR]
    if len(signs) < _ID_NUMBER:
        return STAR * len(signs) or HIDDEN
    return signs[0] + STAR * (len(signs) - 2) + signs[-1]


def mask_bank_card(text: str) -> str:
    """Return a card number of which the last four digits stay, in the groups it came in."""
    number = _only(plain(starred(text)), " -")
    digits = [at for at, sign in enumerate(number) if sign not in " -"]
    shown = _BANK_CARD_SHOWN if len(digits) >= _BANK_CARD else 0
    return _starred_at(number, digits[: len(digits) - shown]).strip() or HIDDEN


def phone_key(text: str) -> str:
    """Return a telephone number as it is compared: digits, without China's country code.

    An extension counts as part of the number, after an ``x``. Empty where there are no digits.
    """
    number, _, extension = _parted(plain(text))
    number = _only(number, _SIGNS)
    if (country := _COUNTRY.match(number)) is not None:
        number = number[country.end() :]
    digits, more = re.sub(r"\D", "", number), re.sub(r"\D", "", extension)
    return f"{digits}x{more}" if digits and more else digits


def _parted(text: str) -> tuple[str, str, str]:
    """Return a number, the word before its extension, and the extension."""
    for found in _EXTENSION.finditer(text):
        if len(re.findall(r"[\d*]", text[: found.start()])) >= _BEFORE_EXTENSION:
            return text[: found.start()], found[0], text[found.end() :]
    return text, "", ""


def _shown(digits: list[str], *, is_chinese: bool) -> tuple[int, int]:
    """Return how many digits stay at the beginning and at the end."""
    n = len(digits)
    if is_chinese and n >= _MOBILE and digits[0] == "1":
        return 3, 2 if n == _MOBILE else 0
    if is_chinese and n > 1 and digits[0] == "0" and digits[1] != STAR:
        area = _AREA_CODES[digits[1] not in "12"]
        local = n - area
        if local >= PHONE_DIGITS_HIDDEN:
            return area, 2 if local == _LONG_LOCAL else 0
        return 0, 0
    return 0, 2 if n >= PHONE_DIGITS_HIDDEN + 2 else 0


def _ends(number: str, digits: list[int], first: int, last: int) -> list[str]:
    """Return the digits that stay, as they stand at either end."""
    return [
        "".join(number[at] for at in digits[:first]),
        "".join(number[at] for at in digits[len(digits) - last :]),
    ]


def _only(text: str, signs: str) -> str:
    """Return the digits and stars of a text, and the signs that may stand between them."""
    return "".join(c for c in text if c == STAR or c in signs or (c.isascii() and c.isdigit()))


def _starred_at(text: str, places: list[int]) -> str:
    signs = list(text)
    for at in places:
        signs[at] = STAR
    return "".join(signs)

"""Numbers as people write them in words, Chinese and English, colloquial ones too."""

import re
from typing import Final

DIGITS: Final = dict(
    zip(
        "零〇一二两三四五六七八九壹贰叁参肆伍陆柒捌玖",
        "00122345678" + "9" + "1233456789",
        strict=True,
    )
)
_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
LARGE: Final = {
    "万": 10**4,
    "萬": 10**4,
    "w": 10**4,
    "W": 10**4,
    "亿": 10**8,
    "k": 1_000,
    "K": 1_000,
}
_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH: Final = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_TENS_AT: Final = 100  # from this unit on a last digit counts tenths of it: 两千三 is 2,300


def number_of(text: str) -> int | None:
    """Return what digits or Chinese characters say; None for anything else."""
    return int(text) if text.isdigit() else chinese_number(text)


def chinese_number(text: str) -> int | None:
    """Return what a number in Chinese characters says, colloquial ones (两千三, 三万五) too."""
    if not text or any(c not in DIGITS and c not in _UNITS and c not in LARGE for c in text):
        return None
    if all(c in DIGITS for c in text):
        return int("".join(DIGITS[c] for c in text))
    total = section = digit = 0
    last = 1
    pending = False
    zero = False
    for c in text:
        if c in DIGITS:
            digit = int(DIGITS[c])
            zero = zero or digit == 0
            pending = digit != 0
            if digit == 0:
                last = 1
        elif c in _UNITS:
            section += (digit if pending else 1) * _UNITS[c]
            last, digit, pending = _UNITS[c], 0, False
        else:
            section += digit if pending else 0
            total = (
                (total + section) * LARGE[c]
                if total == 0 or LARGE[c] > 10**4
                else total + section * LARGE[c]
            )
            section = digit = 0
            last, pending = LARGE[c], False
    if pending:
        section += digit * (last // 10 if last >= _TENS_AT else 1)
    return total + section


def english_number(text: str) -> int | None:
    """Return what a number in English words says, up to hundreds of thousands."""
    total = current = 0
    for word in re.split(r"[ -]+", text):
        if word in {"a", "and"}:
            continue
        if word in ENGLISH:
            current += ENGLISH[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total += max(current, 1) * 1_000
            current = 0
    return total + current or None

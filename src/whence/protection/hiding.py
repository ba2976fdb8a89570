"""The signs that hide a character, and how texts are made comparable before any is hidden."""

import re
from collections.abc import Iterable
from typing import Final

STAR: Final = "*"
HIDDEN: Final = "**"  # stands for anything hidden, however long it was

# What shops and waybills print in place of a character, read as a star.
_SIGNS: Final = "＊∗✱●○■□×※"
_STARS: Final = str.maketrans(dict.fromkeys(_SIGNS, STAR))
# Full-width forms of ASCII, U+FF01 to U+FF5E, each one character as the plain ones are.
_PLAIN: Final = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
HAN: Final = re.compile("[々〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]")


def starred(text: str) -> str:
    """Return a text with one sign for what is hidden already."""
    return text.strip().translate(_STARS)


def plain(text: str) -> str:
    """Return a text with full-width letters, digits and signs as plain ones, of equal length."""
    return text.translate(_PLAIN).replace("　", " ")


def stands_in(hidden: Iterable[str], kept: str) -> bool:
    """Return whether anything that was hidden can still be read in what is kept."""
    visible = kept.casefold()
    parts = (part for text in hidden for part in text.casefold().split(STAR))
    return any(part in visible for part in parts if part)

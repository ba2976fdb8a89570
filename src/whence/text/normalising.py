"""A text as its reader hears it, with the way back to every character as it was written.

Full-width and decorated letters, traditional characters, look-alike letters, invisible characters,
symbols and spaces put between characters, digits written as words, homophones and other disguises
become one plain form. Each plain character keeps from where to where it stands in the text given,
so that what is found in the plain form can be quoted as it was written.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_DROP, _EXPAND = "\ue000", "\ue001"  # private use: they stand in no text that has come this far
_MOST_KEPT: Final = 20_000  # characters whose plain form is remembered: more than any language uses

_CJK: Final = "\u3400-\u9fff"
# What is put between characters, never what ends a sentence. Hearts stay: 微❤ is a word.
_BETWEEN: Final = (
    r" \t*·•∙‧.\"'“”‘’「」『』`_\-~^+=°"
    "\u2500-\u2663\u2666-\u2763\u2765-\u27bf\U0001f300-\U0001f90b\U0001f910-\U0001faff"
)
_DROPPED: Final = re.compile(f"{_DROP}+|{_EXPAND}")
_SPACES: Final = re.compile(r"[ \t]{2,}")
_SQUEEZED: Final = re.compile(f"(?<=[{_CJK}])[{_BETWEEN}]{{1,3}}(?=[{_CJK}])")
_DOTTED: Final = re.compile(
    f"(?<=[{_CJK}])[.·*]{{1,2}}(?=[a-z])|(?<=[a-z])[.·*]{{1,2}}(?=[{_CJK}])"
)
_SPELT: Final = re.compile(r"(?<![a-z0-9])(?:[a-z0-9][ .*_-]){3,12}[a-z0-9](?![a-z0-9])")
_STARRED: Final = re.compile(r"(?<=[a-z])[*·](?=[a-z])")
_LEET: Final = re.compile(r"(?<=[a-z])[01345@$](?=[a-z])|(?<![a-z0-9])0(?=[a-z]{2})")
_LEET_MEANS: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"}
_DIGITS: Final = "0123456789〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两"
_AS_DIGITS: Final = str.maketrans(_DIGITS, "012345678900123456789123456789" + "12")
_DIGIT_RUN: Final = re.compile(f"[{_DIGITS}]{{5,}}")  # the shortest QQ number has five


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in its plain form; ``span`` leads back to the text given."""

    given: str
    text: str
    starts: list[int] | None  # of each plain character in the text given; None: as it stands
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return from where to where the plain characters ``start`` to ``end`` were written."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def place(self, at: int) -> int:
        """Return the first plain character that was written at ``at`` or after."""
        return at if self.starts is None else bisect_left(self.starts, at)


class _Letters(dict[int, str]):
    """The plain form of single characters, worked out when one is first met."""

    def __missing__(self, code: int) -> str:
        plain = plain_letter(chr(code))
        if len(plain) != 1:
            plain = _EXPAND if plain else _DROP
        if len(self) < _MOST_KEPT:
            self[code] = plain
        return plain


_letters: Final = _Letters()


def normalise(given: str) -> Plain:
    """Return the plain form of a text."""
    text = given.translate(_letters)
    made = _Tape(text)
    made.replace(_DROPPED, lambda found: _expanded(given, found))
    made.replace(_SPACES, lambda _: " ")
    if not text.isascii():
        made.replace(_SQUEEZED, lambda _: "")
        made.text = _DIGIT_RUN.sub(lambda run: run[0].translate(_AS_DIGITS), made.text)
    made.replace(_DOTTED, lambda _: "")
    made.replace(_SPELT, lambda found: found[0][::2])
    made.replace(_STARRED, lambda _: "")
    made.replace(_LEET, lambda found: _LEET_MEANS[found[0]])
    pattern, meant = _disguises()
    made.replace(pattern, lambda found: meant[found[0]])
    return Plain(given, made.text, made.starts, made.ends)


class _Tape:
    """A text that is rewritten piece by piece and remembers where each character came from."""

    __slots__ = ("ends", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] | None = None
        self.ends: list[int] | None = None

    def replace(self, what: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> None:
        """Put ``by`` in the place of each piece found."""
        pieces = [(found.start(), found.end(), by(found)) for found in what.finditer(self.text)]
        if not pieces:
            return
        if all(end - start == len(new) for start, end, new in pieces):
            self.text = "".join(_spliced(self.text, pieces))
            return
        if self.starts is None or self.ends is None:
            self.starts = list(range(len(self.text)))
            self.ends = list(range(1, len(self.text) + 1))
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in pieces:
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            if end - start == len(new):
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            else:
                starts += [self.starts[start]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            at = end
        starts += self.starts[at:]
        ends += self.ends[at:]
        self.text = "".join(_spliced(self.text, pieces))
        self.starts, self.ends = starts, ends


def _spliced(text: str, pieces: list[tuple[int, int, str]]) -> Iterator[str]:
    at = 0
    for start, end, new in pieces:
        yield text[at:start]
        yield new
        at = end
    yield text[at:]


def _expanded(given: str, found: re.Match[str]) -> str:
    return "" if found[0] != _EXPAND else plain_letter(given[found.start()])


def plain_letter(letter: str) -> str:
    """Return one character's plain form: nothing for an invisible one, several for a ligature."""
    if letter in "\n\t":
        return letter
    kind = unicodedata.category(letter)
    if kind in {"Zl", "Zp"} or letter in "\r\x0b\x0c\x85":
        return "\n"
    if kind in {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"}:
        return ""
    if kind == "Zs":
        return " "
    special, simplified = _tables()
    if letter in special:
        return special[letter]
    folded = unicodedata.normalize("NFKC", letter).lower()
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    if "LATIN" in unicodedata.name(bare[:1] or "\x00", ""):
        folded = bare  # é is read as e; й, が and 각 stay what they are
    plain = (special.get(c, simplified.get(c, c)) for c in folded)
    return "".join(c for c in plain if not _DROP <= c <= _EXPAND)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return look-alike letters and pictures, and traditional characters, with their plain form."""
    data = files(__package__) / "data"
    special = {"➕": "加", "🐧": "qq", "💰": "钱", "。": "。", "｡": "。", "“": '"', "”": '"'}
    special |= {"‘": "'", "’": "'", "「": '"', "」": '"', "『": '"', "』": '"', "﹒": ".", "—": "-"}
    for lookalikes, latin in tomllib.loads((data / "letters.toml").read_text("utf-8")).values():
        special |= dict(zip(lookalikes, latin, strict=True))
    lines = (data / "traditional.txt").read_text("utf-8").splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    simplified: dict[str, str] = {}
    for traditional, simple in zip(rows[::2], rows[1::2], strict=True):
        simplified |= dict(zip(traditional, simple, strict=True))
    return special, simplified


@cache
def _disguises() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds a disguised word in plain text, and the word that each form means."""
    text = (files(__package__) / "data" / "disguises.toml").read_text("utf-8")
    meant = {
        form.translate(_letters): word
        for word, forms in tomllib.loads(text).items()
        for form in forms
    }
    whole = [form for form in meant if form.isascii()]
    inside = [form for form in meant if not form.isascii()]
    by_length = sorted(inside, key=len, reverse=True)
    words = "|".join(re.escape(form) for form in sorted(whole, key=len, reverse=True))
    inner = "|".join(re.escape(form) for form in by_length)
    return re.compile(f"(?:{inner})|(?<![a-z0-9.])(?:{words})(?![a-z0-9.])"), meant

"""What a text claims, and the words it claims it with: to be confirmed, not believed.

Texts are read in a plain form, character by character: full-width, traditional and look-alike
letters become one form, invisible characters and the blanks of a damaged text between Chinese
characters fall out. Each plain character knows where it was written: ``text[start:end] == quote``.
"""

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Final, Literal, TypeAlias

from whence.text.normalising import plain_letter

Field: TypeAlias = Literal[
    "amount",
    "time",
    "relative_time",
    "platform",
    "shop",
    "goods",
    "order_number",
    "caller_number",
    "qq",
    "wechat",
    "link",
    "payee",
    "lender",
    "pretext",
    "ask",
    "channel",
    "place",
    "age",
]
FIELDS: Final[tuple[Field, ...]] = (
    *("amount", "time", "relative_time", "platform", "shop", "goods", "order_number"),
    *("caller_number", "qq", "wechat", "link", "payee", "lender", "pretext", "ask", "channel"),
    *("place", "age"),
)
_CJK: Final = re.compile("[\u3400-\u9fff]")
_TIGHT: Final = re.compile("[\u3400-\u9fff0-9]")  # no blank stands between them in Chinese
_ENTITY: Final = re.compile(r"&(?:[a-z]{2,8}|#\d{2,5});")  # text that was saved from a page
_BLANK: Final = re.compile(r"[ \t\u3000]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """One value read out of a text; ``text[start:end] == quote``.

    ``role`` of an amount: loss, part, total, loan, order_price, other; of a time: ordered_at,
    called_at, paid_at, other; of a relative time: what it counts from.
    """

    field: Field
    value: str
    quote: str
    start: int
    end: int
    role: str | None = None
    currency: str | None = None
    is_approximate: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text in the form it is read in, its case kept, and the way back."""

    given: str
    text: str
    places: tuple[int, ...]  # of each character in the text given

    @property
    def is_chinese(self) -> bool:
        """Whether a tenth of its characters are Chinese."""
        return 10 * len(_CJK.findall(self.text)) > len(self.text)

    def claim(
        self, field: Field, start: int, end: int, value: str, role: str | None = None
    ) -> Extracted:
        """Return what was read from ``start`` to ``end``, quoted as it was given."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        first, last = self.places[start], self.places[end - 1] + 1
        quote = self.given[first:last]
        return Extracted(field=field, value=value, quote=quote, start=first, end=last, role=role)

    def hidden(self, spans: list[tuple[int, int]]) -> "Sheet":
        """Return the sheet with what stands in these spans blotted out."""
        letters = list(self.text)
        for start, end in spans:
            letters[start:end] = "\x00" * (end - start)
        return replace(self, text="".join(letters))

    def sentence(self, at: int) -> tuple[int, int]:
        """Return from where to where the sentence around a place goes."""
        first = max((self.text.rfind(c, 0, at) for c in "。!?;\n"), default=-1) + 1
        english = self.text.rfind(". ", first, at)
        first = max(first, english + 1 if english >= 0 else first)
        ends = [e for c in ("。", "!", "?", ";", "\n", ". ") if (e := self.text.find(c, at)) >= 0]
        return first, min(ends, default=len(self.text))


def sheet_of(given: str) -> Sheet:
    """Return the form a text is read in."""
    letters: list[str] = []
    places: list[int] = []
    entities = {found.start(): found for found in _ENTITY.finditer(given)}
    until = 0
    for at, letter in enumerate(given):
        if at < until:
            continue
        if found := entities.get(at):
            until = found.end()
            letters.append(unescape(found[0])[:1].replace("\xa0", " "))
            places.append(at)
            continue
        plain = letter if letter.isascii() and letter not in "\r\x0b\x0c" else plain_letter(letter)
        if plain == letter.lower():
            plain = letter
        for each in plain:
            letters.append(each)
            places.append(at)
    text = "".join(letters)
    dropped: set[int] = set()
    for blank in _BLANK.finditer(text):
        before, after = text[blank.start() - 1 : blank.start()], text[blank.end() : blank.end() + 1]
        if (
            blank.start()
            and _TIGHT.match(before)
            and _TIGHT.match(after)
            and not (before.isdigit() and after.isdigit())
        ):
            dropped.update(range(*blank.span()))
    kept = [i for i in range(len(text)) if i not in dropped]
    return Sheet(given, "".join(text[i] for i in kept), tuple(places[i] for i in kept))

"""Numbers and addresses in a plain text: telephone, identity and card numbers, sums, links.

Each kind is one expression and, where the number carries one, its check digit. The kinds are the
groups that rules may name beside their own words.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]

_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_ID_CHECKS: Final = "10x98765432"


def _is_identity(number: str) -> bool:
    total = sum(w * int(d) for w, d in zip(_ID_WEIGHTS, number[:17], strict=True))
    return _ID_CHECKS[total % 11] == number[17]


def _is_card(number: str) -> bool:
    """Return whether the check digit holds, ISO/IEC 7812-1 annex B."""
    digits = [int(d) for d in number if d.isdigit()]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _any(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One kind: how it is written, what is true of it, and what must be in a text to have it."""

    written: re.Pattern[str]
    holds: Callable[[str], bool] = _any

    def spans(self, text: str) -> Iterator[Span]:
        """Yield from where to where each stands in a plain text."""
        for found in self.written.finditer(text):
            if self.holds(found[0]):
                yield found.span()


_SUM: Final = (
    r"(?:[¥$£€]|rmb ?|hk\$ ?|usd ?|eur ?)\d[\d,]*(?:\.\d+)?"
    r"|(?<![\d.,])\d[\d,.]{0,14}(?: ?[万千百])?(?: ?)"
    r"(?:元|块钱|块|人民币|rmb|yuan|usd|dollars|pounds|euros?)"
    r"|[一二两三四五六七八九十百千万]{1,8}(?:元|块)"
)
RECOGNISERS: Final[Mapping[str, Recogniser]] = {
    "digits": Recogniser(re.compile(r"(?<![\d.])\d{5,12}(?!\d)")),
    "code-number": Recogniser(re.compile(r"(?<![\d.])\d{4,8}(?![\d.])")),
    "mobile": Recogniser(re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")),
    "phone": Recogniser(
        re.compile(
            r"(?<![\d.])(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8}"
            r"|[48]00[ -]?\d{3,4}[ -]?\d{3,4}|0\d{3,4}[ -]?\d{3}[ -]?\d{3,4}"
            r"|1?[ -]?\(?[2-9]\d\d\)?[ -]\d{3}-\d{4}"
            r"|\+\d{1,3}(?:[ -]?\d{2,5}){2,5}|00\d{10,14})(?!\d)"
        )
    ),
    "identity-number": Recogniser(re.compile(r"(?<!\d)[1-9]\d{16}[\dx](?![\da-z])"), _is_identity),
    "card-number": Recogniser(
        re.compile(r"(?<!\d)[3-6]\d{3}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})?(?!\d)"), _is_card
    ),
    "handle": Recogniser(
        re.compile(r"(?<![a-z0-9._/-])(?=[a-z_-]*\d)[a-z][a-z0-9_-]{5,19}(?![a-z0-9.])")
    ),
    "sum": Recogniser(re.compile(_SUM)),
    "url": Recogniser(
        re.compile(
            r"(?:https?|hxxps?)://[^\s<>\"'\u3000-\u9fff,]+"
            r"|(?<![a-z0-9@.-])(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?:/[^\s<>\"'\u3000-\u9fff,]*)?(?![a-z0-9@])"
        )
    ),
    # Names that only a state gives away: .gov, and gov below an ending of two letters.
    "official-url": Recogniser(
        re.compile(
            r"(?:https?://|(?<![a-z0-9@./-]))(?:[a-z0-9-]{1,63}\.){0,5}gov(?:\.[a-z]{2})?"
            r"(?![a-z0-9@.-])(?:/[^\s<>\"'\u3000-\u9fff,]*)?"
        )
    ),
}
_NUMERIC: Final = re.compile(r"\d")
_WITH_A_DOT: Final = frozenset({"url", "official-url"})


def recognise(text: str) -> dict[str, list[Span]]:
    """Return where each kind stands in a plain text; kinds that are absent are left out."""
    found: dict[str, list[Span]] = {}
    has_digits = _NUMERIC.search(text) is not None
    for kind, recogniser in RECOGNISERS.items():
        if kind in _WITH_A_DOT:
            if "." not in text:
                continue
        elif not has_digits and kind != "sum":
            continue
        if spans := list(recogniser.spans(text)):
            found[kind] = spans
    return found

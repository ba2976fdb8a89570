"""What stands out about a link: an imitated brand, an address made to mislead, a hidden target.

A link without a finding is not thereby a good one, and nothing here says so.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from whence.text.addresses import Address, addresses_in, is_private, labels
from whence.text.brands import Brand, built_in_brands, hosts
from whence.text.findings import Link
from whence.text.normalising import plain_letter

LOOK_ALIKE: Final = "look-alike letters"
ADDED: Final = "brand name with added words"
BELOW: Final = "brand as subdomain"
ELSEWHERE: Final = "brand name under another ending"
USER: Final = "user information before the host"
NUMBER: Final = "IP address instead of a name"
MIXED: Final = "letters of different alphabets"
SERVICE: Final = "service words under an unusual ending"
SHORT: Final = "short link"
PUNYCODE: Final = "punycode"
UNUSUAL: Final = "unusual ending"
LISTED: Final = "listed domain of the brand"

_ORDER: Final = (  # the strongest first
    *(LOOK_ALIKE, ADDED, BELOW, ELSEWHERE, USER, NUMBER, MIXED, SERVICE),
    *(SHORT, PUNYCODE, UNUSUAL, LISTED),
)
# What is read as something else within ASCII: figures for letters, and pairs that look like one.
_READ_AS: Final = str.maketrans("01235i", "olzesl")
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_TAKEN_FOR: Final = frozenset(
    pair
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for a, b in pairwise(row)
    for pair in (a + b, b + a)
) | {
    "yv",
    "vy",
    "uv",
    "vu",
    "gq",
    "qg",
    "ij",
    "ji",
    "nh",
    "hn",
    "ce",
    "ec",
    "ao",
    "oa",
}  # seen alike
_SHORTEST_JOINED: Final = 3  # letters written together with a short word: temuco is a town
_SHORTEST_MISSPELT: Final = 6  # letters: one changed in a shorter word makes an ordinary word


@dataclass(frozen=True, slots=True)
class _Word:
    brand: Brand
    text: str
    skeleton: str
    anywhere: bool


def links_in(text: str, brands: Sequence[Brand] | None = None) -> tuple[Link, ...]:
    """Return the links of a text with what stands out about each."""
    found = addresses_in(text)
    if not found:
        return ()
    known = built_in_brands() if brands is None else tuple(brands)
    return tuple(judged(address, known) for address in found)


def judged(address: Address, brands: tuple[Brand, ...]) -> Link:
    """Return one link with what stands out about it, the strongest first."""
    own = _owner(address, brands)
    found: dict[str, str | None] = {}
    if address.user is not None and not address.is_mailbox:
        found[USER] = None
    if address.is_number:
        if not is_private(address.host):
            found[NUMBER] = None
    elif own is not None:
        found[LISTED] = own.name
    else:
        found |= dict(_imitations(address, brands))
        found |= dict.fromkeys(_oddities(address))
    if address.registered in hosts().short or address.host in hosts().short:
        found[SHORT] = None
    ordered = tuple(name for name in _ORDER if name in found)
    brand = next((found[name] for name in ordered if found[name]), None)
    return Link(url=address.url, findings=ordered, brand=brand)


def is_known(link: Link) -> bool:
    """Return whether a link leads to a listed brand or an authority."""
    host = next((address.host for address in addresses_in(link.url)), "")
    return LISTED in link.findings or any(
        host == ending or host.endswith("." + ending) for ending in hosts().trusted
    )


def _owner(address: Address, brands: Iterable[Brand]) -> Brand | None:
    for brand in brands:
        for domain in brand.domains:
            if address.host == domain or address.host.endswith("." + domain):
                return brand
    return None


def _oddities(address: Address) -> Iterator[str]:
    """Yield what is odd about a name, whatever it imitates."""
    shown = list(labels(address.host))
    if "xn--" in address.host:
        yield PUNYCODE
    if any(len(_alphabets(label)) > 1 for label in shown):
        yield MIXED
    if address.ending.rpartition(".")[2] in hosts().unusual:
        yield UNUSUAL
        parts = {part for label in shown for part in label.split("-")}
        if parts & hosts().service or address.name in hosts().service:
            yield SERVICE


def _alphabets(label: str) -> set[str]:
    names = (unicodedata.name(letter, "") for letter in label if letter.isalpha())
    return {name.partition(" ")[0] for name in names} & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}


def _imitations(address: Address, brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """Yield how a name imitates brands, and which."""
    *_, name = labels(address.name)
    plain = _ascii(name)
    skeleton = _skeleton(plain)
    ending = address.ending.rpartition(".")[2]
    for word in _words(brands):
        if name == word.text:
            yield ELSEWHERE, word.brand.name
        elif _has(name, word.text, anywhere=word.anywhere) or (
            word.anywhere and word.text in name.replace("-", "")
        ):
            yield ADDED, word.brand.name
        elif (
            skeleton == word.skeleton
            or _has(skeleton, word.skeleton, anywhere=word.anywhere)
            or any(_is_misspelt(part, word.text) for part in (plain, *plain.split("-")))
        ):
            yield LOOK_ALIKE, word.brand.name
    if address.below and address.registered not in hosts().hosting:
        yield from _below(address, brands, ending)


def _below(address: Address, brands: tuple[Brand, ...], ending: str) -> Iterator[tuple[str, str]]:
    """Yield the brands that are named before the part that somebody registered."""
    shown = [_ascii(label) for label in labels(address.below)]
    host = "." + ".".join(shown) + "."
    baited = ending in hosts().unusual or any(
        part in hosts().added for label in (*shown, address.name) for part in label.split("-")
    )
    for brand in brands:
        if any(f".{domain}." in host for domain in brand.domains):
            yield BELOW, brand.name
    for word in _words(brands):
        for label in shown:
            close = _has(label, word.text, anywhere=word.anywhere) or label == word.text
            alike = _skeleton(label) == word.skeleton
            if (close or alike) and (word.anywhere or baited):
                yield BELOW, word.brand.name


def _has(name: str, word: str, *, anywhere: bool) -> bool:
    """Return whether a name is built around a word: as a part, with added words, or anywhere."""
    at = name.find(word)
    if at < 0:
        return False
    if anywhere or word in name.split("-"):
        return True
    before, after = name[:at], name[at + len(word) :]
    joined = (before.rpartition("-")[2], after.partition("-")[0])
    return all(len(part) >= _SHORTEST_JOINED for part in joined if part) and all(
        _is_added(part) for part in (*before.split("-"), *after.split("-")) if part
    )


def _is_added(text: str) -> bool:
    """Return whether a piece is made of added words and figures alone."""
    reached = {0}
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 16), end):  # no added word is longer
            piece = text[start:end]
            if start in reached and (piece in hosts().added or piece.isdigit()):
                reached.add(end)
                break
    return len(text) in reached


def _is_misspelt(name: str, word: str) -> bool:
    """Return whether one slip of the finger lies between a name and a word."""
    n, m = len(name), len(word)
    if m < _SHORTEST_MISSPELT or abs(n - m) > 1 or name == word:
        return False
    at = next((i for i in range(min(n, m)) if name[i] != word[i]), min(n, m))
    if n == m:
        if name[at + 1 :] == word[at + 1 :]:
            return name[at] + word[at] in _TAKEN_FOR
        swapped = name[at : at + 2] == word[at : at + 2][::-1]
        return swapped and name[at + 2 :] == word[at + 2 :]
    longer, shorter = (name, word) if n > m else (word, name)
    return longer[at + 1 :] == shorter[at:]


@cache
def _words(brands: tuple[Brand, ...]) -> tuple[_Word, ...]:
    return tuple(
        _Word(brand, text, _skeleton(text), anywhere)
        for brand in brands
        for texts, anywhere in ((brand.words, True), (brand.short, False))
        for text in texts
    )


def _skeleton(name: str) -> str:
    """Return a name with everything that is read alike made one."""
    for pair, letter in _PAIRS:
        name = name.replace(pair, letter)
    return name.translate(_READ_AS)


def _ascii(name: str) -> str:
    """Return a name with letters of other scripts as the Latin ones they are read as."""
    return name if name.isascii() else "".join(map(_latin, name))


@cache
def _latin(letter: str) -> str:
    """Return the Latin letter that a letter is read as, Unicode's confusables (UTS 39)."""
    if letter.isascii():
        return letter
    from confusable_homoglyphs import confusables  # noqa: PLC0415  for names that are not ASCII

    plain = plain_letter(letter)
    if len(plain) == 1 and plain.isascii():
        return plain
    found = confusables.is_confusable(letter, greedy=True, preferred_aliases=[])
    alike = found[0]["homoglyphs"] if found else []
    return next(
        (one["c"].lower() for one in alike if len(one["c"]) == 1 and one["c"].isascii()), letter
    )

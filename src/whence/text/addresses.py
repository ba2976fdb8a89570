"""Links in a text, taken apart: who is named before the slash, and what is put there to mislead.

Nothing is ever fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from whence.text.brands import hosts

if TYPE_CHECKING:
    from tldextract import TLDExtract

_MOST: Final = 50  # links of one text
_LONGEST: Final = 2_000  # characters of one link; browsers take no more
_LONGEST_HOST: Final = 253  # RFC 1035, 2.3.4, as text
_MAYBE: Final = re.compile(r"[.．。｡]\s?[\w-]|://|\[\.\]|\(dot\)|@", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    r"[\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFF61: 0x3002}
_DOTS: Final = re.compile(
    r"\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?|(?<=[A-Za-z0-9])[。](?=[A-Za-z]{2})", re.IGNORECASE
)
_HXXP: Final = re.compile(r"\bhxxp(s?)", re.IGNORECASE)
_STOP: Final = r"\s<>\"'“”‘’，。、；：！？（）【】《》「」『』\u3000"
_WORD: Final = r"[a-z0-9\u00df-\u024f\u0370-\u03ff\u0400-\u052f]"
_LABEL: Final = rf"{_WORD}(?:(?:{_WORD}|-){{0,61}}{_WORD})?"
_LINK: Final = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+-]{{1,9}})://(?P<rest>[^{_STOP}]+)"
    rf"|(?<![\w@.-])(?P<mailbox>[\w.+-]{{1,64}}@)?(?P<host>(?:{_LABEL}\.){{1,8}}(?:xn--[a-z0-9-]+|[a-z]{{2,24}}|рф|онлайн))"
    rf"(?![\w-]|\.\w)(?P<tail>(?::\d{{1,5}})?(?:[/?#][^{_STOP}]*)?)"
    rf"|(?<![\w.])(?P<numbers>\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{1,5}})?/[^{_STOP}]+)",
    re.IGNORECASE,
)
_SCHEMES: Final = frozenset({"http", "https", "ftp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A link: the host, the part of it that somebody registered, and the rest."""

    url: str
    host: str  # lower case, as written: xn-- stays
    name: str  # of the registered part, without its ending: `taobao-kefu`
    ending: str
    below: str  # what stands before the registered part: `www`
    user: str | None = None  # what stands before an @ in the authority
    is_number: bool = False  # an IP address
    is_mailbox: bool = False

    @property
    def registered(self) -> str:
        """The part that somebody registered."""
        return f"{self.name}.{self.ending}" if self.ending else self.host


def addresses_in(text: str) -> list[Address]:
    """Return the links of a text, each once, in order."""
    if _MAYBE.search(text) is None:
        return []
    cleaned = _HIDDEN.sub("", text).translate(_WIDE)
    cleaned = _HXXP.sub(r"http\1", _DOTS.sub(".", cleaned))
    found: dict[str, Address] = {}
    for link in _LINK.finditer(cleaned):
        address = _address(link)
        if address is not None:
            found.setdefault(address.url, address)
            if len(found) == _MOST:
                break
    return list(found.values())


def _address(link: re.Match[str]) -> Address | None:
    url = link[0].rstrip(".,;:!?)]}'\"")[:_LONGEST]
    if link["numbers"]:
        return _taken_apart(url, link["numbers"])
    if link["scheme"] is not None:
        return _taken_apart(url, link["rest"]) if link["scheme"].lower() in _SCHEMES else None
    address = _taken_apart(url, link["host"] + link["tail"])
    if address is None or not address.ending:
        return None
    bare = not link["tail"] and not address.below and not link["mailbox"]
    if bare and address.ending in hosts().files:
        return None
    return replace(address, is_mailbox=bool(link["mailbox"]))


def _taken_apart(url: str, rest: str) -> Address | None:
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    user, at, host = authority.replace("%40", "@").rpartition("@")
    host = host.lower().strip(".")
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif ":" in host:
        host = host.partition(":")[0]
    if not host or len(host) > _LONGEST_HOST:
        return None
    if (number := _number(host)) is not None:
        return Address(
            url=url,
            host=number,
            name=number,
            ending="",
            below="",
            user=user if at else None,
            is_number=True,
        )
    parts = _suffixes().extract_str(host)
    return Address(
        url=url,
        host=host,
        name=parts.domain,
        ending=parts.suffix,
        below=parts.subdomain,
        user=user if at else None,
    )


def _number(host: str) -> str | None:
    """Return the IP address that a host is, also where it is written as one number."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if re.fullmatch(r"0x[0-9a-f]{1,8}|\d{8,10}", host):
        value = int(host, 0) if host.startswith("0x") else int(host)
        return str(ip_address(value)) if value < 1 << 32 else None
    return None


def is_private(number: str) -> bool:
    """Return whether an IP address is one of a house's own network."""
    return ip_address(number).is_private


@cache
def _suffixes() -> "TLDExtract":
    """Return what knows where a registered name ends: the list in the package, never fetched."""
    from tldextract import TLDExtract  # noqa: PLC0415  for texts that have a link

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def labels(host: str) -> Iterator[str]:
    """Yield the parts of a host as they are shown: xn-- decoded where it can be."""
    for label in host.split("."):
        if label.startswith("xn--"):
            try:
                yield label[4:].encode("ascii").decode("punycode")
                continue
            except (UnicodeError, ValueError):
                pass
        yield label

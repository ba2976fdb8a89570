"""The brands whose look-alikes are recognised: their own domains, and the words they go by."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from whence.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand: what is its own, and what an imitation is built around."""

    name: str
    domains: tuple[str, ...]
    words: tuple[str, ...]  # anywhere in a name
    short: tuple[str, ...]  # as a part of their own, or beside an added word


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """What the parts of an address say, data/hosts.toml."""

    added: frozenset[str]
    service: frozenset[str]
    unusual: frozenset[str]
    short: frozenset[str]
    hosting: frozenset[str]
    trusted: frozenset[str]
    files: frozenset[str]


def read_brands(file: Traversable | Path) -> tuple[Brand, ...]:
    """Return the brands of a file. Raises InputError: which file, which brand, and why."""
    try:
        table = tomllib.loads(file.read_bytes().decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError("text.brands-unreadable", file=file.name) from error
    entries = table.get("brand")
    if not isinstance(entries, list) or not entries:
        raise InputError("text.brands-none", file=file.name)
    return tuple(_brand(file.name, n, entry) for n, entry in enumerate(entries, 1))


def _brand(file: str, n: int, entry: Mapping[str, Any]) -> Brand:
    name = entry.get("name")
    texts = {key: entry.get(key, []) for key in ("domains", "words", "short")}
    if (
        not isinstance(name, str)
        or not all(isinstance(held, list) for held in texts.values())
        or not all(isinstance(text, str) and text for held in texts.values() for text in held)
        or not texts["domains"]
        or not (texts["words"] or texts["short"])
    ):
        raise InputError("text.brand-bad", file=file, n=n)
    lowered = {key: tuple(text.lower() for text in held) for key, held in texts.items()}
    return Brand(name=name, **lowered)


@cache
def built_in_brands() -> tuple[Brand, ...]:
    """Return the brands that come with the product."""
    return read_brands(files(__package__) / "data" / "brands.toml")


@cache
def hosts() -> Hosts:
    """Return what is known about the parts of addresses."""
    text = (files(__package__) / "data" / "hosts.toml").read_text("utf-8")
    return Hosts(**{key: frozenset(words) for key, words in tomllib.loads(text).items()})

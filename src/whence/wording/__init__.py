"""Every sentence the product says to people, in English and Chinese.

Phrases stand in the TOML files beside this module, one file a room, each phrase with its two
languages side by side so that a translator reads them together.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")


@cache
def phrases(room: str) -> dict[str, dict[str, str]]:
    """Return one room's phrases: key -> language -> template."""
    text = files(__package__).joinpath(f"{room}.toml").read_text("utf-8")
    return tomllib.loads(text)


def say(phrase: str, language: Language = "en", /, **facts: object) -> str:
    """Return the phrase ``room.key`` in one language with its facts filled in.

    Templates are ``str.format`` templates; a fact called ``kind`` is named as people call it.
    Raises KeyError for a phrase or fact that is missing: a wording mistake is a bug, never a
    half-empty sentence.
    """
    room, _, key = phrase.partition(".")
    if isinstance(kind := facts.get("kind"), str):
        facts["kind"] = name_of_kind(kind, language)
    return phrases(room)[key][language].format(**facts)


def is_phrase(text: str | None) -> bool:
    """Return whether a text names a phrase, ``room.key``, rather than being one."""
    room, _, key = (text or "").partition(".")
    return room in _rooms() and key in phrases(room)


@cache
def _rooms() -> frozenset[str]:
    return frozenset(
        file.name.removesuffix(".toml")
        for file in files(__package__).iterdir()
        if file.name.endswith(".toml")
    )


def name_of_kind(kind: str, language: Language = "en") -> str:
    """Return how people call a kind of custodian; a kind we do not know keeps its own name."""
    known = phrases("kinds").get(kind)
    return known[language] if known else kind.replace("_", " ")

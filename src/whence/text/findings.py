"""What a check of a text returns: how sure it is, which words show it, what to do."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal["fraud", "suspicious", "nothing found"]
FRAUD: Final = "fraud"
SUSPICIOUS: Final = "suspicious"
NOTHING: Final = "nothing found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A pretext or an ask, and the words that show it.

    ``start`` and ``end`` count characters of the text as given; where turns were given one by one,
    of the turn with that number.
    """

    name: str
    quote: str
    start: int
    end: int
    turn: int | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link and what stands out about it; the strongest first, nothing where nothing does."""

    url: str
    findings: tuple[str, ...]
    brand: str | None = None
    from_picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The answer to "is this real?"; it never says "safe"."""

    level: Level
    pretexts: tuple[Sign, ...] = ()
    asks: tuple[Sign, ...] = ()
    links: tuple[Link, ...] = ()
    texts: tuple[str, ...] = field(default=())  # what was read out of a picture

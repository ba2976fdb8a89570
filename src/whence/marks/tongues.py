"""How names and addresses are marked in each language: one set of functions a locale."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from whence.marks import addresses_en, addresses_zh, names_en, names_zh
from whence.marks.heard import Heard
from whence.marks.spelling import Layout


class Hear(Protocol):
    """Weighs a text for each value of a field; None where it is no mark."""

    def __call__(self, text: str, *, spoken: bool) -> Heard | None:
        """Return the likelihoods of what was heard (``spoken``) or copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What a locale writes and reads."""

    alias: Callable[[str, int], str]
    surname: Callable[[str], str]
    hear_name: Hear
    layout: Callable[[str], Layout]
    with_room: Callable[[str, int], str]


TONGUES: Final = {
    "zh": Tongue(
        alias=names_zh.alias,
        surname=names_zh.surname,
        hear_name=names_zh.hear,
        layout=addresses_zh.layout,
        with_room=addresses_zh.with_room,
    ),
    "en": Tongue(
        alias=names_en.alias,
        surname=names_en.surname,
        hear_name=names_en.hear,
        layout=addresses_en.layout,
        with_room=addresses_en.with_room,
    ),
}

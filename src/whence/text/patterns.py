"""The language in which rules say what is said: words, groups of words, gaps.

::

    <money> .. <card>        a word of the group `money`, a gap, a word of `card`
    打开|<open> ... 链接        words and groups to choose from; `_` in a word is a blank
    read_out >> code

    ..   up to 6 characters (`..9` up to 9), within the clause: no comma between
    ...  up to 16 characters (`...30` up to 30), within the sentence
    >>   up to 80 characters, within what one speaker says

Between two parts without a gap stands nothing, or a single character. A gap written in Latin
letters alone may be four times as long.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

_GAPS: Final = {"..": 6, "...": 16, ">>": 80}  # characters
_MOST_PARTS: Final = 8
LATIN: Final = 4  # a word of English is some six letters, a word of Chinese one or two characters


class PatternError(ValueError):
    """A pattern that cannot be read: the phrase that says why, and the piece it is about."""

    def __init__(self, phrase: str, piece: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.piece = piece


Within: TypeAlias = Literal["clause", "sentence", "turn"]
_WITHIN: Final[dict[str, Within]] = {"..": "clause", "...": "sentence", ">>": "turn"}


@dataclass(frozen=True, slots=True)
class Gap:
    """What may stand between two parts of a pattern."""

    most: int = 1
    within: Within = "clause"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a pattern: groups by their names, words of its own; and the gap before it."""

    groups: tuple[str, ...]
    words: tuple[str, ...]
    gap: Gap


Pattern: TypeAlias = tuple[Part, ...]


def read_pattern(written: str) -> Pattern:
    """Return the parts of a pattern. Raises PatternError."""
    parts: list[Part] = []
    gap: Gap | None = None
    for piece in written.split():
        if (found := _gap(piece)) is not None:
            if gap is not None or not parts:
                raise PatternError("text.pattern-gap", piece)
            gap = found
        else:
            parts.append(_part(piece, gap or Gap()))
            gap = None
    if gap is not None or not parts:
        raise PatternError("text.pattern-gap", written)
    if len(parts) > _MOST_PARTS:
        raise PatternError("text.pattern-long", str(_MOST_PARTS))
    return tuple(parts)


def _gap(piece: str) -> Gap | None:
    if found := re.fullmatch(r"(\.{2,3}|>>)(\d{1,3})?", piece):
        sign, most = found[1], found[2]
        return Gap(int(most) if most else _GAPS[sign], _WITHIN[sign])
    return None


def _part(piece: str, gap: Gap) -> Part:
    groups: list[str] = []
    words: list[str] = []
    for choice in piece.split("|"):
        if found := re.fullmatch(r"<([a-z][a-z0-9-]*)>", choice):
            groups.append(found[1])
        elif "<" in choice or ">" in choice:
            raise PatternError("text.pattern-group", piece)
        elif word := choice.replace("_", " ").strip():
            words.append(word)
        else:
            raise PatternError("text.pattern-word", piece)
    return Part(tuple(groups), tuple(words), gap)


def groups_of(patterns: Iterable[Pattern]) -> set[str]:
    """Return the groups that patterns name."""
    return {group for pattern in patterns for part in pattern for group in part.groups}

"""Who says what: a text cut into turns, each by the other side, by the one who asks, or by anyone.

Read are transcripts and chat exports, each by the shape of its lines; anything else is one turn of
an unknown speaker. Turns are places in the text given, so that quotes keep their positions.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

By: TypeAlias = Literal["caller", "callee", "unknown"]

_FEWEST: Final = 2  # lines with a speaker before a text is taken for a talk

_DATE: Final = r"(?:\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日? ?)?"
_STAMP: Final = _DATE + r"(?:[上下]午 ?|凌晨 ?|晚上 ?)?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?"
_NAME: Final = r"(?!\d+[:：])[^\n:：\[\]()<>（）]{1,24}?"
_NUMBER: Final = r"(?:[(<（][^\n)>）]{3,40}[)>）])?"  # a QQ number or a mail address behind a name
_HEADS: Final[tuple[re.Pattern[str], ...]] = (
    # WhatsApp: [03/07/26, 10:15:02] Name: text · 03/07/2026, 10:15 - Name: text
    re.compile(
        r"^[\u200e\u200f]?\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}(?::\d{2})?"
        r"(?:[ \u202f]?[AaPp]\.?[Mm]\.?)?\]?(?: -)? (?P<name>[^\n:]{1,40}): ",
        re.MULTILINE,
    ),
    # QQ: 2026-03-07 10:15:02 Name(12345), its message below · WeChat: Name 2026-03-07 10:15:02
    re.compile(
        rf"^(?:{_STAMP}[ \t]+(?P<name>{_NAME}){_NUMBER}|(?P<named>{_NAME}){_NUMBER}[ \t]+{_STAMP})"
        r"[ \t]*[:：]?[ \t]*\n",
        re.MULTILINE,
    ),
    # a transcript: Name: text · 【Name】text · A：text · [00:01:02] Name: text
    re.compile(
        rf"^[ \t]*(?:[\[(]?{_STAMP}[\])]?[ \t]*)?(?P<name>{_NAME})[ \t]*[:：]", re.MULTILINE
    ),
)
_MOST_SPEAKERS: Final = 12  # beyond that, what stands before a colon is no name


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says, by its place in the text."""

    by: By
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Talk:
    """A text and its turns, in order, without overlap; ``given`` as turns or found in the text."""

    text: str
    turns: tuple[Turn, ...]
    given: bool = False


def talk_of_turns(turns: Sequence[tuple[str, str]]) -> Talk:
    """Return turns that were given one by one: who speaks, and the words."""
    made: list[Turn] = []
    at = 0
    for by, text in turns:
        made.append(Turn(speaker(by), at, at + len(text)))
        at += len(text) + 1
    return Talk("\n".join(text for _, text in turns), tuple(made), given=True)


def read_talk(text: str, *, own: str | None = None) -> Talk:
    """Return the turns of a text; ``own`` is the name under which its owner speaks."""
    for head in _HEADS:
        heads = list(head.finditer(text))
        if len(heads) < _FEWEST:
            continue
        names = [_name(found) for found in heads]
        if len(set(names)) <= _MOST_SPEAKERS and _is_talk(names, text, heads):
            return Talk(text, tuple(_turns(text, heads, names, own)))
    return Talk(text, (Turn("unknown", 0, len(text)),))


def speaker(name: str, own: str | None = None) -> By:
    """Return which side a name belongs to."""
    bare = name.strip().strip("【】[]()（）*").lower()
    if own is not None and bare == own.strip().lower():
        return "callee"
    known = _speakers()
    if bare in known["own"]:
        return "callee"
    if bare in known["other"] or any(word in bare for word in known["within"]):
        return "caller"
    return "caller" if own is not None and bare else "unknown"


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    """Return what people call the two sides, data/speakers.toml."""
    text = (files(__package__) / "data" / "speakers.toml").read_text("utf-8")
    return {side: tuple(names) for side, names in tomllib.loads(text).items()}


def _name(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return (groups.get("name") or groups.get("named") or "").strip()


def _is_talk(names: list[str], text: str, heads: list[re.Match[str]]) -> bool:
    """Return whether lines are spoken, and do not only have a colon in them like a form's."""
    if len(set(names)) == len(names) and all(speaker(name) == "unknown" for name in names):
        return False  # nobody speaks twice and nobody is known: a list of fields
    lines = sum(1 for line in text.splitlines() if line.strip())
    return 3 * len(heads) >= lines or "\n" in heads[0][0]


def _turns(
    text: str, heads: list[re.Match[str]], names: list[str], own: str | None
) -> Iterator[Turn]:
    if text[: heads[0].start()].strip():
        yield Turn("unknown", 0, heads[0].start())
    ends = [found.start() for found in heads[1:]] + [len(text)]
    # Where only one of two is known to be the owner, the other is the other side.
    known = {speaker(name, own) for name in names}
    for found, name, end in zip(heads, names, ends, strict=True):
        by = speaker(name, own)
        if by == "unknown" and "callee" in known:
            by = "caller"
        yield Turn(by, found.end(), end)

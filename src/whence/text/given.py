"""What was given to check: bytes of a text or a picture, or lines of JSON, read within bounds."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from whence.errors import InputError
from whence.text.checking import MOST_CHARACTERS
from whence.text.pictures import MOST_BYTES
from whence.text.talk import Talk, talk_of_turns

_BYTES_A_CHARACTER: Final = 4  # UTF-8's and GB18030's most
_MOST_TEXT: Final = MOST_CHARACTERS * _BYTES_A_CHARACTER
_LONGEST_LINE: Final = 2 * _MOST_TEXT  # escapes such as \\u4f60 take six bytes for three
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_TURNS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of JSON: its id and its text or talk, or why it cannot be used."""

    id: object
    text: str | Talk | None
    reason: str | None = None  # a phrase


def read_bounded(stream: BinaryIO, name: str) -> bytes:
    """Return what a stream holds. Raises InputError where it is more than any text or picture."""
    raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError("text.heavy", file=name, most=MOST_BYTES // 1_000_000)
    return raw


def decoded(raw: bytes, name: str) -> tuple[str, str]:
    """Return bytes as text, and in which encoding: UTF-8, UTF-16 by its mark, or GB18030.

    What is in none of them is read as UTF-8 with U+FFFD for what is broken. Raises InputError
    for more than can be checked at once.
    """
    if len(raw) > _MOST_TEXT:
        raise InputError("text.long-file", hint="text.long-hint", file=name, most=MOST_CHARACTERS)
    encoding = next((encoding for mark, encoding in _MARKS if raw.startswith(mark)), None)
    for tried in [encoding] if encoding else ["utf-8", "gb18030"]:
        try:
            return raw.decode(tried), tried
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace"), "?"


def rows_of(stream: BinaryIO) -> Iterator[Row]:
    """Yield the lines of a JSON Lines file; one that cannot be used is told, and the next read."""
    while line := stream.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_LONGEST_LINE + 1)
            yield Row(None, None, "text.row-long")
        elif line.strip():
            yield _row(line)


def _row(line: bytes) -> Row:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return Row(None, None, "text.row-unreadable")
    if not isinstance(entry, dict):
        return Row(None, None, "text.row-unreadable")
    name, text, turns = entry.get("id"), entry.get("text"), entry.get("turns")
    if isinstance(text, str):
        return Row(name, text)
    if isinstance(turns, list) and len(turns) <= _MOST_TURNS:
        said = [
            (turn["by"], turn["text"])
            for turn in turns
            if isinstance(turn, dict)
            and isinstance(turn.get("by"), str)
            and isinstance(turn.get("text"), str)
        ]
        if len(said) == len(turns):
            return Row(name, talk_of_turns(said))
    return Row(name, None, "text.row-empty")

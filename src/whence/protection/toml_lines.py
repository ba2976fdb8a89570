"""On which line of a TOML file each key stands, so that a fault or a refusal can name it.

The reader of the standard library tells values, not lines. Every statement of TOML ends with its
line, so the file is cut into the shortest runs of lines that can be read by themselves.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str, ...]  # ("recipients", "SF-021", "until")

_AT_LINE: Final = re.compile(r"at line (\d+)")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of every table and key of a text that is TOML, counted from one.

    A key that takes several lines stands where it begins, a table where its header is, or where
    the first of its keys stands if it has none.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    for line, statement, held in _statements(text):
        if statement.startswith("["):
            table = next(_paths(held), ())
            places: Iterator[Path] = iter([table])
        else:
            places = (table + path for path in _paths(held))
        for path in places:
            for end in range(1, len(path) + 1):
                found.setdefault(path[:end], line)
    return found


def line_of_error(error: tomllib.TOMLDecodeError, text: str) -> int:
    """Return the line at which a text stops being TOML."""
    told = _AT_LINE.search(str(error))
    return int(told[1]) if told else text.count("\n") + 1


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    lines = text.replace("\r\n", "\n").split("\n")  # form feeds and the like end no line of TOML
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].strip() and not lines[at].lstrip().startswith("#"):
            while (held := _read("\n".join(lines[at:end]))) is None and end < len(lines):
                end += 1
            yield at + 1, lines[at].lstrip(), held or {}
        at = end


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _paths(held: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the way to everything that is no table, or an empty one."""
    for key, value in held.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield (key,)
        elif isinstance(value, dict) and value:
            yield from ((key, *path) for path in _paths(value))
        else:
            yield (key,)

"""A page before it is one: sections of paragraphs, pairs and tables, for HTML and PDF alike."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from whence.casework.clocks import ZONE
from whence.model import SECOND, Instant, to_datetime
from whence.wording import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Para:
    """A paragraph; ``is_warning`` stands out."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What something is called, and what it is."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a head; ``widths`` are the columns' shares of the page."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


Block: TypeAlias = Para | Pairs | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page: title, a line below it, sections; author and instant for the file itself."""

    language: Language
    title: str
    below: str
    author: str
    as_of: Instant
    sections: tuple[Section, ...]


_DAY_BEGINS: Final = (0, 0, 0)


def when(at: Instant | None) -> str:
    """Return an instant as people read it, in the zone of the laws that count days."""
    if at is None:
        return "-"
    local = to_datetime(at - at % SECOND).astimezone(ZoneInfo(ZONE))
    return f"{local:%Y-%m-%d %H:%M:%S}"


def until(at: Instant) -> str:
    """Return when a period ends: its last day and 24:00, where it ends with a day."""
    local = to_datetime(at).astimezone(ZoneInfo(ZONE))
    if (local.hour, local.minute, local.second) == _DAY_BEGINS:
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return when(at)

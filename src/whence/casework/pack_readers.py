"""For whom a pack is made, and what of a case that reader needs to see."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from whence.casework.cases import Exhibit
from whence.wording import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reader: which values are opened to her, which exhibits go along.

    ``own``: of the reports and their exhibits only those of one person.
    """

    name: str
    texts: Mapping[str, str]
    open_to: tuple[str, ...]
    closed_to: tuple[str, ...]
    roles: tuple[str, ...]
    own: bool = False

    def text(self, language: Language) -> str:
        """Return how the reader is called."""
        return self.texts[language]

    def sees(self, kind: str, path: str) -> bool:
        """Return whether a value of an entry of some kind is opened to her."""
        place = f"{kind}:{path}"
        return _matches(place, self.open_to) and not _matches(place, self.closed_to)

    def gets(self, exhibit: Exhibit, own_report: str | None) -> bool:
        """Return whether an exhibit goes along."""
        if self.own and exhibit.report_id is not None:
            return exhibit.report_id == own_report
        return _matches(exhibit.role, self.roles)


@cache
def readers() -> Mapping[str, Reader]:
    """Return the readers by name."""
    text = files("whence.casework").joinpath("data/readers.toml").read_text("utf-8")
    return {
        name: Reader(
            name=name,
            texts={"en": row["en"], "zh": row["zh"]},
            open_to=tuple(row["open"]),
            closed_to=tuple(row["closed"]),
            roles=tuple(row["roles"]),
            own=row.get("own", False),
        )
        for name, row in tomllib.loads(text).items()
    }


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)

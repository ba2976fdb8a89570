"""The nouns of a case: what was recorded about it, and what it looks like once folded.

Everything a person typed stands sealed beside the ledger, known here by its digest, ``words``. What
the ledger holds of an entry are ids, kinds, instants, counts and digests. Things are known by the
number of their entry, which the ledger gives: two people at once never give the same one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from whence.errors import UsageError
from whence.ledger.entries import Value
from whence.model import Instant

NEW: Final = "case-new"
REPORT: Final = "case-report"
EXHIBIT: Final = "case-exhibit"
NOTE: Final = "case-note"
FACT: Final = "case-fact"
ACTION: Final = "case-action"
TRACE: Final = "case-trace"
MERGE: Final = "case-merge"  # this case takes another in
MERGED: Final = "case-merged"  # the other side of it
UNMERGE: Final = "case-unmerge"
UNMERGED: Final = "case-unmerged"
CLOSE: Final = "case-close"
REOPEN: Final = "case-reopen"
ERASE: Final = "case-erase"
KINDS: Final = frozenset(
    {NEW, REPORT, EXHIBIT, NOTE, FACT, ACTION, TRACE, MERGE, MERGED, UNMERGE, UNMERGED}
    | {CLOSE, REOPEN, ERASE}
)

State: TypeAlias = Literal["open", "closed", "merged"]
_CASE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
# Ids come from people's own systems: any script, no control characters, short enough for a line.
_ID: Final = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of a case: its number, when it was recorded, by whom, and its facts still open."""

    seq: int
    at: Instant
    kind: str
    case_id: str
    by: str
    words: str | None
    facts: Mapping[str, Value]
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledReport:
    """A victim's report: its latest version, and the entries of those before it."""

    report_id: str
    filed: Happening
    earlier: tuple[Happening, ...] = ()

    @property
    def source(self) -> str:
        """Where it came from: a form, a table, a text."""
        return str(self.filed.facts.get("source") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """An attachment: its digest, length, type and role, and the report it belongs to, if any."""

    exhibit_id: str
    taken: Happening
    sha256: str
    size: int
    media: str
    role: str
    report_id: str | None
    collected_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as its entries make it. ``happenings`` are its own, in the order of the ledger.

    ``ineffective`` are entries that changed nothing: a second opening, a merge that another one
    had overtaken. They stay on record.
    """

    case_id: str
    state: State = "open"
    opened: Happening
    reports: Mapping[str, FiledReport] = field(default_factory=dict)
    exhibits: Mapping[str, Exhibit] = field(default_factory=dict)
    notes: tuple[Happening, ...] = ()
    actions: tuple[Happening, ...] = ()
    traces: tuple[Happening, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    merged_from: tuple[str, ...] = ()
    merged_into: str | None = None
    erased: frozenset[str] = frozenset()
    n_reports_erased: int = 0
    happenings: tuple[Happening, ...] = ()
    ineffective: tuple[int, ...] = ()

    @property
    def last_seq(self) -> int:
        """The number of its latest entry."""
        return self.happenings[-1].seq


def verify_case_id(case_id: str) -> None:
    """Raise UsageError where a text cannot be a case's id, which goes into file names."""
    if not _CASE_ID.fullmatch(case_id) or case_id.endswith("."):
        raise UsageError("case.bad-case-id", hint="case.bad-case-id-hint")


def verify_id(text: str) -> None:
    """Raise UsageError where a text cannot be an id of a report or an account."""
    if not _ID.fullmatch(text) or text != text.strip():
        raise UsageError("case.bad-id")

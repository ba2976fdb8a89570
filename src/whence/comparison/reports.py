"""Where each report went: newly explained, no longer, moved, set aside, or never seen before."""

from dataclasses import dataclass
from typing import Literal

from whence.comparison.answers import Answer, Found
from whence.comparison.matching import Pair

Standing = Literal["explained", "unexplained", "set aside", "not there"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How one answer stands to a report. ``by``: the findings that explain it."""

    standing: Standing
    by: tuple[Found, ...] = ()
    reason: str | None = None  # why it was set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A report and how either answer stands to it."""

    report_id: str
    before: Stand
    after: Stand


class Whereabouts:
    """Finds any report in one answer."""

    def __init__(self, answer: Answer) -> None:
        self._by = answer.explaining()
        self._unexplained = frozenset(answer.unexplained)
        self._aside = answer.aside

    def of(self, report_id: str) -> Stand:
        """Return how the answer stands to a report."""
        if by := self._by.get(report_id):
            return Stand(standing="explained", by=by)
        if report_id in self._unexplained:
            return Stand(standing="unexplained")
        if reason := self._aside.get(report_id):
            return Stand(standing="set aside", reason=reason)
        return Stand(standing="not there")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportChanges:
    """Every report whose standing is another one. Each stands in one list."""

    new: tuple[Moved, ...]  # used now, not before
    left: tuple[Moved, ...]  # used before, not now
    became_explained: tuple[Moved, ...]
    became_unexplained: tuple[Moved, ...]
    moved: tuple[Moved, ...]  # from one finding to another


def report_changes(before: Answer, after: Answer, pairs: list[Pair]) -> ReportChanges:
    """Return what became of the reports of two answers."""
    was, now = Whereabouts(before), Whereabouts(after)
    used, used_now = before.used(), after.used()

    def moves(report_ids: frozenset[str]) -> list[Moved]:
        return [Moved(report_id=r, before=was.of(r), after=now.of(r)) for r in sorted(report_ids)]

    stayed = moves(used & used_now)
    same = {(id(one), id(other)) for one, other in pairs}
    return ReportChanges(
        new=tuple(moves(used_now - used)),
        left=tuple(moves(used - used_now)),
        became_explained=tuple(m for m in stayed if m.after.by and not m.before.by),
        became_unexplained=tuple(m for m in stayed if m.before.by and not m.after.by),
        moved=tuple(m for m in stayed if _has_moved(m, same)),
    )


def _has_moved(move: Moved, same: set[tuple[int, int]]) -> bool:
    """Return whether a report left a finding for another: a change of its lead is none."""
    before, after = move.before.by, move.after.by
    if not before or not after:
        return False
    kept = {(id(one), id(other)) for one in before for other in after} & same
    return len(kept) < max(len(before), len(after))

"""The present state of cases, folded from their entries in the order of the ledger.

The fold is total: whatever two people recorded at once is put in order by the ledger, and the
later of two that exclude each other changes nothing and is told. It knows no clock and no file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from whence.casework import cases
from whence.casework.cases import Case, Exhibit, FiledReport, Happening
from whence.ledger.entries import Recorded, Value

_NOT_FACTS: Final = frozenset({"account_id", "words"})


def happening(recorded: Recorded) -> Happening | None:
    """Return an entry as something that happened in a case; None where it did in none."""
    entry = recorded.entry
    if entry.case is None or entry.kind not in cases.KINDS:
        return None
    words = entry.facts.get("words")
    return Happening(
        seq=recorded.seq,
        at=entry.at,
        kind=entry.kind,
        case_id=entry.case,
        by=str(entry.facts.get("account_id") or ""),
        words=None if words is None else str(words),
        facts={name: value for name, value in entry.facts.items() if name not in _NOT_FACTS},
        is_whole=recorded.is_whole,
    )


def fold(entries: Iterable[Recorded]) -> dict[str, Case]:
    """Return the cases that entries make, each by itself; ``joined`` lays merged ones together."""
    found: dict[str, _Folding] = {}
    for recorded in entries:
        happened = happening(recorded)
        if happened is not None:
            _take(found, happened)
    return {case_id: folding.case() for case_id, folding in found.items()}


def joined(folded: Mapping[str, Case], case_id: str) -> Case:
    """Return a case with all that was merged into it; happenings by their numbers.

    Of two reports with one id the merged case's own stays, the other is known by case and id.
    """
    case = folded[case_id]
    for other_id in case.merged_from:
        other = joined(folded, other_id)
        ids = {each: _apart(each, case, other_id) for each in other.reports}
        theirs = {ids[each]: report for each, report in other.reports.items()}
        exhibits = {
            each: replace(exhibit, report_id=ids.get(exhibit.report_id or ""))
            for each, exhibit in other.exhibits.items()
        }
        case = replace(
            case,
            reports={**case.reports, **theirs},
            exhibits={**case.exhibits, **exhibits},
            notes=_by_number(case.notes, other.notes),
            actions=_by_number(case.actions, other.actions),
            traces=_by_number(case.traces, other.traces),
            facts={**other.facts, **case.facts},
            erased=case.erased | other.erased,
            n_reports_erased=case.n_reports_erased + other.n_reports_erased,
            happenings=_by_number(case.happenings, other.happenings),
        )
    return case


def parts(folded: Mapping[str, Case], case_id: str) -> Iterator[str]:
    """Yield the ids of a case and of all that was merged into it."""
    yield case_id
    for other in folded[case_id].merged_from:
        yield from parts(folded, other)


class _Folding:
    """A case under way."""

    def __init__(self, opened: Happening) -> None:
        self.opened = opened
        self.is_closed = False
        self.reports: dict[str, FiledReport] = {}
        self.numbers: dict[int, str] = {}  # of entries that filed reports
        self.exhibits: dict[str, Exhibit] = {}
        self.listed: dict[str, list[Happening]] = {
            kind: [] for kind in (cases.NOTE, cases.ACTION, cases.TRACE)
        }
        self.facts: dict[str, Value] = {}
        self.merged_from: list[str] = []
        self.merged_into: str | None = None
        self.erased: set[str] = set()
        self.n_reports_erased = 0
        self.happenings: list[Happening] = []
        self.ineffective: list[int] = []

    def case(self) -> Case:
        """Return what it came to."""
        state: cases.State = "closed" if self.is_closed else "open"
        return Case(
            case_id=self.opened.case_id,
            state="merged" if self.merged_into else state,
            opened=self.opened,
            reports=dict(self.reports),
            exhibits=dict(self.exhibits),
            notes=tuple(self.listed[cases.NOTE]),
            actions=tuple(self.listed[cases.ACTION]),
            traces=tuple(self.listed[cases.TRACE]),
            facts=dict(self.facts),
            merged_from=tuple(self.merged_from),
            merged_into=self.merged_into,
            erased=frozenset(self.erased),
            n_reports_erased=self.n_reports_erased,
            happenings=tuple(self.happenings),
            ineffective=tuple(self.ineffective),
        )


def _take(found: dict[str, _Folding], it: Happening) -> None:
    """Let one entry work on the cases there are."""
    case = found.get(it.case_id)
    if case is None:
        # Whatever comes first opens it: an entry whose case nobody opened is not lost.
        case = found[it.case_id] = _Folding(it)
        case.happenings.append(it)
        if it.kind == cases.NEW:
            return
    elif it.kind == cases.NEW:
        case.happenings.append(it)
        case.ineffective.append(it.seq)
        return
    else:
        case.happenings.append(it)
    if not _done(found, case, it):
        case.ineffective.append(it.seq)


def _done(found: dict[str, _Folding], case: _Folding, it: Happening) -> bool:
    """Let an entry work on its case; return whether it changed anything."""
    match it.kind:
        case cases.REPORT:
            _file(case, it)
        case cases.EXHIBIT:
            exhibit = _exhibit(case, it)
            case.exhibits[exhibit.exhibit_id] = exhibit
        case cases.FACT:
            case.facts[str(it.facts.get("name"))] = it.facts.get("value")
        case cases.NOTE | cases.ACTION | cases.TRACE:
            case.listed[it.kind].append(it)
        case cases.CLOSE | cases.REOPEN:
            was, case.is_closed = case.is_closed, it.kind == cases.CLOSE
            return was != case.is_closed
        case cases.ERASE:
            case.erased.add(str(it.facts.get("digest")))
        case cases.MERGE:
            return _merge(found, case, str(it.facts.get("other")))
        case cases.UNMERGE:
            return _unmerge(found, case, str(it.facts.get("other")))
        case _:
            pass  # the other side of a merge, told there
    return True


def _file(case: _Folding, it: Happening) -> None:
    report_id = it.facts.get("report_id")
    if report_id is None:  # erased at the person's wish: counted, not shown
        case.n_reports_erased += 1
        return
    case.numbers[it.seq] = str(report_id)
    before = case.reports.get(str(report_id))
    earlier = (*before.earlier, before.filed) if before else ()
    case.reports[str(report_id)] = FiledReport(report_id=str(report_id), filed=it, earlier=earlier)


def _exhibit(case: _Folding, it: Happening) -> Exhibit:
    collected = it.facts.get("collected_at")
    return Exhibit(
        exhibit_id=f"E{it.seq}",
        taken=it,
        sha256=str(it.facts.get("sha256") or ""),
        size=int(it.facts.get("size") or 0),
        media=str(it.facts.get("media") or ""),
        role=str(it.facts.get("role") or ""),
        report_id=_report_of(case, it.facts.get("report")),
        collected_at=collected if isinstance(collected, int) else None,
    )


def _report_of(case: _Folding, seq: Value) -> str | None:
    """Return the id of the report that an exhibit belongs to; None for none, or an erased one.

    The exhibit's entry has the number of the report's, not its id: that goes with the person.
    """
    return case.numbers.get(seq) if isinstance(seq, int) else None


def _merge(found: dict[str, _Folding], case: _Folding, other_id: str) -> bool:
    other = found.get(other_id)
    if other is None or other is case or other.merged_into or case.merged_into:
        return False  # so no case is ever within itself
    other.merged_into = case.opened.case_id
    case.merged_from.append(other_id)
    return True


def _unmerge(found: dict[str, _Folding], case: _Folding, other_id: str) -> bool:
    if other_id not in case.merged_from:
        return False
    case.merged_from.remove(other_id)
    found[other_id].merged_into = None
    return True


def _apart(report_id: str, case: Case, other_id: str) -> str:
    return f"{other_id}/{report_id}" if report_id in case.reports else report_id


def _by_number(mine: tuple[Happening, ...], theirs: tuple[Happening, ...]) -> tuple[Happening, ...]:
    return tuple(sorted((*mine, *theirs), key=lambda each: each.seq))

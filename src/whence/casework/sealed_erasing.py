"""Erasing what stands beside the ledger (PIPL 47): the words go, the record of them stays valid.

The ledger says first which digests are erased and on what grounds, then the files are overwritten
and removed: an erasure that is stopped is finished by asking for it again.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from whence.casework import cases
from whence.casework.cases import Case
from whence.casework.cases_desk import Desk
from whence.errors import UsageError
from whence.ledger import Entry

BASES: Final = ("request", "period-over", "mistake", "unlawful")  # PIPL 47, and a slip of ours
_SETTLED_S: Final = 3600  # a file younger than this may await its entry still


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many records of words and exhibits are gone, out of how many cases."""

    n_words: int
    n_exhibits: int
    n_cases: int


def erase_report(desk: Desk, case_id: str, report_id: str, *, basis: str) -> Erased:
    """Erase a report in all its versions, with the exhibits that belong to it."""
    folded = desk.folded()
    if case_id not in folded:
        raise UsageError("case.none", hint="case.none-hint", case=case_id)
    case = folded[case_id]
    if report_id not in case.reports:
        raise UsageError("case.no-report", report=report_id, case=case_id)
    report = case.reports[report_id]
    words = {it.words for it in (*report.earlier, report.filed) if it.words}
    theirs = {each.exhibit_id for each in case.exhibits.values() if each.report_id == report_id}
    return _erase(desk, folded.values(), words, _digests(case, theirs), basis)


def erase_exhibit(desk: Desk, case_id: str, exhibit_id: str, *, basis: str) -> Erased:
    """Erase an exhibit and what was typed about it, in every case that holds the same one."""
    folded = desk.folded()
    case = folded.get(case_id)
    if case is None:
        raise UsageError("case.none", hint="case.none-hint", case=case_id)
    if exhibit_id not in case.exhibits:
        raise UsageError("case.no-exhibit", exhibit=exhibit_id, case=case_id)
    return _erase(desk, folded.values(), set(), _digests(case, {exhibit_id}), basis)


def erase_entry(desk: Desk, case_id: str, seq: int, *, basis: str) -> Erased:
    """Erase what was typed with one entry: a note, a title, grounds."""
    folded = desk.folded()
    if case_id not in folded:
        raise UsageError("case.none", hint="case.none-hint", case=case_id)
    words = {it.words for it in folded[case_id].happenings if it.seq == seq and it.words}
    if not words:
        raise UsageError("case.no-words", seq=seq, case=case_id)
    return _erase(desk, folded.values(), words, set(), basis)


def erase_customer(desk: Desk, customer_id: str, *, basis: str) -> Erased:
    """Erase a customer from all cases, and what opens her part of the ledger's entries."""
    folded = desk.folded()
    hers = set(desk.ledger.history(customer_id).other_seqs)
    words: set[str] = set()
    exhibits: set[str] = set()
    for case in folded.values():
        reports = {
            it.facts.get("report_id")
            for it in case.happenings
            if it.kind == cases.REPORT and it.seq in hers
        }
        words |= {it.words for it in case.happenings if it.seq in hers and it.words}
        theirs = {k for k, each in case.exhibits.items() if each.report_id in reports - {None}}
        exhibits |= _digests(case, theirs)
    erased = _erase(desk, folded.values(), words, exhibits, basis)
    desk.ledger.erase(customer_id)
    _sweep(desk)
    return erased


def _digests(case: Case, exhibit_ids: Iterable[str]) -> set[str]:
    return {case.exhibits[each].sha256 for each in exhibit_ids}


def _erase(
    desk: Desk, all_cases: Collection[Case], words: set[str], exhibits: set[str], basis: str
) -> Erased:
    """Say in every case concerned what is erased, then erase it."""
    entries: list[Entry] = []
    all_words = set(words)
    for case in all_cases:
        held = [each for each in case.exhibits.values() if each.sha256 in exhibits]
        typed = {each.taken.words for each in held if each.taken.words}
        typed |= {it.words for it in case.happenings if it.words and it.words in words}
        all_words |= typed
        gone = [("words", each) for each in sorted(typed)]
        gone += [("exhibit", each) for each in sorted({each.sha256 for each in held})]
        for what, digest in gone:
            facts = {"account_id": desk.account_id, "what": what, "digest": digest, "basis": basis}
            entries.append(Entry(kind=cases.ERASE, at=desk.clock(), facts=facts, case=case.case_id))
    desk.ledger.append(entries)
    for digest in all_words:
        desk.safe.erase_words(digest)
    for digest in exhibits:
        desk.safe.erase_exhibit(digest)
    n_cases = len({entry.case for entry in entries})
    return Erased(n_words=len(all_words), n_exhibits=len(exhibits), n_cases=n_cases)


def _sweep(desk: Desk) -> None:
    """Remove words that no entry speaks of any more: the ledger was asked to erase by itself."""
    known = {it.words for case in desk.folded().values() for it in case.happenings if it.words}
    desk.safe.sweep(known, before=time.time() - _SETTLED_S)

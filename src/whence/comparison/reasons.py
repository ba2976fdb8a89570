"""Why a finding changed: only what the two answers themselves show, the weightiest first."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from whence.comparison.answers import Answer, Found, Key, Weighed, key_of
from whence.comparison.changes import Comparison, Evidence, FindingChange
from whence.comparison.odds import has_moved
from whence.comparison.reports import Moved
from whence.comparison.voice import said
from whence.model import AnalystPrior, Note, Suspect, to_text

_OF_ALL: Final = ("given", "aside", "not-there", "unexplained")  # said otherwise of all reports
_BOTH: Final = 2  # "all 2" is no English
_TOLD: Final = 0.5  # of a log10 Bayes factor: odds of 3:1, as the margin of a posterior


def reasons_of(change: FindingChange, comparison: Comparison) -> tuple[Note, ...]:
    """Return what shows why a finding changed; empty where nothing does, or nothing changed."""
    if not change.changes:
        return ()
    before, after = comparison.before, comparison.after
    notes = (
        *_priors(change, before, after),
        *_against_its_own(change, before, after),
        *_lost(change),
        *_gained(change, comparison),
        *_tie(change),
        *_counted(change),
        *_ends(change, before, after),
        *_weighed(change),
    )
    return tuple({said(note, "en"): note for note in notes}.values())


def given_to(change: FindingChange) -> tuple[tuple[Found, int], ...]:
    """Return who explains now what the finding explained before, most reports first."""
    return _others(change.lost, after=True)


def taken_from(change: FindingChange) -> tuple[tuple[Found, int], ...]:
    """Return who explained before what the finding explains now, most reports first."""
    return _others(change.gained, after=False)


def priors_by_custodian(answer: Answer) -> dict[Key, tuple[AnalystPrior, ...]]:
    """Return what an analyst set beforehand, by custodian."""
    found: dict[Key, tuple[AnalystPrior, ...]] = {}
    for prior in sorted(answer.priors, key=lambda p: (p.factor, p.reason or "")):
        key = key_of(Suspect(kind=prior.kind, id=prior.id))
        found[key] = (*found.get(key, ()), prior)
    return found


def _note(key: str, n: int | None = None, /, **facts: object) -> Note:
    """Return the phrase ``comparison.reason-KEY``, for one or many where it counts."""
    if n is None:
        return Note(phrase=f"comparison.reason-{key}", facts=facts)
    form = "one" if n == 1 else "many"
    if n == facts.get("total") and n > _BOTH and key in _OF_ALL:
        form = "all"
    return Note(phrase=f"comparison.reason-{key}-{form}", facts={"n": n, **facts})


def _others(moves: tuple[Moved, ...], *, after: bool) -> tuple[tuple[Found, int], ...]:
    counts: dict[Key, int] = defaultdict(int)
    leads: dict[Key, Found] = {}
    for move in moves:
        for found in (move.after if after else move.before).by:
            counts[found.key] += 1
            leads[found.key] = found
    return tuple(
        (leads[key], n) for key, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _priors(change: FindingChange, before: Answer, after: Answer) -> Iterator[Note]:
    was, now = priors_by_custodian(before), priors_by_custodian(after)
    for key, suspect in sorted(_members(change).items()):
        old, new = was.get(key, ()), now.get(key, ())
        cleared = [prior for prior in new if prior.factor == 0]
        if [p.factor for p in old] == [p.factor for p in new]:
            continue
        if cleared and all(prior.factor > 0 for prior in old):
            why = next((prior.reason for prior in cleared if prior.reason), None)
            if why:
                yield _note("cleared-because", suspect=suspect, why=why)
            else:
                yield _note("cleared", suspect=suspect)
        elif not cleared and any(prior.factor == 0 for prior in old):
            yield _note("no-longer-cleared", suspect=suspect)
        else:
            factors = [" × ".join(f"{p.factor:g}" for p in side) or "1" for side in (old, new)]
            yield _note("odds", suspect=suspect, before=factors[0], after=factors[1])


def _against_its_own(change: FindingChange, before: Answer, after: Answer) -> Iterator[Note]:
    """Say where a posterior moved and its own evidence did not move that way.

    A posterior weighs a group's evidence and its kind's odds against everybody else's. Where the
    group and what the analyst set are the same, only the others and the kind are left.
    """
    one, other = change.before, change.after
    if one is None or other is None or one.keys != other.keys or one.key != other.key:
        return
    factors = one.log10_bayes_factor, other.log10_bayes_factor
    set_otherwise = priors_by_custodian(before) != priors_by_custodian(after)
    if None in factors or set_otherwise or not has_moved(one.posterior, other.posterior):
        return
    rise = (factors[1] or 0.0) - (factors[0] or 0.0)
    if other.posterior < one.posterior and rise >= 0:
        yield _note("others-gained")
    elif other.posterior > one.posterior and rise <= 0:
        yield _note("others-fell-behind")


def _members(change: FindingChange) -> dict[Key, Suspect]:
    return {
        key_of(member.suspect): member.suspect
        for found in (change.after, change.before)
        if found
        for member in found.members
    }


def _lost(change: FindingChange) -> Iterator[Note]:
    """Say where the reports went that it explained before."""
    if change.before is None:
        return
    total = len(change.before.report_ids)
    for found, n in given_to(change):
        yield _note("given", n, total=total, other=found.lead)
        yield from _relation(change.before.lead, found.lead)
    asides: dict[str, list[str]] = defaultdict(list)
    for move in change.lost:
        if move.after.standing == "set aside":
            asides[move.after.reason or ""].append(move.report_id)
    for aside, ids in sorted(asides.items()):
        yield _note("aside", len(ids), total=total, aside=aside)
    gone = tuple(m.report_id for m in change.lost if m.after.standing == "not there")
    if gone:
        yield _note("not-there", len(gone), total=total)
    bare = tuple(m.report_id for m in change.lost if m.after.standing == "unexplained")
    if bare:
        yield _note("unexplained", len(bare), total=total)


def _gained(change: FindingChange, comparison: Comparison) -> Iterator[Note]:
    """Say where the reports come from that it explains now."""
    fresh = [m for m in change.gained if m.before.standing in {"not there", "set aside"}]
    if fresh:
        named = comparison.after.basis == "victims alone"
        total = len(comparison.reports.new)
        yield _note("new-name-it" if named else "new", len(fresh), total=total)
    found = tuple(m.report_id for m in change.gained if m.before.standing == "unexplained")
    if found:
        yield _note("found", len(found), ids=found)
    for other, n in taken_from(change):
        yield _note("taken", n, other=other.lead)
        if change.after:
            yield from _relation(change.after.lead, other.lead)


def _relation(one: Suspect, other: Suspect) -> Iterator[Note]:
    """Say whether one of two custodians works for the other: the level was decided anew."""
    for below, above in ((one, other), (other, one)):
        if below.parent_id == above.id:
            yield _note("belongs", below=below, above=above)


def _tie(change: FindingChange) -> Iterator[Note]:
    one, other = change.before, change.after
    if one is None or other is None:
        return
    if one.key != other.key:
        yield _note("lead", before=one.lead, after=other.lead)
    members = _members(change)
    for key in sorted(other.keys - one.keys - {other.key}):
        yield _note("tied", other=members[key])
    for key in sorted(one.keys - other.keys):
        yield _note("untied", other=members[key])


def _counted(change: FindingChange) -> Iterator[Note]:
    one, other = change.before, change.after
    if one is None or other is None:
        return
    if one.counts.in_window != other.counts.in_window:
        yield _note(
            "in-window",
            before=one.counts.in_window,
            after=other.counts.in_window,
            chance_before=f"{one.counts.expected_by_chance:.2g}",
            chance_after=f"{other.counts.expected_by_chance:.2g}",
        )
    if None not in {one.orders_in_window, other.orders_in_window} and (
        one.orders_in_window != other.orders_in_window
    ):
        yield _note("orders", before=one.orders_in_window, after=other.orders_in_window)


def _ends(change: FindingChange, before: Answer, after: Answer) -> Iterator[Note]:
    """Say where the end of observation cuts a window that reached beyond it."""
    one, other = change.before, change.after
    if before.observed is None or after.observed is None:
        return
    if "victims alone" in {before.basis, after.basis}:  # their windows span purchases, not leaks
        return
    if one and one.window and after.observed.end < min(one.window.end, before.observed.end):
        yield _note("cut-now", end=to_text(after.observed.end)[:10])
    if other and other.window and before.observed.end < min(other.window.end, after.observed.end):
        yield _note("cut-before", end=to_text(before.observed.end)[:10])


def _weighed(change: FindingChange) -> Iterator[Note]:
    for evidence in change.evidence:
        yield from _evidence(evidence)


def _evidence(evidence: Evidence) -> Iterator[Note]:
    custodian, before, after = evidence.custodian, evidence.before, evidence.after
    if before is None or after is None:
        if before:
            yield _note("not-weighed", suspect=custodian)
        if after:
            yield _note("first-weighed", suspect=custodian)
        return
    factors = before.log10_bayes_factor, after.log10_bayes_factor
    if None not in factors and abs((factors[0] or 0) - (factors[1] or 0)) >= _TOLD:
        fell = (factors[0] or 0) > (factors[1] or 0)
        told = [f"{factor:.1f}" for factor in factors]
        facts = {"before": told[0], "after": told[1]}
        yield _note("evidence-fell" if fell else "evidence-rose", suspect=custodian, **facts)
    yield from _touched(custodian, before, after)


def _touched(custodian: Suspect, before: Weighed, after: Weighed) -> Iterator[Note]:
    touched = before.reports_touched, after.reports_touched
    if None not in touched and touched[0] != touched[1]:
        yield _note("touched", suspect=custodian, before=touched[0], after=touched[1])

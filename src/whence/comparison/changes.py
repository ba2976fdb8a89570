"""What changed between two answers: finding by finding, each with what shows why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from whence.comparison.answers import Answer, Found, Key, Weighed, key_of
from whence.comparison.matching import Pair, matched
from whence.comparison.odds import has_moved
from whence.comparison.orders import OrderChanges, order_changes
from whence.comparison.reports import Moved, ReportChanges, report_changes
from whence.model import DAY, Suspect, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was weighed for one custodian, before and after; None where it was not weighed."""

    custodian: Suspect
    before: Weighed | None
    after: Weighed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """One finding in both answers, or in the one that has it, and how it changed.

    ``gained`` are reports it explains now and did not before, ``lost`` the other way round.
    ``changes`` names what is beyond the margins; it is empty for a finding that stayed.
    """

    before: Found | None
    after: Found | None
    changes: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    gained: tuple[Moved, ...]
    lost: tuple[Moved, ...]
    exposed_before: int
    exposed_after: int

    @property
    def told(self) -> Found:
        """The finding as it is now, or as it was where it is gone."""
        found = self.after or self.before
        if found is None:
            raise ValueError
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Two answers and what lies between them."""

    before: Answer
    after: Answer
    findings: tuple[FindingChange, ...]  # every one, the changed first
    reports: ReportChanges
    orders: OrderChanges

    @property
    def changed(self) -> tuple[FindingChange, ...]:
        """The findings that changed beyond the margins."""
        return tuple(change for change in self.findings if change.changes)

    @property
    def drifted(self) -> bool:
        """Whether a finding is not the same to the last digit, within the margins or beyond."""
        return any(change.before != change.after for change in self.findings)

    @property
    def newly_named(self) -> tuple[FindingChange, ...]:
        """Findings named now and not before."""
        return tuple(c for c in self.findings if _named(c.after) and not _named(c.before))

    @property
    def no_longer_named(self) -> tuple[FindingChange, ...]:
        """Findings named before and not now."""
        return tuple(c for c in self.findings if _named(c.before) and not _named(c.after))


def compare(before: Answer, after: Answer) -> Comparison:
    """Return what changed from one answer to another."""
    pairs = matched(before.findings, after.findings)
    reports = report_changes(before, after, pairs)
    orders = order_changes(before, after)
    weighed = _Scales(before, after, pairs)
    findings = [_change(pair, before, after, reports, weighed) for pair in pairs]
    findings.sort(key=lambda c: (not c.changes, -_strongest(c), c.told.key))
    return Comparison(
        before=before, after=after, findings=tuple(findings), reports=reports, orders=orders
    )


def last_day(window: Window) -> int:
    """Return the last day of a window; one that ends at midnight ends with the day before."""
    return (max(window.start, window.end - 1)) // DAY


def _named(found: Found | None) -> bool:
    return found is not None and found.named


def _strongest(change: FindingChange) -> float:
    return max(found.posterior for found in (change.before, change.after) if found)


def _change(
    pair: Pair, before: Answer, after: Answer, reports: ReportChanges, weighed: "_Scales"
) -> FindingChange:
    one, other = pair
    held = frozenset(one.report_ids if one else ())
    holds = frozenset(other.report_ids if other else ())
    everywhere = _by_report(reports)
    exposed = [_exposed(found, answer) for found, answer in zip(pair, (before, after), strict=True)]
    gained = tuple(everywhere[r] for r in sorted(holds - held))
    lost = tuple(everywhere[r] for r in sorted(held - holds))
    return FindingChange(
        before=one,
        after=other,
        changes=_kinds(pair, exposed),
        evidence=weighed.of(pair),
        gained=gained,
        lost=lost,
        exposed_before=exposed[0],
        exposed_after=exposed[1],
    )


def _by_report(reports: ReportChanges) -> Mapping[str, Moved]:
    lists: Iterable[tuple[Moved, ...]] = (
        reports.new,
        reports.left,
        reports.became_explained,
        reports.became_unexplained,
        reports.moved,
    )
    return {move.report_id: move for moves in lists for move in moves}


def _exposed(found: Found | None, answer: Answer) -> int:
    """Return how many exposed orders are listed under a finding's members."""
    if not _named(found):
        return 0
    counts = Counter(order.suspect_id for order in answer.exposed.values())
    ids = {member.suspect.id for member in found.members} if found else set()
    return sum(counts[suspect_id] for suspect_id in sorted(ids))


def _kinds(pair: Pair, exposed: list[int]) -> tuple[str, ...]:
    """Return the names of what changed beyond the margins, as docs/formats.md has them."""
    one, other = pair
    if one is None:
        return ("new",)
    if other is None:
        return ("gone",)
    days = [w and (w.start // DAY, last_day(w)) for w in (one.window, other.window)]
    told = {
        "became named": other.named and not one.named,
        "lost its name": one.named and not other.named,
        "posterior moved": has_moved(one.posterior, other.posterior),
        "lead changed": one.key != other.key,
        "tie changed": one.keys != other.keys,
        "window changed": days[0] != days[1],
        "mode changed": one.mode != other.mode,
        "report rate changed": _rate_changed(one, other),
        "reports changed": one.report_ids != other.report_ids,
        "exposed changed": exposed[0] != exposed[1],
    }
    return tuple(name for name, is_so in told.items() if is_so)


def _rate_changed(one: Found, other: Found) -> bool:
    """Return whether either rate lies outside the interval of the other."""
    a, b = one.report_rate, other.report_rate
    if a is None or b is None:
        return a is not b
    return not (a.low <= b.estimate <= a.high and b.low <= a.estimate <= b.high)


class _Scales:
    """What ``candidates.parquet`` of both answers says of the custodians in question."""

    def __init__(self, before: Answer, after: Answer, pairs: list[Pair]) -> None:
        leads = {found.key: found.lead for pair in pairs for found in pair if found}
        self._before = _weighed(before, leads)
        self._after = _weighed(after, leads)

    def of(self, pair: Pair) -> tuple[Evidence, ...]:
        """Return the evidence for the lead, and for the former lead where that was another."""
        leads = {found.key: found.lead for found in pair if found}
        return tuple(
            Evidence(custodian=lead, before=self._before.get(key), after=self._after.get(key))
            for key, lead in leads.items()
        )


def _weighed(answer: Answer, leads: Mapping[Key, Suspect]) -> dict[Key, Weighed]:
    import pyarrow as pa  # noqa: PLC0415  help and wrong usage do without
    import pyarrow.compute as pc  # noqa: PLC0415

    ids = pa.array(sorted({key[1] for key in leads}), pa.string())
    table = answer.candidates
    wanted = pc.is_in(table.column("id").cast(pa.string()), value_set=ids)
    found = {}
    for row in table.filter(wanted).to_pylist():
        key = key_of(Suspect(kind=row.pop("kind"), id=str(row.pop("id"))))
        if key in leads:
            found[key] = Weighed(**row)
    return found

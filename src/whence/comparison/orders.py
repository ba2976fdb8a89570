"""Exposed orders in both answers: who is to be warned now, who no longer, and what shows why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from whence.comparison.answers import Answer, Exposed, Found
from whence.comparison.odds import has_moved
from whence.model import DAY, Inputs, Instant

Why = Literal[
    "suspect not named",
    "outside the window",
    "held later",
    "reported",
    "call overdue",
    "not shown",
]

_LEAST: Final = 0.2  # exposed orders are listed down to it: whence.tracing.exposure.LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """An order that is exposed in one answer only, or otherwise than before.

    ``why`` says what shows that it is absent from the answer that does not list it.
    """

    order_id: str
    change: Literal["newly exposed", "no longer exposed", "other suspect", "probability moved"]
    before: Exposed | None
    after: Exposed | None
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanges:
    """The changed orders by id, and how many each answer exposes."""

    n_before: int
    n_after: int
    changed: tuple[OrderChange, ...]

    def of(self, change: str) -> tuple[OrderChange, ...]:
        """Return the orders with one kind of change."""
        return tuple(order for order in self.changed if order.change == change)

    def reasons(self, change: str) -> dict[str, int]:
        """Return how many orders of one kind of change are absent for which reason."""
        return dict(sorted(Counter(str(order.why) for order in self.of(change)).items()))


def order_changes(before: Answer, after: Answer) -> OrderChanges:
    """Return what became of the exposed orders."""
    changed = sorted(_changes(before, after), key=lambda order: order.order_id)
    return OrderChanges(
        n_before=len(before.exposed), n_after=len(after.exposed), changed=tuple(changed)
    )


def _changes(before: Answer, after: Answer) -> Iterator[OrderChange]:
    was, now = _Absence(before), _Absence(after)
    for order_id, one in before.exposed.items():
        other = after.exposed.get(order_id)
        if other is None:
            yield OrderChange(
                order_id=order_id,
                change="no longer exposed",
                before=one,
                after=None,
                why=now.why(one, was),
            )
        elif one.suspect_id != other.suspect_id:
            yield OrderChange(order_id=order_id, change="other suspect", before=one, after=other)
        elif has_moved(one.probability, other.probability):
            yield OrderChange(
                order_id=order_id, change="probability moved", before=one, after=other
            )
    for order_id, other in after.exposed.items():
        if order_id not in before.exposed:
            yield OrderChange(
                order_id=order_id,
                change="newly exposed",
                before=None,
                after=other,
                why=was.why(other, now),
            )


class _Absence:
    """Says what shows that an order, exposed in the other answer, is absent from this one."""

    def __init__(self, answer: Answer) -> None:
        self.inputs = answer.inputs
        self._end = answer.observed.end if answer.observed else None
        self._holders: dict[str, list[Found]] = {}
        for found in answer.named:
            for member in found.members:
                self._holders.setdefault(member.suspect.id, []).append(found)
        self._earliest: dict[str, int] = {}  # of the orders listed under each suspect
        for order in answer.exposed.values():
            if order.held_at is not None:
                first = self._earliest.get(order.suspect_id, order.held_at)
                self._earliest[order.suspect_id] = min(first, order.held_at)

    def why(self, order: Exposed, there: "_Absence") -> Why:
        """Return why an order that is exposed there is not exposed here.

        An order is left out where it is unlikely to have been in the leaked window, where a
        report is or may be about it, and where its call is hardly still to come. The first can be
        reckoned from the finding. The last grows with time: where an order held no later is
        listed here, this one's call is not overdue either, and only a report is left. And where
        no more orders of its day are reported here than there, it is not the report.
        """
        at, holders = order.held_at, self._holders.get(order.suspect_id, [])
        if not holders:
            return "suspect not named"
        if at is None or len(holders) > 1:
            return "not shown"
        if self._end is not None and at > self._end:
            return "held later"
        return self._reckoned(holders[0], order.suspect_id, at, there)

    def _reckoned(self, found: Found, suspect_id: str, at: Instant, there: "_Absence") -> Why:
        """Return the reason as the finding shows it; of a tie only the lead has days of its own."""
        if found.days is None or found.lead.id != suspect_id:
            return "not shown"
        likely, touched = found.days.at(at // DAY)
        share = found.members[0].share
        own = found.posterior * share * likely
        why: Why = "not shown"
        if own + found.posterior * (1.0 - share) < _LEAST:
            why = "outside the window"
        elif own >= _LEAST and not self._may_lack(there.inputs):
            if self._earliest.get(suspect_id, at + 1) <= at:
                why = "reported"
            elif touched <= there.touched(suspect_id, at):
                why = "call overdue"
        return why

    def touched(self, suspect_id: str, at: Instant) -> int:
        """Return how many orders the suspect first held on a day were reported."""
        days = [f.days for f in self._holders.get(suspect_id, []) if f.lead.id == suspect_id]
        return sum(held.at(at // DAY)[1] for held in days if held)

    def _may_lack(self, there: Inputs) -> bool:
        """Return whether this answer may not know the order at all."""
        return self.inputs.orders < there.orders or self.inputs.accesses < there.accesses

"""Measures: a shop frozen, an account locked, each with grounds, a review date and an appeal.

A measure is the entry that takes it; reviews, appeals and its end are entries that refer to it as
``M`` and its number. What an action needs stands in ``data/actions.toml``.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

from whence.casework.cases import Case, Happening
from whence.errors import UsageError
from whence.ledger.entries import Value
from whence.model import Instant, to_datetime
from whence.wording import Language

State: TypeAlias = Literal["in force", "review overdue", "lifted"]
_REFERENCE: Final = re.compile(r"M([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of action: its name in both languages, and what has to be said with it."""

    name: str
    texts: Mapping[str, str]
    needs: tuple[str, ...]
    is_measure: bool = False

    def text(self, language: Language) -> str:
        """Return its name as people read it."""
        return self.texts[language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is to be recorded as done: ``facts`` for the ledger, ``tree`` to be sealed."""

    facts: Mapping[str, Value]
    tree: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure and what became of it; ``appeals`` are those that came in, ``decided`` how many."""

    measure_id: str
    kind: str
    taken: Happening
    done_at: Instant
    review_on: date | None
    reviews: tuple[Happening, ...] = ()
    appeals: tuple[Happening, ...] = ()
    decisions: tuple[Happening, ...] = ()
    lifted: Happening | None = None

    def state(self, today: date) -> State:
        """Return how it stands on a day."""
        if self.lifted:
            return "lifted"
        return "review overdue" if self.review_on and self.review_on < today else "in force"

    @property
    def open_appeals(self) -> tuple[Happening, ...]:
        """The appeals that nobody has decided; decisions answer the earliest first."""
        return self.appeals[len(self.decisions) :]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of actions by name."""
    text = files("whence.casework").joinpath("data/actions.toml").read_text("utf-8")
    return {
        name: Kind(
            name=name,
            texts={"en": row["en"], "zh": row["zh"]},
            needs=tuple(row["needs"]),
            is_measure=row.get("is_measure", False),
        )
        for name, row in tomllib.loads(text).items()
    }


def action(
    case: Case,
    kind: str,
    *,
    done_at: Instant,
    target: str = "",
    grounds: str = "",
    appeal: str = "",
    review_on: str | None = None,
    refers: str | None = None,
) -> Action:
    """Return an action to record; UsageError where it lacks what its kind needs."""
    known = kinds().get(kind)
    if known is None:
        raise UsageError("case.no-action", action=kind, known=", ".join(kinds()))
    given = {
        "target": target.strip(),
        "grounds": grounds.strip(),
        "review": review_on,
        "appeal": appeal.strip(),
        "refers": refers,
    }
    missing = [name for name in known.needs if not given[name]]
    if missing:
        needed = ", ".join(_OPTIONS[name] for name in missing)
        raise UsageError("case.action-needs", action=kind, missing=needed)
    facts: dict[str, Value] = {"action": kind, "done_at": done_at}
    if review_on is not None:
        facts["review_on"] = _date(review_on).isoformat()
    if refers is not None:
        facts["refers"] = _referred(case, refers)
    tree = {"target": target, "grounds": grounds, "appeal": appeal}
    return Action(facts=facts, tree=tree)


def measures_of(case: Case) -> tuple[Measure, ...]:
    """Return the measures of a case, in the order in which they were taken."""
    found: dict[int, Measure] = {}
    for it in case.actions:
        kind = str(it.facts.get("action"))
        if kind in kinds() and kinds()[kind].is_measure:
            found[it.seq] = _taken(it, kind)
            continue
        seq = it.facts.get("refers")
        measure = found.get(seq) if isinstance(seq, int) else None
        if measure is not None:
            found[measure.taken.seq] = _followed(measure, it, kind)
    return tuple(found.values())


def done_at(it: Happening) -> Instant:
    """Return when something was done: as said, otherwise when it was recorded."""
    said = it.facts.get("done_at")
    return said if isinstance(said, int) else it.at


def first_done(case: Case, names: Iterable[str], *, last: bool = False) -> Happening | None:
    """Return the action of one of these kinds that was done first, or last; None without one."""
    wanted = frozenset(names)
    found = [it for it in case.actions if it.facts.get("action") in wanted]
    chosen = max if last else min
    return chosen(found, key=lambda it: (done_at(it), it.seq)) if found else None


def day_of(at: Instant) -> date:
    """Return the UTC day of an instant."""
    return to_datetime(at).date()


_OPTIONS: Final = {
    "target": "--target",
    "grounds": "--grounds",
    "review": "--review",
    "appeal": "--appeal",
    "refers": "--measure",
}


def _taken(it: Happening, kind: str) -> Measure:
    return Measure(
        measure_id=f"M{it.seq}",
        kind=kind,
        taken=it,
        done_at=done_at(it),
        review_on=_review(it),
    )


def _followed(measure: Measure, it: Happening, kind: str) -> Measure:
    match kind:
        case "review":
            date_of = _review(it) or measure.review_on
            return replace(measure, review_on=date_of, reviews=(*measure.reviews, it))
        case "appeal":
            return replace(measure, appeals=(*measure.appeals, it))
        case "decide-appeal":
            return replace(measure, decisions=(*measure.decisions, it))
        case "lift":
            return replace(measure, lifted=measure.lifted or it)
        case _:
            return measure


def _review(it: Happening) -> date | None:
    said = it.facts.get("review_on")
    return date.fromisoformat(said) if isinstance(said, str) else None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("case.bad-date", text=text) from None


def _referred(case: Case, refers: str) -> int:
    match = _REFERENCE.fullmatch(refers)
    taken = {measure.taken.seq for measure in measures_of(case)}
    if not match or int(match[1]) not in taken:
        listed = ", ".join(f"M{seq}" for seq in sorted(taken)) or "-"
        raise UsageError("case.no-measure", measure=refers, known=listed)
    return int(match[1])

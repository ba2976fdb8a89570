"""Clocks: each duty that a case's facts trigger, from when, until when, done or late.

Duties stand in ``data/duties.toml`` with their articles; whether the text was read or is quoted
second-hand goes with each of them to whoever reads. The clocks are a reading of the case at an
instant, not part of it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from whence.casework.cases import Case, Happening
from whence.casework.clocks_periods import end_of_day, later
from whence.casework.measures import Measure, done_at, first_done, measures_of
from whence.errors import UsageError
from whence.ledger.entries import Value
from whence.model import Instant, to_instant
from whence.wording import Language

State: TypeAlias = Literal["due", "late", "done", "done late", "keep", "over"]
ZONE: Final = "Asia/Shanghai"  # the days of the laws that count days
AT_ONCE, BEFORE = "at once", "before"
OPENED: Final = "opened"
_ACTION: Final = "action:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that duties depend on: its type (instant, count, yes), what it means, its default."""

    name: str
    type: str
    texts: Mapping[str, str]
    default: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty: its article, whether its text was read, when it applies and how long it gives."""

    duty_id: str
    rule: Mapping[str, str]
    article: str
    basis: str
    says: Mapping[str, str]
    when: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    within: str | Mapping[str, int] = AT_ONCE
    done_by: tuple[str, ...] = ()
    keeps: bool = False
    recurs: bool = False
    of_measures: str | None = None

    @property
    def is_second_hand(self) -> bool:
        """Whether its text is known from another source only."""
        return self.basis != "read"

    def title(self, language: Language) -> str:
        """Return rule and article as people cite them."""
        return (
            f"{self.rule[language]} {self.article}" if self.article != "-" else self.rule[language]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A duty running in a case. ``until`` None: at once. ``by_seq`` is the entry that did it.

    ``is_assumed``: nobody said when it begins, so the opening of the case is taken.
    """

    duty: Duty
    begins: Instant
    is_assumed: bool
    until: Instant | None
    done_at: Instant | None
    by_seq: int | None
    state: State
    measure_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A duty of which it is not known whether it runs: these facts would say."""

    duty: Duty
    missing: tuple[str, ...]


@cache
def facts() -> Mapping[str, Fact]:
    """Return the facts that duties depend on, by name."""
    return {
        name: Fact(
            name=name,
            type=row["type"],
            texts={"en": row["en"], "zh": row["zh"]},
            default=row.get("default"),
        )
        for name, row in _table()["facts"].items()
    }


@cache
def duties() -> tuple[Duty, ...]:
    """Return all duties there are."""
    return tuple(
        Duty(
            duty_id=name,
            rule=row["rule"],
            article=row["article"],
            basis=row["basis"],
            says=row["says"],
            when=tuple(row.get("when", ())),
            begins=tuple(row.get("from", ())),
            within=row.get("within", AT_ONCE),
            done_by=tuple(row.get("done_by", ())),
            keeps=row.get("keeps", False),
            recurs=row.get("recurs", False),
            of_measures=row.get("of_measures"),
        )
        for name, row in _table()["duties"].items()
    )


def read_fact(name: str, text: str, *, zone: ZoneInfo | None = None) -> Value:
    """Return the value of a fact as somebody wrote it; UsageError where it is no such value."""
    fact = facts().get(name)
    if fact is None:
        raise UsageError("case.no-fact", name=name, known=", ".join(facts()))
    try:
        match fact.type:
            case "count":
                # Without a sign; full-width digits are digits to int().
                return int("x" if text.strip().startswith("-") else text.replace(",", ""))
            case "yes":
                return {"yes": True, "no": False, "是": True, "否": False}[text.strip().casefold()]
            case _:
                return read_instant(text, zone=zone)
    except (ValueError, KeyError):
        raise UsageError("case.bad-fact", name=name, type=fact.type) from None


def read_instant(text: str, *, zone: ZoneInfo | None = None) -> Instant:
    """Return an instant written in ISO 8601; without a zone it is in the one given, or in UTC."""
    moment = datetime.fromisoformat(text.strip())
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC))


def clocks_of(case: Case, now: Instant) -> tuple[tuple[Clock, ...], tuple[Undecided, ...]]:
    """Return the clocks that run in a case at an instant, and the duties that are undecided."""
    running: list[Clock] = []
    undecided: list[Undecided] = []
    for duty in duties():
        if duty.of_measures:
            running.extend(_of_measures(duty, case, now))
            continue
        holds, missing = _applies(duty, case)
        begins, is_assumed, needs = _begins(duty, case)
        if not holds:
            continue
        if missing or begins is None:
            undecided.append(Undecided(duty=duty, missing=tuple(dict.fromkeys(missing + needs))))
            continue
        running.append(_clock(duty, case, begins, now, is_assumed=is_assumed))
    return tuple(running), tuple(undecided)


def _clock(duty: Duty, case: Case, begins: Instant, now: Instant, *, is_assumed: bool) -> Clock:
    until = later(begins, duty.within, ZoneInfo(ZONE))
    done = None
    if duty.done_by and not duty.recurs:
        done = first_done(case, duty.done_by)
    return Clock(
        duty=duty,
        begins=begins,
        is_assumed=is_assumed,
        until=until,
        done_at=done_at(done) if done else None,
        by_seq=done.seq if done else None,
        state=_state(duty, until, done, now),
    )


def _state(duty: Duty, until: Instant | None, done: Happening | None, now: Instant) -> State:
    if duty.keeps:
        return "over" if until is not None and now > until else "keep"
    if done is not None:
        return "done late" if until is not None and done_at(done) > until else "done"
    return "late" if until is not None and now > until else "due"


def _applies(duty: Duty, case: Case) -> tuple[bool, list[str]]:
    """Return whether a duty may apply, and which facts would have to be known to say so."""
    missing = []
    for condition in duty.when:
        name, holds = _condition(condition, case.facts)
        if holds is None:
            missing.append(name)
        elif not holds:
            return False, []
    return True, missing


def _condition(condition: str, known: Mapping[str, Value]) -> tuple[str, bool | None]:
    """Return what a condition is about and whether it holds; None where that is not known."""
    words = condition.split()
    match words:
        case ["not", name]:
            value = known.get(name, facts()[name].default)
            return name, None if value is None else not value
        case [name, ">=", number]:
            count = known.get(name)
            return name, None if not isinstance(count, int) else count >= int(number)
        case [name]:
            value = known.get(name, facts()[name].default)
            return name, None if value is None else bool(value)
        case _:
            raise ValueError(condition)  # a mistake in duties.toml, which a test would have seen


def _begins(duty: Duty, case: Case) -> tuple[Instant | None, bool, list[str]]:
    """Return when a duty begins, whether that is assumed, and what would have to be known."""
    for name in duty.begins:
        if name == OPENED:
            return case.opened.at, True, []
        if name.startswith(_ACTION):
            last = first_done(case, [name.removeprefix(_ACTION)], last=True)
            if last is not None:
                return done_at(last), False, []
            continue
        value = case.facts.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value, False, []
    return None, False, [name for name in duty.begins if not name.startswith(_ACTION)]


def _of_measures(duty: Duty, case: Case, now: Instant) -> Iterator[Clock]:
    for measure in measures_of(case):
        if duty.of_measures == "review":
            yield from _review(duty, measure, now)
        else:
            for number, appeal in enumerate(measure.appeals):
                answer = measure.decisions[number : number + 1]
                yield Clock(
                    duty=duty,
                    begins=done_at(appeal),
                    is_assumed=False,
                    until=None,
                    done_at=done_at(answer[0]) if answer else None,
                    by_seq=answer[0].seq if answer else None,
                    state="done" if answer else "due",
                    measure_id=measure.measure_id,
                )


def _review(duty: Duty, measure: Measure, now: Instant) -> Iterator[Clock]:
    if measure.review_on is None:
        return
    until = end_of_day(measure.review_on, ZoneInfo(ZONE))
    lifted = measure.lifted
    state: State = "late" if now > until else "due"
    if lifted:
        state = "done late" if done_at(lifted) > until else "done"
    yield Clock(
        duty=duty,
        begins=measure.done_at,
        is_assumed=False,
        until=until,
        done_at=done_at(lifted) if lifted else None,
        by_seq=lifted.seq if lifted else None,
        state=state,
        measure_id=measure.measure_id,
    )


@cache
def _table() -> dict[str, Any]:
    text = files("whence.casework").joinpath("data/duties.toml").read_text("utf-8")
    return tomllib.loads(text)

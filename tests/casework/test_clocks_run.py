"""Each duty that the facts trigger runs from its day to its day, and says under which article."""

import tomllib
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cases_world import Office, freeze, instant
from hypothesis import given, strategies as st

from whence.casework.clocks import Clock, clocks_of, duties, facts, read_fact
from whence.casework.clocks_periods import later, months_after
from whence.casework.measures import action, kinds, measures_of
from whence.errors import UsageError
from whence.model import DAY, HOUR

SHANGHAI = ZoneInfo("Asia/Shanghai")
FOUND = instant("2026-03-07T23:30:00+08:00")
LATER = instant("2026-03-09T12:00:00+08:00")


def running(office: Office, at: int = LATER, **known: Any) -> dict[str, Clock]:
    with office.desk() as desk:
        if not desk.folded():
            desk.new(title="t", why="", case_id="C1")
        for name, value in known.items():
            desk.know("C1", name, value)
        clocks, _ = clocks_of(desk.case("C1"), at)
        return {each.duty.duty_id: each for each in clocks}


def did(office: Office, kind: str, at: int, **other: Any) -> None:
    with office.desk() as desk:
        made = action(desk.case("C1"), kind, done_at=at, **other)
        desk.act("C1", made.facts, made.tree)


def test_a_million_persons_start_the_four_hours_and_fewer_do_not(office: Office) -> None:
    assert "incident-4h" not in running(office, discovered_at=FOUND, n_persons=999_999)
    clocks = running(office, n_persons=1_000_000)
    four = clocks["incident-4h"]
    assert (four.begins, four.until, four.state) == (FOUND, FOUND + 4 * HOUR, "late")
    assert four.duty.is_second_hand
    assert clocks["incident-30d"].until == instant("2026-04-07T00:00:00+08:00")  # end of 6 April
    assert clocks["incident-30d"].state == "due"


def test_done_in_time_and_done_late_are_told_apart(office: Office) -> None:
    running(office, discovered_at=FOUND, n_persons=2_000_000, gdpr=True)
    did(office, "report-incident", FOUND + 5 * HOUR)
    did(office, "notify-gdpr-authority", FOUND + 72 * HOUR)
    clocks = running(office)
    assert clocks["incident-4h"].state == "done late"
    assert clocks["gdpr-33"].state == "done"
    assert clocks["gdpr-33"].until == FOUND + 72 * HOUR


def test_notifying_persons_falls_away_where_harm_is_avoided_but_the_decision_is_due(
    office: Office,
) -> None:
    clocks = running(office, discovered_at=FOUND)
    assert clocks["pipl-57-persons"].state == "due"
    assert clocks["pipl-57-persons"].until is None
    assert "pipl-57-decision" not in clocks
    clocks = running(office, harm_avoided=True)
    assert "pipl-57-persons" not in clocks
    assert clocks["pipl-57-decision"].state == "due"


def test_logs_are_kept_six_months_and_records_three_years(office: Office) -> None:
    known = {"leaked_from": instant("2025-08-31T10:00:00+08:00")}
    clocks = running(office, **known, platform=True, last_order_at=FOUND)
    assert clocks["csl-logs"].until == instant("2026-03-01T00:00:00+08:00")  # 28 February ends
    assert clocks["csl-logs"].state == "late"
    assert clocks["ecl-31"].until == instant("2029-03-08T00:00:00+08:00")
    assert clocks["ecl-31"].state == "keep"
    assert running(office, FOUND + 4 * 365 * DAY)["ecl-31"].state == "over"


def test_an_assessment_after_the_data_was_provided_is_late(office: Office) -> None:
    running(office, provided=True, provided_at=FOUND)
    assert running(office)["pipl-55-assessment"].state == "late"
    did(office, "impact-assessment", FOUND - DAY)
    clocks = running(office)
    assert clocks["pipl-55-assessment"].state == "done"
    assert clocks["pipl-56-records"].begins == FOUND - DAY


def test_what_is_not_known_is_told_and_not_guessed(office: Office) -> None:
    clocks = running(office)
    assert clocks["pipl-57-remedy"].is_assumed
    with office.desk() as desk:
        _, undecided = clocks_of(desk.case("C1"), LATER)
        missing = {each.duty.duty_id: each.missing for each in undecided}
    assert missing["gdpr-34"] == ("gdpr", "high_risk")
    assert missing["incident-4h"] == ("n_persons",)
    assert not missing.keys() & clocks.keys()
    running(office, gdpr=False)
    with office.desk() as desk:
        _, undecided = clocks_of(desk.case("C1"), LATER)
        assert "gdpr-34" not in {each.duty.duty_id for each in undecided}


def test_a_drill_is_due_again_a_year_after_the_last(office: Office) -> None:
    running(office, discovered_at=FOUND)
    did(office, "drill", instant("2024-02-29T12:00:00+08:00"))
    drill = running(office)["gbt-35273-drill"]
    assert drill.until == instant("2025-03-01T00:00:00+08:00")  # 28 February 2025 ends
    assert drill.state == "late"


def test_a_measure_is_reviewed_in_time_or_overdue(office: Office) -> None:
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
        name = freeze(desk, "C1", review_on="2026-03-09")
    review = running(office)["measure-review"]
    assert (review.measure_id, review.state) == (name, "due")
    late = instant("2026-03-10T00:00:01+08:00")
    assert running(office, late)["measure-review"].state == "late"
    did(office, "review", LATER, refers=name, grounds="still 8 of 14", review_on="2026-04-09")
    assert running(office, late)["measure-review"].state == "due"
    did(office, "lift", LATER, refers=name, grounds="the clerk was found")
    assert running(office, late)["measure-review"].state == "done"


def test_an_appeal_is_due_until_it_is_decided(office: Office) -> None:
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
        name = freeze(desk, "C1")
    assert "measure-appeal" not in running(office)
    did(office, "appeal", LATER, refers=name, grounds="we never saw these orders")
    assert running(office)["measure-appeal"].state == "due"
    did(office, "decide-appeal", LATER, refers=name, grounds="kept: the logs say otherwise")
    assert running(office)["measure-appeal"].state == "done"
    with office.desk() as desk:
        (measure,) = measures_of(desk.case("C1"))
        assert len(measure.appeals) == len(measure.decisions) == 1


@pytest.mark.parametrize("left_out", ["target", "grounds", "review_on", "appeal"])
@pytest.mark.parametrize("kind", ["freeze-shop", "lock-account", "rotate-key", "notify-persons"])
def test_a_measure_without_grounds_review_or_appeal_is_refused(
    office: Office, kind: str, left_out: str
) -> None:
    given = {"target": "SH1", "grounds": "8 of 14", "review_on": "2026-04-07", "appeal": "by mail"}
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
        case = desk.case("C1")
        assert action(case, kind, done_at=0, **given).facts["action"] == kind
        if left_out == "target" and kind == "notify-persons":
            return
        given[left_out] = " " if left_out != "review_on" else ""
        with pytest.raises(UsageError):
            action(case, kind, done_at=0, **given)


def test_what_refers_to_no_measure_is_refused(office: Office) -> None:
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
        name = freeze(desk, "C1")
        case = desk.case("C1")
        action(case, "lift", done_at=0, refers=name, grounds="g")
        for bad in ("M99", "17", "M", ""):
            with pytest.raises(UsageError):
                action(case, "lift", done_at=0, refers=bad, grounds="g")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("n_persons", "１，２００，０００".replace("，", ","), 1_200_000),
        ("n_persons", "0", 0),
        ("gdpr", "yes", True),
        ("gdpr", "否", False),
        ("discovered_at", "2024-02-29T08:00+08:00", instant("2024-02-29T00:00:00+00:00")),
        ("discovered_at", "2026-03-07T08:00", instant("2026-03-07T00:00:00+00:00")),
    ],
)
def test_facts_are_read_as_written(name: str, text: str, value: object) -> None:
    assert read_fact(name, text, zone=SHANGHAI) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n_persons", "-1"),
        ("n_persons", "many"),
        ("gdpr", "perhaps"),
        ("discovered_at", "2026-02-29T08:00"),
        ("colour", "red"),
    ],
)
def test_facts_that_are_none_are_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        read_fact(name, text, zone=SHANGHAI)


@given(st.dates(), st.integers(0, 60))
def test_months_on_is_the_same_day_or_the_months_last(day: Any, months: int) -> None:
    if day.year > 9990:
        return
    found = months_after(day, months)
    assert found.day == day.day or (found.day < day.day and months_after(found, 0) == found)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months


def test_hours_run_from_the_moment_and_days_to_their_end() -> None:
    assert later(FOUND, {"hours": 72}, SHANGHAI) == FOUND + 72 * HOUR
    assert later(FOUND, {"days": 1}, SHANGHAI) == instant("2026-03-09T00:00:00+08:00")
    assert later(FOUND, "at once", SHANGHAI) is None
    assert later(FOUND, "before", SHANGHAI) == FOUND


def test_every_duty_names_its_basis_and_what_fulfils_it_in_both_languages() -> None:
    table = tomllib.loads(files("whence.casework").joinpath("data/duties.toml").read_text("utf-8"))
    assert len(table["duties"]) == len(duties()) >= 18
    for duty in duties():
        assert duty.basis in {"read", "second-hand"}
        assert duty.says["en"]
        assert duty.says["zh"]
        assert set(duty.done_by) <= set(kinds())
        assert duty.keeps or duty.done_by or duty.of_measures
        for condition in duty.when:
            assert condition.removeprefix("not ").split()[0] in facts()
        for begins in duty.begins:
            is_action = begins.removeprefix("action:") in kinds()
            assert begins in facts() or begins == "opened" or is_action

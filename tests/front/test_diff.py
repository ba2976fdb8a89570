"""`whence diff`: what changed between two answers, and why, as far as they show it."""

from dataclasses import replace

import pyarrow as pa
import pytest
from diff_answers import FIRST, a_finding, an_answer, between, exposed, ids_of, reasons, weighed

from whence.comparison.orders import _LEAST
from whence.comparison.printed import to_document
from whence.model import DAY, AnalystPrior, Finding, Window
from whence.tracing.exposure import LEAST

# --- why -----------------------------------------------------------------------------------------


def test_a_suspect_whose_reports_another_explains_is_explained_away() -> None:
    before = an_answer(
        a_finding("AC1", reports=("V1", "V2", "V3")), candidates=weighed(AC1=9, SH1=2)
    )
    after = an_answer(
        a_finding("SH1", reports=("V1", "V2", "V3")), candidates=weighed(AC1=1, SH1=9)
    )
    document = to_document(between(before, after))
    (gone,) = (f for f in document["findings"] if f["id"] == "AC1")
    assert gone["changes"] == ["gone"]
    assert gone["given_to"] == [{"kind": "shop", "id": "SH1", "reports": 3}]
    told = reasons(document, "AC1")
    assert told["given"] == "Shop SH1 now explains all 3 reports it explained."
    assert "1.0 now, 9.0 before" in told["evidence-fell"]
    assert ids_of(document["reports"]["moved"]) == ["V1", "V2", "V3"]


def test_a_suspect_whose_reports_nobody_explains_is_not_explained_away() -> None:
    before = an_answer(a_finding("AC1"), a_finding("SH1", reports=("V3",)))
    after = an_answer(a_finding("SH1", reports=("V3",)), unexplained=("V1", "V2"))
    document = to_document(between(before, after))
    told = reasons(document, "AC1")
    assert told["unexplained"].startswith("2 of the 2 reports it explained have no explanation")
    assert "given" not in told
    assert document["findings_unchanged"] == 1


def test_the_level_a_suspicion_moved_to_is_told_where_the_register_has_it() -> None:
    clerk = a_finding("AC1", reports=("V1", "V2"))
    below = replace(clerk, suspect=replace(clerk.suspect, parent_id="SH1"))
    told = reasons(to_document(between(an_answer(below), an_answer(a_finding("SH1")))), "AC1")
    assert told["belongs"] == "Shop clerk's account AC1 belongs to shop SH1."
    told = reasons(to_document(between(an_answer(clerk), an_answer(a_finding("SH1")))), "AC1")
    assert "belongs" not in told


def test_new_reports_are_counted_for_whom_they_speak() -> None:
    before = an_answer(a_finding("SH1", posterior=0.4))
    after = an_answer(a_finding("SH1", reports=("V1", "V2", "V7", "V8")), unexplained=("V9",))
    document = to_document(between(before, after))
    told = reasons(document, "SH1")
    assert told["new"].startswith("2 of the 3 new reports concern orders it held")
    assert document["reports"]["new_unexplained"] == ["V9"]
    assert "became named" in document["findings"][0]["changes"]
    assert "new" not in reasons(to_document(between(after, before)), "SH1")


def test_a_report_that_is_set_aside_now_says_why_it_was() -> None:
    late = "called after the end of observation"
    before, after = an_answer(a_finding("SH1")), an_answer(a_finding("SH1", reports=("V1",)))
    told = reasons(to_document(between(before, after, {"V2": late})), "SH1")
    assert told["aside"] == f"1 of the 2 reports it explained is set aside now: {late}."
    told = reasons(to_document(between(before, after)), "SH1")
    assert "aside" not in told
    assert "no longer among the reports" in told["not-there"]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ((), ((0.0, "on leave"),), "cleared-because"),
        ((), ((0.0, None),), "cleared"),
        (((0.0, None),), (), "no-longer-cleared"),
        (((2.0, None),), ((5.0, None),), "odds"),
        (((0.0, "a"),), ((0.0, "b"),), None),
    ],
)
def test_what_the_analyst_set_otherwise_is_a_reason(
    before: tuple[tuple[float, str | None], ...],
    after: tuple[tuple[float, str | None], ...],
    name: str | None,
) -> None:
    def set_to(values: tuple[tuple[float, str | None], ...]) -> tuple[AnalystPrior, ...]:
        return tuple(AnalystPrior(kind="Shop", id="SH1", factor=f, reason=r) for f, r in values)

    old = an_answer(a_finding("SH1"), priors=set_to(before))
    new = an_answer(a_finding("SH1", posterior=0.3), priors=set_to(after))
    document = to_document(between(old, new))
    named = {"cleared", "cleared-because", "no-longer-cleared", "odds"}
    assert named & set(reasons(document, "SH1")) == ({name} if name else set())
    assert len(document["priors"]) == 1


def test_a_posterior_that_falls_while_its_own_evidence_rises_says_so() -> None:
    old, new = a_finding("SH1", posterior=0.97, factor=8), a_finding("SH1", posterior=0.7, factor=9)
    assert "others-gained" in reasons(to_document(between(an_answer(old), an_answer(new))), "SH1")
    weaker = replace(new, log10_bayes_factor=3.0)
    told = reasons(to_document(between(an_answer(old), an_answer(weaker))), "SH1")
    assert "others-gained" not in told


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (0.90, 0.95, False),
        (0.90, 0.99, True),
        (0.30, 0.10, True),
        (0.9995, 0.999999, False),  # both are told as more than 99.9 %
    ],
)
def test_a_posterior_moves_when_its_odds_change_by_more_than_three(
    before: float, after: float, *, moved: bool
) -> None:
    old, new = (an_answer(a_finding("SH1", posterior=p)) for p in (before, after))
    comparison = between(old, new)
    assert any("posterior moved" in change.changes for change in comparison.findings) == moved
    assert to_document(comparison)["changed"] == moved
    assert to_document(comparison)["drifted"]


def test_a_tie_that_another_member_leads_is_the_same_finding() -> None:
    document = to_document(
        between(an_answer(a_finding("AC1", "SH1")), an_answer(a_finding("SH1", "AC1")))
    )
    (finding,) = document["findings"]
    assert finding["changes"] == ["lead changed"]
    assert not document["reports"]["moved"]
    assert not document["verdict"]["newly_named"]
    assert [row["id"] for row in finding["evidence"]] == ["AC1", "SH1"]


def test_a_tie_that_loses_a_member_says_whom() -> None:
    old, new = an_answer(a_finding("AC1", "SH1")), an_answer(a_finding("AC1"))
    document = to_document(between(old, new))
    assert document["findings"][0]["changes"] == ["tie changed"]
    assert reasons(document, "AC1")["untied"] == "Shop SH1 can be told apart from it now."
    assert "tied" in reasons(to_document(between(new, old)), "AC1")


def test_of_two_findings_that_share_a_member_the_one_with_the_same_reports_is_the_same() -> None:
    old = an_answer(a_finding("AC1", "SH1"))
    new = an_answer(a_finding("SH1", reports=("V3",)), a_finding("AC1", reports=("V1", "V2")))
    kinds = {f["id"]: f["changes"] for f in to_document(between(old, new))["findings"]}
    assert kinds == {"AC1": ["tie changed"], "SH1": ["new"]}


def test_the_same_lead_is_the_same_finding_whoever_explains_its_reports_now() -> None:
    old = an_answer(a_finding("AC1", "SH1"))
    new = an_answer(a_finding("AC1", reports=("V3",)), a_finding("SH1", reports=("V1", "V2")))
    document = to_document(between(old, new))
    kinds = {f["id"]: f["changes"] for f in document["findings"]}
    assert kinds == {"AC1": ["tie changed", "reports changed"], "SH1": ["new"]}
    assert "given" in reasons(document, "AC1")


# --- exposed orders ------------------------------------------------------------------------------


def absent(
    after: Finding | None, *, listed: pa.Table | None = None, n_orders: int = 1000
) -> dict[str, int]:
    """Return why order o1, held on day 4 by SH1 and exposed before, is exposed no longer."""
    before = an_answer(a_finding("SH1"), exposed=exposed(o1=("SH1", 4, 0.9)))
    now = an_answer(*([after] if after else []), exposed=exposed() if listed is None else listed)
    now = replace(now, inputs=replace(now.inputs, orders=n_orders))
    because: dict[str, int] = to_document(between(before, now))["exposed"]["no_longer_exposed"][
        "because"
    ]
    return because


def test_why_an_order_is_exposed_no_longer_is_told_where_the_answers_show_it() -> None:
    earlier, later = exposed(o2=("SH1", 3, 0.9)), exposed(o2=("SH1", 6, 0.9))
    reported = (0, 0, 0, 0, 1, 0, 0, 0, 0, 0)
    found = a_finding("SH1", touched=reported)
    assert absent(None) == {"suspect not named": 1}
    assert absent(a_finding("SH1", in_window=(0.1,) * 10)) == {"outside the window": 1}
    assert absent(found, listed=earlier) == {"reported": 1}
    assert absent(found, listed=later) == {"not shown": 1}
    assert absent(a_finding("SH1")) == {"call overdue": 1}
    assert absent(found, listed=earlier, n_orders=999) == {"not shown": 1}
    assert absent(a_finding("AC1", "SH1"), listed=earlier) == {"not shown": 1}


def test_an_order_held_after_the_earlier_observation_is_newly_exposed_for_that() -> None:
    before, after = an_answer(a_finding("SH1")), an_answer(a_finding("SH1"))
    before = replace(before, observed=Window(start=0, end=(FIRST + 3) * DAY))
    after = replace(after, exposed=exposed(o1=("SH1", 4, 0.9)))
    document = to_document(between(before, after))
    assert document["exposed"]["newly_exposed"]["because"] == {"held later": 1}
    assert document["made"]["observed"]["before"]["end"] == "2025-12-01T00:00:00Z"


def test_the_threshold_is_that_of_tracing() -> None:
    assert _LEAST == LEAST

"""Reports taken in by the command: text, table and form; confirmed or not; linked and decided."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from cases_world import Office

from whence.casework.reports import linkable_of, one_number, report_of_row, report_of_tree, tree_of
from whence.cli import run as run_command

Run: TypeAlias = Callable[..., "Done"]
STORY = "我在小红书买了一瓶精华液，接到客服电话02110000001，转账4700元和4968元，一共损失9600元。"


@pytest.fixture
def case(office: Office) -> str:
    with office.desk() as desk:
        return desk.new(title="t", why="w")


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def one(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        place = ["--workspace", str(office.workspace.folder), "--by", "analyst-1"]
        code = run_command(["case", *words, *place])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return one


def filed(office: Office, case: str) -> list[dict[str, object]]:
    with office.desk() as desk:
        found = desk.case(case).reports.values()
        return [desk.words(each.filed).tree()["report"] for each in found]  # type: ignore[union-attr]


def test_a_text_is_filed_unconfirmed_and_its_sum_asked_about(
    run: Run, office: Office, case: str
) -> None:
    done = run("report", case, "--text", "-", stdin=STORY)
    assert done.code == 0
    assert "sum" in done.err
    (report,) = filed(office, case)
    facts = report["facts"]
    assert isinstance(facts, dict)
    assert {c["confirmed"] for claims in facts.values() for c in claims} == {False}
    assert report["narrative"] == STORY


def test_what_is_wrong_is_left_out_and_the_rest_confirmed(
    run: Run, office: Office, case: str
) -> None:
    run("report", case, "--text", "-", "--wrong", "1", "--yes", stdin=STORY)
    (report,) = filed(office, case)
    facts = report["facts"]
    assert isinstance(facts, dict)
    assert [c["value"] for c in facts["amount"]] == ["4968", "9600"]
    assert {c["confirmed"] for claims in facts.values() for c in claims} == {True}


def test_a_dry_run_records_nothing(run: Run, office: Office, case: str) -> None:
    assert run("report", case, "--text", "-", "--dry-run", stdin=STORY).code == 0
    assert filed(office, case) == []


def test_a_story_that_was_told_before_is_pointed_out(run: Run, case: str) -> None:
    first = run("report", case, "--text", "-", stdin=STORY)
    second = run("report", case, "--text", "-", stdin=STORY)
    assert "told before" not in first.err
    assert "told before" in second.err


def test_a_table_a_form_and_lines_are_filed(
    run: Run, office: Office, case: str, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "report_id,loss,payee,note\nV1,100,6200000000000000,x\nV2,,6200000000000000,\n"
    )
    lines = tmp_path / "t.jsonl"
    lines.write_text(json.dumps({"report_id": "V3", "text": STORY}) + "\n")
    assert run("report", case, "--csv", str(table)).code == 0
    assert run("report", case, "--jsonl", str(lines)).code == 0
    assert run("report", case, "--form", "--set", "loss=5", "--report-id", "V4").code == 0
    with office.desk() as desk:
        assert set(desk.case(case).reports) == {"V1", "V2", "V3", "V4"}


def test_what_cannot_be_filed_is_refused(run: Run, office: Office, case: str) -> None:
    for words in (
        ["--text", "-", "--form"],
        ["--form", "--set", "nonsense=1"],
        ["--text", "-", "--wrong", "99"],
    ):
        assert run("report", case, *words, stdin=STORY).code == 2
    assert filed(office, case) == []


def test_links_are_shown_and_decided_with_grounds(run: Run, case: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = "\n".join(f"V{n},{'6200000000000000' if n < 2 else f'62{n:014}'}" for n in range(9))
    table.write_text(f"report_id,payee\n{rows}\n")
    run("report", case, "--csv", str(table))
    picture = tmp_path / "l.html"
    shown = json.loads(run("links", "--json", "--picture", str(picture)).out)
    assert [[r["report_id"] for r in g["reports"]] for g in shown["groups"]] == [["V0", "V1"]]
    assert "<svg" in picture.read_text("utf-8")
    assert run("links", "--part", "V0", "V1").code == 2
    run("links", "--part", "V0", "V1", "--grounds", "two accounts of one bank")
    assert json.loads(run("links", "--json").out)["groups"] == []
    run("links", "--join", "V1", "V0", "--grounds", "a mistake")
    assert len(json.loads(run("links", "--json").out)["groups"]) == 1


def test_a_report_comes_back_as_it_was_sealed() -> None:
    report = report_of_row({"loss": "5;6", "qq": "7123456789", "note": "n", "customer_id": 7})
    again = report_of_tree("R", tree_of(report))
    assert again.facts == report.facts


def test_two_writings_of_one_value_agree() -> None:
    a = report_of_row({"caller_number": "+86 129 0000 0001", "link": "https://A.example/x"})
    b = report_of_row({"caller_number": "12900000001", "link": "a.example/y?z=1"})
    assert linkable_of("R", a) == linkable_of("R", b)
    assert one_number("008602110000001") == one_number("02110000001")


def test_a_masked_payee_links_nobody() -> None:
    assert linkable_of("R", report_of_row({"payee": "张某;****0417"})).values == frozenset()

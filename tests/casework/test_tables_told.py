"""`whence case stats`: a case or a table, on the terminal, as JSON, CSV and a page."""

import csv
import json
from pathlib import Path

import pytest
from cases_world import Office

from whence.casework.cases_desk import Filing
from whence.casework.sealed_erasing import erase_report
from whence.cli import run

REPORTS = """report_id,called_at,placed_at,loss,currency,place,money_channel,age,student
V1,2017-03-27,2017-02-25,9668,CNY,广东,"来分期,招联好期贷",23,yes
V2,2017-04-17,2017-03-18,91300,CNY,武汉,来分期,19,no
V3,2017-04-19,,,,=HYPERLINK(1),,,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "reports.csv"
    file.write_text(REPORTS, "utf-8")
    return file


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert run(["case", "stats", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_a_table_of_reports_is_counted(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(told(capsys, "--reports", table, "--json"))
    assert (made["schema"], made["reports"], made["lost"]) == (
        "whence.case-stats/1",
        3,
        {"CNY": "100968"},
    )
    assert set(made["not_closing"]) == {
        *("bought-month", "loss", "purchase-to-call", "channel", "age", "student")
    }


@pytest.mark.parametrize(
    ("language", "closes", "short"),
    [("en", "Adds up: 3 of 3 reports", "1 short"), ("zh", "合计相符：3 / 3 份报案", "少 1")],
)
def test_a_person_reads_of_how_many_and_what_does_not_add_up(
    table: Path, language: str, closes: str, short: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = told(capsys, "--reports", table, "--lang", language)
    assert closes in text
    assert short in text
    assert ("unknown" if language == "en" else "不详") in text


def test_the_page_has_a_picture_of_each_table_and_runs_nothing(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "one.html", tmp_path / "two.html"
    for page in (first, second):
        told(capsys, "--reports", table, "--html", page)
    text = first.read_text("utf-8")
    assert text.count("<svg") == 2 * text.count("<figure>") > 0  # for a desk and for a phone
    assert "<script" not in text
    assert first.read_bytes() == second.read_bytes()


def test_what_a_victim_wrote_is_no_markup_and_no_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, page, folder = (tmp_path / name for name in ("r.csv", "p.html", "tables"))
    table.write_text("report_id,place\nV1,<b>x</b>[red]\nV2,=1+1\n", "utf-8")
    text = told(capsys, "--reports", table, "--html", page, "--csv", folder)
    assert "<b>x</b>[red]" in text  # as it is: brackets are no colours of the terminal
    assert "<b>" not in page.read_text("utf-8")
    assert "\n'=1+1," in (folder / "place.csv").read_text("utf-8-sig")


def test_each_table_is_a_file_and_their_checks_another(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tables"
    made = json.loads(told(capsys, "--reports", table, "--csv", folder, "--json"))
    assert {path.stem for path in folder.iterdir()} == {
        "checks",
        *(each["table"] for each in made["tables"]),
    }
    with (folder / "checks.csv").open(encoding="utf-8-sig", newline="") as file:
        checks = {row["table"]: row for row in csv.DictReader(file)}
    assert (checks["channel"]["difference"], checks["channel"]["closes"]) == ("0", "false")
    assert (checks["month"]["difference"], checks["month"]["closes"]) == ("0", "true")


def test_a_case_is_counted_and_who_was_erased_still_counts(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    with office.desk() as desk:
        desk.new(title="Made up", why="", case_id="C1")
        row = {"place": "广东", "loss": "5", "currency": "CNY"}
        claims = {"facts": {"place": [{"value": "广东", "confirmed": True}]}}
        desk.file("C1", [Filing(report_id=f"V{n}", tree=row) for n in (1, 2)])
        desk.file("C1", [Filing(report_id="V3", tree=claims)])
        erase_report(desk, "C1", "V1", basis="her wish")
    folder = office.workspace.folder
    made = json.loads(told(capsys, "C1", "-w", folder, "--json", "--by", "analyst-2"))
    (place,) = (each for each in made["tables"] if each["table"] == "place")
    assert (made["reports"], made["erased"]) == (3, 1)
    assert [(row["key"], row["reports"]) for row in place["rows"]] == [("广东", 2), ("unknown", 1)]
    assert "place" in made["not_closing"]


def test_what_differs_from_stated_figures_is_told(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stated = tmp_path / "stated.toml"
    stated.write_text(
        "reports = 4\n[month]\nrows = 2\n[place.parts]\n广东 = 1\n".replace("广东", '"广东"')
    )
    made = json.loads(told(capsys, "--reports", table, "--stated", stated, "--json"))
    assert made["differs"] == [
        {"table": None, "what": "reports", "stated": "4", "counted": "3"},
        {"table": "place", "what": "sum", "stated": "1", "counted": "4"},
    ]
    assert {"month", "place"} & set(made["not_closing"]) == {"place"}
    assert "stated 4, counted 3" in told(capsys, "--reports", table, "--stated", stated)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("C1", "--reports", "{table}"),
        ("--reports", "{table}", "--bands", "5,4"),
        ("--reports", "{table}", "--since", "then"),
        ("--reports", "{table}", "--stated", "{table}"),
        ("--reports", "{table}", "--timezone", "Nowhere/Here"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: tuple[str, ...], table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.format(table=table) for word in words]
    assert run(["case", "stats", *given]) == 2
    assert not capsys.readouterr().out

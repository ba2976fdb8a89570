"""What each reader of a pack sees: no more of persons than she needs, and all of what clears."""

import json
import re
from pathlib import Path

import pytest
from cases_world import NAME, STORY, TITLE, Office, attached, freeze, make_office, report
from packs_world import Files, full_case, packed, refusal, taken_apart

from whence.casework.clocks import duties
from whence.casework.exhibits import attach_trace
from whence.casework.pack_blocks import Page, Para, Section
from whence.casework.pack_claims import claims_told
from whence.casework.pack_pdf import to_pdf
from whence.casework.pack_readers import readers
from whence.casework.sealed_erasing import erase_report
from whence.casework.sealed_words import words_of
from whence.casework.verify_alone import ENTRIES, MANIFEST
from whence.cli import run
from whence.errors import InputError, UsageError

PACK_ROOM = ("police", "victim", "regulator", "platform")


def pack_of(office: Office, folder: Path, reader: str) -> Files:
    own = "V00001" if reader == "victim" else None
    data = packed(office, folder / f"{reader}.zip", reader, own)
    assert refusal(data, office.fingerprint, folder) is None
    return taken_apart(data)


def text_of(files: Files) -> str:
    """Return all a reader can read: values are escaped in no other way than these."""
    held = {path: data for path, data in files.items() if not path.endswith((".pdf", ".png"))}
    return "\n".join(data.decode("utf-8", "replace") for data in held.values())


def test_the_police_get_all_of_it(full_office: Office, tmp_path: Path) -> None:
    text = text_of(pack_of(full_office, tmp_path, "police"))
    for needed in (NAME, STORY, TITLE, "008617000000001", "Somebody else's story.", "hotline"):
        assert needed in text


@pytest.mark.parametrize("reader", ["regulator", "platform"])
def test_others_get_no_name_story_or_number_but_what_they_need(
    full_office: Office, tmp_path: Path, reader: str
) -> None:
    files = pack_of(full_office, tmp_path, reader)
    text = text_of(files)
    for kept in (
        NAME,
        STORY,
        "Somebody else's story.",
        "hotline calls back",
        "chat.png",
        "Nine thous",
    ):
        assert kept not in text
    assert "0086170000" not in text
    assert TITLE in text
    assert "SH00024" in text  # the measure's target
    assert ("O000000001" in text) == (reader == "platform")
    assert ('"9668"' in text) == (reader == "regulator")  # hex digests have digits too


def test_what_is_closed_keeps_its_digest(full_office: Office, tmp_path: Path) -> None:
    files = pack_of(full_office, tmp_path, "regulator")
    rows = [json.loads(line) for line in files[ENTRIES].splitlines()]
    reports = [row for row in rows if any(o["value"] == "V00001" for o in row["openings"])]
    assert reports[0]["words"]["closed"]
    assert reports[0]["words"]["open"]
    withheld = json.loads(files[MANIFEST])["withheld"]
    assert {each["exhibit"] for each in withheld} >= {"E4"}


def test_a_victim_gets_her_own_report_whole_and_nothing_of_others(
    full_office: Office, tmp_path: Path
) -> None:
    files = pack_of(full_office, tmp_path, "victim")
    text = text_of(files)
    for hers in (NAME, STORY, "O000000001", "V00001"):
        assert hers in text
    for others in ("V00002", "V00007", "O000000002", "Somebody else's story.", "SH00024", TITLE):
        assert others not in text
    assert "8 of 14 reports" not in text  # the grounds of a measure against somebody
    assert [path for path in files if path.startswith("exhibits/")] == ["exhibits/E4.png"]
    assert json.loads(files[MANIFEST])["withheld"] == []


def test_of_two_reports_with_one_id_in_merged_cases_she_gets_her_own(
    office: Office, tmp_path: Path
) -> None:
    with office.desk() as desk:
        full_case(desk)
    data = packed(office, tmp_path / "her.zip", "victim", "V00002")
    text = text_of(taken_apart(data))
    assert STORY in text
    assert "Somebody else's story." not in text
    other = packed(office, tmp_path / "other.zip", "victim", "C1-other/V00002")
    text = text_of(taken_apart(other))
    assert "Somebody else's story." in text
    assert b"another picture" in other
    assert b"another picture" not in data


def test_whose_pack_it_is_must_be_said(office: Office, tmp_path: Path) -> None:
    with office.desk() as desk:
        full_case(desk)
    with pytest.raises(UsageError, match="one report"):
        packed(office, tmp_path / "x.zip", "victim")
    with pytest.raises(UsageError, match="there are packs for"):
        packed(office, tmp_path / "x.zip", "everybody")
    assert not (tmp_path / "x.zip").exists()


def test_what_was_erased_is_in_no_later_pack_and_the_pack_holds(
    office: Office, tmp_path: Path
) -> None:
    with office.desk() as desk:
        full_case(desk)
    assert STORY in text_of(pack_of(office, tmp_path, "police"))
    with office.desk() as desk:
        for case_id, report_id in (("C1", "V00001"), ("C1", "V00002"), ("C1-other", "V00007")):
            erase_report(desk, case_id, report_id, basis="request")
    files = pack_of(office, tmp_path, "police")
    assert "Somebody else's story." in text_of(files)
    with office.desk() as desk:
        erase_report(desk, "C1-other", "V00002", basis="request")
    files = pack_of(office, tmp_path, "police")
    assert STORY not in text_of(files)
    assert "exhibits/E4.png" not in files
    assert "erased" in files["summary.en.html"].decode()


@pytest.mark.parametrize("reader", PACK_ROOM)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_summary_says_what_it_is_and_is_not(
    full_office: Office, tmp_path: Path, reader: str, language: str
) -> None:
    files = pack_of(full_office, tmp_path, reader)
    page = files[f"summary.{language}.html"].decode()
    assert readers()[reader].texts[language] in page
    assert ("suspect" if language == "en" else "嫌疑对象") in page
    assert ("no legal advice" if language == "en" else "不是法律意见") in page
    assert ("second-hand" if language == "en" else "转引") in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert "culprit" not in page
    assert files[f"summary.{language}.pdf"].startswith(b"%PDF")
    incident = next(duty for duty in duties() if duty.duty_id == "incident-4h")
    assert incident.says[language] in page
    assert "2026-03-07 12:00:00" in page  # four hours on, China Standard Time


def test_what_people_typed_is_text_in_the_page_and_not_markup(
    office: Office, tmp_path: Path
) -> None:
    typed = '<script>alert("x")</script> #let x = 1 $ \\ `raw` *b*'
    with office.desk() as desk:
        desk.new(title=typed, why="", case_id="C1")
        desk.file("C1", [report(1, narrative=typed)])
        freeze(desk, "C1")
    files = pack_of(office, tmp_path, "police")
    assert "<script" not in files["summary.en.html"].decode()
    assert "&lt;script&gt;" in files["summary.en.html"].decode()


def test_no_sign_of_any_script_is_lost() -> None:
    page = Page(
        language="en",
        title=NAME,
        below="",
        author="a",
        as_of=0,
        sections=(Section(title="t", blocks=(Para(text=f"{NAME} 𠮷 ９６６８ ①"),)),),
    )
    assert to_pdf(page) == to_pdf(page)


# --- what clears, and what cannot be excluded -----------------------------------------------------


def traced(folder: Path, orders: str, *, with_logins: bool) -> tuple[Path, Path]:
    """Write a trace's folder and its dataset by hand: a clerk is named, apps were weighed."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    answer, dataset = folder / "answer", folder / "data"
    answer.mkdir()
    dataset.mkdir()
    finding = {
        "suspect": {"kind": "clerk", "id": "SH00024-C4"},
        "posterior": 0.997,
        "indistinguishable_from": [],
    }
    document = {
        "schema": "whence.trace/1",
        "version": "0.1.0",
        "verdict": "suspects found",
        "inputs": {"reports_used": 14},
        "findings": [finding],
        "notes": [],
    }
    (answer / "trace.json").write_text(json.dumps(document), "utf-8")
    rows = [{"kind": "clerk", "posterior": 0.997}, {"kind": "app", "posterior": 0.009}]
    pq.write_table(pa.Table.from_pylist(rows), answer / "candidates.parquet")
    (answer / "exposed.parquet").write_bytes(b"C00042, to be warned")
    (dataset / "orders.csv").write_text(orders, "utf-8")
    (dataset / "accesses.csv").write_text("order_id,account_id,accessed_at\n", "utf-8")
    (dataset / "parties.csv").write_text("party_id,kind\nSH1,shop\nSH1-C4,clerk\n", "utf-8")
    (dataset / "truth.json").write_text("{}", "utf-8")
    if with_logins:
        (dataset / "logins.csv").write_text("customer_id,attempted_at,success\n", "utf-8")
    return answer, dataset


def ways(files: Files) -> dict[str, str]:
    page = files["summary.en.html"].decode()
    rows = re.findall(r'<td dir="auto">([^<]*)</td><td dir="auto">([^<]*)</td></tr>', page)
    return dict(rows)


def test_the_platform_is_told_what_clears_it_and_what_cannot_be_excluded(
    office: Office, tmp_path: Path
) -> None:
    answer, dataset = traced(tmp_path, "order_id,placed_at,app_id,branch_id\n", with_logins=False)
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
        attach_trace(desk, "C1", answer, dataset=dataset)
    files = pack_of(office, tmp_path, "platform")
    told = ways(files)
    assert "named as a suspect, probability 99.7%" in told["the shop, or an account of the shop"]
    assert (
        "does not stand out: the highest probability is 0.9%"
        in told["an order app of a third party"]
    )
    assert "none of these held" in told["the courier company, a branch or a courier"]
    login = told["a stranger who logged in as the customer"]
    assert "CANNOT BE EXCLUDED" in login
    assert "no logins" in login
    assert "CANNOT BE EXCLUDED" in told["the platform&#x27;s own staff"]
    assert b"to be warned" not in b"".join(files.values())
    (inputs,) = json.loads(files["inputs.json"])["traces"]
    names = [each["name"] for each in inputs["inputs"]]
    assert names == ["accesses.csv", "orders.csv", "parties.csv"]
    assert inputs["version"] == "0.1.0"
    assert b"to be warned" in b"".join(pack_of(office, tmp_path, "police").values())


def test_with_the_logins_that_way_is_not_open_for_want_of_logs(
    office: Office, tmp_path: Path
) -> None:
    answer, dataset = traced(tmp_path, "order_id,placed_at\n", with_logins=True)
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
        attach_trace(desk, "C1", answer, dataset=dataset)
    told = ways(pack_of(office, tmp_path, "platform"))
    assert "none of these held" in told["a stranger who logged in as the customer"]
    assert "CANNOT BE EXCLUDED" in told["a warehouse or its operator"]


def test_without_the_dataset_nothing_is_cleared(office: Office, tmp_path: Path) -> None:
    answer, _ = traced(tmp_path, "order_id,placed_at\n", with_logins=True)
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
        attach_trace(desk, "C1", answer)
    told = ways(pack_of(office, tmp_path, "platform"))
    assert "Not decided" in told["a stranger who logged in as the customer"]
    assert "Not decided" in told["a warehouse or its operator"]


def test_a_folder_without_a_trace_and_a_damaged_one_are_told(
    office: Office, tmp_path: Path
) -> None:
    answer, _ = traced(tmp_path, "order_id\n", with_logins=False)
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
        with pytest.raises(UsageError, match="no answer of a trace"):
            attach_trace(desk, "C1", tmp_path)
        (answer / "candidates.parquet").write_bytes(b"PAR1 not a table")
        attach_trace(desk, "C1", answer)
    with pytest.raises(InputError, match=r"candidates.parquet"):
        packed(office, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


# --- the command line -----------------------------------------------------------------------------


def test_a_case_from_first_to_last_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_ACCOUNT", "analyst-7")
    monkeypatch.setenv("WHENCE_WORKSPACE", str(tmp_path / "workspace"))
    office = make_office(tmp_path / "workspace")

    def said(*arguments: str, code: int = 0, lang: str = "en") -> str:
        assert run([*arguments, "--lang", lang]) == code, capsys.readouterr().err
        told = capsys.readouterr()
        return told.out if not code else told.err

    case_id = said("case", "new", "--title", "拉面店退款电话").strip()
    table = tmp_path / "reports.csv"
    table.write_text(f"report_id,customer_id,amount,narrative\nV1,C1,９６６８,{STORY}\n", "utf-8")
    picture = tmp_path / "chat.png"
    picture.write_bytes(b"\x89PNG")
    assert "Reports filed: 1" in said("case", "add", case_id, "--reports", str(table))
    assert "E3: chat.png" in said("case", "add", case_id, str(picture), "--report", "V1")
    assert "needs --grounds, --review, --appeal" in said(
        "case", "act", case_id, "lock-account", "--target", "A1", code=2
    )
    told = ["--target", "A1", "--grounds", "g", "--review", "2099-01-01", "--appeal", "by mail"]
    assert "measure M4" in said("case", "act", case_id, "lock-account", *told)
    said("case", "note", case_id, "told", "--set", "n_persons=1,200,000")
    clocks = json.loads(said("case", "clocks", case_id, "--json"))
    assert {row["duty"] for row in clocks["clocks"]} >= {"incident-4h", "measure-review"}
    assert "受影响人数达一百万以上" in said("case", "clocks", case_id, lang="zh")
    assert case_id in said("case", "show")
    shown = said("case", "show", case_id)
    assert "analyst-7" in shown
    assert STORY not in shown
    assert STORY in said("case", "show", case_id, "--report", "V1")
    with office.desk() as desk:
        assert [it.entry.kind for it in desk.entries()][-1] == "case-reveal"
    out = tmp_path / "pack.zip"
    assert office.fingerprint in said("case", "pack", case_id, "--for", "police", "--out", str(out))
    assert "The pack holds" in said("verify", str(out), "--key", office.fingerprint)
    assert "验证通过" in said("verify", str(out), "--key", office.fingerprint, lang="zh")
    found = json.loads(said("verify", str(out), "--key", office.fingerprint, "--json"))
    assert (found["case"], found["n_exhibits"], found["stamped_at"]) == (case_id, 1, None)
    out.write_bytes(out.read_bytes().replace(b"\x89PNG", b"\x89PNH"))
    refused = said("verify", str(out), "--key", office.fingerprint, code=4)
    assert "exhibits/E3.png is not as it was" in refused
    assert "it is exhibit E3" in refused
    other = said("case", "new", "--title", "Another", "--id", "C-2").strip()
    said("case", "merge", case_id, other, "--grounds", "same payee")
    said("case", "unmerge", case_id, other, "--grounds", "a common lender")
    said("case", "erase", case_id, "--report", "V1")
    assert "erased" in said("case", "show", case_id, "--report", "V1")
    said("case", "close", case_id, "--outcome", "handed over")
    assert "not open" in said("case", "add", case_id, str(picture), code=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["case", "show", "C9"],
        ["case", "note", "C1"],
        ["case", "add", "C1"],
        ["case", "add", "C1", "x.png", "--role", "gift"],
        ["case", "act", "C1", "dance"],
        ["case", "note", "C1", "--set", "colour=red"],
        ["case", "act", "C1", "drill", "--at", "yesterday"],
        ["case", "act", "C1", "drill", "--timezone", "Mars/Olympus"],
        ["case", "erase", "C1"],
        ["case", "erase", "C1", "--report", "V1", "--basis", "mood"],
        ["case", "pack", "C1", "--for", "nobody", "--out", "x.zip"],
        ["verify", "none.zip", "--key", "ABCD"],
    ],
)
def test_wrong_usage_is_told_in_both_languages_with_exit_code_two(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    office = make_office(tmp_path / "workspace")
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
        attached(desk, "C1")
    lines = []
    for language in ("en", "zh"):
        assert run([*arguments, "--lang", language]) == 2
        lines.append(capsys.readouterr().err)
    assert lines[0] != lines[1]
    assert "fault of ours" not in lines[0]


def test_claims_are_told_in_words_with_their_quotes_and_whether_they_are_confirmed() -> None:
    tree = {
        "report": {
            "facts": {
                "amount": [{"value": "9668", "currency": "CNY", "confirmed": True}],
                "payee": [{"value": "Test A", "quote": "to Test A", "confirmed": False}],
            },
            "hobby": "chess",
        }
    }
    words = words_of(tree)
    assert list(claims_told(words, "en")) == [
        "hobby: chess",
        "amount: 9668 CNY",
        "payee: Test A (“to Test A”), not confirmed",
    ]
    assert "收款方：Test A（原话“to Test A”），未经确认" in list(claims_told(words, "zh"))

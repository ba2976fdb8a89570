"""A case is its entries: nothing is edited, nothing is lost, and the words can go."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cases_world import NAME, PICTURE, STORY, TITLE, Office, a_case, attached, report
from hypothesis import given, settings, strategies as st

from whence.casework import cases
from whence.casework.cases import verify_case_id
from whence.casework.folding import fold, joined
from whence.casework.sealed_erasing import erase_customer, erase_entry, erase_exhibit, erase_report
from whence.casework.sealed_words import from_bytes, to_bytes, words_of
from whence.errors import IntegrityError, UsageError
from whence.ledger import Entry, Recorded


def test_a_case_is_folded_from_its_entries(office: Office) -> None:
    with office.desk() as desk:
        case = desk.case(a_case(desk))
        assert (case.state, list(case.reports), list(case.exhibits)) == (
            "open",
            ["V00001", "V00002"],
            ["E4", "E5"],
        )
        assert desk.text(case.opened, "title") == TITLE
        assert [it.by for it in case.happenings] == ["analyst-1"] * 7
        words = desk.words(case.reports["V00001"].filed)
        assert words is not None
        tree = words.tree()["report"]
        assert (tree["name"], tree["facts"]["amount"][0]["value"]) == (NAME, "9668")


def test_four_people_at_once_lose_nothing(office: Office) -> None:
    with office.desk() as desk:
        desk.new(title=TITLE, why="", case_id="C1")
    script = str(Path(__file__).parent / "worlds" / "case_worker.py")
    names = ["li", "wang", "zhang", "zhao"]
    working = [
        subprocess.Popen(
            [sys.executable, script, str(office.workspace.folder), "C1", name, "12"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    said = {line for each in working for line in each.communicate()[0].splitlines()}
    assert said == {f"{name}-{number}" for name in names for number in range(12)}
    with office.desk() as desk:
        case = desk.case("C1")
        assert {desk.text(it, "text") for it in case.notes} == said == set(case.reports)
        kept = {b"".join(desk.safe.exhibit(each.sha256) or ()) for each in case.exhibits.values()}
        assert kept == {told.encode() for told in said}
        desk.ledger.checkpoint()
        assert desk.ledger.verify(fingerprint=office.fingerprint).n_unattested == 0


def test_a_correction_is_an_entry_and_the_earlier_one_stays(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        desk.file("C1", [report(1, narrative="It was eight thousand.")], why="she called again")
        found = desk.case("C1").reports["V00001"]
        assert desk.text(found.filed, "report/narrative") == "It was eight thousand."
        assert [desk.text(it, "report/narrative") for it in found.earlier] == [STORY]
        assert desk.case("C1").reports["V00002"].earlier == ()


def test_a_closed_case_takes_notes_but_no_reports(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        desk.close("C1", outcome="handed over")
        desk.note("C1", "They called to say thanks.")
        with pytest.raises(UsageError, match="not open"):
            desk.file("C1", [report(3)])
        desk.close("C1", outcome="more came", reopen=True)
        desk.file("C1", [report(3)])
        assert "V00003" in desk.case("C1").reports


def test_merging_and_unmerging_keep_both_cases_whole(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk, "C1")
        desk.new(title="Another", why="", case_id="C2")
        desk.file("C2", [report(2), report(9)])
        desk.merge("C1", "C2", grounds="same payee")
        assert list(desk.case("C1").reports) == ["V00001", "V00002", "C2/V00002", "V00009"]
        with pytest.raises(UsageError, match="not open"):
            desk.file("C2", [report(10)])
        desk.unmerge("C1", "C2", grounds="a common lender")
        assert list(desk.case("C1").reports) == ["V00001", "V00002"]
        desk.file("C2", [report(10)])
        grounds = [desk.text(it, "grounds") for it in desk.case("C2").happenings]
        assert grounds[-3:-1] == ["same payee", "a common lender"]


def test_of_two_merges_at_once_that_exclude_each_other_the_later_changes_nothing(
    office: Office,
) -> None:
    with office.desk() as one:
        for case_id in ("C1", "C2"):
            one.new(title=case_id, why="", case_id=case_id)
        entries = [
            Entry(kind=cases.MERGE, at=0, facts={"account_id": "a", "other": other}, case=case_id)
            for case_id, other in (("C1", "C2"), ("C2", "C1"))
        ]
        one.ledger.append(entries)
        folded = one.folded()
        assert (folded["C1"].merged_from, folded["C2"].merged_from) == (("C2",), ())
        assert folded["C2"].ineffective == (4,)
        assert len(joined(folded, "C1").happenings) == 4


happening = st.tuples(
    st.sampled_from([cases.NEW, cases.MERGE, cases.UNMERGE, cases.CLOSE, cases.NOTE]),
    st.sampled_from("ABCD"),
    st.sampled_from("ABCD"),
)


@given(st.lists(happening, max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_was_recorded_no_case_is_within_itself_and_no_entry_lost(
    told: list[tuple[str, str, str]],
) -> None:
    entries = [
        Recorded(
            seq=seq,
            leaf=b"",
            entry=Entry(kind=kind, at=seq, case=case_id, facts={"other": other}),
            n_facts=1,
        )
        for seq, (kind, case_id, other) in enumerate(told)
    ]
    folded = fold(entries)
    whole = [joined(folded, case_id) for case_id, case in folded.items() if not case.merged_into]
    counted = sorted(it.seq for case in whole for it in case.happenings)
    assert counted == list(range(len(told)))


def test_nothing_that_was_typed_stands_in_the_ledger(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        desk.ledger.checkpoint()
    files = list(office.workspace.folder.rglob("*"))
    held = b"".join(path.read_bytes() for path in files if path.is_file())
    assert b"V00001" in held
    for typed in (STORY, TITLE, NAME, "hotline", "SH00024", "appeals@shop.example", "chat.png"):
        assert typed.encode() not in held
    assert PICTURE not in held


def test_an_erased_report_is_gone_with_its_exhibits_and_the_record_holds(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        case = desk.case("C1")
        gone = erase_report(desk, "C1", "V00001", basis="request")
        assert (gone.n_words, gone.n_exhibits) == (2, 1)
        assert desk.words(case.reports["V00001"].filed) is None
        assert desk.safe.exhibit(case.exhibits["E4"].sha256) is None
        assert desk.words(case.reports["V00002"].filed) is not None
        assert desk.safe.exhibit(case.exhibits["E5"].sha256) is not None
        desk.ledger.checkpoint()
        desk.ledger.verify(fingerprint=office.fingerprint)


def test_an_erased_customer_is_gone_from_all_cases_and_the_ledger(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk, "C1")
        desk.new(title="Another", why="", case_id="C2")
        desk.file("C2", [report(1), report(3)])
        erased = erase_customer(desk, "C00001", basis="request")
        assert erased.n_cases == 2
        assert list(desk.case("C1").reports) == ["V00002"]
        assert list(desk.case("C2").reports) == ["V00003"]
        assert desk.case("C1").n_reports_erased == 1
        desk.ledger.checkpoint()
        desk.ledger.verify(fingerprint=office.fingerprint)
    held = b"".join(p.read_bytes() for p in office.workspace.folder.rglob("*") if p.is_file())
    assert b"V00002" in held
    assert b"V00001" not in held


def test_one_exhibit_in_two_cases_is_erased_from_both_and_both_say_so(office: Office) -> None:
    with office.desk() as desk:
        for case_id in ("C1", "C2"):
            desk.new(title=case_id, why="", case_id=case_id)
            attached(desk, case_id)
        assert len(list((office.workspace.folder / "cases" / "exhibits").iterdir())) == 1
        erase_exhibit(desk, "C1", next(iter(desk.case("C1").exhibits)), basis="request")
        for case_id in ("C1", "C2"):
            assert desk.case(case_id).happenings[-1].kind == cases.ERASE


def test_the_words_of_one_entry_can_go_and_no_others(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        note = desk.case("C1").notes[0]
        erase_entry(desk, "C1", note.seq, basis="mistake")
        assert desk.text(note, "text") == ""
        assert desk.text(desk.case("C1").opened, "title") == TITLE
        with pytest.raises(UsageError, match="no words"):
            erase_entry(desk, "C1", 999, basis="mistake")


def test_a_key_that_others_can_read_is_not_used(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
    (office.workspace.keys / "cases.key").chmod(0o644)
    with office.desk() as desk, pytest.raises(UsageError, match="read by others"):
        desk.note("C1", "too late")


@pytest.mark.parametrize("bad", ["", ".", "a/b", "../x", "a b", "案", "x" * 65, "a."])
def test_ids_that_could_lead_elsewhere_are_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        verify_case_id(bad)


def test_a_case_is_opened_once(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        with pytest.raises(UsageError, match="already"):
            desk.new(title="again", why="", case_id="C1")
        made = desk.new(title="by itself", why="")
        verify_case_id(made)


leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20))
name = st.text("abcxyz", min_size=1, max_size=4)
trees = st.dictionaries(
    name,
    st.recursive(
        leaf,
        lambda below: (
            st.lists(below, min_size=1, max_size=3)
            | st.dictionaries(name, below, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@given(trees, st.integers(0))
@settings(max_examples=200, deadline=None)
def test_words_are_read_back_as_they_were_and_cut_they_keep_their_digest(
    tree: dict[str, object], chance: int
) -> None:
    try:
        words = words_of(tree)
    except UsageError:
        return
    again = from_bytes(to_bytes(words), words.digest)
    assert again == words
    assert again.tree() == tree
    cut = words.cut(lambda path: hash((path, chance)) % 2 == 0)
    assert cut.digest == words.digest
    assert len(cut.fields) + len(cut.closed) == len(words.fields)


def test_words_under_another_digest_are_refused() -> None:
    one, other = words_of({"a": "1"}), words_of({"a": "1"})
    with pytest.raises(IntegrityError):
        from_bytes(to_bytes(one), other.digest)


def entries_of(office: Office) -> list[int]:
    with office.desk() as desk:
        return [recorded.seq for recorded in desk.entries()]


def test_the_note_of_which_entries_are_cases_is_believed_only_while_it_is_the_ledgers(
    office: Office,
) -> None:
    with office.desk() as desk:
        a_case(desk)
        desk.ledger.append(Entry(kind="reveal", at=0) for _ in range(2_500))
        desk.note("C1", "after them")
    whole = [1, 2, 3, 4, 5, 6, 7, 2508]
    index = office.workspace.folder / "cases" / "index.json"
    assert entries_of(office) == whole
    assert json.loads(index.read_text("utf-8"))["seqs"] == whole[:-1]
    with office.desk() as desk:
        desk.note("C1", "and more")
    assert entries_of(office) == [*whole, 2509]
    held = json.loads(index.read_text("utf-8"))
    for spoiled in ("", "[]", json.dumps({**held, "last": "00", "seqs": []}), '{"size": 9999999}'):
        index.write_text(spoiled, "utf-8")
        assert entries_of(office) == [*whole, 2509]
    index.write_text(json.dumps({**held, "seqs": [1]}), "utf-8")  # damage that nothing shows
    with office.desk() as desk, desk.storage.reading() as reading:
        assert [each.seq for each in desk.entries_in(reading)] == [*whole, 2509]

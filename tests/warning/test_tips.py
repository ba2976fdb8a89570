"""Tips after payment: on record once, under the version they were shown in, and provable."""

from pathlib import Path

import pytest
from warning_world import NOW, Memory

from whence.errors import InputError, UsageError
from whence.ledger import make_ledger, open_ledger
from whence.warning.tips import (
    Text,
    look_through,
    read_showings,
    read_text,
    record_tips,
    tips_of,
)
from whence.workspace import make_workspace

TEXT = Text(version="2026-02", words="客服不会来电办理退款。")


def table(folder: Path, n: int = 3, extra: str = "") -> Path:
    path = folder / "shown.csv"
    rows = [f"O{i},C{i},2026-02-1{i}T08:00:00Z,paid page" for i in range(n)]
    path.write_text("order_id,customer_id,shown_at,place\n" + "\n".join(rows) + extra, "utf-8")
    return path


def test_a_batch_is_on_record_with_its_text_once(tmp_path: Path) -> None:
    ledger, shown = Memory(), read_showings(table(tmp_path)).shown
    assert list(record_tips(ledger, tmp_path, TEXT, shown, NOW)) == [2, 3, 4]
    assert [entry.kind for entry in ledger.entries] == ["tip-text", "tip-batch", *["tip"] * 3]
    assert ledger.entries[0].facts["text"] == TEXT.words
    tip = ledger.entries[3]
    assert tip.facts["order_id"] == "O1"
    assert tip.facts["text_sha256"] == TEXT.digest
    assert tip.persons == ("C1",)
    assert "text" not in tip.facts


def test_a_batch_that_comes_again_is_refused_and_a_longer_one_is_not(tmp_path: Path) -> None:
    ledger = Memory()
    record_tips(ledger, tmp_path, TEXT, read_showings(table(tmp_path)).shown, NOW)
    shown = read_showings(table(tmp_path)).shown
    with pytest.raises(UsageError, match="on record already"):
        record_tips(ledger, tmp_path, TEXT, shown[::-1], NOW)
    (tmp_path / "tips.json").unlink()  # a note only: the ledger itself is looked through
    with pytest.raises(UsageError, match="on record already"):
        record_tips(ledger, tmp_path, TEXT, shown, NOW)
    assert len(record_tips(ledger, tmp_path, TEXT, shown[:1], NOW)) == 1
    assert len(ledger.of_kind("tip-text")) == 1


def test_other_words_under_a_version_that_is_taken_are_refused(tmp_path: Path) -> None:
    ledger, shown = Memory(), read_showings(table(tmp_path)).shown
    record_tips(ledger, tmp_path, TEXT, shown, NOW)
    other = Text(version=TEXT.version, words="客服会来电办理退款。")
    with pytest.raises(UsageError, match="other words"):
        record_tips(ledger, tmp_path, other, shown[:1], NOW)
    newer = Text(version="2026-03", words=other.words)
    record_tips(ledger, tmp_path, newer, shown[:1], NOW)
    assert set(look_through(ledger, tmp_path).texts) == {"2026-02", "2026-03"}


def test_a_note_of_a_longer_ledger_is_not_believed(tmp_path: Path) -> None:
    ledger = Memory()
    record_tips(ledger, tmp_path, TEXT, read_showings(table(tmp_path)).shown, NOW)
    assert look_through(Memory(), tmp_path).texts == {}
    (tmp_path / "tips.json").write_text("[")
    with pytest.raises(InputError, match="is damaged"):
        look_through(ledger, tmp_path)


def test_rows_that_cannot_be_used_or_stand_twice_are_counted(tmp_path: Path) -> None:
    extra = "\nO1,C1,2026-02-11T08:00:00Z,paid page\n,C9,2026-02-11,\nO9,C9,some day,\n"
    found = read_showings(table(tmp_path, extra=extra))
    assert (len(found.shown), found.n_unusable, found.n_twice) == (3, 2, 1)


def test_a_text_is_the_same_whatever_editor_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "tip.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "客服\r\n不会来电\r\n".encode())
    first = read_text(path, "1")
    path.write_text("客服\n不会来电", "utf-8")
    assert read_text(path, "1") == first
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError):
        read_text(path, "1")
    with pytest.raises(UsageError):
        read_text(path, " ")


def test_the_tip_of_an_order_is_found_and_proven_and_that_of_another_is_not(
    tmp_path: Path,
) -> None:
    workspace = make_workspace(tmp_path / "ws", name="shop.example/orders")
    make_ledger(workspace, clock=lambda: NOW)
    with open_ledger(workspace, clock=lambda: NOW) as ledger:
        shown = read_showings(table(tmp_path)).shown
        record_tips(ledger, workspace.folder, TEXT, shown, NOW)
        (found,) = tips_of(ledger, "O1")
        assert [tip.seq for tip in tips_of(ledger, "O1", "C1")] == [found.seq]
        assert list(tips_of(ledger, "O1", "C2")) == []
        assert list(tips_of(ledger, "O7")) == []
        assert found.entry.at == shown[1].shown_at
        ledger.checkpoint()
        proof = ledger.prove_inclusion(found.seq).to_json()
    assert TEXT.digest in proof
    assert "C1" not in proof  # whom it is about stays at home

"""Whose data it is: she can ask who saw it, and can have it erased; the record stays valid."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ledger_world import BEGAN, CLERK, LI, SHOP, WANG, House, reveal
from releases_world import COURIER, fill, release

from whence.errors import InputError, IntegrityError, UsageError
from whence.ledger import Entry, Ledger, releases
from whence.ledger.sqlite import SQLite
from whence.ledger.tree import root_of


def test_she_is_told_who_saw_which_fields_when_and_for_what(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        hers = ledger.history(LI)
    told = [(h.form, h.party_id, h.account_id, h.order_id, h.fields, h.purpose) for h in hers.shown]
    shown = ("name", "phone")
    released = ("released", COURIER, "SH00156-C1")
    assert told == [
        ("clear", SHOP, CLERK, "O000000001", shown, "deliver"),
        ("masked", SHOP, CLERK, "O000000003", shown, "deliver"),
        (*released, "O000000001", (*shown, "address"), "deliver"),
        (*released, "O000000003", (*shown, "address"), "deliver"),
    ]
    assert [h.at for h in hers.shown[:2]] == [reveal(1).at, reveal(3).at]
    assert {h.release_id for h in hers.shown} == {None, "R-1"}
    (refused,) = hers.refused
    assert (refused.fields, refused.rule) == (("address",), "protection.no-purpose")
    assert hers.other_seqs == (5,)
    assert hers.unmatched == ()


def test_a_person_named_twice_is_one(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.append([Entry(kind="note", at=BEGAN, persons=(7, "7", 7))])
        assert ledger.history(7).other_seqs == (1,)
        assert ledger.verify().size == 2


def test_nobody_else_is_in_her_history_and_a_stranger_has_none(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        assert {h.order_id for h in ledger.history(LI).shown} == {"O000000001", "O000000003"}
        assert [h.order_id for h in ledger.history(WANG).shown] == ["O000000002"] * 3
        stranger = ledger.history("C999")
        assert (stranger.shown, stranger.refused, stranger.other_seqs) == ((), (), ())


def test_a_table_of_a_release_that_no_entry_speaks_of_is_told(shop: House) -> None:
    with shop.ledger() as ledger:
        release(shop, "R-7", [("O1", LI)])
        assert ledger.history(LI).unmatched == ("R-7.parquet",)
        assert ledger.history(WANG).unmatched == ()


def test_without_the_key_of_the_index_nobody_is_looked_up(shop: House) -> None:
    (shop.workspace.keys / "persons.key").unlink()
    with shop.ledger() as ledger:
        ledger.append([Entry(kind="note", at=BEGAN)])  # about nobody
        with pytest.raises(UsageError, match=r"persons\.key"):
            ledger.history(LI)
        with pytest.raises(UsageError, match=r"persons\.key"):
            ledger.append([reveal(1)])


def test_erased_nothing_of_hers_opens_any_more_and_the_tree_is_the_same(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        leaves = [read.leaf for read in ledger.read()]
        wangs = ledger.history(WANG)
        gone = ledger.erase(LI)
        assert (gone.n_entries, gone.n_rows, gone.seq) == (4, 2, len(leaves))
        assert gone.is_scrubbed
        after = list(ledger.read())
        assert [read.leaf for read in after][:-1] == leaves
        assert ledger.verify(fingerprint=shop.fingerprint).n_erased == 4
        hers = ledger.history(LI)
        assert (hers.shown, hers.refused, hers.other_seqs) == ((), (), ())
        after_hers = ledger.history(WANG)
        assert (after_hers.n_erased, after_hers.n_erased_rows) == (4, 2)
        assert replace(after_hers, n_erased=0, n_erased_rows=0) == wangs
        for read in after:
            assert "O000000001" not in read.entry.facts.values()
            assert "O000000003" not in read.entry.facts.values()
        record = after[-1].entry
        assert record.kind == "erasure"
        assert record.facts["entries"] == "1:5,3-4:5,5:1,6:8"
        assert LI not in str(record.facts)


def test_who_acted_stays_so_that_erasing_hides_no_look(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        ledger.erase(LI)
        facts = next(iter(ledger.read(1, 2))).entry.facts
    given = dict(reveal(1).facts)
    del given["order_id"]
    assert facts == given


def test_rows_of_releases_keep_their_digests_and_lose_ids_and_salts(shop: House) -> None:
    path = shop.workspace.releases / "R-1.parquet"
    with shop.ledger() as ledger:
        fill(shop, ledger)
        before = pq.read_table(path).to_pylist()
        ledger.erase(LI)
        root = next(read for read in ledger.read() if read.entry.kind == "release").entry.facts[
            "root"
        ]
    after = pq.read_table(path).to_pylist()
    assert [row["digest"] for row in after] == [row["digest"] for row in before]
    assert root_of(row["digest"] for row in after).hex() == root
    assert after[1] == before[1]
    for row in (after[0], after[2]):
        assert [row[name] for name in ("order_id", "customer_id", "salt", "row")] == [None] * 4


def test_bytes_of_what_was_erased_are_gone_from_the_files(file_shop: House) -> None:
    folder = file_shop.workspace.folder
    words = [b"O000000001", b"O000000003", b"asked by phone"]

    def there() -> list[bytes]:
        files = [*folder.glob("ledger.sqlite*"), *folder.glob("releases/*")]
        return [word for word in words if any(word in file.read_bytes() for file in files)]

    with file_shop.ledger() as ledger:
        fill(file_shop, ledger)
        assert there() == words
        assert ledger.erase(LI).is_scrubbed
        assert not there()


def test_erasing_while_somebody_reads_says_what_is_still_on_the_disk(
    file_shop: House,
) -> None:
    workspace = file_shop.workspace
    impatient = SQLite(Path(workspace.ledger_place), patience_s=0.1)
    with file_shop.ledger() as reader, Ledger(workspace, impatient, clock=lambda: 0) as ledger:
        fill(file_shop, ledger)
        with reader._storage.reading():
            gone = ledger.erase(LI)
            assert not gone.is_scrubbed
            assert not ledger.history(LI).shown
        assert ledger.erase(WANG).is_scrubbed


def test_erasing_a_stranger_changes_nothing_and_twice_is_once(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        size = ledger.size
        gone = ledger.erase("C999")
        assert (gone.seq, gone.n_entries, gone.n_rows) == (None, 0, 0)
        assert ledger.size == size
        assert ledger.erase(LI).n_entries == 4
        assert ledger.erase(LI).seq is None
        assert ledger.erase(WANG).n_entries == 2  # the note about both of them once more
        assert ledger.verify().n_erased == 5
        assert ledger.size == size + 2


def test_an_erasure_that_was_stopped_is_finished_by_asking_again(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    with shop.ledger() as ledger:
        fill(shop, ledger)
        with monkeypatch.context() as patch:
            patch.setattr(releases, "erase_rows", stopped)
            with pytest.raises(KeyboardInterrupt):
                ledger.erase(LI)
        assert len(ledger.history(LI).shown) == 2  # what the release's table still says
        gone = ledger.erase(LI)
        assert (gone.n_entries, gone.n_rows) == (0, 2)
        assert not ledger.history(LI).shown
        ledger.verify(fingerprint=shop.fingerprint)


def test_taking_facts_without_a_record_is_detected(shop: House) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        with ledger._storage.writing() as step:
            step.close_openings([(1, b"")])
        with pytest.raises(IntegrityError, match="lack facts"):
            ledger.verify()


def test_a_table_of_a_release_that_cannot_be_read_stops_the_answer(
    shop: House, tmp_path: Path
) -> None:
    with shop.ledger() as ledger:
        fill(shop, ledger)
        (shop.workspace.releases / "R-2.parquet").write_bytes(b"PAR1")
        for ask in (ledger.history, ledger.erase):
            with pytest.raises(InputError, match=r"R-2\.parquet"):
                ask(LI)
        with pytest.raises(InputError, match=r"R-2\.parquet"):
            ledger.export_accesses(tmp_path / "accesses.parquet")
        assert not list(tmp_path.glob("accesses*"))
        assert len(list(ledger.read())) == 8


def test_she_is_told_in_which_form_a_release_handed_each_field_out(file_shop: House) -> None:
    with file_shop.ledger() as ledger:
        made = release(file_shop, "R-1", [("O000000001", LI)])
        forms = {"forms": "marked,masked,clear"}
        ledger.append([replace(made, facts={**made.facts, **forms})])
        (told,) = ledger.history(LI).shown
        ledger.append([release(file_shop, "R-2", [("O000000002", WANG)])])
        (untold,) = ledger.history(WANG).shown
    assert told.fields == ("name", "phone", "address")
    assert told.field_forms == ("marked", "masked", "clear")
    assert untold.field_forms == ()

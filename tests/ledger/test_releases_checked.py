"""The tables of releases are part of the record: who changes one is found out, and told which."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ledger_world import BEGAN, LI, WANG, House
from releases_world import fill, release

from whence.cli import run
from whence.errors import InputError, IntegrityError
from whence.ledger import Entry, Value
from whence.ledger.appending import append
from whence.ledger.entries import seal
from whence.ledger.gaps import ERASURE_KIND
from whence.ledger.releases_checking import release_entries


@pytest.fixture
def filled(file_shop: House) -> House:
    """Make a shop that handed three orders to the courier with R-1, one of them again with R-2."""
    with file_shop.ledger() as ledger:
        fill(file_shop, ledger)
        ledger.checkpoint()
    return file_shop


def table(shop: House, name: str = "R-1") -> Path:
    return shop.workspace.releases / f"{name}.parquet"


@contextmanager
def changed(path: Path) -> Iterator[list[dict[str, object]]]:
    """Hand out a table's rows to change, and write them back."""
    held = pq.read_table(path)
    rows = held.to_pylist()
    yield rows
    pq.write_table(pa.Table.from_pylist(rows, schema=held.schema), path)


def verified(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.verify(fingerprint=shop.fingerprint)


def another_customer(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0]["customer_id"] = WANG


def another_order(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0]["order_id"] = "O000000009"


def ids_exchanged(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0]["customer_id"], rows[1]["customer_id"] = WANG, LI


def other_content(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0]["row"] = rows[1]["row"]


def a_row_less(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows.pop()


def a_row_more(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows.append(rows[0])


def rows_moved(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows.reverse()


def half_erased(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0]["customer_id"] = None


def erased_without_a_record(shop: House) -> None:
    with changed(table(shop)) as rows:
        rows[0] |= dict.fromkeys(("order_id", "customer_id", "salt", "row"))


def exchanged(shop: House) -> None:
    one, other = table(shop), table(shop, "R-2")
    aside = one.rename(one.with_suffix(".aside"))
    other.rename(one)
    aside.rename(other)


def without_a_column(shop: House) -> None:
    pq.write_table(pq.read_table(table(shop)).drop_columns(["row"]), table(shop))


def cut(shop: House) -> None:
    table(shop).write_bytes(table(shop).read_bytes()[:-20])


def gone(shop: House) -> None:
    table(shop).unlink()


CHANGES = [
    another_customer,
    another_order,
    ids_exchanged,
    other_content,
    a_row_less,
    a_row_more,
    rows_moved,
    half_erased,
    erased_without_a_record,
    exchanged,
    without_a_column,
    cut,
    gone,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_table_that_is_not_the_one_that_left_is_told_by_its_release(
    filled: House, change: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verified(filled)
    change(filled)
    with pytest.raises(IntegrityError, match="release R-1"):
        verified(filled)
    place = ("--workspace", str(filled.workspace.folder))
    assert run(["ledger", "verify", "--key", filled.fingerprint, *place]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert not any(person in said.err for person in (LI, WANG, "O00000"))


def test_untouched_tables_are_counted(filled: House) -> None:
    with filled.ledger() as ledger:
        ledger.erase(LI)
        found = ledger.verify(fingerprint=filled.fingerprint).releases
    assert found is not None
    assert (found.n_tables, found.n_rows, found.n_erased_rows, found.unmatched) == (2, 4, 2, ())


def test_more_rows_gone_than_an_erasure_took_are_told(filled: House) -> None:
    with filled.ledger() as ledger:
        ledger.erase(LI)
    verified(filled)
    with changed(table(filled)) as rows:
        rows[1] |= dict.fromkeys(("order_id", "customer_id", "salt", "row"))
    with pytest.raises(IntegrityError, match="lacks 3 rows, and erasures on record took 2"):
        verified(filled)


def test_an_erasure_of_another_release_accounts_for_nothing_in_this_one(filled: House) -> None:
    with filled.ledger() as ledger, ledger._storage.writing() as step:
        (other,) = (e for e in release_entries(step) if e.entry.facts["release_id"] == "R-2")
        facts: dict[str, Value] = {"entries": f"{other.seq}:{other.n_facts}", "n_rows": 9}
        append(step, seal([Entry(kind=ERASURE_KIND, at=BEGAN, facts=facts)], b""))
    verified(filled)
    erased_without_a_record(filled)
    with pytest.raises(IntegrityError, match="release R-1 lacks 1 rows"):
        verified(filled)


def test_a_table_without_an_entry_is_told_and_no_error(
    filled: House, capsys: pytest.CaptureFixture[str]
) -> None:
    release(filled, "R-9", [("O000000004", LI)])  # stopped before its entry
    place = ("--workspace", str(filled.workspace.folder))
    assert run(["ledger", "verify", "-q", "--key", filled.fingerprint, *place]) == 0
    out = capsys.readouterr().out
    assert "Tables of releases: 2, each under the root in its entry. Rows: 4" in out
    assert "Tables of releases that no entry speaks of: R-9.parquet." in out


@pytest.mark.parametrize("name", ["../R-1.parquet", "R-1.parquet", None, 7])
def test_an_entry_has_a_table_of_its_own_in_the_folder(filled: House, name: str | int) -> None:
    facts = {"release_id": "R-8", "table": name, "root": "00"}
    with filled.ledger() as ledger:
        ledger.append([Entry(kind="release", at=BEGAN, facts=facts)])
    with pytest.raises(IntegrityError, match="records release R-8, but names no table"):
        verified(filled)


def test_her_history_says_which_tables_are_missing(
    filled: House, capsys: pytest.CaptureFixture[str]
) -> None:
    gone(filled)
    with filled.ledger() as ledger:
        hers = ledger.history(LI)
    assert hers.missing == ("R-1.parquet",)
    assert {handling.form for handling in hers.shown} == {"clear", "masked"}
    place = ("--workspace", str(filled.workspace.folder))
    assert run(["ledger", "history", "--customer", "C9", *place]) == 0
    out = capsys.readouterr().out
    assert "Tables of releases that are missing: R-1.parquet." in out
    assert "Nobody was shown anything" not in out


def test_after_an_erasure_her_history_says_that_it_cannot_be_told(
    filled: House, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--workspace", str(filled.workspace.folder))
    assert run(["ledger", "erase", "--customer", LI, *place]) == 0
    for customer in (LI, "C9"):
        capsys.readouterr()
        assert run(["ledger", "history", "--customer", customer, *place]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert "Nobody was shown anything" not in out
        assert "was erased from 4 entries and 2 rows of releases" in out


def test_a_backup_of_changed_tables_is_not_made(filled: House, tmp_path: Path) -> None:
    another_customer(filled)
    with filled.ledger() as ledger, pytest.raises(IntegrityError, match="release R-1"):
        ledger.backup(tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


def test_a_release_is_found_with_its_table_which_is_checked(filled: House) -> None:
    with filled.ledger() as ledger:
        entry, path = ledger.release("R-2")
        assert entry.entry.facts["n_orders"] == 1
        assert path == table(filled, "R-2")
        another_customer(filled)
        with pytest.raises(IntegrityError, match="release R-1"):
            ledger.release("R-1")
        ledger.release("R-2")


def test_a_table_that_cannot_be_read_is_damage_to_verify_only(filled: House) -> None:
    cut(filled)
    with pytest.raises(IntegrityError, match="release R-1"):
        verified(filled)
    with filled.ledger() as ledger, pytest.raises(InputError, match=r"R-1\.parquet"):
        ledger.history(LI)


def test_a_damaged_checkpoint_file_is_damage_to_the_record(
    filled: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, *_ = sorted(filled.workspace.checkpoints.glob("*.txt"))
    verify = ["ledger", "verify", "-q", "--key", filled.fingerprint]
    verify += ["--workspace", str(filled.workspace.folder)]
    assert run(verify) == 0
    whole = file.read_bytes()
    for damaged in (b"", whole[:30], b"\xff" + whole):
        file.write_bytes(damaged)
        assert run(verify) == 4
    file.write_bytes(whole)
    (tmp_path / "kept.txt").write_bytes(whole[:30])  # what the user gives is another matter
    assert run([*verify, "--since", str(tmp_path / "kept.txt")]) == 2
    capsys.readouterr()

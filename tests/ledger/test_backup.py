"""A copy made while others write is a ledger by itself, without secrets, and comes back."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_world import BEGAN, LI, ORIGIN, WRITER, House, reveals
from releases_world import fill

from whence.errors import IntegrityError, OutputError, UsageError
from whence.ledger import open_ledger, restore_ledger
from whence.workspace import make_workspace, open_workspace


def test_a_backup_is_a_workspace_of_its_own_without_secrets(shop: House, tmp_path: Path) -> None:
    copy = tmp_path / "backups" / "monday"
    with (shop.workspace.folder / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write('relay_numbers = ["95013", "95014"]\n')
        file.write('ledger = "postgresql://whence:hunter2@db.example/orders"\n')
    with shop.ledger() as ledger:
        fill(shop, ledger)
        note = ledger.checkpoint().note
        copied = ledger.backup(copy)
        entries = list(ledger.read())
        history = ledger.history(LI)
    assert (copied.n_entries, copied.n_releases, copied.n_checkpoints) == (8, 2, 2)
    assert not (copy / "keys").exists()
    assert not list(copy.glob("ledger.sqlite-*"))
    settings = tomllib.loads((copy / "workspace.toml").read_text("utf-8"))
    assert settings == {"name": ORIGIN, "locale": "zh", "relay_numbers": ["95013", "95014"]}
    (copy / "keys").symlink_to(shop.workspace.keys)
    with open_ledger(open_workspace(copy), clock=lambda: BEGAN) as again:
        assert again.workspace.name == ORIGIN
        assert list(again.read()) == entries
        assert again.history(LI) == history
        found = again.verify(fingerprint=shop.fingerprint, since=note)
        assert (found.kept_size, found.n_unattested) == (8, 0)
        again.append(reveals(3))  # it goes on where it stood
        again.verify(fingerprint=shop.fingerprint, since=note)


def test_a_copy_made_while_others_write_is_one_moment(shop: House, tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WRITER)]
    where = [str(shop.workspace.folder), shop.workspace.ledger or "", "w"]
    with shop.ledger() as ledger:
        process = subprocess.Popen([*command, *where], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        sizes = [ledger.backup(tmp_path / f"copy-{i}").n_entries for i in range(4)]
        process.communicate()
        assert process.returncode == 0
        entries = list(ledger.read())
    assert sizes == sorted(sizes)
    for i, size in enumerate(sizes):
        with open_ledger(open_workspace(tmp_path / f"copy-{i}"), clock=lambda: 0) as copy:
            assert list(copy.read()) == entries[:size]
            copy.verify(fingerprint=shop.fingerprint)


def test_nothing_that_was_erased_is_in_a_copy(file_shop: House, tmp_path: Path) -> None:
    with file_shop.ledger() as ledger:
        fill(file_shop, ledger)
        ledger.erase(LI)
        ledger.backup(tmp_path / "copy")
    for file in (tmp_path / "copy").rglob("*"):
        assert file.is_dir() or b"O000000003" not in file.read_bytes()


def test_a_folder_in_use_is_left_alone(file_shop: House, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear", "utf-8")
    with file_shop.ledger() as ledger:
        with pytest.raises(UsageError, match="holds something"):
            ledger.backup(tmp_path / "mine")
        with pytest.raises(OutputError):
            ledger.backup(tmp_path / "mine" / "letter" / "copy")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def test_a_damaged_ledger_makes_no_backup(file_shop: House, tmp_path: Path) -> None:
    with file_shop.ledger() as ledger:
        ledger.append(reveals(5))
        ledger.checkpoint()
        with ledger._storage.writing() as step:
            step.run("UPDATE ledger_entries SET leaf = x'7b7d' WHERE seq = 3", ())  # type: ignore[attr-defined]
        with pytest.raises(IntegrityError):
            ledger.backup(tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_address(request: pytest.FixtureRequest) -> str | None:
    """Say where a ledger comes back: a file, or a database that is still empty."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("database")
    return found


def test_a_backup_comes_back_into_either_storage(
    file_shop: House, new_address: str | None, tmp_path: Path
) -> None:
    with file_shop.ledger() as ledger:
        fill(file_shop, ledger)
        ledger.rotate_key()
        ledger.backup(tmp_path / "copy")
        entries = list(ledger.read())
    folder = tmp_path / "new"
    old = file_shop.workspace
    shutil.copytree(old.folder, folder, ignore=shutil.ignore_patterns("ledger.sqlite*"))
    new = replace(file_shop, workspace=replace(old, folder=folder, ledger=new_address))
    assert restore_ledger(tmp_path / "copy", new.workspace) == len(entries)
    with new.ledger() as ledger:
        assert list(ledger.read()) == entries
        assert ledger.verify(fingerprint=new.fingerprint).n_unattested == 0
        assert ledger.append(reveals(1)) == range(len(entries), len(entries) + 1)
    with pytest.raises(UsageError, match="already"):
        restore_ledger(tmp_path / "copy", new.workspace)


def test_what_is_no_backup_or_does_not_hold_is_not_brought_back(
    file_shop: House, tmp_path: Path
) -> None:
    with file_shop.ledger() as ledger:
        ledger.append(reveals(5))
        ledger.checkpoint()
        ledger.backup(tmp_path / "copy")
    connection = sqlite3.connect(tmp_path / "copy" / "ledger.sqlite", isolation_level=None)
    connection.execute("DELETE FROM ledger_entries WHERE seq = 5")
    connection.close()
    empty = make_workspace(tmp_path / "empty", name=ORIGIN)
    with pytest.raises(IntegrityError):
        restore_ledger(tmp_path / "copy", empty)
    with pytest.raises(UsageError, match="no backup"):
        restore_ledger(tmp_path, empty)
    assert not list(empty.folder.glob("ledger*"))

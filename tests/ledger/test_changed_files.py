"""Somebody changes what is stored: every change that changes an entry is detected.

A change of bytes that nothing is read from changes no entry; then all that is read is as before.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from ledger_world import House, house, reveals
from releases_world import release

from whence.errors import IntegrityError, WhenceError
from whence.ledger import Recorded
from whence.ledger.history import History

FILE, LOG = "ledger.sqlite", "ledger.sqlite-wal"
PERSONS: Final = [f"C{i:09}" for i in range(7)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A ledger as its files lie there, what it holds, and a checkpoint kept elsewhere."""

    shop: House
    files: Path
    entries: list[Recorded]
    histories: list[History]
    checkpoint: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Make a ledger with a past: two keys, an erasure, a release, a log not yet brought in."""
    folder = tmp_path_factory.mktemp("kept")
    shop = house(folder / "workspace")
    with shop.ledger() as ledger:
        ledger.append(reveals(500))
        ledger.erase(PERSONS[3])
        ledger.rotate_key()
    with shop.ledger() as ledger:  # closed in between, so that the file has most of it
        ledger.append(reveals(200, first=500))
        ledger.append([release(shop, "R-1", [("O000000001", PERSONS[1])])])
        ledger.append(reveals(30, first=700))
        note = ledger.checkpoint().note
        files = folder / "files"
        files.mkdir()
        for name in (FILE, LOG):
            shutil.copy(shop.workspace.folder / name, files)
        return Kept(
            shop=shop,
            files=files,
            entries=list(ledger.read()),
            histories=[ledger.history(person) for person in PERSONS],
            checkpoint=note,
        )


def flip_a_bit(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def overwrite(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    n = chance.choice([1, 2, 16, 32, 512, 4096])
    data[at : at + n] = chance.choice([bytes(n), chance.randbytes(n)])[: len(data) - at]
    path.write_bytes(data)


def move_bytes(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    n = chance.choice([32, 4096, 4120])  # a hash, a page, a frame of the log
    there, here = (chance.randrange(len(data) // n) * n for _ in range(2))
    data[here : here + n] = data[there : there + n]
    path.write_bytes(data)


def cut(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(chance.randrange(path.stat().st_size))


STATEMENTS: Final = {
    "leaf": "UPDATE ledger_entries SET leaf = :bytes WHERE seq = :seq",
    "leaf of another": "UPDATE ledger_entries SET leaf = "
    "(SELECT leaf FROM ledger_entries WHERE seq = :other) WHERE seq = :seq",
    "openings": "UPDATE ledger_entries SET openings = :bytes WHERE seq = :seq",
    "openings taken": "UPDATE ledger_entries SET openings = x'' WHERE seq = :seq",
    "more than was erased": "UPDATE ledger_entries SET openings = x'' WHERE seq = 4",  # PERSONS[3]
    "openings of another": "UPDATE ledger_entries SET openings = "
    "(SELECT openings FROM ledger_entries WHERE seq = :other) WHERE seq = :seq",
    "dropped": "DELETE FROM ledger_entries WHERE seq = :seq",
    "moved": "UPDATE ledger_entries SET seq = 5000 + :seq WHERE seq = :seq",
    "inserted": "INSERT INTO ledger_entries SELECT 734, leaf, openings "
    "FROM ledger_entries WHERE seq = :seq",
    "cut short": "DELETE FROM ledger_entries WHERE seq >= :seq",
    "state": "UPDATE ledger_state SET size = :seq",
    "edge": "UPDATE ledger_state SET edge = zeroblob(length(edge))",
    "latest": "UPDATE ledger_state SET last_at = last_at + 1",
    "tile": "UPDATE ledger_tiles SET hashes = zeroblob(length(hashes)) WHERE number = :seq % 3",
    "tile taken": "DELETE FROM ledger_tiles WHERE number = :seq % 3",
    "person taken": "DELETE FROM ledger_persons WHERE seq = :seq",
    "person added": "INSERT OR IGNORE INTO ledger_persons "
    "SELECT CAST(x'00' || substr(person, 2) AS BLOB), :seq "
    "FROM ledger_persons LIMIT 1 OFFSET :other",
    "person moved": "UPDATE OR IGNORE ledger_persons SET seq = :other WHERE seq = :seq",
    "kind": "DELETE FROM ledger_kinds WHERE kind = 'release'",
    "kind added": "INSERT INTO ledger_kinds VALUES ('release', :seq)",
    "checkpoint": "UPDATE ledger_checkpoints SET note = replace(note, '1', '2')",
    "checkpoint taken": "DELETE FROM ledger_checkpoints WHERE number = 1",
}


def change_rows(folder: Path, chance: random.Random) -> None:
    values = {
        "seq": chance.randrange(734),
        "other": chance.randrange(600),
        "bytes": chance.randbytes(40),
    }
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    connection.execute(chance.choice(list(STATEMENTS.values())), values)
    connection.close()


CHANGES: Final[dict[str, Callable[[Path, random.Random], None]]] = {
    "flip a bit": flip_a_bit,
    "overwrite": overwrite,
    "move bytes": move_bytes,
    "cut": cut,
}


def laid(kept: Kept, folder: Path) -> House:
    """Lay the files into a workspace of their own; keys and settings are as they were."""
    workspace = kept.shop.workspace
    shutil.copytree(kept.files, folder)
    for name in ("keys", "releases", "workspace.toml"):
        (folder / name).symlink_to(workspace.folder / name)
    return replace(kept.shop, workspace=replace(workspace, folder=folder))


def is_detected(kept: Kept, shop: House) -> bool:
    """Check a ledger; where nothing is found, everything that is read must be as it was."""
    try:
        with shop.ledger() as ledger:
            ledger.verify(fingerprint=shop.fingerprint, since=kept.checkpoint)
            assert list(ledger.read()) == kept.entries
            assert [ledger.history(person) for person in PERSONS] == kept.histories
    except WhenceError:
        return True
    return False


def test_untouched_files_are_as_they_were(kept: Kept, tmp_path: Path) -> None:
    assert (kept.files / LOG).stat().st_size > 100_000
    assert not is_detected(kept, laid(kept, tmp_path / "same"))


@pytest.mark.parametrize("trials", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_changed_bytes_are_detected_or_change_nothing(
    kept: Kept, tmp_path: Path, trials: int
) -> None:
    chance = random.Random(trials)
    found = dict.fromkeys(CHANGES, 0)
    for _ in range(trials):
        name = chance.choice([*CHANGES])
        shop = laid(kept, tmp_path / "changed")
        file = shop.workspace.folder / chance.choice([FILE, LOG])
        CHANGES[name](file, chance)
        found[name] += is_detected(kept, shop)
        shutil.rmtree(shop.workspace.folder)
    assert min(found.values()) > trials // 20
    assert sum(found.values()) < trials  # some bytes are indeed not read


def test_a_lost_file_is_detected(kept: Kept, tmp_path: Path) -> None:
    for name in (FILE, LOG):
        shop = laid(kept, tmp_path / name)
        (shop.workspace.folder / name).unlink()
        assert is_detected(kept, shop)


@pytest.mark.parametrize("trials", [60, pytest.param(400, marks=pytest.mark.slow)])
def test_changed_rows_are_detected_or_change_nothing(
    kept: Kept, tmp_path: Path, trials: int
) -> None:
    chance = random.Random(trials)
    detected = 0
    for _ in range(trials):
        shop = laid(kept, tmp_path / "changed")
        change_rows(shop.workspace.folder, chance)
        detected += is_detected(kept, shop)
        shutil.rmtree(shop.workspace.folder)
    assert detected > trials * 0.8  # an index row that is not there cannot be taken


@pytest.mark.parametrize("change", STATEMENTS)
def test_each_change_of_rows_is_told_as_what_it_is(kept: Kept, tmp_path: Path, change: str) -> None:
    shop = laid(kept, tmp_path / "changed")
    connection = sqlite3.connect(shop.workspace.folder / FILE, isolation_level=None)
    values = {"seq": 20, "other": 33, "bytes": b"{}"}
    assert connection.execute(STATEMENTS[change], values).rowcount
    connection.close()
    with shop.ledger() as ledger, pytest.raises(IntegrityError):
        ledger.verify(fingerprint=shop.fingerprint, since=kept.checkpoint)


def test_an_older_copy_of_the_files_is_detected_by_the_checkpoint_kept_elsewhere(
    kept: Kept, tmp_path: Path
) -> None:
    shop = laid(kept, tmp_path / "older")
    (shop.workspace.folder / LOG).unlink()
    with shop.ledger() as ledger:
        ledger.verify(fingerprint=shop.fingerprint)  # by itself it is a ledger like another
        with pytest.raises(IntegrityError, match="missing at the end"):
            ledger.verify(fingerprint=shop.fingerprint, since=kept.checkpoint)

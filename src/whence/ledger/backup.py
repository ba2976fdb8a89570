"""A copy of the ledger made while writers work, checked after copying; and back again.

The copy is a workspace of its own without secrets: the ledger in one SQLite file, whatever the
storage it came from, the releases' tables, the checkpoints with their stamps, the settings. It is
copied row by row out of one moment, so that nothing of what was erased comes along. ``keys/`` is
not in it; it is kept apart, or a thief of the copy could sign.
"""

import json
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from whence.errors import OutputError, UsageError
from whence.ledger import checkpoint_files, releases
from whence.ledger.checking import check
from whence.ledger.releases_checking import check_releases, release_entries
from whence.ledger.sqlite import TURN, SQLite
from whence.ledger.stamps import stamp_path
from whence.ledger.storage import CHUNK, TILE_HASHES, Reading, Storage, Tile, Writing
from whence.model.progress import Progress, no_progress
from whence.workspace import SETTINGS, Workspace

STAGE: Final = "copy"
_LEFT_OUT: Final = frozenset({"ledger"})  # the copy is a file, and an address may hold a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied: entries, tables of releases, checkpoints."""

    n_entries: int
    n_releases: int
    n_checkpoints: int


def back_up(
    storage: Storage, workspace: Workspace, folder: Path, *, on_progress: Progress = no_progress
) -> Copied:
    """Copy a ledger into a new folder, and check the copy against its checkpoints.

    Raises UsageError where the folder holds something, OutputError where it cannot be written,
    IntegrityError where the copy does not hold: then the ledger itself does not.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("ledger.backup-in-use", hint="ledger.backup-in-use-hint", folder=folder)
    unfinished = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        copy = replace(workspace, folder=unfinished, ledger=None)
        # Tables before the ledger: an erasure is recorded first, so none of these lacks its entry.
        _copied_tables(workspace, copy)
        n_entries, n_releases, notes = _copied_ledger(storage, workspace, copy, on_progress)
        _copied_files(workspace, copy, notes)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=folder,
            reason=error.strerror or type(error).__name__,
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Copied(n_entries=n_entries, n_releases=n_releases, n_checkpoints=len(notes))


@contextmanager
def opened_backup(folder: Path) -> Iterator[Storage]:
    """Open the ledger of a backup; UsageError where the folder has none."""
    place = Path(Workspace(folder=folder, name=folder.name).ledger_place)
    if not place.is_file():
        raise UsageError("ledger.no-backup", folder=folder)
    held = SQLite(place)
    try:
        yield held
    finally:
        held.close()


def verify_backup(held: Storage, origin: str, on_progress: Progress = no_progress) -> None:
    """Check a copy against its own checkpoints; IntegrityError where it does not hold."""
    with held.reading() as reading:
        notes = [kept.note for kept in reading.checkpoints()]
        check(reading, notes, origin=origin, on_progress=on_progress)


def copy_all(held: Storage, into: Storage, on_progress: Progress = no_progress) -> int:
    """Copy a ledger of one moment into an empty storage; return how many entries it has."""
    with held.reading() as old, into.writing() as new:
        return _copy(old, new, on_progress)


def _copied_ledger(
    storage: Storage, workspace: Workspace, copy: Workspace, on_progress: Progress
) -> tuple[int, int, list[str]]:
    place = Path(copy.ledger_place)
    into = SQLite.make(place)
    try:
        size = copy_all(storage, into, on_progress)
        into.scrub()  # one file, no log beside it
        verify_backup(into, copy.name, on_progress)
        n_releases = _copied_tables(workspace, copy)  # those that came meanwhile too
        with into.reading() as reading:
            notes = [kept.note for kept in reading.checkpoints()]
            entries = release_entries(reading)
        check_releases(into, entries, copy.releases, on_progress=on_progress)
    finally:
        into.close()
    Path(f"{place}{TURN}").unlink()
    return size, n_releases, notes


def _copy(old: Reading, new: Writing, on_progress: Progress) -> int:
    """Copy all rows of one moment into a step under way; return how many entries there are."""
    state = old.state()
    for start in range(0, state.size, CHUNK):
        new.add(old.rows(start, min(start + CHUNK, state.size)), (), ())
        on_progress(STAGE, start, state.size)
    new.add((), old.persons(), old.kinds())
    new.put(state, ())
    for tile in _tiles(old, state.size):
        new.put(state, [tile])
    for kept in old.checkpoints():
        new.keep(kept)
    return state.size


def _tiles(old: Reading, size: int) -> Iterator[Tile]:
    level, n_hashes = 0, size
    while n_hashes:
        yield from old.tiles(level, 0, (n_hashes - 1) // TILE_HASHES)
        level, n_hashes = level + 1, n_hashes // TILE_HASHES


def _copied_tables(workspace: Workspace, copy: Workspace) -> int:
    """Copy the tables of releases that are not there yet; return how many there are."""
    tables = releases.tables(workspace.releases)
    copy.releases.mkdir(exist_ok=True)
    for table in tables:
        if not (copy.releases / table.name).exists():
            shutil.copy2(table, copy.releases)
    return len(tables)


def _copied_files(workspace: Workspace, copy: Workspace, notes: list[str]) -> None:
    """Copy what else stands beside the ledger."""
    for note in notes:
        checkpoint_files.store(copy.checkpoints, note)
        stamp = checkpoint_files.stamp_of(workspace.checkpoints, note)
        if stamp is not None:
            stamp_path(checkpoint_files.path_of(copy.checkpoints, note)).write_bytes(stamp)
    if workspace.register.is_file():
        shutil.copy2(workspace.register, copy.register)
    settings = tomllib.loads((workspace.folder / SETTINGS).read_text("utf-8"))
    # JSON's texts, numbers and lists of these are TOML's too.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in settings.items()
        if key not in _LEFT_OUT
    ]
    (copy.folder / SETTINGS).write_text("".join(lines), "utf-8")

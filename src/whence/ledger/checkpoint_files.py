"""Checkpoints as files, ``checkpoints/SIZE-ROOT.txt``: to take elsewhere, stamps beside them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from whence.disk import to_disk
from whence.errors import InputError, IntegrityError, OutputError
from whence.ledger.checkpoints import read_checkpoint
from whence.ledger.stamps import stamp_path

_SUFFIX: Final = ".txt"
_DIGITS: Final = 12  # files stand in the order of their sizes
_ROOT_LETTERS: Final = 8  # two ledgers of one size do not write over each other


def path_of(folder: Path, note: str) -> Path:
    """Return where a checkpoint lies as a file."""
    checkpoint = read_checkpoint(note).checkpoint
    root = checkpoint.root.hex()[:_ROOT_LETTERS]
    return folder / f"{checkpoint.size:0{_DIGITS}}-{root}{_SUFFIX}"


def store(folder: Path, note: str) -> Path:
    """Write a checkpoint into its file, durably, unless it is there already.

    Raises OutputError where it cannot be written.
    """
    path = path_of(folder, note)
    if path.is_file() and path.read_text("utf-8") == note:
        return path
    partly = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partly.open("w", encoding="utf-8", newline="\n") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        partly.replace(path)
        to_disk(folder)
    except OSError as error:
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=path,
            reason=error.strerror or type(error).__name__,
        ) from error
    return path


def stored(folder: Path) -> list[str]:
    """Return the checkpoints that lie in a folder, smallest first.

    Raises IntegrityError for one that is damaged: it is part of the record.
    """
    try:
        return [_read(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))]
    except InputError as error:
        raise IntegrityError(error.phrase, hint=error.hint, **error.facts) from error


def read_file(path: Path) -> str:
    """Return the checkpoint in a file that was kept elsewhere; InputError where it has none."""
    return _read(path)


def stamp_of(folder: Path, note: str) -> bytes | None:
    """Return the time stamp's reply that lies beside a checkpoint, if one does."""
    path = stamp_path(path_of(folder, note))
    return path.read_bytes() if path.is_file() else None


def joined(kept: Iterable[str], files: Iterable[str]) -> list[str]:
    """Return the checkpoints of the store and of the files, each once, smallest first.

    A file whose checkpoint the store no longer has counts all the more.
    """
    notes = list(dict.fromkeys([*kept, *files]))
    return sorted(notes, key=lambda note: read_checkpoint(note).checkpoint.size)


def _read(path: Path) -> str:
    try:
        note = path.read_text("utf-8")
        read_checkpoint(note)
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise InputError("ledger.file-no-checkpoint", file=path) from error
    return note

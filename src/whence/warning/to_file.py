"""The file channel: notices as JSON Lines, or one file each, for another system to pick up.

A message that is there already is not written again, so that sending twice tells nobody twice,
whatever was cut off by a kill: a last line without its end is taken away before anything is added.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from whence.disk import OWNER_ONLY, to_disk
from whence.errors import OutputError
from whence.warning.channels import Message, Outcome
from whence.warning.settings import FORMS

LINES: Final = "notices.jsonl"
_WINDOW: Final = 500  # lines under one fsync


class FileChannel:
    """Writes into a folder: ``notices.jsonl``, or ``NOTICE_ID.json`` each."""

    name = "file"
    forms = FORMS
    window = _WINDOW

    def __init__(self, folder: Path, form: str) -> None:
        self._folder = folder
        self._lines = folder / LINES if form == "jsonl" else None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._there = _ids_in(self._lines) if self._lines else set()
        except OSError as error:
            raise self._unwritable(error) from error

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Write what is not there yet, through to the disk."""
        new = [message for message in messages if not self._holds(message)]
        try:
            if self._lines:
                _append(self._lines, "".join(_line(message) for message in new))
                self._there.update(message.notice_id for message in new)
            else:
                for message in new:
                    _write(self._path(message), _line(message))
                to_disk(self._folder)
        except OSError as error:
            raise self._unwritable(error) from error
        return [Outcome(state="told") for _ in messages]

    def close(self) -> None:
        """Nothing is held open."""

    def _holds(self, message: Message) -> bool:
        if self._lines:
            return message.notice_id in self._there
        return self._path(message).exists()

    def _path(self, message: Message) -> Path:
        return self._folder / f"{message.notice_id}.json"

    def _unwritable(self, error: OSError) -> OutputError:
        reason = error.strerror or type(error).__name__
        return OutputError("warning.unwritable", folder=self._folder, reason=reason)


def _line(message: Message) -> str:
    return message.to_json() + "\n"


def _ids_in(path: Path) -> set[str]:
    """Return whose notices a file holds, having taken away a line that was cut off."""
    if not path.exists():
        return set()
    found = set()
    whole = 0
    with path.open("rb+") as file:
        for line in file:
            if line.endswith(b"\n"):
                whole += len(line)
                found.add(str(json.loads(line)["notice_id"]))
        file.truncate(whole)
    return found


def _append(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _write(path: Path, text: str) -> None:
    """Write a file whole: it is there complete or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    _append(part, text)
    part.replace(path)

"""What stands beside the ledger: words and exhibits of cases, sealed with a key of their own.

::

    keys/cases.key              32 bytes in hex, readable by its owner alone
    cases/words/DIGEST          what people typed, by the digest that the ledger holds
    cases/exhibits/DIGEST       attachments, by the SHA-256 of their bytes

A file is written whole and brought to disk before the ledger speaks of it; a file that no entry
speaks of was never part of a case. Erasing overwrites and removes the file: the entry stays, its
digest tells nothing without the salts that went with it.
"""

import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from whence.casework.sealed_stream import KEY_BYTES, open_stream, seal_stream
from whence.casework.sealed_words import Words, from_bytes, to_bytes
from whence.disk import OWNER_ONLY, to_disk, verify_private, write_secret
from whence.errors import InputError, OutputError
from whence.workspace import Workspace

KEY_FILE: Final = "cases.key"
_FOLDER_OWNER_ONLY: Final = 0o700
_READ: Final = 1 << 20
_FEW: Final = 8  # files that are sooner on disk one by one than all there is to write


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An attachment as it was taken in: its digest and its length in bytes."""

    sha256: str
    size: int


class Safe:
    """The sealed files of one installation's cases."""

    def __init__(self, workspace: Workspace) -> None:
        self._keys = workspace.keys
        self._words = workspace.folder / "cases" / "words"
        self._exhibits = workspace.folder / "cases" / "exhibits"

    def put_words(self, words: Words) -> str:
        """Seal a record durably, and return its digest."""
        digest = words.digest
        with self._new(self._words) as (file, keep):
            seal_stream([to_bytes(words)], self._secret, file)
            keep(digest)
        return digest

    def put_all_words(self, records: Sequence[Words]) -> list[str]:
        """Seal many records durably, and return their digests: the disk is waited for once."""
        if len(records) < _FEW or not hasattr(os, "sync"):
            return [self.put_words(words) for words in records]
        digests = []
        for words in records:
            with self._new(self._words, at_once=False) as (file, keep):
                seal_stream([to_bytes(words)], self._secret, file)
                keep(words.digest)
            digests.append(words.digest)
        os.sync()  # waits on Linux until all is written, sync(2)
        return digests

    def words(self, digest: str) -> Words | None:
        """Return a record; None where it was erased; IntegrityError where it is not as it was."""
        sealed = self._opened(self._words / digest)
        if sealed is None:
            return None
        with sealed:
            return from_bytes(b"".join(open_stream(sealed, self._secret, digest)), digest)

    def put_exhibit(self, file: IO[bytes]) -> Taken:
        """Seal an attachment durably while it is read, and return its digest."""
        taken, size = sha256(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            while piece := file.read(_READ):
                taken.update(piece)
                size += len(piece)
                yield piece

        with self._new(self._exhibits) as (into, keep):
            seal_stream(pieces(), self._secret, into)
            keep(taken.hexdigest())
        return Taken(sha256=taken.hexdigest(), size=size)

    def exhibit(self, digest: str) -> Iterator[bytes] | None:
        """Yield an attachment piece by piece; None where it was erased."""
        path = self._exhibits / digest
        return _pieces(path, self._secret) if path.is_file() else None

    def has_exhibit(self, digest: str) -> bool:
        """Return whether an attachment is there."""
        return (self._exhibits / digest).is_file()

    def erase_words(self, digest: str) -> None:
        """Overwrite and remove a record."""
        _erase(self._words / digest)

    def erase_exhibit(self, digest: str) -> None:
        """Overwrite and remove an attachment."""
        _erase(self._exhibits / digest)

    def sweep(self, known: Collection[str], *, before: float) -> int:
        """Erase words that are not among these and were last written before a time; count them."""
        n = 0
        for path in self._words.glob("[0-9a-f]*"):
            if path.name not in known and path.stat().st_mtime < before:
                _erase(path)
                n += 1
        return n

    def _new(self, folder: Path, *, at_once: bool = True) -> "_NewFile":
        return _NewFile(folder, at_once=at_once)

    def _opened(self, path: Path) -> IO[bytes] | None:
        try:
            return path.open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError("case.unreadable", file=path.name) from error

    @cached_property
    def _secret(self) -> bytes:
        """The key, made when the first case of an installation is."""
        path = self._keys / KEY_FILE
        try:
            if not path.exists():
                with suppress(FileExistsError):  # another process was first: its key counts
                    write_secret(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
            verify_private(path, hint="ledger.key-open-hint")
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise InputError("case.key-unreadable", file=path) from error
        if len(key) != KEY_BYTES:
            raise InputError("case.key-unreadable", file=path)
        return key


class _NewFile:
    """A file under way: it gets its name when it is whole and on disk, or leaves nothing behind.

    Not ``at_once``: whoever makes many of them waits for the disk after the last.
    """

    def __init__(self, folder: Path, *, at_once: bool = True) -> None:
        self._folder = folder
        self._at_once = at_once
        self._path = folder / f".{secrets.token_hex(16)}.part"
        self._name: str | None = None

    def __enter__(self) -> tuple[IO[bytes], Callable[[str], None]]:
        try:
            self._folder.mkdir(mode=_FOLDER_OWNER_ONLY, parents=True, exist_ok=True)
            opened = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except OSError as error:
            raise self._told(error) from error
        self._file = os.fdopen(opened, "wb")
        return self._file, self._keep

    def _keep(self, name: str) -> None:
        self._name = name

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        try:
            if kind is None and self._name is not None:
                self._file.flush()
                if self._at_once:
                    os.fsync(self._file.fileno())
                self._file.close()
                self._path.replace(self._folder / self._name)
                if self._at_once:
                    to_disk(self._folder)
        except OSError as failed:
            raise self._told(failed) from failed
        finally:
            self._file.close()
            self._path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise self._told(error) from error

    def _told(self, error: OSError) -> OutputError:
        reason = error.strerror or type(error).__name__
        return OutputError("case.not-stored", folder=self._folder, reason=reason)


def _pieces(path: Path, secret: bytes) -> Iterator[bytes]:
    try:
        with path.open("rb") as sealed:
            yield from open_stream(sealed, secret, path.name)
    except OSError as error:
        raise InputError("case.unreadable", file=path.name) from error


def _erase(path: Path) -> None:
    """Overwrite a file and remove it; what is gone already stays gone."""
    try:
        with path.open("r+b") as file:
            left = path.stat().st_size
            while left > 0:
                file.write(bytes(min(left, _READ)))
                left -= _READ
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        to_disk(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("case.not-stored", folder=path.parent, reason=reason) from error

"""Text files as UTF-8: which encoding, which delimiter, and a decoded copy where one is needed."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import pyarrow as pa

from whence.errors import EngineError, InputError

_CHUNK: Final = 1 << 20
_BOMS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ENCODINGS: Final = ("utf-8", "gb18030")
_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file of UTF-8 text, maybe packed; ``encoding`` is what the user's own file had."""

    path: Path
    file: str
    encoding: str


def as_utf8(path: Path, scratch: Path) -> TextFile:
    """Return the file as UTF-8 without a mark at its head, decoded into ``scratch`` if it is not.

    Raises InputError for a damaged archive, for bytes that are neither UTF-8 nor GB18030, and for
    a file that is no text at all; EngineError where the copy cannot be written.
    """
    encoding = _encoding(path)
    if encoding == "utf-8":
        return TextFile(path=path, file=path.name, encoding=encoding)
    copy = scratch / f"{path.name}.utf8"
    with room_for_copies(), copy.open("wb") as plain:
        for chunk in _decoded(path, encoding):
            plain.write(chunk)
    return TextFile(path=copy, file=path.name, encoding=encoding)


@contextmanager
def room_for_copies() -> Iterator[None]:
    """Raise EngineError where a decoded copy cannot be written: the user's file is not at fault."""
    try:
        yield
    except OSError as error:
        raise EngineError("intake.no-room", hint="intake.no-room-hint") from error


@contextmanager
def opened(text: TextFile) -> Iterator[io.TextIOWrapper]:
    """Open a text file for reading, unpacked, line ends as they are."""
    with _faults_of(text.path, text.file), _unpacked(text.path) as raw:
        yield io.TextIOWrapper(raw, "utf-8", newline="")


def header_of(text: TextFile) -> tuple[list[str], str, int]:
    """Return a CSV file's column names, its delimiter, and how many blank lines stand above them.

    No names if the file is empty.
    """
    n_blank = 0
    with opened(text) as lines:
        head = lines.readline()
        while head and not head.strip():
            n_blank += 1
            head = lines.readline()
        while head.count('"') % 2 and (more := lines.readline()):  # a name may span lines
            head += more
    if not head:
        return [], ",", 0
    bare = "".join(head.split('"')[::2])
    delimiter = max(_DELIMITERS, key=bare.count)
    names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    return [name.strip() for name in names], delimiter, n_blank


def _decoded(path: Path, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with _faults_of(path), _unpacked(path) as packed:
        while chunk := packed.read(_CHUNK):
            yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _encoding(path: Path) -> str:
    with _faults_of(path), _unpacked(path) as packed:
        head = packed.read(4)
    marked = [encoding for mark, encoding in _BOMS.items() if head.startswith(mark)]
    n_lines = 0
    for encoding in marked or _ENCODINGS:
        fault = _undecodable(path, encoding)
        if fault is None:
            return encoding
        n_lines = max(n_lines, fault)
    raise InputError(
        "intake.unknown-encoding",
        hint="intake.unknown-encoding-hint",
        file=path.name,
        row=n_lines,
    )


def _undecodable(path: Path, encoding: str) -> int | None:
    """Return the line in which the file stops being text of this encoding, None if it never does.

    Raises InputError if it has zero bytes, which no text has.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    n_lines = 1
    with _faults_of(path), _unpacked(path) as packed:
        while True:
            chunk = packed.read(_CHUNK)
            if b"\0" in chunk and encoding != "utf-16":
                raise InputError("intake.no-text", file=path.name)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return n_lines + error.object[: error.start].count(b"\n")
            if not chunk:
                return None
            n_lines += chunk.count(b"\n")


def _unpacked(path: Path) -> AbstractContextManager[BinaryIO]:
    if path.suffix.lower() == ".gz":
        return cast("AbstractContextManager[BinaryIO]", gzip.open(path, "rb"))
    if path.suffix.lower() == ".zst":
        stream = pa.input_stream(str(path), compression="zstd")
        return cast("AbstractContextManager[BinaryIO]", stream)
    return path.open("rb")


@contextmanager
def _faults_of(path: Path, file: str | None = None) -> Iterator[None]:
    """Say that an archive is damaged in one line, without what was in it."""
    try:
        yield
    except (OSError, EOFError, zlib.error, pa.ArrowInvalid) as error:
        raise unreadable(file or path.name) from error


def unreadable(file: str) -> InputError:
    """Return the error for a damaged file."""
    return InputError("intake.unreadable", hint="intake.unreadable-hint", file=file)


def broken_quote(file: str, row: int) -> InputError:
    """Return the error for a quote that is opened and not closed properly."""
    return InputError("intake.broken-quote", hint="intake.broken-quote-hint", file=file, row=row)

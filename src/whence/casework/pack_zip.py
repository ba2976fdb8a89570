"""The one form of archive a pack has: members stored, in one order, with nothing to choose.

What reads it back is ``verify_alone``, which holds the headers for both. No compression: a reader
needs no more memory than a piece of a member, and there is no bomb to defuse.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from whence.casework.verify_alone import central_header, ending, local_header
from whence.errors import OutputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of a pack: its path, length, digest, and where its bytes come from.

    ``exhibit`` is the exhibit it is, None for the pack's own files.
    """

    path: str
    size: int
    sha256: str
    pieces: Callable[[], Iterator[bytes]]
    exhibit: str | None = None


def member(path: str, data: bytes | str) -> Member:
    """Return a file of a pack whose bytes are at hand."""
    held = data.encode() if isinstance(data, str) else data
    return Member(
        path=path, size=len(held), sha256=sha256(held).hexdigest(), pieces=lambda: iter([held])
    )


def write_pack(path: Path, members: Iterable[Member]) -> str:
    """Write a pack, moved into place when it is whole; return its SHA-256.

    Raises OutputError where it cannot be written.
    """
    partly = path.with_name(path.name + ".part")
    try:
        with partly.open("w+b") as file:
            _write(file, members)
            file.flush()
            os.fsync(file.fileno())
            digest = sha256()
            file.seek(0)
            while piece := file.read(1 << 20):
                digest.update(piece)
        partly.replace(path)
    except OSError as error:
        raise OutputError(
            "case.not-stored", folder=path, reason=error.strerror or type(error).__name__
        ) from error
    finally:
        partly.unlink(missing_ok=True)
    return digest.hexdigest()


def _write(file: IO[bytes], members: Iterable[Member]) -> None:
    listed = []
    for each in members:
        at, crc = file.tell(), 0
        file.write(local_header(each.path, each.size, 0))
        for piece in each.pieces():
            crc = zlib.crc32(piece, crc)
            file.write(piece)
        behind = file.tell()
        file.seek(at)  # the checksum is known only now
        file.write(local_header(each.path, each.size, crc))
        file.seek(behind)
        listed.append((each, crc, at))
    start = file.tell()
    for each, crc, at in listed:
        file.write(central_header(each.path, each.size, crc, at))
    file.write(ending(len(listed), file.tell() - start, start))

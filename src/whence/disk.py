"""What must have reached the disk before anything relies on it; what only its owner may read."""

import os
import secrets
from pathlib import Path
from typing import Final

from whence.errors import UsageError

OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077


def to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of files, has reached the disk."""
    if os.name != "posix" and path.is_dir():
        return  # elsewhere a folder is no file that could be waited for
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_secret(path: Path, secret: bytes) -> None:
    """Write a file for its owner alone: whole and on the disk, or not at all.

    Raises FileExistsError, and leaves what is there, where there is one already.
    """
    partly = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = os.open(partly, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(partly, path)
    finally:
        partly.unlink()
    to_disk(path.parent)


def verify_private(path: Path, *, hint: str) -> None:
    """Raise UsageError, with the advice of ``hint``, where others than its owner may read a file.

    Raises OSError where it is not there.
    """
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise UsageError("workspace.open-to-others", file=path, hint=hint)

"""The room's own key, from which every secret in it is derived under a name of its own."""

import os
from contextlib import suppress
from hashlib import sha256
from hmac import digest
from pathlib import Path
from secrets import token_bytes
from typing import Final

from whence.errors import InputError, OutputError, UsageError

FILE: Final = "notices.key"
_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077


def room_key(folder: Path) -> bytes:
    """Return the key in a folder of keys, made and stored durably where there is none.

    Raises UsageError where others can read it, InputError where the file holds no key,
    OutputError where it cannot be stored.
    """
    path = folder / FILE
    if not path.exists():
        _make(path)
    try:
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise UsageError("warning.open-secrets", file=path, hint="warning.open-secrets-hint")
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise InputError("warning.bad-key", file=path) from error
    if len(key) != _BYTES:
        raise InputError("warning.bad-key", file=path)
    return key


def derived(key: bytes, use: str, *parts: str) -> bytes:
    """Return 32 bytes for one use and its parts; no two uses or lists of parts give the same."""
    told = [use, *parts]
    joined = b"".join(len(t.encode()).to_bytes(4, "big") + t.encode() for t in told)
    return digest(key, joined, sha256)


def _make(path: Path) -> None:
    """Store a new key: whole under its name or not at all, and never over another."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(f"{token_bytes(_BYTES).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(part, path)
        part.unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("warning.unwritable", folder=path.parent, reason=reason) from error

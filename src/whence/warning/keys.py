"""The room's own key, from which every secret in it is derived under a name of its own."""

from contextlib import suppress
from hashlib import sha256
from hmac import digest
from pathlib import Path
from secrets import token_bytes
from typing import Final

from whence.disk import verify_private, write_secret
from whence.errors import InputError, OutputError

FILE: Final = "notices.key"
_BYTES: Final = 32


def room_key(folder: Path) -> bytes:
    """Return the key in a folder of keys, made and stored durably where there is none.

    Raises UsageError where others can read it, InputError where the file holds no key,
    OutputError where it cannot be stored.
    """
    path = folder / FILE
    if not path.exists():
        _make(path)
    try:
        verify_private(path, hint="warning.open-secrets-hint")
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
    try:
        with suppress(FileExistsError):  # another process was first: its key counts
            write_secret(path, f"{token_bytes(_BYTES).hex()}\n".encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("warning.unwritable", folder=path.parent, reason=reason) from error

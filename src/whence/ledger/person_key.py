"""The key of the index of persons: without it nobody can look up whom entries are about."""

import secrets
from pathlib import Path
from typing import Final

from whence.disk import verify_private, write_secret
from whence.errors import InputError, OutputError, UsageError

FILE: Final = "persons.key"
_BYTES: Final = 32


def make_person_key(folder: Path) -> bytes:
    """Make the key of an index and store it in a folder, durably; OutputError where it cannot."""
    key = secrets.token_bytes(_BYTES)
    try:
        write_secret(folder / FILE, f"{key.hex()}\n".encode())
    except OSError as error:
        raise OutputError("ledger.key-unwritable", folder=folder) from error
    return key


def load_person_key(folder: Path) -> bytes:
    """Return the key of an index.

    Raises UsageError where it is not there or others than its owner may read it, InputError where
    the file holds none.
    """
    path = folder / FILE
    try:
        verify_private(path, hint="ledger.key-open-hint")
        key = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        raise UsageError(
            "ledger.no-person-key", file=path, hint="ledger.no-person-key-hint"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError("ledger.person-key-unreadable", file=path) from error
    if len(key) != _BYTES:
        raise InputError("ledger.person-key-unreadable", file=path)
    return key

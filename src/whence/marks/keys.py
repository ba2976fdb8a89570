"""The key of the marks: 32 random bytes in ``keys/marks.key``, readable by its owner alone.

Whoever has it can write and read every mark of the installation; without it no mark is ever read
again. So it is made once, never replaced, and a copy is kept where the installation keeps backups.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from whence.errors import InputError, OutputError, UsageError
from whence.marks.book import KEY_BYTES

FILE: Final = "marks.key"
_OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077


def make_key(folder: Path) -> bytes:
    """Make the key in an installation's folder of keys, durably, and return it.

    Raises UsageError where there is one already: marks of the past are read with it.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        opened = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(opened, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UsageError("marks.key-exists", file=folder / FILE) from error
    except OSError as error:
        raise OutputError("marks.key-unwritable", folder=folder) from error
    return key


def load_key(folder: Path) -> bytes:
    """Return the key in a folder of keys.

    Raises UsageError where there is none or others may read it, InputError where it is no key.
    """
    path = folder / FILE
    try:
        mode = path.stat().st_mode
        key = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError("marks.no-key", folder=folder, hint="marks.no-key-hint") from error
    except OSError as error:
        raise InputError("marks.key-unreadable", file=path) from error
    if mode & _OTHERS:
        raise UsageError("marks.key-open", file=path, hint="marks.key-open-hint")
    if len(key) != KEY_BYTES:
        raise InputError("marks.key-damaged", file=path, expected=KEY_BYTES, found=len(key))
    return key

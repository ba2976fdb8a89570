"""The key of the marks: 32 random bytes in ``keys/marks.key``, readable by its owner alone.

Whoever has it can write and read every mark of the installation; without it no mark is ever read
again. So it is made once, never replaced, and a copy is kept where the installation keeps backups.
"""

import secrets
from pathlib import Path
from typing import Final

from whence.disk import verify_private, write_secret
from whence.errors import InputError, OutputError, UsageError
from whence.marks.book import KEY_BYTES

FILE: Final = "marks.key"


def make_key(folder: Path) -> bytes:
    """Make the key in an installation's folder of keys, durably, and return it.

    Raises UsageError where there is one already: marks of the past are read with it.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        write_secret(folder / FILE, key)
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
        verify_private(path, hint="marks.key-open-hint")
        key = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError("marks.no-key", folder=folder, hint="marks.no-key-hint") from error
    except OSError as error:
        raise InputError("marks.key-unreadable", file=path) from error
    if len(key) != KEY_BYTES:
        raise InputError("marks.key-damaged", file=path, expected=KEY_BYTES, found=len(key))
    return key

"""A user's own names of columns, for tables that are no dataset's: ours = "theirs", one a line."""

import tomllib
from pathlib import Path

from whence.errors import InputError


def read_columns(path: Path | None) -> dict[str, str]:
    """Return what our columns are called in a file; nothing where no mapping is given.

    Raises InputError for a file that is no such list.
    """
    if path is None:
        return {}
    try:
        held = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:  # TOML and decoding errors are ValueErrors
        raise InputError("protection.bad-columns", file=path.name) from error
    if not all(isinstance(theirs, str) for theirs in held.values()):
        raise InputError("protection.bad-columns", file=path.name)
    return held

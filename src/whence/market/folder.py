"""The folder of a market: what in it is ours, and whether the market in it is whole."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from whence.errors import OutputError

LARGE: Final = ("orders", "accesses", "logins")
SMALL: Final = ("parties", "reports")
TRUTH: Final = "truth.json"  # written last
PEOPLE: Final = "people.parquet"  # whose orders they are: no table of a dataset
UNFINISHED: Final = "unfinished"  # an empty file, there as long as a streamed market is not whole
_OURS: Final = frozenset(
    {TRUTH, UNFINISHED, PEOPLE, "contacts.csv", "gangs.json"}
    | {f"{name}.{ending}" for name in LARGE for ending in ("parquet", "csv", "jsonl")}
    | {f"{name}.csv" for name in SMALL}
)
_STREAMED: Final = ("orders", "accesses")  # folders of days
_DAY: Final = re.compile(r"day=\d{4,}-\d\d-\d\d")
_PART: Final = re.compile(r"part-\d+\.parquet")


def make_ready(out: Path) -> None:
    """Make the folder ready for a market, removing an earlier one, whole or unfinished.

    Raises OutputError, before anything is removed, when the folder holds anything else.
    """
    if out.exists() and not out.is_dir():
        raise OutputError("market.not-a-folder", hint="market.folder-in-use-hint", path=out)
    out.mkdir(parents=True, exist_ok=True)
    present = {entry.name for entry in out.iterdir()}
    is_market = bool(present & {TRUTH, UNFINISHED}) and all(
        name in _OURS or _is_days(out / name) for name in present
    )
    if present and not is_market:
        raise OutputError("market.folder-in-use", hint="market.folder-in-use-hint", path=out)
    if TRUTH in present and any(name in present for name in _STREAMED):
        begin(out)  # stopped in the middle of removing, it is still known as ours
        (out / TRUTH).unlink()
    for name in sorted(present - {TRUTH, UNFINISHED}):
        _remove(out / name)
    for name in (TRUTH, UNFINISHED):
        (out / name).unlink(missing_ok=True)


def begin(out: Path) -> None:
    """Mark the market in the folder as not whole."""
    (out / UNFINISHED).touch()


def finish(out: Path, truth: str) -> None:
    """Write the truth and say that the market is whole."""
    (out / TRUTH).write_text(truth, "utf-8")
    (out / UNFINISHED).unlink()


def _is_days(folder: Path) -> bool:
    """Tell whether this is a table of a streamed market, and nothing beside it."""
    if folder.name not in _STREAMED or folder.is_symlink() or not folder.is_dir():
        return False
    days = list(folder.iterdir())
    return all(
        _DAY.fullmatch(day.name) and not day.is_symlink() and day.is_dir() for day in days
    ) and all(_PART.fullmatch(part.name) and part.is_file() for part in _parts(folder))


def _parts(folder: Path) -> Iterator[Path]:
    for day in sorted(folder.iterdir()):
        yield from sorted(day.iterdir())


def _remove(path: Path) -> None:
    if not path.is_dir():
        path.unlink()
        return
    for part in _parts(path):
        part.unlink()
    for day in sorted(path.iterdir()):
        day.rmdir()
    path.rmdir()

"""How far it is: bars on a terminal, plain lines elsewhere, on stderr alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, TextIO

from whence.model.progress import Progress, no_progress
from whence.wording import Language, phrases, say

_SECONDS_BETWEEN_LINES: Final = 10.0


@contextmanager
def progress(
    language: Language, *, quiet: bool, stream: TextIO | None = None
) -> Iterator[Progress]:
    """Give the function that long work tells how far it is."""
    stream = stream or sys.stderr
    if quiet:
        yield no_progress
    elif stream.isatty():
        with _bars(language, stream) as tell:
            yield tell
    else:
        yield _lines(language, stream)


def _name(stage: str, language: Language) -> str:
    """Return what people call a stage; one without a name of its own keeps its key."""
    key = f"stage-{stage}"
    return say(f"cli.{key}", language) if key in phrases("cli") else stage


@contextmanager
def _bars(language: Language, stream: TextIO) -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal
    from rich.progress import BarColumn, Progress as Bars, TaskID, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(file=stream), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int, /) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_name(stage, language), total=None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield tell


def _lines(language: Language, stream: TextIO) -> Progress:
    """Say each stage once when it begins, and again every ten seconds of a long one."""
    said: dict[str, float] = {}

    def tell(stage: str, done: int, total: int, /) -> None:
        now = monotonic()
        if now - said.get(stage, -_SECONDS_BETWEEN_LINES) < _SECONDS_BETWEEN_LINES:
            return
        line = f"whence: {_name(stage, language)}"
        if stage in said and total:
            line += f" {done}/{total}"
        said[stage] = now
        print(line, file=stream, flush=True)

    return tell

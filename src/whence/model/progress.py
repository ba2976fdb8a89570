"""How long work tells how far it is: the entrances decide whether that becomes a bar."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]  # (stage, done, total)


def no_progress(stage: str, done: int, total: int, /) -> None:
    """Say nothing."""

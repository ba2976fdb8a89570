"""One installation as commands open it: its workspace, its ledger, and the clock on the wall."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from whence.model import Instant, to_instant

if TYPE_CHECKING:
    from whence.ledger import Ledger


def clock() -> Instant:
    """Return the instant that it is."""
    return to_instant(datetime.now(UTC))


def opened_ledger(folder: Path) -> "Ledger":
    """Return the ledger of the workspace in a folder."""
    from whence.ledger import open_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.workspace import open_workspace  # noqa: PLC0415

    return open_ledger(open_workspace(folder), clock=clock)

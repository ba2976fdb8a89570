"""Layouts of a stored ledger: which there have been, and the steps from each to the next.

A ledger of an earlier layout is brought forward when it is opened, in one transaction: all steps
or none. One of a later layout is left alone. Leaves never change, so no step can touch the tree.
"""

from collections.abc import Callable, Mapping
from typing import Final

from whence.errors import UsageError
from whence.ledger.tables import Session

LAYOUT: Final = 1  # 1: the tables of ``tables.py``

# layout -> the step that makes the next one of it
STEPS: Final[Mapping[int, Callable[[Session], None]]] = {}


def verify_known(version: int, layout: int = LAYOUT) -> None:
    """Raise UsageError for a ledger that a later version of the product has written."""
    if version > layout:
        raise UsageError("ledger.newer", hint="ledger.newer-hint", version=version, known=layout)


def migrate(
    session: Session,
    steps: Mapping[int, Callable[[Session], None]] = STEPS,
    layout: int = LAYOUT,
) -> int:
    """Bring the tables to the layout known here, within the caller's transaction.

    Returns how many steps that took.
    """
    version = session.version()
    verify_known(version, layout)
    for step in range(version, layout):
        steps[step](session)
        session.set_version(step + 1)
    return layout - version

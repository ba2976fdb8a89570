"""Victim tables: their rows, their checks, and the figures beside them.

Every table says of how many. A value nobody gave is a row of its own, and each table is checked:
do its rows add up to the whole, and if not, by how much and why. Nothing is repaired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from whence.casework.tables_bands import LOSSES

Because: TypeAlias = Literal["unknown", "unreadable", "several", "contrary", "stated"]
Money: TypeAlias = Mapping[str, Decimal]  # currency, empty where nobody said -> amount

UNKNOWN, CONTRARY = "unknown", "before the purchase"
PARTS: Final = "loss-part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: how many reports, and what they lost (None where it would count twice).

    ``is_named`` is false for the rows that name no value: unknown, and what cannot have been.
    """

    key: str
    n: int
    lost: Money | None = None
    currency: str | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Do the named rows add up to the whole: in reports, or in money of a ``currency``."""

    parts: Decimal
    whole: Decimal
    currency: str | None = None
    because: tuple[Because, ...] = ()

    @property
    def difference(self) -> Decimal:
        """How much the rows are over the whole; below zero where they fall short."""
        return self.parts - self.whole

    @property
    def closes(self) -> bool:
        """Whether they add up, and nothing that was stated says otherwise."""
        return not self.because


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Amounts, ages or days: of how many, and how they lie. ``unit`` is a currency or a word."""

    name: str
    unit: str
    n: int
    of: int
    total: Decimal
    mean: Decimal
    median: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of ``of`` reports. ``takes_several``: a report can stand in several rows."""

    name: str
    of: int
    rows: tuple[Row, ...]
    checks: tuple[Check, ...]
    takes_several: bool = False
    n_unreadable: int = 0
    is_mixed: bool = False

    @property
    def closes(self) -> bool | None:
        """Whether it adds up; None where nobody has a value, so that there is nothing to add."""
        stated = any("stated" in check.because for check in self.checks)
        if not self.n_named and not stated and self.name != PARTS:
            return None
        return all(check.closes for check in self.checks)

    @property
    def n_named(self) -> int:
        """How many rows name a value that some report has."""
        return sum(row.is_named and row.n > 0 for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wanted: the edges of loss bands, and a day to tell calls before and since."""

    losses: tuple[Decimal, ...] = LOSSES
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All tables of some reports, and the figures beside them."""

    n_reports: int
    lost: Money
    spreads: tuple[Spread, ...]
    tables: tuple[Table, ...]
    n_from_parts: int = 0

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        return next(table for table in self.tables if table.name == name)

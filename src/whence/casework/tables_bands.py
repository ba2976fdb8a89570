"""The bands of the victim tables: losses, ages, and days from a purchase to the call."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from whence.casework.tables_values import When

# The bands of the 2017 reports: tens of thousands up to 50,000.
LOSSES: Final = tuple(Decimal(10_000 * step) for step in range(1, 6))
# A minor (under 18), a student's years, then tens.
AGES: Final = tuple(Decimal(age) for age in (18, 25, 35, 45, 55, 65))
# Days, the last of each band: a day, a week, two, a month, two, three.
DAYS: Final = tuple(Decimal(days) for days in (1, 7, 14, 30, 60, 90))
_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A range of values: from ``low`` on, to ``high``; None where it is open.

    ``high`` belongs to the next band, or to this one where ``is_closed``.
    """

    low: Decimal | None
    high: Decimal | None
    is_closed: bool = False

    @property
    def key(self) -> str:
        """The name in files: ``10000-20000``, ``<10000``, ``>=50000``; closed: ``>7-14``."""
        below, above = ("<=", ">") if self.is_closed else ("<", ">=")
        if self.low is None:
            return f"{below}{self.high}"
        if self.high is None:
            return f"{above}{self.low}"
        return f"{'>' if self.is_closed else ''}{self.low}-{self.high}"

    def holds(self, value: Decimal) -> bool:
        """Return whether a value lies in it."""
        if self.is_closed:
            return (self.low is None or value > self.low) and (
                self.high is None or value <= self.high
            )
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


def bands(edges: Sequence[Decimal], *, is_closed: bool = False) -> tuple[Band, ...]:
    """Return the bands between edges that rise, and those below and above them."""
    lows: list[Decimal | None] = [None, *edges]
    highs: list[Decimal | None] = [*edges, None]
    return tuple(
        Band(low=low, high=high, is_closed=is_closed) for low, high in zip(lows, highs, strict=True)
    )


def days_between(earlier: When | None, later: When | None) -> Decimal | None:
    """Return how many days lie between: to the second, or whole days where one is a date alone.

    None where one is not known to the day.
    """
    if earlier is None or later is None:
        return None
    first, last = earlier.day, later.day
    if first is None or last is None:
        return None
    if earlier.precision == later.precision == "time":
        return Decimal(int((later.at - earlier.at).total_seconds())) / _SECONDS
    return Decimal((last - first).days)

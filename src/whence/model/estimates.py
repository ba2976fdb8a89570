"""An estimate that travels with its interval and the count it stands on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number, its central 90 % interval, and how many observations it rests on."""

    estimate: float
    low: float
    high: float
    n: int

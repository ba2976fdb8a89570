"""An answer as its folder holds it: the records that are read back and set side by side.

They hold what two answers can be compared by. What ``trace.json`` says in sentences stays there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from whence.model import (
    NAMED,
    AnalystPrior,
    Delay,
    Estimate,
    Inputs,
    Instant,
    Member,
    ReportCounts,
    Suspect,
    Window,
)

if TYPE_CHECKING:
    import pyarrow as pa

Key: TypeAlias = tuple[str, str]  # kind, id: what makes a custodian the same in two answers


def key_of(custodian: Suspect) -> Key:
    """Return what makes a custodian the same in two answers; kinds differ in more than case."""
    return custodian.kind.casefold(), custodian.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The probability of each UTC day from ``first_day`` on to lie in a leaked window."""

    first_day: int  # days since 1970-01-01
    in_window: tuple[float, ...]
    touched: tuple[int, ...]  # orders first held that day and reported later

    def at(self, day: int) -> tuple[float, int]:
        """Return probability and reported orders of a day; nought outside what was observed."""
        place = day - self.first_day
        if not 0 <= place < len(self.in_window):
            return 0.0, 0
        return self.in_window[place], self.touched[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding: its members (the lead first), how sure it is, and what it rests on."""

    members: tuple[Member, ...]
    posterior: float
    log10_bayes_factor: float | None  # None: it could not be written as a number
    mode: str
    window: Window | None
    orders_in_window: int | None
    orders_held: int | None
    counts: ReportCounts
    report_rate: Estimate | None
    report_ids: tuple[str, ...]
    days: Days | None

    @property
    def lead(self) -> Suspect:
        """The strongest member."""
        return self.members[0].suspect

    @property
    def key(self) -> Key:
        """The lead's key: a custodian stands in one finding of an answer at most."""
        return key_of(self.lead)

    @property
    def keys(self) -> frozenset[Key]:
        """The keys of all its members."""
        return frozenset(key_of(member.suspect) for member in self.members)

    @property
    def named(self) -> bool:
        """Whether it is strong enough to be named in the verdict."""
        return self.posterior >= NAMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What ``candidates.parquet`` says of one custodian."""

    log10_bayes_factor: float | None
    posterior: float | None
    reports_touched: int | None
    orders_held: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """An exposed order, and under which suspect it is listed."""

    order_id: str | int  # as given
    suspect_id: str
    probability: float
    held_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """One answer folder, its findings in an order of their own, whatever the file's was."""

    version: str | None
    basis: str
    verdict: str
    inputs: Inputs
    observed: Window | None
    delay: Delay | None
    findings: tuple[Found, ...]
    unexplained: tuple[str, ...]
    priors: tuple[AnalystPrior, ...]
    aside: Mapping[str, str]  # report id -> why it was set aside
    candidates: "pa.Table"
    exposed: Mapping[str, Exposed]  # by order id as text: an id is the same as number and as text

    @property
    def named(self) -> tuple[Found, ...]:
        """The findings named in the verdict."""
        return tuple(found for found in self.findings if found.named)

    def used(self) -> frozenset[str]:
        """Return the reports that were weighed: those explained and those that stay unexplained."""
        return frozenset(self.unexplained).union(*(found.report_ids for found in self.findings))

    def explaining(self) -> dict[str, tuple[Found, ...]]:
        """Return which findings explain each explained report."""
        by_report: dict[str, tuple[Found, ...]] = {}
        for found in self.findings:
            for report_id in found.report_ids:
                by_report[report_id] = (*by_report.get(report_id, ()), found)
        return by_report

"""What tracing hands on: findings, what they leave unexplained, and what they expose.

A person or a shop named here is a suspect. A posterior is a probability, not a verdict on anyone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from whence.model.dataset import Note
from whence.model.estimates import Estimate
from whence.model.instants import Instant

if TYPE_CHECKING:
    import pyarrow as pa

Verdict = Literal["suspects found", "nothing stands out", "too few reports"]
NAMED = 0.5  # FORMATS.md: findings of 0.5 and above are named in the verdict
LISTED = 0.05  # FORMATS.md: findings down to 0.05 are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A custodian as the output names it."""

    kind: str
    id: str
    name: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One custodian of a group that the observations cannot tell apart; shares sum to 1."""

    suspect: Suspect
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What would tell the suspect from one other member of its group.

    ``reports_needed`` more reports from the leaked window would, on average, bring the odds
    between the two to 20:1; None where no number of reports can, because the two held the same
    orders. ``overlap`` is the share of the suspect's orders in the window that the other held too.
    """

    other: Suspect
    reports_needed: int | None
    overlap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when to when what the custodian first touched was leaked."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCounts:
    """Reports about orders in the window: all, those the finding explains, those chance would."""

    in_window: int
    explained: float
    expected_by_chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A finding drawn over time, one entry a UTC day from ``first_day`` on.

    ``orders``: orders the suspect first touched that day. ``touched``: of these, how many were
    reported later. ``calls``: calls that day about orders it held. ``in_window``: probability
    that the day lies in the leaked window. All four have the same length.
    """

    first_day: int  # days since 1970-01-01
    orders: tuple[int, ...]
    touched: tuple[int, ...]
    calls: tuple[int, ...]
    in_window: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One source, or a group of which one is the source, and how sure that is."""

    suspect: Suspect
    posterior: float
    share: float
    indistinguishable_from: tuple[Member, ...]
    settling: tuple[Settling, ...]
    log10_bayes_factor: float
    mode: Literal["drip", "dump", "unknown"]
    window: Window | None
    orders_in_window: int | None
    n_orders_held: int | None
    reports: ReportCounts
    report_rate: Estimate | None
    report_ids: tuple[str, ...]
    why: tuple[Note, ...]
    timeline: Timeline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Days from the leak to the call: quantiles of the learned density."""

    q10_days: float
    q50_days: float
    q90_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What went in. ``rejected`` counts the rows set aside by ``table: reason``."""

    orders: int
    accesses: int
    custodians: int
    reports: int
    reports_used: int
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystPrior:
    """What an analyst said about a custodian beforehand: odds against its kind, 0 to clear it."""

    kind: str
    id: str
    factor: float
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWeek:
    """Calls still to come, expected in the seven days from ``start`` on."""

    start: Instant
    expected_share: float  # of all calls still to come to the exposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The whole answer.

    ``exposed`` and ``candidates`` are Arrow tables with the columns of FORMATS.md. ``observed``
    is the span from the first order to the end of observation. ``limits`` says what the method
    assumes and what it cannot conclude here; ``notes`` is what intake told.
    """

    basis: Literal["custody", "victims alone"]
    verdict: Verdict
    inputs: Inputs
    delay: Delay | None
    findings: tuple[Finding, ...]
    unexplained_report_ids: tuple[str, ...]
    exposed: "pa.Table"
    candidates: "pa.Table"
    due: tuple[DueWeek, ...]
    observed: Window | None
    priors: tuple[AnalystPrior, ...]
    notes: tuple[Note, ...]
    limits: tuple[Note, ...]
    version: str

    @property
    def named(self) -> tuple[Finding, ...]:
        """Findings strong enough to be named in the verdict."""
        return tuple(f for f in self.findings if f.posterior >= NAMED)

    def _repr_html_(self) -> str:
        """Show the report in a notebook. The page is made above this floor, so it comes late."""
        from importlib import import_module  # noqa: PLC0415  a record must not import a page

        render = import_module("whence.pages").fragment
        return str(render(self))

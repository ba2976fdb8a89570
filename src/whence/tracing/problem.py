"""What the search works on, and what it hands on: frozen arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from whence.tracing import background as bg, evidence as ev, windows
from whence.tracing.delays import DelayDensity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PossibleOrders:
    """The orders that reports may be about: several rows for a report that names a customer."""

    report: Ints
    levels: dict[str, Ints]
    placed: Floats  # days on the scene's axis
    called: Floats


@dataclass(frozen=True, eq=False)  # no slots: what is derived from it is kept with it
class Problem:
    """A scene with its reports, the background's ingredients and the prior odds."""

    scene: ev.Scene
    kinds: Ints  # (candidates,) index of the kind
    n_kinds: int
    log_prior: Floats  # (candidates,) within the kind, with an analyst's factor
    weight: Floats  # (candidates, days) background of what was held
    cells: bg.Cells
    cell_placed: Floats  # (cells,) middle of the day of placement, on the scene's axis
    levels: dict[str, Ints]  # (touches,) of the touched order, by factor
    possible: PossibleOrders
    n_reports: int
    n_samples: int

    @cached_property
    def owner(self) -> Ints:
        """The candidate of each touch."""
        sizes = np.diff(self.scene.touches.start)
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def by_report(self) -> tuple[Ints, Ints]:
        """Touches by report: where each report's begin in the second array, which says which."""
        report = self.scene.touches.report
        counts = np.bincount(report, minlength=self.n_reports)
        return np.append(0, np.cumsum(counts)), np.argsort(report, kind="stable")

    def touches_of_reports(self, reports: Ints) -> Ints:
        """Return the touches of some reports, in the order of all touches."""
        start, touches = self.by_report
        found = [touches[start[r] : start[r + 1]] for r in reports.tolist()]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    @cached_property
    def first_possible(self) -> Ints:
        """The first order that the report of each touch may be about."""
        return np.searchsorted(self.possible.report, self.scene.touches.report)

    @cached_property
    def placements(self) -> tuple[Floats, bg.Classes]:
        """The days on which orders of the cells were placed, and the cells of each."""
        days, at = np.unique(self.cell_placed, return_inverse=True)
        return days, bg.Classes(np.arange(len(days)), at)

    @cached_property
    def relative(self) -> Floats:
        """(candidates,) background of all that each held."""
        return np.asarray(self.weight.sum(axis=1), dtype=np.float64)

    @cached_property
    def _own_classes(self) -> dict[str, bg.OwnClasses]:
        return {}

    def own_classes(self, factor: str, level: Ints, n_levels: int) -> bg.OwnClasses:
        """Return the touches by custodian and level of a factor, the same whenever it is fitted."""
        if factor not in self._own_classes:
            found = bg.OwnClasses.of(self.owner, level, n_levels, len(self.kinds))
            self._own_classes[factor] = found
        return self._own_classes[factor]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What the sources share: delay, background, overdispersion of each kind."""

    delay: DelayDensity
    order_delay: DelayDensity  # from the order to an unrelated call
    background: bg.Background
    base: Floats  # (reports,) intensity of the background
    strength: Floats  # (kinds,) of the overdispersion
    own: Floats  # (touches,) what the background shrinks by when the custodian is left out
    expected: Floats  # (candidates,) background reports, the custodian itself left out
    variance: Floats  # (candidates,) of what is left of its strata


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A found source: its posterior over windows and what it adds to which reports."""

    candidate: int
    window: windows.WindowPosterior
    drip: Floats
    dump: Floats
    belief: float = 1.0  # a weak one adds only so much of its share

    @property
    def adds(self) -> Floats:
        """What it adds to the intensity of the reports it touched."""
        return self.belief * (self.drip + self.dump)


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A source with its rivals: log weights of each against none, the source's own among them."""

    source: Source
    rivals: Ints
    log_weights: Floats
    log_odds: Floats  # each alone against none, whatever else it may explain
    log_factors: Floats  # log Bayes factors, without the prior
    given: ev.Given  # what everything but this slot explains


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """All slots, and the evidence of every candidate given them."""

    slots: tuple[Slot, ...]
    model: Model
    log_factors: Floats  # (candidates,) given everything found
    log_odds: Floats

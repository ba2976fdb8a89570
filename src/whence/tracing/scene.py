"""What the evidence is computed from: who held and touched what, and what is explained already."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """Touches of reported orders, sorted by candidate: at most one a candidate and report.

    Days are relative to the holdings' first day, with their fraction; ``known`` is the factor of
    what the caller knew and of marks read back.
    """

    start: Ints  # candidate c has the touches start[c]:start[c + 1]
    report: Ints
    day: Ints
    since: Floats
    called: Floats
    known: Floats

    def of(self, candidate: int) -> slice:
        """Return where a candidate's touches stand."""
        return slice(int(self.start[candidate]), int(self.start[candidate + 1]))

    def of_group(self, candidates: Ints) -> tuple[Ints, Ints]:
        """Return where the touches of some candidates stand, and whose each is: 0, 1, ..."""
        first = self.start[candidates]
        sizes = self.start[candidates + 1] - first
        before = np.cumsum(sizes) - sizes
        row = np.repeat(np.arange(len(candidates)), sizes)
        return np.arange(len(row)) + (first - before)[row], row


@dataclass(frozen=True, slots=True, eq=False)
class SampleTouches:
    """Rows of one seized sample that a candidate held, by day; ``log_mark`` of a mark in it."""

    sample: int
    n_rows: int
    by_day: Floats
    log_mark: float


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What everything else explains: the intensity of each report, the likelihood of each sample.

    ``base`` (reports,): intensity of the background; ``added`` (reports,): that of other sources.
    ``own`` (touches,): what the background of a touch shrinks by when its custodian is left out
    of the strata. ``explained`` (samples,): log likelihood ratio that other sources give a sample,
    0 for none.
    """

    base: Floats
    added: Floats
    own: Floats
    explained: Floats

    @property
    def intensity(self) -> Floats:
        """The intensity of each report, nobody left out."""
        return self.base + self.added

    def against(self, touches: Touches, at: Ints | slice) -> Floats:
        """Return the intensity that touches compete with."""
        report = touches.report[at]
        return self.base[report] * self.own[at] + self.added[report]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything the evidence needs except the intensity: what was held, touched and seized."""

    n: Floats  # (candidates, days) orders first touched
    touches: Touches
    samples: dict[int, tuple[SampleTouches, ...]]  # candidate -> its samples
    n_orders: int
    end: float  # of observation, in days

    @property
    def n_days(self) -> int:
        """Length of the span in days."""
        return int(self.n.shape[1])

    def sampled(self, candidates: Ints) -> list[int]:
        """Return at which of some candidates there are seized samples to weigh."""
        if not self.samples:
            return []
        return [i for i, c in enumerate(candidates.tolist()) if c in self.samples]

"""The evidence of every candidate, kept up to date with as little work as possible.

Adding a source can only raise the intensity of reports, and so only lower the evidence of others:
what was computed before is an upper bound. Candidates that share a report with a new source are
marked stale and computed again only when their bound would make them the best (lazy greedy,
Minoux 1978). In the same way a drip whose cheap bound cannot matter is computed when it is asked
for, as it was when everything was weighed: most never are.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.tracing import bounds, evidence as ev
from whence.tracing.delays import DelayDensity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WORTH: Final = 1.0  # log evidence, as a drip or roughly as a dump, from which a dump is computed
# in full: the prior's price is four times that at least
_FORLORN: Final = 0.3  # rough log evidence below which a refit will not change the picture


class Weighing:
    """Log Bayes factors of all candidates, as drip and as dump."""

    def __init__(self, scene: ev.Scene) -> None:
        n = len(scene.n)
        self._scene = scene
        self.drip = np.full(n, -np.inf)
        self.dump = np.full(n, -np.inf)
        self.stale = np.ones(n, dtype=bool)
        self.pending = np.zeros(n, dtype=bool)  # the drip is a bound still
        self._pending_against: tuple[ev.Given, DelayDensity] | None = None
        self._rough: Floats | None = None

    @property
    def combined(self) -> Floats:
        """Log Bayes factors over both modes: exact, or upper bounds where stale or pending."""
        return ev.combined(self.drip, self.dump)

    def weigh_promising(self, given: ev.Given, delay: DelayDensity) -> None:
        """Compute those again that a small change of the model could bring to the top."""
        self.weigh(given, delay, np.flatnonzero(self.combined > _FORLORN))

    def weigh_all(self, given: ev.Given, delay: DelayDensity) -> None:
        """Compute everything again; dumps only where they can matter."""
        every = np.arange(len(self.drip))
        self.pending[:] = False
        if self._rough is None:
            self._rough = ev.screened_dumps(self._scene, given, delay, every)
            self.drip = bounds.drip_bounds(self._scene, given, delay, every)
            self.pending = (ev.combined(self.drip, self._rough) <= _FORLORN) & (self.drip <= _WORTH)
            self._pending_against = given, delay
            now = np.flatnonzero(~self.pending)
            self.drip[now] = ev.drip_evidence(self._scene, given, delay, now)
        else:
            self.drip = ev.drip_evidence(self._scene, given, delay, every)
            again = np.flatnonzero((self._rough > _FORLORN) | (self.drip > _FORLORN))
            self._rough[again] = ev.screened_dumps(self._scene, given, delay, again)
        self.dump = self._rough.copy()
        worth = np.flatnonzero((self._rough > _WORTH) | (self.drip > _WORTH))
        self.dump[worth] = ev.dump_evidence(self._scene, given, delay, worth)
        self.stale[:] = False

    def weigh(self, given: ev.Given, delay: DelayDensity, candidates: Ints) -> None:
        """Compute some candidates again."""
        self.drip[candidates], self.dump[candidates] = modes(self._scene, given, delay, candidates)
        self.stale[candidates] = self.pending[candidates] = False

    def settle(self, candidates: Ints) -> bool:
        """Compute the pending drips among some candidates; return whether there were any.

        They are computed against what was given when everything was weighed. Stale ones stay
        bounds.
        """
        asked = candidates[self.pending[candidates] & ~self.stale[candidates]]
        if not len(asked) or self._pending_against is None:
            return False
        self.drip[asked] = ev.drip_evidence(self._scene, *self._pending_against, asked)
        self.pending[asked] = False
        return True


def modes(
    scene: ev.Scene, given: ev.Given, delay: DelayDensity, candidates: Ints
) -> tuple[Floats, Floats]:
    """Return the evidence of candidates as drips and as dumps, rough where it cannot matter."""
    drip = ev.drip_evidence(scene, given, delay, candidates)
    dump = np.full(len(candidates), np.inf)
    unsure = np.flatnonzero(drip <= _WORTH)
    dump[unsure] = ev.screened_dumps(scene, given, delay, candidates[unsure])
    worth = np.flatnonzero(dump > _WORTH)
    dump[worth] = ev.dump_evidence(scene, given, delay, candidates[worth])
    return drip, dump

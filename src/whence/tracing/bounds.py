"""An upper bound of a drip's evidence, for a tenth of its price.

Windows differ in which touches they hold, and few sets of touches are possible: a run of them, by
day. How much of the prior lies on windows that hold just one run is known before any report. Each
such window brings at least the calls due from the run's first day to its last; what it holds
besides can only lower its evidence, so leaving that out bounds it from above.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import middays
from whence.tracing.delays import DelayDensity
from whence.tracing.grids import RATES, lengths, log_length_prior
from whence.tracing.scene import Given, Scene

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_TOUCHES: Final = 8  # 36 runs; with more the evidence itself is as cheap
_ROUNDING: Final = 1e-9  # of sums that are no larger than their bound but for rounding
_AT_ONCE: Final = 2_048  # candidates, for the cache


def drip_bounds(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return upper bounds of ``drip_evidence``; infinite where touches are many or samples are."""
    touches, days = scene.touches, scene.n_days
    of_windows = _mass_of_windows(days)
    reach = delay.distribution(scene.end - middays(days))
    sizes = touches.start[candidates + 1] - touches.start[candidates]
    found = np.full(len(candidates), np.inf)
    for size in range(_MOST_TOUCHES + 1):
        same = np.flatnonzero(sizes == size)
        for first in range(0, len(same), _AT_ONCE):
            here = same[first : first + _AT_ONCE]
            group = candidates[here]
            at = touches.start[group][:, None] + np.arange(size)
            at = np.take_along_axis(at, np.argsort(touches.day[at], axis=1, kind="stable"), axis=1)
            density = delay.density(touches.called[at] - touches.since[at])
            ratio = density * touches.known[at] / given.against(touches, at)
            due = np.zeros((len(group), days + 1))
            np.cumsum(scene.n[group] * reach, axis=1, out=due[:, 1:])
            found[here] = _bound(ratio, touches.day[at], due, of_windows)
    found[scene.sampled(candidates)] = np.inf
    return found


def _mass_of_windows(n_days: int) -> Floats:
    """Return the prior of windows that begin before a day and end on another or later.

    Both from 0 to the number of days: (days + 1, days + 1).
    """
    mass = np.zeros((n_days + 1, n_days + 1))
    tried = lengths(n_days)
    for length, log_p in zip(tried, log_length_prior(tried), strict=True):
        starts = np.arange(n_days + 1 - length)
        mass[starts + 1, starts + length - 1] += np.exp(log_p) / len(starts)
    return np.asarray(np.cumsum(np.cumsum(mass, axis=0)[:, ::-1], axis=1)[:, ::-1])


def _bound(ratio: Floats, day: Ints, due: Floats, of_windows: Floats) -> Floats:
    """Return bounds for candidates with equally many touches, sorted by day: (candidates, touches).

    ``due`` (candidates, days + 1): calls due before each day at a report rate of 1.
    """
    n, size = day.shape
    gains = np.log1p(ratio[:, :, None] * RATES)
    edge = np.full((n, 1), due.shape[1] - 1)
    begin = np.concatenate([np.zeros_like(edge), day + 1], axis=1)  # before the run, and no later
    end = np.concatenate([day, edge], axis=1)  # of the run, and not yet the next
    rows = np.arange(n)
    on_runs, total = np.zeros(n), np.zeros(n)
    for i in range(size):
        gain = np.zeros((n, len(RATES)))
        for j in range(i, size):
            gain += gains[:, j]
            mass = of_windows[begin[:, i + 1], end[:, j]] - of_windows[begin[:, i], end[:, j]]
            mass -= of_windows[begin[:, i + 1], end[:, j + 1]]
            mass += of_windows[begin[:, i], end[:, j + 1]]
            least = due[rows, day[:, j] + 1] - due[rows, day[:, i]]
            total += mass * np.exp(gain - RATES * least[:, None]).mean(axis=1)
            on_runs += mass
    quietest = np.diff(due, axis=1).min(axis=1)  # a window without touches has one day at least
    untouched = (1.0 - on_runs) * np.exp(-RATES * quietest[:, None]).mean(axis=1)
    return np.asarray(np.log(total + untouched) + _ROUNDING, dtype=np.float64)

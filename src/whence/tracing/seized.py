"""What seized samples say of a candidate's windows.

A row stems from the source with probability 1 - e, then it is any of the n_W orders of the window;
else it is any of all N orders. The sample as a whole may come from elsewhere.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.tracing.grids import Grid
from whence.tracing.scene import Given, Scene

Floats = NDArray[np.float64]

SAMPLE_ERROR: Final = 0.02  # share of a seized sample's rows that stem from elsewhere
SAMPLE_FROM_SOURCE: Final = 0.5  # that a given sample stems from a given source, if it is one


def gain(scene: Scene, given: Given, candidate: int, length: int) -> Floats:
    """Return what samples say of every window of a length: (starts,)."""
    held = np.concatenate([[0.0], np.cumsum(scene.n[candidate])])
    n_window = np.maximum(held[length:] - held[:-length], 1.0)
    total = np.zeros(len(n_window))
    for sample in scene.samples[candidate]:
        rows = np.concatenate([[0.0], np.cumsum(sample.by_day)])
        k = rows[length:] - rows[:-length]
        inside = np.log((1.0 - SAMPLE_ERROR) * scene.n_orders / n_window + SAMPLE_ERROR)
        log_ratio = k * inside + (sample.n_rows - k) * np.log(SAMPLE_ERROR) + sample.log_mark
        elsewhere = given.explained[sample.sample]
        mixed = np.logaddexp(
            np.log1p(-SAMPLE_FROM_SOURCE) + elsewhere, np.log(SAMPLE_FROM_SOURCE) + log_ratio
        )
        total += mixed - elsewhere
    return total


def gains_at(scene: Scene, given: Given, candidate: int, grid: Grid) -> Floats:
    """Return what samples say of the windows that end at each export: (exports, lengths)."""
    found = np.empty((len(grid.exports), len(grid.tried)))
    for i, length in enumerate(grid.tried):
        found[:, i] = gain(scene, given, candidate, length)[grid.begins[:, i]]
    return found

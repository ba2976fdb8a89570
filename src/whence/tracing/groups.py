"""Who cannot be told apart: the smallest group within 3:1, and its part of all weight."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whence.stats import log_sum_exp
from whence.tracing.settings import TIE_ODDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The members a finding cannot tell apart, strongest first, and their part of the weight."""

    members: Ints
    shares: Floats  # of the members; sums to 1
    posterior: float


def grouped(members: Ints, log_weights: Floats) -> Group:
    """Return everyone within 3:1 of the strongest; "nobody" has log weight 0."""
    total = float(np.logaddexp(0.0, log_sum_exp(log_weights)))
    inside = np.flatnonzero(log_weights >= log_weights.max() - np.log(TIE_ODDS))
    inside = inside[np.lexsort([members[inside], -log_weights[inside]])]
    within = float(log_sum_exp(log_weights[inside]))
    return Group(
        members=members[inside],
        shares=np.exp(log_weights[inside] - within),
        posterior=float(np.exp(within - total)),
    )

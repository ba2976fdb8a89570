"""A value of a field as it was read or heard: how likely it is for each value of the code."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Likelihoods (q,) of what was heard, up to a factor.

    ``by_chance`` is how often somebody's real name or number would look like one of ours just so:
    what speaks against those who held the order unmarked. It is 1 where only a part was heard.
    """

    weights: Floats
    by_chance: float

    def ratios(self) -> Floats:
        """Return the likelihoods against a value drawn evenly: their mean is 1."""
        ratios: Floats = self.weights / self.weights.mean()
        return ratios

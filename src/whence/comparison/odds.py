"""How far apart two probabilities are, and from where on that is news."""

import math
from typing import Final

# The odds by which a tie is told apart (docs/formats.md): less is drift, not news.
MARGIN: Final = math.log(3.0)
# Nobody's calibration is finer than one in a thousand, and both ends are told as that.
_LEAST, _MOST = 0.001, 0.999


def log_odds(probability: float) -> float:
    """Return the natural log odds of a probability, as far as probabilities are told."""
    p = min(max(probability, _LEAST), _MOST)
    return math.log(p / (1.0 - p))


def has_moved(before: float, after: float) -> bool:
    """Return whether two probabilities differ by more than the margin."""
    return abs(log_odds(before) - log_odds(after)) > MARGIN

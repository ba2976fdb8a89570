"""How likely an innocent recipient comes as far as one did: bounds on false accusation.

What pirates make depends on their own copies, not on an innocent recipient's: its value of a field
is nearly even on the q - c that the c of them do not hold (``permutation.py``), its spelling of an
address even. So whatever they did, an innocent's marks fall as even ones would, but for a factor
``slack`` a little above 1, and this holds for any event. Two such events are bounded:

* Its likelihood ratio, averaged over stories, has mean 1, and by Markov's inequality reaches x with
  probability 1 / x at most.
* Its score under one story is a sum of independent parts, each with a distribution that is known
  value by value. The tail of the sum is computed from it, tilted by the score itself, so that small
  probabilities are exact; scores are rounded towards guilt, by ``STEP`` a part.

Each has its share of the whole (``SHARES``), so that the smallest of all may be used. Times the
number of recipients it bounds the probability that *any* innocent one comes so far. It is the bound
of this very copy and these recipients, not of a worst case beforehand (Furon and Desoubeaux,
*Tardos codes for real*, 2014).
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.marks import stories
from whence.marks.weighing import Part, Weighed

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

LIMIT: Final = 1e-6  # a recipient is named where the bound is no larger
STEP: Final = 0.01  # natural log units; twenty fields lose a tenth of a decimal place
MARKOV: Final = 0.02
SHARES: Final = np.array([0.70, 0.025, 0.035, 0.025, 0.035, 0.06, 0.02, 0.04, 0.02, 0.02])
_FFT_ERROR: Final = 1e-12  # of tilted chances, which sum to one; far above what rounding leaves
_WORTH_IT: Final = 1e3  # from a Markov bound further up no tail comes down to anything of use
_MOST: Final = 16  # recipients whose tails are computed: more than ever pooled so little


def bounds_of(weighed: Weighed) -> Floats:
    """Return the false-accusation bound of each recipient."""
    log_all = np.log(max(len(weighed.numbers), 1)) + weighed.log_slack
    log_bounds = log_all - weighed.log_ratios - np.log(MARKOV)
    near = np.flatnonzero((log_bounds > np.log(LIMIT)) & (log_bounds < np.log(_WORTH_IT)))
    known: dict[tuple[int, ...], _Tails] = {}
    for at in near[np.argsort(log_bounds[near])][:_MOST]:
        orders = tuple(i for i, held in enumerate(weighed.held) if weighed.numbers[at] in held)
        if orders not in known:
            known[orders] = _Tails([part for part in weighed.parts if part.order in orders])
        log_tails = known[orders].at(weighed.log_stories[:, at])
        log_bounds[at] = min(log_bounds[at], log_all + log_tails.min())
    bounds: Floats = np.exp(np.minimum(log_bounds, 0.0))
    return bounds


class _Tails:
    """The distributions of an even score under each story, tilted by the score."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._log_shares = np.zeros(stories.N) if _is_one_score(parts) else np.log(SHARES)
        self._lowest: list[int] = []
        self._tilted: list[Floats] = []
        for story in range(stories.N):
            laid = [_laid_out(part.logs[story], part.chances) for part in parts]
            size = 1 << sum(len(weights) for _, weights in laid).bit_length()
            product = np.ones(size // 2 + 1, dtype=np.complex128)
            for _, weights in laid:
                product *= np.fft.rfft(weights, size)
            self._lowest.append(sum(low for low, _ in laid))
            self._tilted.append(np.maximum(np.fft.irfft(product, size), 0.0))

    def at(self, scores: Floats) -> Floats:
        """Return the log probability that an even score reaches each story's, over its share."""
        found = np.empty(stories.N)
        for story, (low, tilted) in enumerate(zip(self._lowest, self._tilted, strict=True)):
            first = int(np.floor(scores[story] / STEP + 1e-6)) - low
            above = tilted[max(first, 0) :]
            if not len(above):  # no even score comes so far: this is none, and nothing bounds it
                found[story] = 0.0
                continue
            falling = np.exp(-STEP * np.arange(len(above)))
            log_start = -STEP * (low + max(first, 0))
            found[story] = log_start + np.log(float(above @ falling) + _FFT_ERROR)
        return np.minimum(found, 0.0) - self._log_shares


def _is_one_score(parts: Sequence[Part]) -> bool:
    """Return whether all stories put the same events first: one value alone, by its ratio."""
    if len(parts) != 1:
        return False
    rising = parts[0].logs[:, np.argsort(parts[0].logs[0])]
    return bool((np.diff(rising) >= 0.0).all())


def _laid_out(logs: Floats, chances: Floats) -> tuple[int, Floats]:
    """Return a part's lowest step, and the chances of its steps times their ratio."""
    steps = np.ceil(logs / STEP - 1e-6).astype(np.int64)
    low = int(steps.min())
    weights = np.zeros(int(steps.max()) - low + 1)
    np.add.at(weights, steps - low, chances * np.exp(STEP * steps))
    return low, weights

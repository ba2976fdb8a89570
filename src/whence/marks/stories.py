"""How a leaked copy may have come about: the stories that a recipient's marks are weighed under.

Each story says which share of the copy is the recipient's own. A value of it then has the ratio

    share * (ratio of the value) + (1 - share)

against a value that came from elsewhere. This is the score that Laarhoven (*Asymptotics of
Fingerprinting and Group Testing: Capacity-Achieving Log-Likelihood Decoders*, 2014) derives from
the interleaving attack of 1/share pirates and shows to be capacity-achieving whatever they do; the
mean over stories spares us knowing how many they were, or how much was altered.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Story:
    """How likely it is beforehand, and which share of values, addresses and slots is one's own."""

    prior: float
    values: float
    addresses: float
    slots: float


STORIES: Final = (
    Story(0.70, 0.98, 0.98, 0.98),  # one copy, as it was handed out
    Story(0.12, 0.90, 0.90, 0.90),  # a little altered
    Story(0.07, 0.70, 0.70, 0.95),  # three rows of ten replaced
    Story(0.03, 0.70, 0.90, 0.70),  # typed in again: addresses half tidied
    Story(0.02, 0.50, 0.50, 0.95),  # two copies, field by field
    Story(0.02, 0.50, 0.98, 0.50),  # two copies, addresses too put together piece by piece
    Story(0.01, 0.33, 0.33, 0.95),  # three
    Story(0.01, 0.33, 0.98, 0.33),
    Story(0.01, 0.20, 0.20, 0.95),  # five
    Story(0.01, 0.20, 0.98, 0.20),
)  # the priors are a guess; halving one lowers a likelihood ratio by 0.3 at most


def _column(name: str) -> Floats:
    return np.array([getattr(story, name) for story in STORIES])


PRIORS: Final = np.log(_column("prior"))
VALUES: Final = _column("values")
ADDRESSES: Final = _column("addresses")
SLOTS: Final = _column("slots")
N: Final = len(STORIES)


def of_values(ratios: Floats) -> Floats:
    """Return the logarithms of values' ratios under each story: (stories, ...)."""
    share = VALUES.reshape(-1, *[1] * np.ndim(ratios))
    return np.log(share * ratios + (1.0 - share))


def of_addresses(log_ratios: Floats) -> Floats:
    """Return the same of addresses, given the logarithm of their slots' ratios: (stories, n)."""
    logs: Floats = np.log1p(ADDRESSES[:, None] * np.expm1(log_ratios))
    return logs


def averaged(logs: Floats) -> Floats:
    """Return the logarithm of the mean over stories of what they add up to: (n,)."""
    weighed = PRIORS[:, None] + logs
    top = weighed.max(axis=0)
    mean: Floats = top + np.log(np.exp(weighed - top).sum(axis=0))
    return mean

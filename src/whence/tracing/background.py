"""Reports that have nothing to do with any custodian in the data.

Victims cluster by goods, region, week and size of the shop, so the background is a product of
factors, one for each, estimated from the reports and shrunk to 1 by a gamma prior whose strength
is itself chosen by marginal likelihood (empirical Bayes for overdispersed Poisson rates; Clayton
and Kaldor 1987). What these factors miss is left to the overdispersion of single custodians.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import distinct, log_gamma, weighted_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STRENGTHS: Final = np.geomspace(1.0, 512.0, 10)  # of the gamma prior, 1 / variance of a factor
_SWEEPS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Things put into classes: one row a class, and the class of each thing."""

    keys: Ints  # (classes,) what the things of a class have in common
    of: Ints  # (things,) class of each

    def summed(self, values: Floats) -> Floats:
        """Return the sum of the things' values in each class."""
        return weighted_counts(self.of, values, len(self.keys))


@dataclass(frozen=True, slots=True, eq=False)
class OwnClasses:
    """Touches by custodian and level of one factor: the owner and the level of each class."""

    classes: Classes
    owner: Ints
    level: Ints

    @classmethod
    def of(cls, owner: Ints, level: Ints, n_levels: int, n_owners: int) -> "OwnClasses":
        """Put touches with these owners and levels into their classes."""
        classes = Classes(*distinct(owner * n_levels + level, n_owners * n_levels))
        return cls(classes, *np.divmod(classes.keys, n_levels))


@dataclass(frozen=True, eq=False)  # no slots: what is derived from the cells is kept with them
class Cells:
    """Orders counted by their levels: one row a combination.

    ``levels[f]`` indexes the levels of factor f; ``placed_on`` is the day of placement (days since
    1970); ``n`` the number of orders.
    """

    factors: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, Ints]
    placed_on: Ints
    n: Floats

    @cached_property
    def combinations(self) -> Classes:
        """The cells by their levels alone, whatever the day of placement."""
        key, size = np.zeros(len(self.n), dtype=np.int64), 1
        for factor in self.factors:
            n_levels = len(self.names[factor])
            key, size = key * n_levels + self.levels[factor], size * n_levels
        return Classes(*distinct(key, size))

    @cached_property
    def levels_of_combinations(self) -> dict[str, Ints]:
        """Each combination's levels by factor."""
        found, rest = {}, self.combinations.keys
        for factor in reversed(self.factors):
            rest, found[factor] = np.divmod(rest, len(self.names[factor]))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A rate a unit of exposure, and a multiplier for each level of each factor."""

    rate: float
    multipliers: Mapping[str, Floats]
    seen: Mapping[str, Floats]  # reports by level
    expected: Mapping[str, Floats]  # what the other factors expect by level
    strengths: Mapping[str, float]  # of each factor's gamma prior

    def of(self, levels: Mapping[str, Ints]) -> Floats:
        """Return the background's multiplier of orders with these levels."""
        product = np.ones(len(next(iter(levels.values()))))
        for factor, index in levels.items():
            product = product * self.multipliers[factor][index]
        return product


def fit(cells: Cells, reach: Floats, levels: Mapping[str, Ints], counts: Floats) -> Background:
    """Fit the factors to reports with these levels, each counting ``counts``.

    ``reach``: for each cell, the probability that a call comes before the end of observation.
    """
    exposure = cells.combinations.summed(cells.n * reach)
    at = cells.levels_of_combinations
    total = float(counts.sum())
    multipliers = {factor: np.ones(len(cells.names[factor])) for factor in cells.factors}
    each = {factor: np.ones(len(exposure)) for factor in cells.factors}
    seen = {
        factor: weighted_counts(levels[factor], counts, len(cells.names[factor]))
        for factor in cells.factors
    }
    expectations: dict[str, Floats] = {}
    strengths: dict[str, float] = {}
    for _ in range(_SWEEPS):
        for factor in cells.factors:
            product = exposure.copy()
            for other in cells.factors:
                if other != factor:
                    product *= each[other]
            expected = weighted_counts(at[factor], product, len(cells.names[factor]))
            expected *= total / max(float(expected.sum()), 1e-300)
            strength = _strength(seen[factor], expected)
            multipliers[factor] = (seen[factor] + strength) / (expected + strength)
            each[factor] = multipliers[factor][at[factor]]
            expectations[factor], strengths[factor] = expected, strength
    product = exposure.copy()
    for factor in cells.factors:
        product *= each[factor]
    # Half an observation keeps the rate of a market without unrelated reports above zero.
    rate = (total + 0.5) / max(float(product.sum()), 1e-300)
    return Background(rate, multipliers, seen, expectations, strengths)


def with_factor(fitted: Background, name: str, seen: Floats, expected: Floats) -> Background:
    """Return the fit with one more factor, shrunk like the others."""
    strength = _strength(seen, expected)
    return Background(
        fitted.rate,
        {**fitted.multipliers, name: (seen + strength) / (expected + strength)},
        {**fitted.seen, name: seen},
        {**fitted.expected, name: expected},
        {**fitted.strengths, name: strength},
    )


def without_own(
    fitted: Background,
    classes: Mapping[str, OwnClasses],
    owner: Ints,
    counts: Floats,
    expected: Floats,
) -> tuple[Floats, Floats]:
    """Return by how much each touch's background shrinks when its custodian is left out.

    A stratum that is hot through one custodian alone must not excuse this very custodian. For
    each touch of a custodian (``owner``), with how much its report counts as background and its
    ``classes`` by custodian and level: the factors fitted without the
    custodian's reports and orders, over those with them. Its orders are taken to lie in the levels
    as its reports do; ``expected`` is what the fit expects of each custodian. The second array
    (custodians,) is the variance of the factors that are left: a stratum known from one custodian
    alone is hardly known without it.
    """
    total = weighted_counts(owner, counts, len(expected))
    ratio = np.ones(len(owner))
    variance = np.zeros(len(expected))
    for factor, here in classes.items():
        of, at = here.owner, here.level
        own = here.classes.summed(counts)
        share = own / np.maximum(total[of], 1e-12)
        orders = expected[of] * share / fitted.multipliers[factor][at]
        seen, others = fitted.seen[factor][at], fitted.expected[factor][at]
        strength = fitted.strengths[factor]
        others_seen = np.maximum(seen - own, 0.0) + strength
        left = others_seen / (np.maximum(others - orders, 0.0) + strength)
        ratio *= (left / fitted.multipliers[factor][at])[here.classes.of]
        # Several levels average out: each counts with the square of its share.
        variance += weighted_counts(of, share**2 / others_seen, len(expected))
    # Only ever the other way round: who is colder than its strata gains nothing by it.
    return np.minimum(ratio, 1.0), variance


def _strength(seen: Floats, expected: Floats) -> float:
    """Return the gamma prior's strength that makes the counts likeliest."""
    a = _STRENGTHS[:, None]
    likelihood = (
        log_gamma(seen[None, :] + a)
        - log_gamma(a)
        + a * np.log(a)
        - (seen[None, :] + a) * np.log(expected[None, :] + a)
    ).sum(axis=1)
    likelihood += 0.5 * np.log(_STRENGTHS)  # few reports: believe in an even background
    return float(_STRENGTHS[int(np.argmax(likelihood))])


def log_overdispersion(k: Floats, expected: Floats, strength: Floats) -> Floats:
    """Return the log Bayes factor of "a hotter or colder custodian" against "like its strata".

    ``k`` background reports where ``expected`` were; the custodian's own multiplier has a gamma
    prior with mean 1 and variance 1 / ``strength`` (negative binomial against Poisson).
    """
    value: Floats = (
        log_gamma(k + strength)
        - log_gamma(strength)
        + strength * np.log(strength)
        - (k + strength) * np.log(expected + strength)
        + expected
    )
    return value

"""Who is worth counting: a bound of each candidate's evidence, before the log is read for it.

What a candidate is known to hold bounds its evidence from above, since whatever it held besides can
only lower it. The bound is taken against a background that explains every report, as before any
source is found; a margin allows for what finding others does to it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.tracing import evidence as ev, fitting
from whence.tracing.problem import Problem
from whence.tracing.search import WEAK_ODDS
from whence.tracing.weighing import modes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MARGIN: Final = 3.0  # log odds; twenty times likelier than the bound says
_EXPECTED: Final = 0.5  # sources beforehand, shared among the kinds: ``Search._log_odds``
_OF_EACH_KIND: Final = 16  # unsuspicious ones that are counted too
_LARGEST_EXAMPLE: Final = 50_000.0  # orders or accesses of such a one


def suspicious(problem: Problem, asked: Ints) -> Ints:
    """Return those of some candidates that could come to matter."""
    if not len(asked):
        return asked
    model = fitting.first_model(problem)
    added, explained = np.zeros(problem.n_reports), np.zeros(problem.n_samples)
    given = ev.Given(model.base, added, model.own, explained)
    bound = ev.combined(*modes(problem.scene, given, model.delay, asked))
    log_odds = bound + problem.log_prior[asked] + np.log(_EXPECTED / max(problem.n_kinds, 1))
    found: Ints = asked[log_odds > np.log(WEAK_ODDS) - _MARGIN]
    return found


def worth_counting(problem: Problem, size: Floats) -> Ints:
    """Return the suspicious and, of each kind, a few more: of the rest those of smallest ``size``.

    How far honest custodians of a kind stray from their strata is learned from these; of suspicious
    ones alone it would look like more than it is. Those whose size is unknown (0) are all counted.
    """
    every = np.arange(len(size))
    chosen = [suspicious(problem, every), np.flatnonzero(size == 0.0)]
    rest = np.setdiff1d(every, np.concatenate(chosen))
    rest = rest[np.argsort(size[rest], kind="stable")]
    rest = rest[size[rest] <= _LARGEST_EXAMPLE]
    of_kind = (rest[problem.kinds[rest] == kind] for kind in range(problem.n_kinds))
    chosen.extend(here[:_OF_EACH_KIND] for here in of_kind)
    return np.unique(np.concatenate(chosen)).astype(np.int64)

"""The part of the model that all sources share, fitted by EM given the sources."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import log_gamma, middays, weighted_counts
from whence.tracing import background as bg
from whence.tracing.delays import DelayDensity
from whence.tracing.problem import Model, Problem, Source

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STRENGTHS: Final = np.geomspace(2.0, 128.0, 13)  # of a kind's overdispersion
_USUAL_STRENGTH: Final = 12.0  # kinds stray from their strata by about 30 %
_CALENDAR: Final = {"call_week": 7, "call_day": 1}  # factors of the call, in days
_P_HOT: Final = 0.4  # beforehand, that a custodian strays as its kind does
_P_VERY_HOT: Final = 0.03  # ... and by any factor (exponential: strength 1)
_STRENGTH_SPREAD: Final = 0.8  # of its logarithm


def delay_prior() -> DelayDensity:
    """Return the delay from leak to call before any report: days to months."""
    return DelayDensity.prior(median=10.0, spread=1.0, strength=8.0)


def order_delay_prior() -> DelayDensity:
    """Return the delay from order to unrelated call before any report: broader still."""
    return DelayDensity.prior(median=15.0, spread=1.3, strength=4.0)


def first_model(problem: Problem) -> Model:
    """Return the model in which every report is background."""
    strength = np.full(problem.n_kinds, _USUAL_STRENGTH)
    counts = np.ones(problem.n_reports)
    return _fit(problem, delay_prior(), order_delay_prior(), counts, strength)


def refitted(problem: Problem, model: Model, sources: Sequence[Source], intensity: Floats) -> Model:
    """Return the model after one round of EM, given the sources."""
    unrelated = model.base / intensity
    delay = _fitted_delay(problem, model.delay, sources, intensity)
    strength = _fitted_strength(problem, model, sources, unrelated)
    return _fit(problem, delay, model.order_delay, unrelated, strength)


def background_counts(problem: Problem, unrelated: Floats, candidates: Ints) -> Floats:
    """Return how many background reports some candidates touched."""
    touches = problem.scene.touches
    at, row = touches.of_group(candidates)
    return weighted_counts(row, unrelated[touches.report[at]], len(candidates))


def log_hot(problem: Problem, model: Model, unrelated: Floats, candidates: Ints) -> Floats:
    """Return the log Bayes factor of "as hot as its kind gets, or very hot" against "average".

    The very hot are rare, but a gamma prior around 1 alone would call each of them a leak.
    """
    k, expected = background_counts(problem, unrelated, candidates), model.expected[candidates]
    of_kind = model.strength[problem.kinds[candidates]]
    strength = 1.0 / (1.0 / of_kind + model.variance[candidates])
    hot = np.log(_P_HOT) + bg.log_overdispersion(k, expected, strength)
    very = np.log(_P_VERY_HOT) + bg.log_overdispersion(k, expected, np.ones(len(k)))
    average = np.log(1.0 - _P_HOT - _P_VERY_HOT)
    return np.asarray(np.logaddexp(np.logaddexp(hot, very), average), dtype=np.float64)


class Heat:
    """``log_hot`` of every candidate, computed again where something changed."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._model: Model | None = None
        self._unrelated = np.empty(0)
        self._found = np.empty(0)

    def log_hot(self, model: Model, unrelated: Floats) -> Floats:
        """Return ``log_hot`` of every candidate."""
        problem = self._problem
        if model is not self._model:
            every = np.arange(len(problem.kinds))
            self._found = log_hot(problem, model, unrelated, every)
        elif len(changed := np.flatnonzero(unrelated != self._unrelated)):
            here = np.unique(problem.owner[problem.touches_of_reports(changed)])
            self._found[here] = log_hot(problem, model, unrelated, here)
        self._model, self._unrelated = model, unrelated
        return self._found


def _fit(
    problem: Problem,
    delay: DelayDensity,
    order_delay: DelayDensity,
    counts: Floats,
    strength: Floats,
) -> Model:
    """Fit the background to reports that count ``counts`` each; its delay follows."""
    possible, end = problem.possible, problem.scene.end
    days, cells = problem.placements
    reach = order_delay.distribution(end - days)[cells.of]
    orders = np.bincount(possible.report, minlength=problem.n_reports)
    share = counts[possible.report] / orders[possible.report]
    fitted = bg.fit(problem.cells, reach, possible.levels, share)
    lag = possible.called - possible.placed
    each = fitted.of(problem.cells.levels_of_combinations)[problem.cells.combinations.of]
    placed = cells.summed(fitted.rate * problem.cells.n * each)
    order_delay = order_delay.fitted(lag, share, end - days, placed)
    fitted, calendar = _with_calendar(fitted, order_delay, days, placed, possible.called, share)
    each = fitted.rate * fitted.of({**possible.levels, **calendar})
    each *= order_delay.density(np.maximum(lag, 0.02))
    base = weighted_counts(possible.report, each, problem.n_reports)
    own, expected_of, variance = _left_out(problem, fitted, counts, calendar)
    base = np.maximum(base, 1e-15)
    return Model(delay, order_delay, fitted, base, strength, own, expected_of, variance)


def _with_calendar(
    fitted: bg.Background,
    order_delay: DelayDensity,
    days: Floats,
    placed: Floats,
    called: Floats,
    counts: Floats,
) -> tuple[bg.Background, dict[str, Ints]]:
    """Add factors for the week and the day of the call, and return each call's level in them.

    Press coverage, an outsider who works through a list, or calls noted down by the month all
    bunch reports in time; a dump looks just the same from its own side alone.
    """
    first = int(np.floor(min(called.min(initial=0.0), days.min(initial=0.0))))
    last = int(np.floor(called.max(initial=0.0)))
    day = np.arange(first, last + 1)
    due = order_delay.density(day[:, None] + 0.5 - days[None, :]) @ placed
    due *= float(counts.sum()) / max(float(due.sum()), 1e-300)
    found: dict[str, Ints] = {}
    for unit, length in _CALENDAR.items():
        level = (day - first) // length
        index = (np.floor(called).astype(np.int64) - first) // length
        seen = weighted_counts(index, counts, int(level[-1]) + 1)
        expected = weighted_counts(level, due, int(level[-1]) + 1)
        fitted = bg.with_factor(fitted, unit, seen, expected)
        due = due * fitted.multipliers[unit][level]
        found[unit] = index
    return fitted, found


def _left_out(
    problem: Problem, fitted: bg.Background, counts: Floats, calendar: Mapping[str, Ints]
) -> tuple[Floats, Floats, Floats]:
    """Return how touches' background and custodians' expectations shrink without their own part.

    Third, the variance of what is left of each custodian's strata.
    """
    expected = fitted.rate * problem.relative
    part = counts[problem.scene.touches.report]
    first = problem.first_possible
    levels = problem.levels | {unit: index[first] for unit, index in calendar.items()}
    classes = {
        factor: problem.own_classes(factor, level, len(fitted.seen[factor]))
        for factor, level in levels.items()
    }
    own, variance = bg.without_own(fitted, classes, problem.owner, part, expected)
    n = np.bincount(problem.owner, minlength=len(expected))
    mean = weighted_counts(problem.owner, own, len(expected)) / np.maximum(n, 1)
    return own, expected * np.where(n > 0, mean, 1.0), variance


def _fitted_delay(
    problem: Problem, before: DelayDensity, sources: Sequence[Source], intensity: Floats
) -> DelayDensity:
    """Fit the delay to what the sources explain, drips from the touch, dumps from the export."""
    if not sources:
        return before
    scene = problem.scene
    delays, counts, reach, expected = [], [], [], []
    for source in sources:
        here = scene.touches.of(source.candidate)
        called, since = scene.touches.called[here], scene.touches.since[here]
        part = source.belief / intensity[scene.touches.report[here]]
        window, held = source.window, scene.n[source.candidate]
        exported = window.exports[int(np.argmax(window.export_posterior))] + 0.5
        delays += [called - since, called - exported]
        counts += [source.drip * part, source.dump * part]
        reach += [scene.end - middays(scene.n_days), np.array([scene.end - exported])]
        dumped = window.rate_by_export.sum(axis=0) @ held
        expected += [window.rate_by_day * held, np.array([dumped])]
    return before.fitted(*(np.concatenate(part) for part in (delays, counts, reach, expected)))


def _fitted_strength(
    problem: Problem, model: Model, sources: Sequence[Source], unrelated: Floats
) -> Floats:
    """Fit how far custodians of each kind stray from their strata (negative binomial).

    Only custodians with two touches are here, so the likelihood is that of counts above one.
    """
    k = background_counts(problem, unrelated, np.arange(len(problem.kinds)))
    spread = (np.log(_STRENGTHS) - np.log(_USUAL_STRENGTH)) / _STRENGTH_SPREAD
    free = model.expected > 0
    free[[source.candidate for source in sources]] = False
    rows = np.flatnonzero(free)
    likelihood = np.tile(-0.5 * spread**2, (problem.n_kinds, 1))
    for i, a in enumerate(_STRENGTHS):
        logs = _log_truncated(k[rows], model.expected[rows], float(a))
        likelihood[:, i] += weighted_counts(problem.kinds[rows], logs, problem.n_kinds)
    return np.asarray(_STRENGTHS[np.argmax(likelihood, axis=1)], dtype=np.float64)


def _log_truncated(k: Floats, expected: Floats, a: float) -> Floats:
    """Return log P(k | k >= 2) of negative binomial counts, up to what does not depend on a."""
    log_none = -a * np.log1p(expected / a)
    log_share = np.log(expected / (a + expected))
    logs = log_gamma(k + a) - log_gamma(a) + log_none + k * log_share
    few = np.exp(log_none) * (1.0 + a * np.exp(log_share))
    return np.asarray(logs - np.log(np.maximum(1.0 - few, 1e-9)), dtype=np.float64)

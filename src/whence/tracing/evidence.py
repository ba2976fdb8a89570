"""The evidence that a custodian is a source, averaged over windows, report rates and modes.

For a candidate with touches on days d, report rate theta and window W of days, against the
intensity lambda that everything else gives (DESIGN: the model):

    log BF(theta, W) = sum over touches in W of log(1 + theta f(delay) k / lambda)
                       - theta * sum over days in W of F(T - d) n_d
                       + what seized samples say of W

averaged over a log-spaced grid of rates and windows whose length is log-uniform. Two modes: in a
*drip* every order leaks when it is first touched; in a *dump* all orders of the window leak at its
end, when they are exported, so that no call before it counts. Running sums make each window the
difference of two of them, as in Neill's Bayesian scan statistic (2006).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import log_sum_exp, middays
from whence.tracing.delays import DelayDensity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATES: Final = np.geomspace(1e-4, 1.0, 13)  # report rates
LOG_RATE: Final = -np.log(len(RATES))
_LENGTHS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 50, 64, 80, 100, 128)
_EXPORTS: Final = 128  # days at which an export is tried, at most
LOG_MODE: Final = np.log(0.5)  # drip and dump are equally likely beforehand
_CHUNK: Final = 64
_SCREEN_EXPORTS: Final = 24  # a first look at dumps: every few days, lengths and rates
_SCREEN_STEP: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """Touches of reported orders, sorted by candidate: at most one a candidate and report.

    Days are relative to the holdings' first day, with their fraction; ``known`` is the factor of
    what the caller knew and of marks read back.
    """

    start: Ints  # candidate c has the touches start[c]:start[c + 1]
    report: Ints
    day: Ints
    since: Floats
    called: Floats
    known: Floats

    def of(self, candidate: int) -> slice:
        """Return where a candidate's touches stand."""
        return slice(int(self.start[candidate]), int(self.start[candidate + 1]))


@dataclass(frozen=True, slots=True, eq=False)
class SampleTouches:
    """Rows of one seized sample that a candidate held, by day; ``log_mark`` of a mark in it."""

    sample: int
    n_rows: int
    by_day: Floats
    log_mark: float


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What everything else explains: the intensity of each report, the likelihood of each sample.

    ``base`` (reports,): intensity of the background; ``added`` (reports,): that of other sources.
    ``own`` (touches,): what the background of a touch shrinks by when its custodian is left out
    of the strata. ``explained`` (samples,): log likelihood ratio that other sources give a sample,
    0 for none.
    """

    base: Floats
    added: Floats
    own: Floats
    explained: Floats

    @property
    def intensity(self) -> Floats:
        """The intensity of each report, nobody left out."""
        return self.base + self.added

    def against(self, touches: Touches, at: Ints | slice) -> Floats:
        """Return the intensity that touches compete with."""
        report = touches.report[at]
        return self.base[report] * self.own[at] + self.added[report]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything the evidence needs except the intensity: what was held, touched and seized."""

    n: Floats  # (candidates, days) orders first touched
    touches: Touches
    samples: dict[int, tuple[SampleTouches, ...]]  # candidate -> its samples
    n_orders: int
    end: float  # of observation, in days

    @property
    def n_days(self) -> int:
        """Length of the span in days."""
        return int(self.n.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Export days, report rates and window lengths over which a dump is averaged."""

    exports: Ints
    rates: Floats
    tried: list[int]

    @classmethod
    def full(cls, n_days: int) -> "Grid":
        """Return the grid that posteriors stand on."""
        return cls(_export_days(n_days, _EXPORTS), RATES, lengths(n_days))

    @classmethod
    def coarse(cls, n_days: int) -> "Grid":
        """Return the grid of a first look."""
        days = _export_days(n_days, _SCREEN_EXPORTS)
        return cls(days, RATES[::_SCREEN_STEP], lengths(n_days)[::_SCREEN_STEP])


def _export_days(n_days: int, most: int) -> Ints:
    step = -(-n_days // most)
    return np.arange(step - 1, n_days, step)


SAMPLE_ERROR: Final = 0.02  # share of a seized sample's rows that stem from elsewhere
SAMPLE_FROM_SOURCE: Final = 0.5  # that a given sample stems from a given source, if it is one


def lengths(n_days: int) -> list[int]:
    """Return the window lengths that are tried, about evenly spaced in their logarithm."""
    return [n for n in _LENGTHS if n < n_days] + [n_days]


def log_length_prior(tried: list[int]) -> Floats:
    """Return a log-uniform prior over the tried lengths: each stands for its stretch of log."""
    edges = np.sqrt(np.array([tried[0] * 0.7, *tried[:-1]]) * np.array(tried))
    upper = np.append(edges[1:], tried[-1])
    weight = np.maximum(np.log(upper / edges), 1e-3)
    return np.asarray(np.log(weight / weight.sum()), dtype=np.float64)


def drip_evidence(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return the log Bayes factor of each candidate as a dripping source.

    ``given`` must not hold what the candidates themselves explain.
    """
    found = np.empty(len(candidates))
    for at, group in _chunks(candidates):
        found[at : at + len(group)] = _drip_chunk(scene, given, delay, group)
    return found


def dump_evidence(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return the log Bayes factor of each candidate as the source of a dump."""
    return _dumps(scene, given, delay, candidates, Grid.full(scene.n_days))


def screened_dumps(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return a rough ``dump_evidence`` from a coarse grid, some twenty times cheaper."""
    return _dumps(scene, given, delay, candidates, Grid.coarse(scene.n_days))


def _dumps(
    scene: Scene, given: Given, delay: DelayDensity, candidates: Ints, grid: "Grid"
) -> Floats:
    found = np.empty(len(candidates))
    for at, group in _chunks(candidates, _dump_chunk_size(scene, candidates, grid)):
        logs = dump_windows(scene, given, delay, group, grid)
        summed = log_sum_exp(logs.reshape(len(group), -1), axis=1)
        found[at : at + len(group)] = summed - np.log(len(grid.rates))
    return found


def _dump_chunk_size(scene: Scene, candidates: Ints, grid: "Grid") -> int:
    """Return how many candidates at once keep the arrays within about 2 M numbers."""
    touches = np.diff(scene.touches.start)[candidates].mean() if len(candidates) else 1.0
    each = len(grid.rates) * len(grid.exports) * max(float(touches), float(len(grid.tried)))
    return int(np.clip(2e6 / each, 1, 512))


def combined(drip: Floats, dump: Floats) -> Floats:
    """Return the log Bayes factor averaged over the two modes."""
    return np.asarray(np.logaddexp(drip, dump) + LOG_MODE, dtype=np.float64)


def _chunks(candidates: Ints, size: int = _CHUNK) -> Iterator[tuple[int, Ints]]:
    for at in range(0, len(candidates), size):
        yield at, candidates[at : at + size]


def _gains(scene: Scene, given: Given, delay: DelayDensity, group: Ints) -> Floats:
    """Return the running sums over days of a group's gains: (group, rates, days + 1)."""
    touches, days = scene.touches, scene.n_days
    slices = [touches.of(int(c)) for c in group]
    at = np.concatenate([np.arange(s.start, s.stop) for s in slices])
    row = np.repeat(np.arange(len(group)), [s.stop - s.start for s in slices])
    density = delay.density(touches.called[at] - touches.since[at])
    ratio = density * touches.known[at] / given.against(touches, at)
    cell = row * days + touches.day[at]
    reach = delay.distribution(scene.end - middays(days))
    expected = scene.n[group] * reach
    sums = np.zeros((len(group), len(RATES), days + 1))
    for j, rate in enumerate(RATES):
        gain = np.bincount(cell, np.log1p(rate * ratio), len(group) * days)
        sums[:, j, 1:] = gain.reshape(len(group), days) - rate * expected
    np.cumsum(sums, axis=2, out=sums)
    return sums


def _drip_chunk(scene: Scene, given: Given, delay: DelayDensity, group: Ints) -> Floats:
    tried = lengths(scene.n_days)
    prior = log_length_prior(tried)
    sums = _gains(scene, given, delay, group)
    best = np.full((len(group), len(RATES)), -np.inf)
    sampled = [i for i, c in enumerate(group) if int(c) in scene.samples]
    for length, log_p in zip(tried, prior, strict=True):
        gain = sums[:, :, length:] - sums[:, :, :-length]
        for i in sampled:
            gain[i] += _sample_gain(scene, given, int(group[i]), length)[None, :]
        top = gain.max(axis=2)
        spread = np.exp(gain - top[:, :, None]).sum(axis=2)
        here = top + np.log(spread) + log_p - np.log(gain.shape[2])
        best = np.logaddexp(best, here)
    return np.asarray(log_sum_exp(best, axis=1) + LOG_RATE, dtype=np.float64)


def drip_windows(
    scene: Scene, given: Given, delay: DelayDensity, candidate: int, tried: list[int]
) -> list[Floats]:
    """Return for each length the log weight of every window: (rates, starts)."""
    sums = _gains(scene, given, delay, np.array([candidate]))[0]
    found = []
    for length, log_p in zip(tried, log_length_prior(tried), strict=True):
        gain = sums[:, length:] - sums[:, :-length]
        if candidate in scene.samples:
            gain = gain + _sample_gain(scene, given, candidate, length)[None, :]
        found.append(gain + log_p - np.log(gain.shape[1]))
    return found


def after_export(delay: DelayDensity, days: Floats) -> Floats:
    """Return the density of calls after an export known to the day: half a day of tolerance."""
    return np.where(days > -0.5, delay.density(np.maximum(days, 0.25)), 0.0)  # noqa: PLR2004


def dump_windows(
    scene: Scene, given: Given, delay: DelayDensity, group: Ints, grid: "Grid"
) -> Floats:
    """Return the log weight of every export and window: (group, rates, exports, lengths).

    One running sum over the touches of the whole group, sorted by candidate and day, gives each
    window as the difference of two of its entries.
    """
    touches, exports, tried = scene.touches, grid.exports, np.array(grid.tried)
    slices = [touches.of(int(c)) for c in group]
    at = np.concatenate([np.arange(s.start, s.stop) for s in slices])
    row = np.repeat(np.arange(len(group)), [s.stop - s.start for s in slices])
    key = row * scene.n_days + touches.day[at]
    order = np.argsort(key, kind="stable")
    at, row, key = at[order], row[order], key[order]
    density = after_export(delay, touches.called[at][:, None] - (exports[None, :] + 0.5))
    ratio = density * (touches.known[at] / given.against(touches, at))[:, None]
    ratio = np.where(touches.day[at][:, None] <= exports[None, :], ratio, 0.0)
    running = np.zeros((len(grid.rates), len(at) + 1, len(exports)))
    np.cumsum(np.log1p(grid.rates[:, None, None] * ratio[None]), axis=1, out=running[:, 1:])
    begins = np.maximum(exports[:, None] - tried[None, :] + 1, 0)  # (exports, lengths)
    rows = np.arange(len(group))
    first = np.searchsorted(key, rows[:, None, None] * scene.n_days + begins[None])
    last = np.searchsorted(row, rows, side="right")
    column = np.arange(len(exports))
    gains = running[:, last][:, :, :, None] - running[:, first, column[None, :, None]]
    held = np.zeros((len(group), scene.n_days + 1))
    np.cumsum(scene.n[group], axis=1, out=held[:, 1:])
    reach = delay.distribution(scene.end - middays(scene.n_days)[exports])
    expected = reach[None, :, None] * (held[:, exports + 1][:, :, None] - held[:, begins])
    logs = np.moveaxis(gains - grid.rates[:, None, None, None] * expected[None], 0, 1)
    for i, c in enumerate(group):
        if int(c) in scene.samples:
            logs[i] += _sample_gains_at(scene, given, int(c), grid)[None]
    prior = log_length_prior(grid.tried) - np.log(len(exports))
    return np.asarray(logs + prior, dtype=np.float64)


def _sample_gains_at(scene: Scene, given: Given, candidate: int, grid: "Grid") -> Floats:
    """Return what samples say of the windows that end at each export: (exports, lengths)."""
    found = np.empty((len(grid.exports), len(grid.tried)))
    for i, length in enumerate(grid.tried):
        gain = _sample_gain(scene, given, candidate, length)
        found[:, i] = gain[np.maximum(grid.exports - length + 1, 0)]
    return found


def _sample_gain(scene: Scene, given: Given, candidate: int, length: int) -> Floats:
    """Return what seized samples say of every window of a length: (starts,).

    A row stems from the source with probability 1 - e, then it is any of the n_W orders of the
    window; else it is any of all N orders. The sample as a whole may come from elsewhere.
    """
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

"""The evidence that a custodian is a source, averaged over windows, report rates and modes.

For a candidate with touches on days d, report rate theta and window W of days, against the
intensity lambda that everything else gives (docs/method.md: the model):

    log BF(theta, W) = sum over touches in W of log(1 + theta f(delay) k / lambda)
                       - theta * sum over days in W of F(T - d) n_d
                       + what seized samples say of W

averaged over a log-spaced grid of rates and windows whose length is log-uniform. Two modes: in a
*drip* every order leaks when it is first touched; in a *dump* all orders of the window leak at its
end, when they are exported, so that no call before it counts. Running sums make each window the
difference of two of them, as in Neill's Bayesian scan statistic (2006).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import log_sum_exp, middays
from whence.tracing import products, seized
from whence.tracing.delays import DelayDensity
from whence.tracing.grids import (
    LOG_RATE,
    RATES,
    Grid,
    coarse_grid,
    full_grid,
    lengths,
    log_length_prior,
)
from whence.tracing.scene import Given, SampleTouches, Scene, Touches

__all__ = [  # this file is where the rest of the room looks for them
    "LOG_MODE",
    "LOG_RATE",
    "RATES",
    "Given",
    "Grid",
    "SampleTouches",
    "Scene",
    "Touches",
    "lengths",
    "log_length_prior",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOG_MODE: Final = np.log(0.5)  # drip and dump are equally likely beforehand
_CHUNK: Final = 32  # candidates at once: their factors stay in the cache
_MOST_NUMBERS: Final = 65_536  # windows of dumps at once, for the same reason
_LEAST_SUM: Final = 1e-200  # of weights that are summed as they are; smaller ones go by their logs


def drip_evidence(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return the log Bayes factor of each candidate as a dripping source.

    ``given`` must not hold what the candidates themselves explain.
    """
    tried = lengths(scene.n_days)
    windows = products.Lengths.of(tried, log_length_prior(tried), scene.n_days)
    room = windows.room(len(RATES) * min(_CHUNK, len(candidates)))
    found = np.empty(len(candidates))
    for at, group in _chunks(candidates, _CHUNK):
        here = found[at : at + len(group)]
        here[:] = _summed_drips(scene, given, delay, group, windows, room)
        for i in {*np.flatnonzero(~np.isfinite(here)).tolist(), *scene.sampled(group)}:
            logs = drip_windows(scene, given, delay, int(group[i]), tried)
            here[i] = log_sum_exp(np.array([float(log_sum_exp(part)) for part in logs])) + LOG_RATE
    return found


def dump_evidence(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return the log Bayes factor of each candidate as the source of a dump."""
    return _dumps(scene, given, delay, candidates, full_grid(scene.n_days))


def screened_dumps(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints) -> Floats:
    """Return a rough ``dump_evidence`` from a coarse grid, some twenty times cheaper."""
    return _dumps(scene, given, delay, candidates, coarse_grid(scene.n_days))


def _dumps(scene: Scene, given: Given, delay: DelayDensity, candidates: Ints, grid: Grid) -> Floats:
    found = np.empty(len(candidates))
    for here in _alike(scene.touches, candidates, grid):
        sums = _summed_dumps(scene, given, delay, candidates[here], grid)
        for i in {*np.flatnonzero(~np.isfinite(sums)).tolist(), *scene.sampled(candidates[here])}:
            logs = dump_windows(scene, given, delay, int(candidates[here[i]]), grid)
            sums[i] = log_sum_exp(logs) - np.log(len(grid.rates))
        found[here] = sums
    return found


def _alike(touches: Touches, candidates: Ints, grid: Grid) -> Iterator[Ints]:
    """Put candidates with about equally many touches together, as many as the cache holds."""
    sizes = touches.start[candidates + 1] - touches.start[candidates]
    order = np.argsort(sizes, kind="stable")
    at, most = 0, max(1, _MOST_NUMBERS // len(grid.distinct_windows[2]))
    while at < len(order):
        largest = int(sizes[order[min(at + most, len(order)) - 1]])
        n = max(1, min(most, _MOST_NUMBERS // ((largest + 1) * len(grid.exports))))
        yield order[at : at + n]
        at += n


def combined(drip: Floats, dump: Floats) -> Floats:
    """Return the log Bayes factor averaged over the two modes."""
    return np.asarray(np.logaddexp(drip, dump) + LOG_MODE, dtype=np.float64)


def _chunks(candidates: Ints, size: int) -> Iterator[tuple[int, Ints]]:
    for at in range(0, len(candidates), size):
        yield at, candidates[at : at + size]


def _log_of_sums(sums: Floats) -> Floats:
    """Return the logs of sums; nan where a sum is too large or small to be trusted."""
    trusted = np.isfinite(sums) & (sums > _LEAST_SUM)
    return np.log(sums, where=trusted, out=np.full(len(sums), np.nan))


def _summed_drips(
    scene: Scene,
    given: Given,
    delay: DelayDensity,
    group: Ints,
    windows: products.Lengths,
    room: Floats,
) -> Floats:
    """Return the evidence of drips without samples: from factors of days, rates and candidates."""
    touches, days = scene.touches, scene.n_days
    at, row = touches.of_group(group)
    density = delay.density(touches.called[at] - touches.since[at])
    ratio = density * touches.known[at] / given.against(touches, at)
    size = len(RATES) * len(group)
    cell = (touches.day[at] * size + row)[:, None] + np.arange(len(RATES)) * len(group)
    gains = np.bincount(cell.ravel(), np.log1p(ratio[:, None] * RATES).ravel(), days * size)
    factors = np.asarray(gains, dtype=np.float64).reshape(days, len(RATES), len(group))
    expected = (scene.n[group] * delay.distribution(scene.end - middays(days))).T
    factors -= RATES[None, :, None] * expected[:, None, :]
    with np.errstate(over="ignore", invalid="ignore"):
        np.exp(factors, out=factors)
        sums = products.summed(factors.reshape(days, size), windows, room)
        logs = _log_of_sums(sums.reshape(len(RATES), len(group)).sum(axis=0))
    return np.asarray(logs + LOG_RATE, dtype=np.float64)


def drip_windows(
    scene: Scene, given: Given, delay: DelayDensity, candidate: int, tried: list[int]
) -> list[Floats]:
    """Return for each length the log weight of every window: (rates, starts)."""
    touches, here, days = scene.touches, scene.touches.of(candidate), scene.n_days
    density = delay.density(touches.called[here] - touches.since[here])
    ratio = density * touches.known[here] / given.against(touches, here)
    expected = scene.n[candidate] * delay.distribution(scene.end - middays(days))
    daily = -RATES[:, None] * expected
    np.add.at(daily.T, touches.day[here], np.log1p(RATES * ratio[:, None]))
    sums = np.zeros((len(RATES), days + 1))
    np.cumsum(daily, axis=1, out=sums[:, 1:])
    found = []
    for length, log_p in zip(tried, log_length_prior(tried), strict=True):
        gain = sums[:, length:] - sums[:, :-length]
        if candidate in scene.samples:
            gain = gain + seized.gain(scene, given, candidate, length)[None, :]
        found.append(gain + log_p - np.log(gain.shape[1]))
    return found


def after_export(delay: DelayDensity, days: Floats) -> Floats:
    """Return the density of calls after an export known to the day: half a day of tolerance."""
    return np.where(days > -0.5, delay.density(np.maximum(days, 0.25)), 0.0)  # noqa: PLR2004


def _ratios(
    scene: Scene, given: Given, delay: DelayDensity, at: Ints, exports: Ints
) -> tuple[Ints, Ints, Floats]:
    """Return what leaks by exports add to calls, over the rest: touches, exports, ratios.

    Only an export after the touch and before the call adds anything.
    """
    touches = scene.touches
    first = np.searchsorted(exports, touches.day[at])
    n = np.maximum(np.searchsorted(exports, touches.called[at]) - first, 0)
    touch = np.repeat(np.arange(len(at)), n)
    export = np.arange(len(touch)) + (first - np.cumsum(n) + n)[touch]
    density = after_export(delay, touches.called[at][touch] - (exports[export] + 0.5))
    return touch, export, density * (touches.known[at] / given.against(touches, at))[touch]


def _summed_dumps(
    scene: Scene, given: Given, delay: DelayDensity, group: Ints, grid: Grid
) -> Floats:
    """Return the evidence of dumps without samples.

    What a window gains by an export is the sum over its candidate's touches from the window's
    first day on, that is over its last few: later ones than the export gain nothing.
    """
    n_days, n_exports, rows = scene.n_days, len(grid.exports), np.arange(len(group))
    export, begin, weight = grid.distinct_windows
    at, row = scene.touches.of_group(group)
    key = row * n_days + scene.touches.day[at]
    order = np.argsort(key, kind="stable")
    touch, ended, ratio = _ratios(scene, given, delay, at[order], grid.exports)
    by_day = np.bincount(key, minlength=len(group) * n_days).reshape(len(group), n_days)
    left = np.cumsum(by_day[:, ::-1], axis=1)[:, ::-1]  # touches from a day on
    from_last = np.cumsum(left[:, 0])[row] - np.arange(len(at))  # the last touch is 1
    where = from_last * len(group) + row
    there = where[touch] * n_exports + ended
    first = (left[:, begin] * len(group) + rows[:, None]) * n_exports + export
    held = np.zeros((len(group), n_days + 1))
    np.cumsum(scene.n[group], axis=1, out=held[:, 1:])
    reach = delay.distribution(scene.end - middays(n_days)[grid.exports])
    expected = reach[export] * (held[:, grid.exports[export] + 1] - held[:, begin])
    gain = np.zeros((int(left[:, 0].max(initial=0)) + 1, len(group) * n_exports))
    sums, gains = np.zeros(len(group)), np.zeros_like(gain)
    windows, thinned = np.empty_like(expected), np.empty_like(expected)
    with np.errstate(over="ignore", invalid="ignore"):
        for rate in grid.rates:
            gain.ravel()[there] = np.log1p(rate * ratio)
            for i in range(1, len(gain)):
                np.add(gains[i - 1], gain[i], out=gains[i])
            np.take(gains, first, out=windows, mode="clip")  # "raise" would copy ``out``
            windows -= np.multiply(expected, rate, out=thinned)
            sums += np.exp(windows, out=windows) @ weight
    return np.asarray(_log_of_sums(sums) - np.log(len(grid.rates)), dtype=np.float64)


def dump_windows(
    scene: Scene, given: Given, delay: DelayDensity, candidate: int, grid: Grid
) -> Floats:
    """Return the log weight of every export and window: (rates, exports, lengths)."""
    at, _ = scene.touches.of_group(np.array([candidate]))
    n_exports = len(grid.exports)
    at = at[np.argsort(scene.touches.day[at], kind="stable")]
    touch, export, ratio = _ratios(scene, given, delay, at, grid.exports)
    running = np.zeros((len(grid.rates), len(at) + 1, n_exports))
    running[:, touch + 1, export] = np.log1p(grid.rates[:, None] * ratio)
    np.cumsum(running, axis=1, out=running)
    first = np.searchsorted(scene.touches.day[at], grid.begins)
    gains = running[:, -1][:, :, None] - running[:, first, np.arange(n_exports)[:, None]]
    held = np.append(0.0, np.cumsum(scene.n[candidate]))
    reach = delay.distribution(scene.end - middays(scene.n_days)[grid.exports])
    expected = reach[:, None] * (held[grid.exports + 1][:, None] - held[grid.begins])
    logs = gains - grid.rates[:, None, None] * expected[None]
    if candidate in scene.samples:
        logs += seized.gains_at(scene, given, candidate, grid)[None]
    return np.asarray(
        logs + (log_length_prior(grid.tried) - np.log(len(grid.exports))), dtype=np.float64
    )

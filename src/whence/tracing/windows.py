"""The posterior over windows, rates and modes of one source, and what it explains with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whence.stats import log_sum_exp, weighted_counts
from whence.tracing import evidence as ev, seized
from whence.tracing.delays import DelayDensity
from whence.tracing.grids import full_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class WindowPosterior:
    """The posterior over windows and rates of one source, given that it is one.

    ``inclusion`` (days,): probability that the day is in the window. ``rate_by_day`` (days,):
    E[theta * in window | drip] times its probability; ``rate_by_export`` (exports, days): the
    same for dumps. ``rates``: posterior of ``RATES``. ``first``, ``last``: posteriors of the
    window's edges over days.
    """

    log_evidence: float
    p_dump: float
    inclusion: Floats
    rate_by_day: Floats
    exports: Ints
    rate_by_export: Floats
    export_posterior: Floats
    rates: Floats
    first: Floats
    last: Floats


def posterior(
    scene: ev.Scene, given: ev.Given, delay: DelayDensity, candidate: int
) -> WindowPosterior:
    """Return the posterior over windows, rates and modes of one source."""
    tried = ev.lengths(scene.n_days)
    drip = ev.drip_windows(scene, given, delay, candidate, tried)
    grid = full_grid(scene.n_days)
    exports = grid.exports
    dump = ev.dump_windows(scene, given, delay, candidate, grid)
    log_drip = log_sum_exp(np.array([float(log_sum_exp(w)) for w in drip]))
    log_dump = log_sum_exp(dump)
    log_evidence = float(np.logaddexp(log_drip, log_dump) + ev.LOG_RATE + ev.LOG_MODE)
    total = np.logaddexp(log_drip, log_dump)
    p_dump = float(np.exp(log_dump - total))
    days = scene.n_days
    by_rate = np.zeros((len(ev.RATES), days + 1))
    first, last, rates = np.zeros(days), np.zeros(days), np.zeros(len(ev.RATES))
    for length, logs in zip(tried, drip, strict=True):
        p = np.exp(logs - total)
        n = p.shape[1]
        by_rate[:, :n] += p
        by_rate[:, length:] -= p
        each = p.sum(axis=0)
        first[:n] += each
        last[length - 1 :] += each
        rates += p.sum(axis=1)
    by_rate = np.cumsum(by_rate, axis=1)[:, :days]
    p = np.exp(dump - total)  # (rates, exports, lengths)
    mass, weighed = p.sum(axis=0), np.tensordot(ev.RATES, p, axes=1)  # (exports, lengths)
    rates += p.sum(axis=(1, 2))
    by_export = np.zeros((len(exports), days + 1))
    np.add.at(by_export, (np.arange(len(exports))[:, None], grid.begins), weighed)
    by_export[np.arange(len(exports)), exports + 1] -= weighed.sum(axis=1)
    ended = mass.sum(axis=1)
    begun = weighted_counts(grid.begins.ravel(), mass.ravel(), days)
    first += begun
    last[exports] += ended
    in_dump = np.append(begun, 0.0)
    in_dump[exports + 1] -= ended
    return WindowPosterior(
        log_evidence=log_evidence,
        p_dump=p_dump,
        inclusion=np.clip(by_rate.sum(axis=0) + np.cumsum(in_dump)[:days], 0.0, 1.0),
        rate_by_day=ev.RATES @ by_rate,
        exports=exports,
        rate_by_export=np.maximum(np.cumsum(by_export, axis=1)[:, :days], 0.0),
        export_posterior=ended,
        rates=rates,
        first=first,
        last=last,
    )


def contributions(
    scene: ev.Scene, delay: DelayDensity, candidate: int, window: WindowPosterior
) -> tuple[Floats, Floats]:
    """Return what a source adds to the intensity of the reports it touched, as (drip, dump)."""
    touches, here = scene.touches, scene.touches.of(candidate)
    day, called, known = touches.day[here], touches.called[here], touches.known[here]
    drip = window.rate_by_day[day] * delay.density(called - touches.since[here]) * known
    since_export = called[:, None] - (window.exports[None, :] + 0.5)
    density = ev.after_export(delay, since_export)
    dump = (window.rate_by_export[:, day].T * density).sum(axis=1) * known
    return drip, dump


def sample_explained(
    scene: ev.Scene, sample: ev.SampleTouches, candidate: int, window: WindowPosterior
) -> float:
    """Return the log likelihood ratio that a found source gives a sample."""
    rows = float(sample.by_day @ window.inclusion)
    held = max(float(scene.n[candidate] @ window.inclusion), 1.0)
    inside = np.log((1.0 - seized.SAMPLE_ERROR) * scene.n_orders / held + seized.SAMPLE_ERROR)
    ratio = rows * inside + (sample.n_rows - rows) * np.log(seized.SAMPLE_ERROR) + sample.log_mark
    return float(
        np.logaddexp(
            np.log1p(-seized.SAMPLE_FROM_SOURCE), np.log(seized.SAMPLE_FROM_SOURCE) + ratio
        )
    )

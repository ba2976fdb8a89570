"""From what is told and counted to arrays: the problem that the search works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.model import DAY, AnalystPrior, Dataset, Instant, MarkReading
from whence.tracing import evidence as ev, knowledge, strata as strata_room
from whence.tracing.holdings import Holdings
from whence.tracing.observations import Touch, by_order, in_days
from whence.tracing.problem import PossibleOrders, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[str, str]

_FEW: Final = 10
_MARK_BOUND: Final = 8.0  # log10; no reading is believed beyond it, whatever it claims


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is known before anything is counted."""

    dataset: Dataset
    touches: Sequence[Touch]
    strata: strata_room.Strata
    possible: PossibleOrders
    n_by_kind: dict[str, tuple[int, int]]
    priors: Sequence[AnalystPrior]
    end: Instant


def problem_of(holdings: Holdings, told: Told) -> tuple[Problem, tuple[str, ...]]:
    """Return the problem of these holdings, and the kinds that it counts by number."""
    dataset, touches, strata = told.dataset, told.touches, told.strata
    possible, n_by_kind, priors, end = told.possible, told.n_by_kind, told.priors, told.end
    kinds = tuple(sorted({kind for kind, _ in holdings.custodians} | set(n_by_kind)))
    factors = {(p.kind.casefold(), p.id): p.factor for p in priors}
    laid_out = _lay_out(dataset, touches, holdings)
    scene = ev.Scene(
        n=holdings.n,
        touches=laid_out,
        samples=_samples(dataset, touches, holdings),
        n_orders=int(strata.cells.n.sum()),
        end=end / DAY - holdings.first_day,
    )
    shifted = PossibleOrders(
        possible.report,
        possible.levels,
        possible.placed - holdings.first_day,
        possible.called - holdings.first_day,
    )
    problem = Problem(
        scene=scene,
        kinds=np.array([kinds.index(kind) for kind, _ in holdings.custodians], dtype=np.int64),
        n_kinds=len(kinds),
        log_prior=_log_prior(holdings, n_by_kind, scene.n_orders, factors),
        weight=holdings.weight,
        cells=strata.cells,
        cell_placed=strata.cells.placed_on.astype(np.float64) + (0.5 - holdings.first_day),
        levels=_levels_of_touches(laid_out, possible),
        possible=shifted,
        n_reports=len(dataset.reports),
        n_samples=len({row.sample_id for row in dataset.samples}),
    )
    return problem, kinds


def _lay_out(dataset: Dataset, touches: Sequence[Touch], holdings: Holdings) -> ev.Touches:
    """Lay the touches of reported orders out by candidate, one for each report.

    Where a report names only a customer, a custodian that held several of her orders counts with
    the latest it touched: adding them up would count one call several times.
    """
    weigh = cache(knowledge.visibility(touches).factor)
    reports_of = by_order(dataset.reports)
    marks = _report_marks(dataset.marks)
    index = {key: i for i, key in enumerate(holdings.custodians)}
    found: dict[tuple[int, int], tuple[Instant, float]] = {}
    for touch in touches:
        candidate = index.get((touch.kind, touch.custodian_id))
        if candidate is None:
            continue
        for i in reports_of.get(touch.order_id, ()):
            report = dataset.reports[i]
            if touch.since > report.called_at:
                continue
            known = weigh(
                report.known_fields or frozenset(), knowledge.visible_to(touch)
            ) * marks.get((report.report_id, touch.custodian_id), 1.0)
            latest = found.get((candidate, i))
            if latest is None or touch.since > latest[0]:
                found[candidate, i] = (touch.since, known)
    keys = sorted(found)
    owner = np.array([key[0] for key in keys], dtype=np.int64)
    index_of = np.array([key[1] for key in keys], dtype=np.int64)
    since = in_days(np.array([found[key][0] for key in keys], dtype=np.int64)) - holdings.first_day
    called = in_days(np.array([r.called_at for r in dataset.reports], dtype=np.int64))
    return ev.Touches(
        start=np.searchsorted(owner, np.arange(len(holdings.custodians) + 1)),
        report=index_of,
        day=np.floor(since).astype(np.int64),
        since=since,
        called=called[index_of] - holdings.first_day,
        known=np.array([found[key][1] for key in keys]),
    )


def _levels_of_touches(touches: ev.Touches, possible: PossibleOrders) -> dict[str, Ints]:
    """Return each touch's levels; a report that names a customer has those of her first order."""
    first = np.searchsorted(possible.report, touches.report)
    return {factor: values[first] for factor, values in possible.levels.items()}


def _report_marks(marks: Sequence[MarkReading]) -> dict[tuple[str, str], float]:
    """Return the factor of each report's readings: several of one party multiply."""
    found: dict[tuple[str, str], float] = {}
    for mark in marks:
        if mark.report_id is not None:
            key = (mark.report_id, mark.party_id)
            found[key] = found.get(key, 1.0) * float(10.0 ** _believed(mark))
    return found


def _believed(mark: MarkReading) -> float:
    """Return a reading's log10 likelihood ratio, no larger than its error bound allows."""
    bound = _MARK_BOUND
    if mark.false_accusation_bound:
        bound = min(bound, -float(np.log10(mark.false_accusation_bound)))
    return min(mark.log10_likelihood_ratio, bound)


def _samples(
    dataset: Dataset, touches: Sequence[Touch], holdings: Holdings
) -> dict[int, tuple[ev.SampleTouches, ...]]:
    names = sorted({row.sample_id for row in dataset.samples})
    rows = {name: {r.order_id for r in dataset.samples if r.sample_id == name} for name in names}
    index = {key: i for i, key in enumerate(holdings.custodians)}
    by_day: dict[tuple[int, int], Floats] = {}
    for touch in touches:
        candidate = index.get((touch.kind, touch.custodian_id))
        if candidate is None:
            continue
        for s, name in enumerate(names):
            if touch.order_id in rows[name]:
                days = by_day.setdefault((candidate, s), np.zeros(holdings.n.shape[1]))
                days[touch.since // DAY - holdings.first_day] += 1.0
    found: dict[int, list[ev.SampleTouches]] = {}
    for (candidate, s), days in sorted(by_day.items()):
        marks = [
            _believed(m)
            for m in dataset.marks
            if m.sample_id == names[s] and m.party_id == holdings.custodians[candidate][1]
        ]
        found.setdefault(candidate, []).append(
            ev.SampleTouches(s, len(rows[names[s]]), days, sum(marks) * float(np.log(10.0)))
        )
    return {candidate: tuple(samples) for candidate, samples in found.items()}


def _log_prior(
    holdings: Holdings,
    n_by_kind: Mapping[str, tuple[int, int]],
    n_orders: int,
    factors: Mapping[Key, float],
) -> Floats:
    """Return the log prior of each candidate within its kind.

    Half is shared evenly, half by orders held: a custodian of ten orders is a poor source, but a
    small shop may leak as well as a large one. A kind of very few custodians gets no more for it
    than one of ten: the only group of a market is not likelier than the one shop in it.
    """
    prior = []
    for key, held in zip(holdings.custodians, holdings.n.sum(axis=1), strict=True):
        n, rows = n_by_kind.get(key[0], (1, 1))
        share = 0.5 / max(n, _FEW) + 0.5 * min(float(held) / max(rows, n_orders, 1), 1.0)
        # Whoever is cleared still explains the reports of its orders: somebody else held them.
        prior.append(share * (factors.get(key, 1.0) or 1.0))
    return np.asarray(np.log(prior), dtype=np.float64)

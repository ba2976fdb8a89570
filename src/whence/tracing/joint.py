"""From a dataset to a problem: the passes in their order, and the arrays they fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.errors import InputError
from whence.model import DAY, AnalystPrior, Dataset, Instant, MarkReading, Note
from whence.model.progress import Progress
from whence.stats import weighted_counts
from whence.tracing import (
    background as bg,
    evidence as ev,
    fitting,
    knowledge,
    screening,
    strata as strata_room,
)
from whence.tracing.holdings import (
    FEW,
    Counting,
    Holdings,
    held_by_access,
    rough,
    with_a_day,
)
from whence.tracing.observations import (
    Touch,
    by_order,
    candidates_of,
    collect_touches,
    end_of_observation,
    in_days,
    instants_of,
)
from whence.tracing.problem import PossibleOrders, Problem

if TYPE_CHECKING:
    from whence.engine import Engine

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[str, str]

_FEW: Final = 10
_MARK_BOUND: Final = 8.0  # log10; no reading is believed beyond it, whatever it claims


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A problem with the names behind its indices."""

    problem: Problem
    holdings: Holdings
    kinds: tuple[str, ...]
    n_by_kind: dict[str, tuple[int, int]]
    tables: custody.CustodyTables
    end: Instant
    first_order: Instant
    touched: dict[tuple[str, str], int]  # reports touched by every custodian, candidate or not
    later: tuple[str, ...]  # held relations of custody beyond the orders' columns


def prepare(
    dataset: Dataset,
    engine: "Engine",
    priors: Sequence[AnalystPrior],
    until: Instant | None,
    on_progress: Progress,
) -> Prepared:
    """Run the passes and lay out the arrays."""
    if not (dataset.custodian_columns or dataset.accesses or dataset.logins or dataset.marks):
        raise InputError("tracing.no-custody", hint="tracing.no-custody-hint")
    tables = custody.prepare(dataset, engine)
    span = engine.run(custody.span_of(tables))
    first_order, last_order = (int(instants_of(span, name)[0]) for name in ("first", "last"))
    end = end_of_observation(dataset, last_order, until)
    on_progress("touches", 0, 4)
    touches, near = collect_touches(dataset, tables, engine, end)
    marked = frozenset(reading.party_id for reading in dataset.marks)
    candidates = candidates_of(dataset, touches, marked)
    on_progress("touches", 1, 4)
    strata = strata_room.build(tables, engine)
    possible = _possible_orders(dataset, near, engine, strata)
    order_delay = fitting.order_delay_prior()
    end_day = end / DAY
    reach = order_delay.distribution(end_day - (strata.cells.placed_on.astype(np.float64) + 0.5))
    share = 1.0 / np.bincount(possible.report, minlength=len(dataset.reports))[possible.report]
    fitted = bg.fit(strata.cells, reach, possible.levels, share)
    strata_room.hold_weights(strata, engine, fitted, order_delay, end_day)
    on_progress("touches", 2, 4)
    n_by_kind = _custodians_by_kind(tables, engine)
    told = _Told(dataset, touches, strata, possible, n_by_kind, priors, end)
    counting = Counting(tables, engine, strata.tables)
    holdings = _counted(counting, candidates, told, fitted, reach)
    on_progress("touches", 3, 4)
    problem, kinds = _problem(holdings, told)
    open_ones = np.flatnonzero(holdings.by_column & ~holdings.is_whole)
    sought = screening.suspicious(problem, open_ones)
    if len(sought) and holdings.n[sought].sum() <= FEW:
        holdings = counting.with_later(holdings, sought.tolist())
        problem, kinds = _problem(holdings, told)
    on_progress("touches", 4, 4)
    return Prepared(
        problem=problem,
        holdings=holdings,
        kinds=kinds,
        n_by_kind=n_by_kind,
        tables=tables,
        end=end,
        first_order=first_order,
        touched=_touched(dataset, touches),
        later=tuple(counting.later),
    )


def _possible_orders(
    dataset: Dataset, near: custody.CustodyTables, engine: "Engine", strata: strata_room.Strata
) -> PossibleOrders:
    rows = engine.run(strata.tables.of_orders(near))
    at = {order_id: i for i, order_id in enumerate(rows.column("order_id").to_pylist())}
    levels = strata.levels_of(rows)
    pairs = [(i, order) for i, r in enumerate(dataset.reports) for order in r.orders]
    index = np.array([at[order.order_id] for _, order in pairs], dtype=np.int64)
    return PossibleOrders(
        report=np.array([i for i, _ in pairs], dtype=np.int64),
        levels={factor: values[index] for factor, values in levels.items()},
        placed=in_days(np.array([order.placed_at for _, order in pairs], dtype=np.int64)),
        called=in_days(np.array([dataset.reports[i].called_at for i, _ in pairs], dtype=np.int64)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What is known before anything is counted."""

    dataset: Dataset
    touches: Sequence[Touch]
    strata: strata_room.Strata
    possible: PossibleOrders
    n_by_kind: dict[str, tuple[int, int]]
    priors: Sequence[AnalystPrior]
    end: Instant


def _counted(
    counting: Counting, candidates: Sequence[Key], told: _Told, fitted: bg.Background, reach: Floats
) -> Holdings:
    """Count what is worth counting; whoever is not is no candidate any more."""
    n_orders = int(told.strata.cells.n.sum())
    held = counting.by_columns(candidates, is_weighed=n_orders <= FEW)
    accesses = counting.accesses(held)
    if n_orders > FEW or sum(n for n, _, _ in accesses.values()) > FEW:
        index = {key: c for c, key in enumerate(held.custodians)}
        touched = [
            (c, touch.since // DAY)
            for touch in told.touches
            if (c := index.get((touch.kind, touch.custodian_id))) is not None
        ]
        guess = rough(held, accesses, touched, _mean_weights(told.strata.cells, fitted, reach))
        problem, _ = _problem(guess, told)
        size = held.n.sum(axis=1)
        size[list(accesses)] = [n for n, _, _ in accesses.values()]
        kept = screening.worth_counting(problem, size)
        held = counting.by_columns([held.custodians[c] for c in kept], is_weighed=True)
    sought = [*np.flatnonzero(~held.by_column).tolist(), *held_by_access(held, told.touches)]
    return with_a_day(counting.with_later(held, sought))


def _mean_weights(cells: bg.Cells, fitted: bg.Background, reach: Floats) -> dict[int, float]:
    """Return the background of an average order, by the day it was placed."""
    days, at = np.unique(cells.placed_on, return_inverse=True)
    weight = weighted_counts(at, cells.n * reach * fitted.of(cells.levels), len(days))
    mean = weight / weighted_counts(at, cells.n, len(days))
    return dict(zip(days.tolist(), mean.tolist(), strict=True))


def _problem(holdings: Holdings, told: _Told) -> tuple[Problem, tuple[str, ...]]:
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


def _custodians_by_kind(
    tables: custody.CustodyTables, engine: "Engine"
) -> dict[str, tuple[int, int]]:
    """Return the number of custodians and of rows of each kind."""
    counted = engine.run(custody.custodians_by_kind(tables))
    columns = (counted.column(name).to_pylist() for name in ("kind", "n", "rows"))
    return {kind: (n, rows) for kind, n, rows in sorted(zip(*columns, strict=True))}


def unknown_priors(
    prepared: Prepared, engine: "Engine", priors: Sequence[AnalystPrior]
) -> tuple[Note, ...]:
    """Return a note for each prior that names nobody who held an order: a slip of the pen."""
    named = sorted({(prior.kind.casefold(), prior.id) for prior in priors})
    if not named:
        return ()
    engine.hold_rows("named", custody.CHOSEN, [(i, *key) for i, key in enumerate(named)])
    rows = engine.run(custody.known_among(prepared.tables, "named"))
    held = set(rows.column("candidate").to_pylist())
    missing = [key for i, key in enumerate(named) if i not in held]
    return tuple(
        Note(phrase="tracing.note-prior-nobody", facts={"kind": kind, "id": custodian_id})
        for kind, custodian_id in missing
    )


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


def _touched(dataset: Dataset, touches: Sequence[Touch]) -> dict[tuple[str, str], int]:
    reports_of = by_order(dataset.reports)
    found: dict[tuple[str, str], set[int]] = {}
    for touch in touches:
        here = {
            i
            for i in reports_of.get(touch.order_id, ())
            if touch.since <= dataset.reports[i].called_at
        }
        if here:
            found.setdefault((touch.kind, touch.custodian_id), set()).update(here)
    return {key: len(reports) for key, reports in found.items()}

"""From a dataset to a problem: the passes in their order, and what is worth counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.errors import InputError
from whence.model import DAY, AnalystPrior, Dataset, Instant, Note, Table
from whence.model.progress import Progress
from whence.stats import weighted_counts
from whence.tracing import (
    background as bg,
    fitting,
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
from whence.tracing.laying_out import Told, problem_of
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
    later: tuple[Table, ...]  # custody beyond the orders' columns, held


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
    told = Told(dataset, touches, strata, possible, n_by_kind, priors, end)
    counting = Counting(tables, engine, strata.tables)
    holdings = _counted(counting, candidates, told, fitted, reach)
    on_progress("touches", 3, 4)
    problem, kinds = problem_of(holdings, told)
    open_ones = np.flatnonzero(holdings.by_column & ~holdings.is_whole)
    sought = screening.suspicious(problem, open_ones)
    if len(sought) and holdings.n[sought].sum() <= FEW:
        holdings = counting.with_later(holdings, sought.tolist())
        problem, kinds = problem_of(holdings, told)
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


def _counted(
    counting: Counting, candidates: Sequence[Key], told: Told, fitted: bg.Background, reach: Floats
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
        problem, _ = problem_of(guess, told)
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
    chosen = custody.choose(
        engine, prepared.tables, "named", [(i, *key) for i, key in enumerate(named)]
    )
    rows = engine.run(custody.known_among(prepared.tables, chosen))
    held = set(rows.column("candidate").to_pylist())
    missing = [key for i, key in enumerate(named) if i not in held]
    return tuple(
        Note(phrase="tracing.note-prior-nobody", facts={"kind": kind, "id": custodian_id})
        for kind, custodian_id in missing
    )


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

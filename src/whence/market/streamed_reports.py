"""Who of the candidates turned out to be a source, and the reports of a streamed market."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market.calling import Calls, calls_after
from whence.market.custody import Key
from whence.market.lanes import LaneResult
from whence.market.planting import FEWEST_ORDERS_A_REPORT, Leak
from whence.market.reporting import SECOND_REPORTS, Reports, report
from whence.market.spec import too_small
from whence.market.streamed_leaks import Held, is_same, most_kept
from whence.market.streamed_plan import Plan
from whence.market.streamed_sources import Candidate
from whence.market.truth import Planted, PlantedSource, Truth
from whence.market.unrelated_calls import CALLED, best
from whence.model import SECOND, Window

Ints: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = NDArray[np.void]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A candidate that leaked enough: what it held, who held the same, the calls reported."""

    candidate: Candidate
    held: Held
    told: Rows  # of CALLED
    same: tuple[Key, ...]


def reports_and_truth(plan: Plan, lanes: Sequence[LaneResult]) -> tuple[pa.Table, Truth]:
    """Return the ``reports`` table and what was planted.

    Raises UsageError where too few orders leaked, or were told of in time, for what was asked.
    """
    rng = plan.rng_of_reports()
    most = most_kept(plan.spec.victims)
    parts = zip(*(lane.held for lane in lanes), strict=True)
    held = [Held.together(of_lanes, most) for of_lanes in parts]
    sources = _sources(plan, held, rng)
    noise = _noise(plan, lanes, [source.told for source in sources], rng)
    told = np.concatenate([*(source.told for source in sources), noise])
    reports = _reports(plan, sources, told, rng)
    truth = Truth(
        spec=plan.spec,
        sources=tuple(
            _planted(plan, source, reports.ids_of(index)) for index, source in enumerate(sources)
        ),
        delay=plan.leak_delay,
        unrelated_delay=plan.noise_delay,
        observed_until=plan.until * SECOND,
        n_accesses=sum(lane.n_accesses for lane in lanes),
    )
    return reports.table, truth


def _sources(plan: Plan, held: Sequence[Held], rng: np.random.Generator) -> list[_Source]:
    """Return the first candidates that leaked enough; no order and no customer reports twice."""
    found: list[_Source] = []
    own, beside = held[: len(plan.candidates)], held[len(plan.candidates) :]
    for place, (candidate, of_candidate) in enumerate(zip(plan.candidates, own, strict=True)):
        if len(found) == plan.spec.sources:
            break
        told = _told(plan, candidate, of_candidate, [source.told for source in found], rng)
        same = tuple(
            relative.watched.key
            for relative, of_relative in zip(plan.relatives, beside, strict=True)
            if relative.of == place and is_same(of_candidate, of_relative)
        )
        leaking = {key for source in found for key in (source.candidate.key, *source.same)}
        if told is not None and not leaking.intersection((candidate.key, *same)):
            found.append(_Source(candidate=candidate, held=of_candidate, told=told, same=same))
    if len(found) < plan.spec.sources:
        raise too_small(plan.spec, fewest=plan.spec.orders * 2)
    return found


def _told(
    plan: Plan,
    candidate: Candidate,
    held: Held,
    earlier: Sequence[Rows],
    rng: np.random.Generator,
) -> Rows | None:
    """Return the calls of a candidate's victims, or None when too few would come in time."""
    wanted = plan.spec.victims
    leaked = held.rows[held.rows["leaked"]]
    if held.n_leaked < wanted * FEWEST_ORDERS_A_REPORT:
        return None
    since = np.full(len(leaked), candidate.ends_at) if candidate.is_dump else leaked["since"]
    calls = calls_after(since, plan.leak_delay, rng)
    rows = np.zeros(len(leaked), dtype=CALLED)
    rows["code"], rows["customer"] = leaked["code"], leaked["customer"]
    rows["called_at"], rows["reported_at"] = calls.called_at, calls.reported_at
    rows = rng.permutation(rows[calls.reported_at <= plan.until])
    rows = _once(_but(rows, earlier))
    return rows[:wanted] if len(rows) >= wanted else None


def _once(rows: Rows) -> Rows:
    """Return the first row of each customer, in the order they stand in."""
    _, first = np.unique(rows["customer"], return_index=True)
    return rows[np.sort(first)]


def _but(rows: Rows, others: Sequence[Rows]) -> Rows:
    """Return the rows of customers that the others have none of."""
    if not others:
        return rows
    taken = np.concatenate([other["customer"] for other in others])
    return rows[~np.isin(rows["customer"], taken)]


def _noise(
    plan: Plan, lanes: Sequence[LaneResult], told: Sequence[Rows], rng: np.random.Generator
) -> Rows:
    """Return the unrelated calls that are reported; a few customers report two of them."""
    wanted = plan.spec.noise
    n_second = int(rng.binomial(wanted, SECOND_REPORTS)) if wanted > 1 else 0
    twice = _twice(_but(np.concatenate([lane.followed for lane in lanes]), told), n_second)
    pool = best(np.concatenate([lane.calls for lane in lanes]), len(lanes) * len(lanes[0].calls))
    once = _once(_but(pool, [*told, twice]))[: wanted - len(twice)]
    if len(once) + len(twice) < wanted:
        raise too_small(plan.spec, fewest=plan.spec.orders * 2)
    return np.concatenate([once, twice])


def _twice(followed: Rows, n_customers: int) -> Rows:
    """Return two calls each to the likeliest customers who have two."""
    by_key = best(followed, len(followed))
    by_customer = by_key[np.argsort(by_key["customer"], kind="stable")]
    _, first, counts = np.unique(by_customer["customer"], return_index=True, return_counts=True)
    first = first[counts > 1]
    second = first + 1
    likeliest = np.argsort(-by_customer["key"][second], kind="stable")[:n_customers]
    return np.concatenate([by_customer[first[likeliest]], by_customer[second[likeliest]]])


def _reports(plan: Plan, sources: list[_Source], told: Rows, rng: np.random.Generator) -> Reports:
    """Put all calls into one table of reports; orders are told by their place among ``told``."""
    place = np.arange(len(told), dtype=np.int64)
    calls = Calls(called_at=told["called_at"], reported_at=told["reported_at"])
    leaks, at = [], 0
    for source in sources:
        rows = place[at : at + len(source.told)]
        leaks.append(_leak(source, rows, calls.taken(rows)))
        at += len(rows)
    noise = (place[at:], calls.taken(place[at:]))
    order_ids = plan.order_numbers.texts(told["code"])
    customer_ids = plan.customer_numbers.texts(told["customer"])
    return report(plan.spec, order_ids, customer_ids, leaks, noise, rng)


def _leak(source: _Source, rows: Ints, calls: Calls) -> Leak:
    candidate = source.candidate
    return Leak(
        key=candidate.key,
        starts_at=candidate.starts_at,
        ends_at=candidate.ends_at,
        is_dump=candidate.is_dump,
        fraction=candidate.fraction,
        held=rows,
        leaked=rows,
        reported=rows,
        calls=calls,
        same=source.same,
    )


def _planted(plan: Plan, source: _Source, report_ids: tuple[str, ...]) -> PlantedSource:
    candidate, held, roster = source.candidate, source.held, plan.companies.roster
    rows = held.rows[np.lexsort((held.rows["code"], held.rows["since"]))]
    texts = plan.order_numbers.texts
    return PlantedSource(
        kind=candidate.key[0],
        id=roster.ids[candidate.number],
        window=Window(start=candidate.starts_at * SECOND, end=candidate.ends_at * SECOND),
        mode="dump" if candidate.is_dump else "drip",
        exported_at=candidate.ends_at * SECOND if candidate.is_dump else None,
        fraction=candidate.fraction,
        held_orders=tuple(texts(rows["code"]).to_pylist()),
        leaked_orders=tuple(texts(rows["code"][rows["leaked"]]).to_pylist()),
        reported_orders=tuple(texts(source.told["code"]).to_pylist()),
        report_ids=report_ids,
        equivalent=tuple(
            Planted(kind=kind, id=roster.ids[roster.first[kind] + index])
            for kind, index in source.same
        ),
        n_held=held.n_held,
        n_leaked=held.n_leaked,
    )

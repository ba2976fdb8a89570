"""From tables to arrays: which custodians had touched the reported orders, and how much they held.

Two passes over custody, each one scan: first who had touched the reported orders, then how many
orders a day the few candidates held. A candidate is a custodian with two touches, or one that a
mark names: a single touch can never pay the prior's price.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.model import DAY, Dataset, Instant, OrderId, Report

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import DuckDB

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_TOUCHES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A custodian held an order before the call; ``fields`` is what it saw, None if unknown."""

    order_id: OrderId
    kind: str
    custodian_id: str
    since: Instant
    fields: frozenset[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """What the candidates held: rows are candidates, columns UTC days from ``first_day`` on.

    ``n``: orders first touched that day; ``weight``: their background, relative (see ``fit``).
    """

    custodians: tuple[tuple[str, str], ...]  # kind, id; sorted
    first_day: int
    n: Floats
    weight: Floats


def collect_touches(
    dataset: Dataset, tables: custody.CustodyTables, engine: "DuckDB", end: Instant
) -> list[Touch]:
    """Run the first pass. Sorted, so that nothing depends on the order of rows."""
    calls: dict[OrderId, Instant] = {}
    for report in dataset.reports:
        for order in report.orders:
            calls[order.order_id] = max(calls.get(order.order_id, 0), report.called_at)
    for row in dataset.samples:
        seen = row.acquired_at if row.acquired_at is not None else end
        calls[row.order_id] = max(calls.get(row.order_id, 0), seen)
    schema = {"order_id": tables.order_type, "called_at": "timestamp(6)"}
    rows = [(order_id, _naive(at)) for order_id, at in calls.items()]
    engine.hold_rows("calls", schema, rows)
    found = engine.run(custody.touches_of(tables, "calls"))
    return _merged(found, dataset)


def candidates_of(
    dataset: Dataset, touches: Sequence[Touch], marked: frozenset[str]
) -> list[tuple[str, str]]:
    """Return the custodians worth counting, sorted."""
    report_of: dict[OrderId, list[str]] = defaultdict(list)
    for report in dataset.reports:
        for order in report.orders:
            report_of[order.order_id].append(report.report_id)
    sampled = {row.order_id for row in dataset.samples}
    reached: dict[tuple[str, str], set[str]] = defaultdict(set)
    for touch in touches:
        key = (touch.kind, touch.custodian_id)
        reached[key].update(report_of[touch.order_id])
        if touch.order_id in sampled:
            reached[key].add(f"sample row {touch.order_id}")
    return sorted(
        key for key, found in reached.items() if len(found) >= MIN_TOUCHES or key[1] in marked
    )


def collect_holdings(
    tables: custody.CustodyTables,
    engine: "DuckDB",
    candidates: Sequence[tuple[str, str]],
    strata: custody.StrataTables,
) -> Holdings:
    """Run the second pass: what each candidate first touched on each day."""
    schema = {"candidate": "int64", "kind": "string", "custodian_id": "string"}
    engine.hold_rows("candidates", schema, [(i, *key) for i, key in enumerate(candidates)])
    counted = engine.run(custody.counts_by_day(tables, "candidates", strata))
    day = days_of(counted, "day")
    first_day = int(day.min()) if len(day) else 0
    n_days = int(day.max()) - first_day + 1 if len(day) else 1
    row = counted.column("candidate").to_numpy()
    n = np.zeros((len(candidates), n_days))
    weight = np.zeros_like(n)
    n[row, day - first_day] = counted.column("n").to_numpy()
    weight[row, day - first_day] = counted.column("weight").to_numpy() / custody.WEIGHT_ONE
    return Holdings(tuple(candidates), first_day, n, weight)


def texts(table: "pa.Table", name: str) -> list[str]:
    """Return a text column as a list."""
    values: list[str] = table.column(name).to_pylist()
    return values


def days_of(table: "pa.Table", name: str) -> Ints:
    """Return a date column as days since 1970."""
    days: Ints = table.column(name).cast("int32").to_numpy().astype(np.int64)
    return days


def instants_of(table: "pa.Table", name: str) -> Ints:
    """Return a timestamp column as microseconds since 1970."""
    return np.asarray(table.column(name).cast("int64").to_numpy(), dtype=np.int64)


def in_days(instants: Ints) -> Floats:
    """Return instants as days since 1970, with their fraction."""
    return np.asarray(instants, dtype=np.float64) / DAY


def end_of_observation(dataset: Dataset, last_order: Instant, asked: Instant | None) -> Instant:
    """Return until when calls could have been seen: as asked, else the last call or order."""
    if asked is not None:
        return asked
    return max([last_order, *(report.called_at for report in dataset.reports)])


def by_order(reports: Sequence[Report]) -> Mapping[OrderId, list[int]]:
    """Return the indices of the reports that may be about each order."""
    found: dict[OrderId, list[int]] = defaultdict(list)
    for i, report in enumerate(reports):
        for order in report.orders:
            found[order.order_id].append(i)
    return found


def _merged(found: "pa.Table", dataset: Dataset) -> list[Touch]:
    """Merge rows that differ in fields alone; fall back on what ``parties`` says is visible."""
    listed = {(party.kind, party.party_id): party for party in dataset.parties}
    fields_of = {party.party_id: party.fields for party in dataset.parties}
    since: dict[tuple[OrderId, str, str], Instant] = {}
    fields: dict[tuple[OrderId, str, str], set[str]] = defaultdict(set)
    columns = (
        found.column("order_id").to_pylist(),
        texts(found, "kind"),
        texts(found, "custodian_id"),
        found.column("fields").to_pylist(),
        instants_of(found, "since").tolist(),
    )
    for order_id, kind, custodian_id, shown, at in zip(*columns, strict=True):
        key = (order_id, kind, custodian_id)
        since[key] = min(since.get(key, at), at)
        if shown:
            fields[key].update(shown.split(","))
    merged = []
    for key in sorted(since, key=lambda k: (k[1], k[2], str(k[0]))):
        order_id, kind, custodian_id = key
        saw: frozenset[str] | None = frozenset(fields[key]) if key in fields else None
        party = listed.get((kind, custodian_id))
        beforehand = (party.fields or fields_of.get(party.parent_id or "")) if party else None
        if beforehand is not None:
            saw = beforehand | (saw or frozenset())
        merged.append(
            Touch(
                order_id=order_id,
                kind=kind,
                custodian_id=custodian_id,
                since=since[key],
                fields=saw,
            )
        )
    return merged


def _naive(at: Instant) -> object:
    return np.datetime64(at, "us")

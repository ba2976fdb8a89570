"""The first pass: which custodians had touched the reported orders, and who is worth counting.

A candidate is a custodian with two touches, or one that a mark names: a single touch can never pay
the prior's price.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.model import DAY, Dataset, Instant, OrderId, Party, Report

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import Engine

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[str, str]  # kind, id

MIN_TOUCHES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A custodian held an order before the call; ``fields`` is what it saw, None if unknown."""

    order_id: OrderId
    placed_at: Instant
    kind: str
    custodian_id: str
    since: Instant
    fields: frozenset[str] | None


def collect_touches(
    dataset: Dataset, tables: custody.CustodyTables, engine: "Engine", end: Instant
) -> tuple[list[Touch], custody.CustodyTables]:
    """Run the first pass: the touches, and the tables cut to the orders that were touched.

    Sorted, so that nothing depends on the order of rows.
    """
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
    near = custody.narrowed(tables, "calls", calls, engine)
    found = engine.run(custody.touches_of(near, "calls"))
    return _merged(found, dataset), near


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
    listed = dataset.parties.named(found.column("custodian_id").unique().to_pylist())
    above = dataset.parties.named(p.parent_id for p in listed.values() if p.parent_id is not None)
    since: dict[tuple[OrderId, str, str], Instant] = {}
    fields: dict[tuple[OrderId, str, str], set[str]] = defaultdict(set)
    columns = (
        found.column("order_id").to_pylist(),
        texts(found, "kind"),
        texts(found, "custodian_id"),
        found.column("fields").to_pylist(),
        instants_of(found, "since").tolist(),
        instants_of(found, "placed_at").tolist(),
    )
    placed: dict[OrderId, Instant] = {}
    for order_id, kind, custodian_id, shown, at, placed_at in zip(*columns, strict=True):
        key = (order_id, kind, custodian_id)
        placed[order_id] = placed_at
        since[key] = min(since.get(key, at), at)
        if shown:
            fields[key].update(shown.split(","))
    merged = []
    for key in sorted(since, key=lambda k: (k[1], k[2], str(k[0]))):
        order_id, kind, custodian_id = key
        saw: frozenset[str] | None = frozenset(fields[key]) if key in fields else None
        beforehand = _visible(kind, listed.get(custodian_id), above)
        if beforehand is not None:
            saw = beforehand | (saw or frozenset())
        merged.append(
            Touch(
                order_id=order_id,
                placed_at=placed[order_id],
                kind=kind,
                custodian_id=custodian_id,
                since=since[key],
                fields=saw,
            )
        )
    return merged


def _visible(kind: str, party: Party | None, above: Mapping[str, Party]) -> frozenset[str] | None:
    """Return what a custodian of this kind can see: what ``parties`` says, or of its parent."""
    if party is None or party.kind != kind:
        return None
    parent = above.get(party.parent_id or "")
    return party.fields or (parent.fields if parent else None)


def _naive(at: Instant) -> object:
    return np.datetime64(at, "us")

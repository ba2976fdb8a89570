"""Who will be called next: orders held in the leaked window, and when their calls are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import Engine, custody
from whence.model import DAY, SECOND, Dataset, DueWeek
from whence.stats import weighted_counts
from whence.tracing.delays import DelayDensity
from whence.tracing.joint import Prepared
from whence.tracing.observations import instants_of
from whence.tracing.windows import WindowPosterior

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.str_] | NDArray[np.int64]

LEAST: Final = 0.2  # orders less likely than this to have been in a leaked window are left out
_CENTRAL: Final = (0.1, 0.9)  # FORMATS.md: the central 80 % of the delay
_WEEKS: Final = 12
_LIKELIER: Final = 0.5
_EPOCH: Final = date(1970, 1, 1)
_NEGLIGIBLE: Final = 1e-7  # probability of a day: below the sixth digit, to which answers are told
_STILL_DUE: Final = 0.02  # probability that her call is still to come, below which nobody waits


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """A possible source: members of one slot exclude each other, slots do not."""

    slot: int
    candidate: int
    probability: float
    window: WindowPosterior


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """An order under one holder: its row in the engine's answer, how likely, when it leaked."""

    row: Ints
    slot: Ints
    probability: Floats
    leaked: Floats


def exposed_orders(
    dataset: Dataset,
    prepared: Prepared,
    engine: Engine,
    delay: DelayDensity,
    holders: Sequence[Holder],
) -> tuple["pa.Table", tuple[DueWeek, ...]]:
    """Return the exposed orders (FORMATS.md) and when their calls are due.

    Orders that a report may be about are left out; an order that several sources held is listed
    once, with the likeliest.
    """
    spans = _spans(prepared, holders)
    plain, others = (
        custody.choose(
            engine,
            prepared.tables,
            name,
            [row for row in spans if bool(prepared.holdings.is_plain[row[0]]) is is_plain],
            custody.SPANNED,
        )
        for name, is_plain in (("plain_suspects", True), ("suspects", False))
    )
    days = {c: (first, last) for c, _, _, first, last in spans}
    rows = engine.run(custody.held_by(prepared.tables, plain, others, prepared.later, days))
    if not rows.num_rows:
        return no_exposed(), ()
    held = _held(prepared, rows, holders)
    order_ids = np.array(rows.column("order_id").to_pylist())
    chosen, total = _once(order_ids[held.row], held, dataset)
    ahead = 1.0 - delay.distribution(np.maximum((prepared.end - held.leaked[chosen]) / DAY, 0.0))
    chosen, total = chosen[ahead >= _STILL_DUE], total[ahead >= _STILL_DUE]
    due = _due(delay, prepared.end, held.leaked[chosen])
    table = _table(prepared, rows, held.row[chosen], np.round(total, 6), due)
    return table, _weeks(delay, prepared.end, held.leaked[chosen], total)


def _spans(prepared: Prepared, holders: Sequence[Holder]) -> list[tuple[int, str, str, date, date]]:
    """Return each holder with the days on which anything may have leaked, by all its windows."""
    first_day, names = prepared.holdings.first_day, prepared.holdings.custodians
    spans: dict[int, tuple[int, int]] = {}
    for holder in holders:
        likely = first_day + np.flatnonzero(holder.window.inclusion > _NEGLIGIBLE)
        if len(likely):
            first, last = spans.get(holder.candidate, (int(likely[0]), int(likely[-1])))
            spans[holder.candidate] = min(first, int(likely[0])), max(last, int(likely[-1]))
    return [
        (c, *names[c], _EPOCH + timedelta(days=a), _EPOCH + timedelta(days=z))
        for c, (a, z) in sorted(spans.items())
    ]


def _held(prepared: Prepared, rows: "pa.Table", holders: Sequence[Holder]) -> _Held:
    """Return every order under every possible source that held it."""
    candidate = rows.column("candidate").to_numpy()
    since = instants_of(rows, "since")
    first_day = prepared.holdings.first_day
    parts = []
    for holder in holders:
        mine, window = np.flatnonzero(candidate == holder.candidate), holder.window
        day = np.clip(since[mine] // DAY - first_day, 0, len(window.inclusion) - 1)
        exported = window.exports[int(np.argmax(window.export_posterior))] + 0.5
        dumped = np.maximum(np.float64(first_day + exported) * DAY, since[mine])
        leaked = dumped if window.p_dump > _LIKELIER else since[mine].astype(np.float64)
        slot = np.full(len(mine), holder.slot)
        parts.append((mine, slot, holder.probability * window.inclusion[day], leaked))
    return _Held(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _table(
    prepared: Prepared,
    rows: "pa.Table",
    chosen: Ints,
    probability: Floats,
    due: tuple[Floats, Floats],
) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415  late, with the engine

    utc = pa.timestamp("us", "UTC")
    names = pa.array([name for _, name in prepared.holdings.custodians], pa.string())
    kept = rows.take(pa.array(chosen))
    has_customer = "customer_id" in rows.column_names
    customer = kept.column("customer_id") if has_customer else pa.nulls(len(chosen), pa.string())
    # Whole seconds: what lies below would tell how sums were rounded, and nothing else.
    start, end = (
        pa.array(np.rint(edge / SECOND).astype(np.int64) * SECOND).cast(utc) for edge in due
    )
    return pa.table(
        {
            "order_id": kept.column("order_id"),
            "customer_id": customer,
            "suspect_id": names.take(kept.column("candidate")),
            "probability": pa.array(probability, pa.float64()),
            "accessed_at": kept.column("since").cast(pa.int64()).cast(utc),
            "call_due_from": start,
            "call_due_until": end,
        }
    )


def no_exposed() -> "pa.Table":
    """Return the table of exposed orders with no row."""
    import pyarrow as pa  # noqa: PLC0415

    utc = pa.timestamp("us", "UTC")
    return pa.schema(
        [
            ("order_id", pa.string()),
            ("customer_id", pa.string()),
            ("suspect_id", pa.string()),
            ("probability", pa.float64()),
            ("accessed_at", utc),
            ("call_due_from", utc),
            ("call_due_until", utc),
        ]
    ).empty_table()


def _once(order_ids: Ids, held: _Held, dataset: Dataset) -> tuple[Ints, Floats]:
    """Return one entry for each exposed order, likeliest first, with its probability in all.

    Within a slot probabilities add up: one of its members is the source. Across slots the order
    escapes only if it escapes each.
    """
    ids, of = np.unique(order_ids, return_inverse=True)
    n_slots = int(held.slot.max()) + 1
    pairs, at = np.unique(of * n_slots + held.slot, return_inverse=True)
    in_slot = np.minimum(weighted_counts(at, held.probability, len(pairs)), 1.0)
    with np.errstate(divide="ignore"):
        spared = weighted_counts(pairs // n_slots, np.log1p(-in_slot), len(ids))
    total = 1.0 - np.exp(spared)
    order = np.lexsort([-held.probability, of])
    best = order[np.searchsorted(of[order], np.arange(len(ids)))]
    reported = set(dataset.reported_orders)
    reported |= {order.order_id for report in dataset.reports for order in report.orders}
    known = np.array(sorted(reported, key=str), dtype=ids.dtype)
    kept = np.flatnonzero((total >= LEAST) & ~np.isin(ids, known))
    kept = kept[np.lexsort([kept, -np.round(total[kept], 6)])]
    return best[kept], total[kept]


def _due(delay: DelayDensity, end: int, leaked: Floats) -> tuple[Floats, Floats]:
    """Return when calls not yet made are due: the central 80 % of the delay beyond the end."""
    passed = np.maximum((end - leaked) / DAY, 0.0)
    done = delay.distribution(passed)
    edges = []
    for level in _CENTRAL:
        days = delay.quantiles(done + level * (1.0 - done))
        edges.append(leaked + np.maximum(days, passed) * DAY)
    return edges[0], edges[1]


def _weeks(
    delay: DelayDensity, end: int, leaked: Floats, probability: Floats
) -> tuple[DueWeek, ...]:
    if not len(leaked):
        return ()
    passed = np.maximum((end - leaked) / DAY, 0.0)
    edges = [delay.distribution(passed + 7.0 * week) for week in range(_WEEKS + 1)]
    ahead = float((probability * (1.0 - edges[0])).sum())
    shares = [
        float((probability * (edges[week + 1] - edges[week])).sum()) / max(ahead, 1e-12)
        for week in range(_WEEKS)
    ]
    return tuple(
        DueWeek(start=end + 7 * week * DAY, expected_share=share)
        for week, share in enumerate(shares)
    )

"""Who will be called next: orders held in the leaked window, and when their calls are due."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import DuckDB, custody
from whence.model import DAY, Dataset, DueWeek
from whence.stats import weighted_counts
from whence.tracing.delays import DelayDensity
from whence.tracing.evidence import WindowPosterior
from whence.tracing.joint import Prepared
from whence.tracing.observations import instants_of

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ids = NDArray[np.str_] | NDArray[np.int64]

LEAST: Final = 0.2  # orders less likely than this to have been in a leaked window are left out
_CENTRAL: Final = (0.1, 0.9)  # FORMATS.md: the central 80 % of the delay
_WEEKS: Final = 12
_LIKELIER: Final = 0.5


def exposed_orders(
    dataset: Dataset,
    prepared: Prepared,
    engine: DuckDB,
    delay: DelayDensity,
    sources: Sequence[tuple[int, float, WindowPosterior]],
) -> tuple["pa.Table", tuple[DueWeek, ...]]:
    """Return the exposed orders (FORMATS.md) and when their calls are due.

    ``sources``: candidate, probability that it is a source, posterior over its windows. Reported
    orders are left out; an order held by several sources is listed once, with the likeliest.
    """
    import pyarrow as pa  # noqa: PLC0415  late, with the engine

    names = prepared.holdings.custodians
    at = {names[c]: i for i, (c, _, _) in enumerate(sources)}
    engine.hold_rows("suspects", {"kind": "string", "custodian_id": "string"}, sorted(at))
    rows = engine.run(custody.held_by(prepared.tables, "suspects"))
    keys = zip(
        rows.column("kind").to_pylist(), rows.column("custodian_id").to_pylist(), strict=True
    )
    source = np.array([at[key] for key in keys], dtype=np.int64)
    since = instants_of(rows, "since")
    probability, leaked = np.zeros(len(source)), np.zeros(len(source))
    for i, (_, p, window) in enumerate(sources):
        mine = source == i
        day = since[mine] // DAY - prepared.holdings.first_day
        probability[mine] = p * window.inclusion[np.clip(day, 0, len(window.inclusion) - 1)]
        exported = window.exports[int(np.argmax(window.export_posterior))] + 0.5
        dumped = np.float64(prepared.holdings.first_day + exported) * DAY
        leaked[mine] = np.where(
            window.p_dump > _LIKELIER, np.maximum(dumped, since[mine]), since[mine]
        )
    order_ids = np.array(rows.column("order_id").to_pylist())
    chosen, total = _once(order_ids, probability, dataset)
    late, until = _due(delay, prepared.end, leaked[chosen])
    customer: list[object] = (
        rows.column("customer_id").to_pylist() if "customer_id" in rows.column_names else []
    )
    order_type = rows.schema.field("order_id").type
    customer_type = rows.schema.field("customer_id").type if customer else pa.string()
    utc = pa.timestamp("us", "UTC")
    ids = [names[sources[int(source[i])][0]][1] for i in chosen]
    table = pa.table(
        {
            "order_id": pa.array(order_ids[chosen].tolist(), order_type),
            "customer_id": pa.array(
                [customer[int(i)] for i in chosen] if customer else [None] * len(chosen),
                customer_type,
            ),
            "suspect_id": pa.array(ids, pa.string()),
            "probability": pa.array(np.round(total, 6), pa.float64()),
            "accessed_at": pa.array(since[chosen], pa.int64()).cast(utc),
            "call_due_from": pa.array(late.astype(np.int64), pa.int64()).cast(utc),
            "call_due_until": pa.array(until.astype(np.int64), pa.int64()).cast(utc),
        }
    )
    return table, _weeks(delay, prepared.end, leaked[chosen], total)


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


def _once(
    order_ids: Ids, probability: Floats, dataset: Dataset
) -> tuple[NDArray[np.int64], Floats]:
    """Return one row for each exposed order, likeliest first, with its probability in all."""
    ids, of = np.unique(order_ids, return_inverse=True)
    with np.errstate(divide="ignore"):
        spared = weighted_counts(of, np.log1p(-probability), len(ids))
    total = 1.0 - np.exp(spared)
    order = np.lexsort([-probability, of])
    best = order[np.searchsorted(of[order], np.arange(len(ids)))]
    reported = [o.order_id for r in dataset.reports if len(r.orders) == 1 for o in r.orders]
    listed = (total >= LEAST) & ~np.isin(ids, np.array(reported, dtype=ids.dtype))
    kept = np.flatnonzero(listed)
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

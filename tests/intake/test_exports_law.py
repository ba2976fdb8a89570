"""Exports joined with the orders at once fit the same orders as each compared with each."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings, strategies as st
from intake_world import answer_tables

START = datetime(2026, 3, 1, tzinfo=UTC)
STAMP = pa.timestamp("us", "UTC")


def moments(*, may_be_open: bool = False) -> st.SearchStrategy[datetime | None]:
    """Return times of which some coincide, and some are an instant apart."""
    found = st.builds(
        lambda hours, us: START + timedelta(hours=hours, microseconds=us),
        st.integers(0, 240),
        st.integers(-1, 1),
    )
    return st.none() | found if may_be_open else found


ORDERS = st.lists(
    st.tuples(moments(), st.sampled_from(["S1", "S2", None]), st.sampled_from(["R1", "R2", None])),
    min_size=1,
    max_size=30,
)
EXPORTS = st.lists(
    st.tuples(
        moments(),
        moments(may_be_open=True),
        moments(may_be_open=True),
        st.sampled_from(["S1", "S2", "S9", None]),
        st.sampled_from(["R1", "R2", None]),
    ),
    max_size=12,
    unique=True,
)


def fits(order: tuple[Any, ...], export: tuple[Any, ...]) -> bool:
    placed, *told = order
    at, first, last, *asked = export
    in_span = (first is None or first <= placed) and (last is None or placed <= last)
    return (
        placed <= at
        and in_span
        and any(limit is not None for limit in export[1:])
        and all(limit in (None, cell) for limit, cell in zip(asked, told, strict=True))
    )


@settings(max_examples=40, deadline=None)
@given(orders=ORDERS, exports=EXPORTS)
def test_an_order_is_in_every_export_it_fits_and_in_no_other(
    orders: list[tuple[Any, ...]], exports: list[tuple[Any, ...]]
) -> None:
    placed, shops, regions = zip(*orders, strict=True)
    columns = list(zip(*exports, strict=True)) or [()] * 5
    tables = {
        "orders": pa.table(
            {
                "order_id": [f"O{n}" for n in range(len(orders))],
                "placed_at": pa.array(placed, STAMP),
                "shop_id": pa.array(shops, pa.string()),
                "region": pa.array(regions, pa.string()),
            }
        ),
        "exports": pa.table(
            {
                "account_id": pa.array([f"A{n}" for n in range(len(exports))], pa.string()),
                **{
                    name: pa.array(columns[at], STAMP)
                    for at, name in enumerate(("accessed_at", "placed_from", "placed_until"))
                },
                "shop_id": pa.array(columns[3], pa.string()),
                "region": pa.array(columns[4], pa.string()),
            }
        ),
        "reports": pa.table(
            {"report_id": ["R"], "order_id": ["O0"], "called_at": pa.array([START], STAMP)}
        ),
    }
    found = answer_tables(tables)
    expected = Counter(
        (f"O{i}", f"A{n}")
        for n, export in enumerate(exports)
        for i, order in enumerate(orders)
        if fits(order, export)
    )
    assert Counter((row["order_id"], row["account_id"]) for row in found.accesses) == expected
    n_empty = sum(
        any(limit is not None for limit in export[1:])
        and not any(fits(order, export) for order in orders)
        for export in exports
    )
    assert found.note("note-empty-exports") == ({"n": n_empty} if n_empty else None)

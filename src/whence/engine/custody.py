"""Who held which order, and from when: the table that tracing stands on.

Custody is never stored whole here. Each pass asks for the part it needs; the expressions name no
engine.

Everything handed out of the engine is an integer, a text or an instant: sums of floats would
depend on the order in which threads deliver them.
"""

from typing import Final

import ibis

from whence.engine.branches import (
    ANCESTRY,
    CUSTODIANS,
    LOGIN_COLUMNS,
    CustodyTables,
    Expression,
    access_rows,
    branches,
    table_of,
    union,
)
from whence.engine.naming import prepare
from whence.engine.strata import StrataTables, days_between, sizes_of, top_levels

WEIGHT_ONE: Final = 1 << 20  # background weights are summed as integers in units of 2**-20

__all__ = [
    "WEIGHT_ONE",
    "CustodyTables",
    "StrataTables",
    "counts_by_day",
    "custodians_by_kind",
    "held_by",
    "overlap_of",
    "prepare",
    "sizes_of",
    "span_of",
    "top_levels",
    "touches_of",
]


def touches_of(tables: CustodyTables, calls: str) -> Expression:
    """Return who had touched the orders of ``calls`` before each call.

    ``calls`` names a held relation (``order_id``, ``called_at``). Rows: ``order_id``, ``kind``,
    ``custodian_id``, ``fields``, ``since``: one for each kind of ``fields`` a custodian saw, with
    the first time it did.
    """
    called = ibis.table({"order_id": tables.order_type, "called_at": "timestamp(6)"}, name=calls)
    wanted = called.group_by("order_id").agg(called_at=called.called_at.max())
    rows = union(branches(tables, orders=wanted))
    joined = rows.join(wanted, "order_id")
    before = joined.filter(joined.since <= joined.called_at)
    first = before.group_by(["order_id", "kind", "custodian_id", "fields"])
    return first.agg(since=before.since.min())


def counts_by_day(tables: CustodyTables, candidates: str, strata: "StrataTables") -> Expression:
    """Return, for each candidate and UTC day, what it first touched that day.

    ``candidates`` names a held relation (``candidate``, ``kind``, ``custodian_id``). Rows:
    ``candidate``, ``day``, ``n`` orders, ``weight``: their expected background after the touch,
    in units of 1 / ``WEIGHT_ONE``.
    """
    first = _first_touch(tables, candidates)
    orders = strata.weighted(tables).select("order_id", "placed_on", "base", "reach")
    joined = first.join(orders, "order_id")
    day = joined.since.date()
    lags = ibis.table({"lag": "int64", "missed": "float64"}, name="background_lags")
    placed = joined.mutate(day=day, lag=days_between(day, joined.placed_on))
    met = placed.left_join(lags, "lag")
    share = ibis.greatest(met.reach - met.missed.fill_null(1.0), 0.0)
    weight = (met.base * share * WEIGHT_ONE).round().cast("int64")
    weighed = met.mutate(weight=weight)
    counted = weighed.group_by(["kind", "custodian_id", "day"]).agg(
        n=weighed.count(), weight=weighed.weight.sum().cast("int64")
    )
    numbers = ibis.table({"candidate": "int64"} | CUSTODIANS, name=candidates)
    return counted.join(numbers, ["kind", "custodian_id"]).select("candidate", "day", "n", "weight")


def held_by(tables: CustodyTables, candidates: str) -> Expression:
    """Return every order of the candidates with the first touch.

    Rows: ``kind``, ``custodian_id``, ``order_id``, ``since`` and, where the orders have one,
    ``customer_id``.
    """
    first = _first_touch(tables, candidates)
    orders = table_of(tables.orders)
    names = [name for name in ("order_id", "customer_id") if name in tables.orders.columns]
    return first.join(orders.select(*names), "order_id")


def custodians_by_kind(tables: CustodyTables) -> Expression:
    """Return how many custodians each kind has, and in how many rows: ``kind``, ``n``, ``rows``.

    A row is an order in a custodian column, an access, or a login.
    """
    found = [
        rows.select(kind=ibis.literal(column.kind), custodian_id=rows[column.column])
        for column in tables.columns
        for rows in [table_of(tables.orders)]
    ]
    if tables.accesses is not None:
        found += [rows.select("kind", "custodian_id") for rows in access_rows(tables, None, None)]
    if tables.logins is not None:
        logins = table_of(tables.logins)
        found += [
            logins.select(kind=ibis.literal(kind), custodian_id=logins[column])
            for kind, column in LOGIN_COLUMNS.items()
        ]
    keys = ["kind", "custodian_id"]
    own = union([rows.group_by(keys).agg(rows=rows.count()) for rows in found])
    above = own.view().join(ibis.table(ANCESTRY, name="ancestry"), keys)
    above = above.select(
        kind=above.ancestor_kind, custodian_id=above.ancestor_id, rows=above["rows"]
    )
    every = union([own, above])
    every = every.filter(every.custodian_id.notnull())
    each = every.group_by(keys).agg(rows=every["rows"].sum())
    return each.group_by("kind").agg(n=each.count(), rows=each["rows"].sum().cast("int64"))


def overlap_of(tables: CustodyTables, pairs: str) -> Expression:
    """Return how many orders of the one's window the other of each pair held too.

    ``pairs`` names a held relation (``kind``, ``custodian_id``, ``other_kind``, ``other_id``,
    ``first_day``, ``last_day``); rows: the first four and ``n``.
    """
    others = {"other_kind": "string", "other_id": "string"}
    days = {"first_day": "date", "last_day": "date"}
    wanted = ibis.table(CUSTODIANS | others | days, name=pairs)
    chosen = union(
        [
            wanted.select("kind", "custodian_id"),
            wanted.select(kind="other_kind", custodian_id="other_id"),
        ]
    ).distinct()
    rows = union(branches(tables, custodians=chosen, with_fields=False))
    rows = rows.semi_join(chosen, ["kind", "custodian_id"])
    held = rows.group_by(["kind", "custodian_id", "order_id"]).agg(since=rows.since.min())
    mine = held.view().join(wanted, ["kind", "custodian_id"])
    day = mine.since.date()
    mine = mine.filter((day >= mine.first_day) & (day <= mine.last_day))
    theirs = held.view().select(other_kind="kind", other_id="custodian_id", order_id="order_id")
    both = mine.view().join(theirs, ["other_kind", "other_id", "order_id"])
    return both.group_by(["kind", "custodian_id", "other_kind", "other_id"]).agg(n=both.count())


def span_of(tables: CustodyTables) -> Expression:
    """Return the instants of the first and the last order: one row, ``first``, ``last``."""
    orders = table_of(tables.orders)
    return orders.agg(first=orders.placed_at.min(), last=orders.placed_at.max())


def _first_touch(tables: CustodyTables, candidates: str) -> Expression:
    chosen = ibis.table(CUSTODIANS, name=candidates)
    parts = branches(tables, custodians=chosen, with_fields=False)
    rows = union(parts).semi_join(chosen, ["kind", "custodian_id"])
    return rows.group_by(["kind", "custodian_id", "order_id"]).agg(since=rows.since.min())

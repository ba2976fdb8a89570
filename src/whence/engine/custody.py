"""Who held which order, and from when: the table that tracing stands on.

Custody is never stored whole here. Each pass asks for the part it needs; the expressions name no
engine. Custodians in question are numbered (``CHOSEN``: ``candidate``, ``kind``,
``custodian_id``), so that the large passes group by a number.

Everything handed out of the engine is an integer, a text or an instant: sums of floats would
depend on the order in which threads deliver them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import ibis

from whence.engine.branches import (
    ANCESTRY,
    CHOSEN,
    DAYS,
    HOLDERS,
    CustodyTables,
    Expression,
    chosen_of,
    column_holders,
    column_rows,
    later_rows,
    logins_of,
    marked_schema,
    table_of,
    union,
    values_of,
)
from whence.engine.custodians import actors_of, by_column, custodians_by_kind, known_among
from whence.engine.naming import prepare
from whence.engine.strata import (
    WEIGHT_ONE,
    StrataTables,
    plainly_counted,
    top_levels,
)

if TYPE_CHECKING:
    from whence.engine.protocol import Engine

SPANNED: Final = CHOSEN | {"first_day": "date", "last_day": "date"}
TIED: Final = {
    "candidate": "int64",
    "other": "int64",
    "first_day": "date",
    "last_day": "date",
}

__all__ = [
    "CHOSEN",
    "SPANNED",
    "TIED",
    "WEIGHT_ONE",
    "CustodyTables",
    "StrataTables",
    "actors_of",
    "by_column",
    "column_counts",
    "custodians_by_kind",
    "first_later",
    "held_by",
    "known_among",
    "later_counts",
    "narrowed",
    "overlap_of",
    "prepare",
    "span_of",
    "top_levels",
    "touches_of",
    "values_of",
]


def narrowed(tables: CustodyTables, calls: str, engine: "Engine") -> CustodyTables:
    """Return the tables cut to the orders of ``calls``: one scan of each large table, no more.

    ``calls`` names a held relation (``order_id``, ``called_at``). Custody of a few orders is read
    from what is kept here as often as it takes.
    """
    called = _calls(tables, calls).select("order_id").distinct()
    orders = engine.keep("near_orders", table_of(tables.orders).semi_join(called, "order_id"))
    accesses = tables.accesses
    if accesses is not None:
        near = table_of(accesses).semi_join(called, "order_id")
        accesses = engine.keep("near_accesses", near)
    return replace(tables, orders=orders, accesses=accesses)


def touches_of(tables: CustodyTables, calls: str) -> Expression:
    """Return who had touched the orders of ``calls`` before each call.

    ``tables`` are ``narrowed`` to these orders. Rows: ``order_id``, ``kind``, ``custodian_id``,
    ``fields``, ``since``, ``placed_at``: one for each kind of ``fields`` a custodian saw, with the
    first time.
    """
    called = _calls(tables, calls)
    wanted = called.group_by("order_id").agg(called_at=called.called_at.max())
    joined = union(_every_branch(tables)).join(wanted, "order_id")
    before = joined.filter(joined.since <= joined.called_at)
    first = before.group_by(["order_id", "kind", "custodian_id", "fields"])
    placed = table_of(tables.orders).select("order_id", "placed_at")
    return first.agg(since=before.since.min()).join(placed, "order_id")


def _calls(tables: CustodyTables, calls: str) -> Expression:
    return ibis.table({"order_id": tables.order_type, "called_at": "timestamp(6)"}, name=calls)


def _every_branch(tables: CustodyTables) -> list[Expression]:
    """Return all custody of few orders, with what was shown."""
    ancestry = ibis.table(ANCESTRY, name="ancestry")
    orders, unsaid = table_of(tables.orders), ibis.null("string")
    found = []
    for column in tables.columns:
        held = orders.filter(orders[column.column].notnull())
        own = held.select(
            "order_id",
            kind=ibis.literal(column.kind),
            custodian_id=held[column.column],
            since=held.placed_at,
            fields=unsaid,
        )
        above = own.view().join(ancestry.view(), ["kind", "custodian_id"])
        found += [
            own,
            above.select(
                "order_id",
                "since",
                "fields",
                kind=above.ancestor_kind,
                custodian_id=above.ancestor_id,
            ),
        ]
    if tables.accesses is not None:
        rows, holders = table_of(tables.accesses), ibis.table(HOLDERS, name="holders")
        holders = holders.rename(account="account_id", party="party_id")
        joined = rows.join(
            holders, [rows.account_id == holders.account, rows.party_id.identical_to(holders.party)]
        )
        found.append(joined.mutate(since=joined.accessed_at))
    for kind, joined in logins_of(tables).items():
        found.append(
            joined.mutate(kind=ibis.literal(kind), since=joined.attempted_at, fields=unsaid)
        )
    marked = ibis.table(marked_schema(tables), name="marked")
    placed = marked.join(orders.select("order_id", "placed_at"), "order_id")
    found.append(placed.mutate(since=placed.placed_at, fields=unsaid))
    return [rows.select("order_id", "kind", "custodian_id", "since", "fields") for rows in found]


def column_counts(
    tables: CustodyTables, chosen: str, strata: StrataTables | None, *, several: bool = False
) -> Expression:
    """Return what each chosen custodian held by the orders' columns, by day of placing.

    Rows: ``candidate``, ``day``, ``n`` orders, ``weight``: their expected background, in units of
    1 / ``WEIGHT_ONE``; without ``strata`` they are not weighed. ``several``: custodians that an
    order may name in two of its columns; each order then counts once.
    """
    candidates = chosen_of(chosen)
    if strata is None and not several and tables.days is not None:
        return _counted_days(tables, candidates)
    parts = [column_rows(tables, column, candidates) for column in tables.columns]
    if several:
        parts = [union(parts).distinct()]
    counted = [
        plainly_counted(rows, day=rows.since.date())
        if strata is None
        else strata.counted(rows, day=rows.since.date(), is_placing=True)
        for rows in parts
    ]
    every = union(counted)
    return every.group_by(["candidate", "day"]).agg(
        n=every.n.sum().cast("int64"), weight=every.weight.sum().cast("int64")
    )


def _counted_days(tables: CustodyTables, candidates: Expression) -> Expression:
    """Return unweighed ``column_counts`` from what was counted beforehand."""
    days = ibis.table(DAYS, name="days")
    parts = []
    for column in tables.columns:
        values = column_holders(column, candidates)
        here = days.filter(days["column"] == column.column)
        parts.append(here.join(values, here.custodian_id == values.held_by))
    every = union([rows.select("candidate", "day", "n") for rows in parts])
    summed = every.group_by(["candidate", "day"]).agg(n=every.n.sum().cast("int64"))
    return summed.mutate(weight=ibis.literal(0, "int64"))


def first_later(tables: CustodyTables, chosen: str, *, besides_columns: bool) -> Expression:
    """Return what each chosen custodian held beyond the orders' columns, with the first touch.

    Rows: ``candidate``, ``order_id``, ``since``. ``besides_columns``: the orders' columns name
    these custodians too; an order that a column gives it is then no new custody. Most accesses of a
    shop or an app are of its own orders, so these are left out before anything is grouped.
    """
    candidates = chosen_of(chosen)
    rows = union(later_rows(tables, candidates))
    if besides_columns:
        rows = _not_by_column(tables, rows, candidates)
    return rows.group_by(["candidate", "order_id"]).agg(since=rows.since.min())


def later_counts(tables: CustodyTables, later: str, strata: StrataTables) -> Expression:
    """Count what ``first_later`` found, held as ``later``, by day of first touch.

    Rows as in ``column_counts``.
    """
    joined = later_of(tables, later).join(table_of(tables.orders), "order_id")
    return strata.counted(joined, day=joined.since.date(), is_placing=False)


def later_of(tables: CustodyTables, later: str) -> Expression:
    """Return a held relation of what ``first_later`` found."""
    schema = {"candidate": "int64", "order_id": tables.order_type, "since": "timestamp(6)"}
    return ibis.table(schema, name=later)


def _not_by_column(tables: CustodyTables, rows: Expression, candidates: Expression) -> Expression:
    """Return the rows whose order no column of its own gives to the candidate."""
    names = [column.column for column in tables.columns]
    joined = rows.join(table_of(tables.orders).select("order_id", *names), "order_id")
    for name, column in zip(names, tables.columns, strict=True):
        values = column_holders(column, candidates).rename(by_column="candidate")
        joined = joined.anti_join(
            values, [joined[name] == values.held_by, joined.candidate == values.by_column]
        )
    return joined.select("candidate", "order_id", "since")


def held_by(tables: CustodyTables, plain: str, others: str, later: Sequence[str]) -> Expression:
    """Return the orders that custodians first touched within their days, with the touch.

    ``plain`` and ``others`` name held relations (``SPANNED``): custodians that have each order from
    one column of the orders alone, so that nothing needs grouping, and all others. ``later`` names
    those that ``first_later`` found. Rows: ``candidate``, ``order_id``, ``since`` and, where the
    orders have one, ``customer_id``.
    """
    owner = [name for name in ("customer_id",) if name in tables.orders.columns]
    span = ["candidate", "first_day", "last_day"]
    spanned = ibis.table(SPANNED, name=plain)
    placed = []
    for column in tables.columns:
        rows = column_rows(tables, column, spanned.select(*CHOSEN))
        rows = rows.select("candidate", "order_id", "since", *owner)
        rows = rows.join(spanned.select(*span).view(), "candidate")
        day = rows.since.date()
        placed.append(rows.filter((day >= rows.first_day) & (day <= rows.last_day)))
    spanned = ibis.table(SPANNED, name=others)
    chosen = spanned.select(*CHOSEN)
    every = union([*_columns_of(tables, chosen), *(later_of(tables, name) for name in later)])
    early = every.join(spanned.select(*span).view(), "candidate")
    early = early.filter(early.since.date() <= early.last_day)
    first = early.group_by(["candidate", "order_id", "first_day"]).agg(since=early.since.min())
    within = first.filter(first.since.date() >= first.first_day)
    named = within.join(table_of(tables.orders).select("order_id", *owner), "order_id")
    names = ["candidate", "order_id", "since", *owner]
    return union([rows.select(*names) for rows in (*placed, named)])


def overlap_of(tables: CustodyTables, chosen: str, ties: str, later: Sequence[str]) -> Expression:
    """Return how many orders of the one's window the other of each tie held too.

    ``later`` as for ``held_by``; ``ties`` names a held relation (``TIED``) of custodians in
    ``chosen``. Rows: ``candidate``, ``other``, ``n``.
    """
    tied = ibis.table(TIED, name=ties)
    candidates = chosen_of(chosen)
    counted = [
        rows.semi_join(candidates, "candidate")
        for rows in (later_of(tables, name) for name in later)
    ]
    rows = union([*_columns_of(tables, candidates), *counted])
    held = rows.group_by(["candidate", "order_id"]).agg(since=rows.since.min())
    mine = held.view().join(tied, "candidate")
    day = mine.since.date()
    mine = mine.filter((day >= mine.first_day) & (day <= mine.last_day))
    theirs = held.view().select(other="candidate", order_id="order_id")
    both = mine.view().join(theirs, ["other", "order_id"])
    return both.group_by(["candidate", "other"]).agg(n=both.count())


def span_of(tables: CustodyTables) -> Expression:
    """Return the instants of the first and the last order: one row, ``first``, ``last``."""
    orders = table_of(tables.orders)
    return orders.agg(first=orders.placed_at.min(), last=orders.placed_at.max())


def _columns_of(tables: CustodyTables, chosen: Expression) -> list[Expression]:
    """Return what the orders' columns give: ``candidate``, ``order_id``, ``since``."""
    return [
        column_rows(tables, column, chosen).select("candidate", "order_id", "since")
        for column in tables.columns
    ]

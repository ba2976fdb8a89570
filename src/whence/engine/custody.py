"""Who held which order, and from when: the table that tracing stands on.

Custody is never stored whole here. Each pass asks for the part it needs; the expressions name no
engine. Custodians in question are numbered (``CHOSEN``: ``candidate``, ``kind``,
``custodian_id``), so that the large passes group by a number (``choosing``).

Everything handed out of the engine is an integer, a text or an instant: sums of floats would
depend on the order in which threads deliver them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import ibis

from whence.engine.branches import (
    ANCESTRY,
    CHOSEN,
    HOLDERS,
    CustodyTables,
    Expression,
    Span,
    access_rows,
    column_rows,
    logins_of,
    marked_schema,
    other_rows,
    table_of,
    union,
    values_of,
)
from whence.engine.choosing import Chosen, choose, few
from whence.engine.counting import column_counts, hold_at_once, later_counts, later_schema
from whence.engine.custodians import actors_of, custodians_by_kind, known_among
from whence.engine.naming import prepare
from whence.engine.strata import (
    FACTORS,
    WEIGHT_ONE,
    StrataTables,
    top_levels,
)
from whence.model import OrderId, Table

if TYPE_CHECKING:
    from whence.engine.protocol import Engine

SPANNED: Final = CHOSEN | {"first_day": "date", "last_day": "date"}
TIED: Final = {
    "candidate": "int64",
    "other": "int64",
    "first_day": "date",
    "last_day": "date",
}

_FIRST: Final = frozenset({"candidate", "order_id", "since"})

__all__ = [
    "FACTORS",
    "SPANNED",
    "TIED",
    "WEIGHT_ONE",
    "Chosen",
    "CustodyTables",
    "StrataTables",
    "actors_of",
    "choose",
    "column_counts",
    "custodians_by_kind",
    "first_later",
    "held_by",
    "hold_at_once",
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


def narrowed(
    tables: CustodyTables, calls: str, orders: Iterable[OrderId], engine: "Engine"
) -> CustodyTables:
    """Return the tables cut to the orders of ``calls``: one scan of each large table, no more.

    ``calls`` names a held relation (``order_id``, ``called_at``) of ``orders``. Custody of a few
    orders is read from what is kept here as often as it takes.
    """
    named = few(set(orders))

    def near(table: Table) -> Expression:
        rows = table_of(table)
        if named is not None:
            return rows.filter(rows.order_id.isin(named))
        return rows.semi_join(_calls(tables, calls).select("order_id").distinct(), "order_id")

    accesses = tables.accesses
    return replace(
        tables,
        orders=engine.keep("near_orders", near(tables.orders)),
        accesses=None if accesses is None else engine.keep("near_accesses", near(accesses)),
    )


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


def first_later(
    tables: CustodyTables, chosen: Chosen, strata: StrataTables, *, besides_columns: bool
) -> Expression:
    """Return what each chosen custodian held beyond the orders' columns, with the first touch.

    Rows as in ``later_schema``. ``besides_columns``: the orders' columns name these custodians too;
    an order that a column gives it is then no new custody. Most accesses of a shop or an app are of
    its own orders, so these are left out before anything is grouped.
    """
    beside = [name for name in later_schema(tables, strata) if name not in _FIRST]
    named = [name for name in chosen.columns if besides_columns]
    orders = table_of(tables.orders)
    others = other_rows(tables, chosen)
    if tables.touches is None:
        if tables.accesses is not None:
            others.append(access_rows(tables.accesses, chosen))
        rows = union(others)
        if named:
            rows = rows.join(orders.select("order_id", *named), "order_id")
        first = _first(_not_by_column(rows, chosen, named), [])
        return first.join(orders.select("order_id", *beside), "order_id")
    wide = [*beside, *(name for name in named if name not in beside)]
    placed_on = orders.placed_at.date().cast("timestamp(6)")
    days = orders.mutate(placed_at=placed_on).select("order_id", *wide)
    parts = [rows.join(days.view(), "order_id") for rows in others]
    parts.append(access_rows(tables.touches, chosen, *wide))
    rows = union([rows.select("candidate", "order_id", "since", *wide) for rows in parts])
    return _first(_not_by_column(rows, chosen, named), beside)


def _first(rows: Expression, beside: Sequence[str]) -> Expression:
    """Return the first touch of each order by each candidate; the order says what is ``beside``."""
    return rows.group_by(["candidate", "order_id", *beside]).agg(since=rows.since.min())


def _not_by_column(rows: Expression, chosen: Chosen, named: Sequence[str]) -> Expression:
    """Return the rows whose order none of its columns, as far as ``named``, gives to them."""
    for name in named:
        values = chosen.values(name).rename(by_column="candidate")
        rows = rows.anti_join(
            values, [rows[name] == values.held_by, rows.candidate == values.by_column]
        )
    return rows


def held_by(
    tables: CustodyTables,
    plain: Chosen,
    others: Chosen,
    later: Sequence[Table],
    spans: Mapping[int, Span],
) -> Expression:
    """Return the orders that custodians first touched within their days, with the touch.

    ``spans`` are the days of each. ``plain`` and ``others`` are held as ``SPANNED``: custodians
    that have each order from one column of the orders alone, so that nothing needs grouping, and
    all others. ``later``: what ``first_later`` found. Rows: ``candidate``, ``order_id``,
    ``since`` and, where the orders have one, ``customer_id``.
    """
    owner = [name for name in ("customer_id",) if name in tables.orders.columns]
    names = ["candidate", "order_id", "since", *owner]
    placed = []
    for rows in column_rows(tables, plain, spans):
        spanned = rows.select(*names).join(_spans(plain), "candidate")
        day = spanned.since.date()
        placed.append(spanned.filter((day >= spanned.first_day) & (day <= spanned.last_day)))
    held = [*column_rows(tables, others), *map(table_of, later)]
    if held:
        every = union([rows.select(*names) for rows in held])
        early = every.join(_spans(others), "candidate")
        early = early.filter(early.since.date() <= early.last_day)
        keys = ["candidate", "order_id", "first_day", *owner]
        first = early.group_by(keys).agg(since=early.since.min())
        placed.append(first.filter(first.since.date() >= first.first_day))
    return union([rows.select(*names) for rows in placed])


def _spans(chosen: Chosen) -> Expression:
    """Return the days of custodians held as ``SPANNED``."""
    spanned = ibis.table(SPANNED, name=chosen.name)
    return spanned.select("candidate", "first_day", "last_day").view()


def overlap_of(
    tables: CustodyTables, chosen: Chosen, ties: str, later: Sequence[Table]
) -> Expression:
    """Return how many orders of the one's window the other of each tie held too.

    ``later`` as for ``held_by``; ``ties`` names a held relation (``TIED``) of custodians in
    ``chosen``. Rows: ``candidate``, ``other``, ``n``.
    """
    tied = ibis.table(TIED, name=ties)
    names = ["candidate", "order_id", "since"]
    found = [table_of(rows).semi_join(chosen.rows, "candidate") for rows in later]
    rows = union([rows.select(*names) for rows in (*column_rows(tables, chosen), *found)])
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

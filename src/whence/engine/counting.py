"""Custody counted by custodian and day, by the orders' columns and beyond them.

Rows: ``candidate``, ``day``, ``n`` orders, ``weight``: their expected background, in units of
1 / ``WEIGHT_ONE``.
"""

from math import prod
from typing import TYPE_CHECKING, Final

import ibis

from whence.engine.branches import (
    DAYS,
    CustodyTables,
    Expression,
    column_rows,
    table_of,
    union,
)
from whence.engine.choosing import Chosen
from whence.engine.strata import StrataTables, plainly_counted
from whence.model import Table

if TYPE_CHECKING:
    from whence.engine.protocol import Engine

AT_ONCE: Final = "counted_at_once"
_MOST_GROUPS: Final = 100_000  # a day, for which orders are counted by all columns at once


def column_counts(
    tables: CustodyTables, chosen: Chosen, strata: StrataTables | None, *, several: bool = False
) -> Expression:
    """Return what each chosen custodian held by the orders' columns, by day of placing.

    Without ``strata`` they are not weighed. ``several``: custodians that an
    order may name in two of its columns; each order then counts once.
    """
    if strata is None and not several and tables.days is not None:
        return _counted_days(chosen)
    parts = column_rows(tables, chosen)
    if several:
        parts = [union(parts).distinct()]
    counted = [
        plainly_counted(rows, day=rows.since.date())
        if strata is None
        else strata.counted(rows, day=rows.since.date(), is_placing=True)
        for rows in parts
    ]
    return _summed(union(counted))


def hold_at_once(
    engine: "Engine", tables: CustodyTables, chosen: Chosen, strata: StrataTables
) -> Expression | None:
    """Return weighed ``column_counts``, the orders read once for all columns.

    They are counted by the sets of custodians that their columns stand for, and that is held; then
    for whom each set stands. None where there are too many combinations of sets.
    """
    if prod(n + 1 for n in chosen.n_sets.values()) > _MOST_GROUPS:
        return None
    orders, keys = table_of(tables.orders), []
    for at, column in enumerate(chosen.columns):
        keys.append(f"set_{at}")
        sets = chosen.sets(column).rename({f"value_{at}": "held_by", keys[-1]: "number"})
        orders = orders.left_join(sets, orders[column] == sets[f"value_{at}"])
    orders = orders.filter(ibis.or_(*(orders[key].notnull() for key in keys)))
    day = orders.placed_at.date()
    held = engine.keep(AT_ONCE, strata.weighed(orders, keys, day=day, is_placing=True))
    parts = []
    for key in keys:
        counted, members = ibis.table(dict(held.columns), name=AT_ONCE), chosen.members
        rows = counted.join(members, counted[key] == members.number)
        parts.append(rows.select("candidate", "day", "n", "weight"))
    return _summed(union(parts))


def _summed(every: Expression) -> Expression:
    return every.group_by(["candidate", "day"]).agg(
        n=every.n.sum().cast("int64"), weight=every.weight.sum().cast("int64")
    )


def _counted_days(chosen: Chosen) -> Expression:
    """Return unweighed ``column_counts`` from what was counted beforehand."""
    days, parts = ibis.table(DAYS, name="days"), []
    for column in chosen.columns:
        values = chosen.values(column)
        here = days.filter(days["column"] == column)
        parts.append(here.join(values, here.custodian_id == values.held_by))
    every = union([rows.select("candidate", "day", "n") for rows in parts])
    summed = every.group_by(["candidate", "day"]).agg(n=every.n.sum().cast("int64"))
    return summed.mutate(weight=ibis.literal(0, "int64"))


def later_schema(tables: CustodyTables, strata: StrataTables) -> dict[str, str]:
    """Return the columns of what ``first_later`` finds.

    ``candidate``, ``order_id``, ``since``, and what weighs the order and names its customer; of
    ``placed_at`` the day alone is right.
    """
    sized = () if strata.sized_by is None else (strata.sized_by,)
    names = ["placed_at", *strata.columns, *sized, "customer_id"]
    columns = tables.orders.columns
    return {"candidate": "int64", "order_id": tables.order_type, "since": "timestamp(6)"} | {
        name: columns[name] for name in names if name in columns
    }


def later_counts(later: Table, strata: StrataTables) -> Expression:
    """Count what ``first_later`` found, held as ``later``, by day of first touch.

    Rows as in ``column_counts``.
    """
    rows = table_of(later)
    return strata.counted(rows, day=rows.since.date(), is_placing=False)

"""Who the custodians are: how many of each kind, and what little is known of each beforehand."""

import ibis

from whence.engine.branches import (
    ACTORS,
    ANCESTRY,
    HOMES,
    KINDS,
    LOGIN_COLUMNS,
    CustodyTables,
    Expression,
    column_rows,
    logins_of,
    marked_schema,
    table_of,
    union,
    values_of,
)
from whence.engine.choosing import Chosen


def actors_of(chosen: Chosen) -> Expression:
    """Return how many accesses count for each chosen custodian, and from when to when.

    Rows: ``candidate``, ``n``, ``first_at``, ``last_at``; those with accesses only.
    """
    pairs, actors = chosen.pairs, ibis.table(ACTORS, name="actors")
    joined = actors.join(
        pairs, [actors.account_id == pairs.account, actors.party_id.identical_to(pairs.party)]
    )
    return joined.group_by("candidate").agg(
        n=joined.n.sum().cast("int64"),
        first_at=joined.first_at.min(),
        last_at=joined.last_at.max(),
    )


def known_among(tables: CustodyTables, chosen: Chosen) -> Expression:
    """Return which of the chosen custodians held any order at all: ``candidate``."""
    found = [rows.select("candidate") for rows in column_rows(tables, chosen)]
    if tables.accesses is not None:
        found.append(chosen.pairs.select("candidate"))
    for kind, rows in logins_of(tables).items():
        of_kind = chosen.rows.filter(chosen.rows.kind == kind).view()
        found.append(rows.join(of_kind, "custodian_id").select("candidate"))
    marked = ibis.table(marked_schema(tables), name="marked")
    found.append(marked.join(chosen.rows, ["kind", "custodian_id"]).select("candidate"))
    return union(found).distinct()


def custodians_by_kind(tables: CustodyTables) -> Expression:
    """Return how many custodians each kind has, and in how many rows: ``kind``, ``n``, ``rows``.

    A row is an order in a custodian column, an access, or a login.
    """
    keys = ["kind", "custodian_id"]
    own = []
    for column in tables.columns:
        values = values_of(tables, column.column)
        own.append(
            values.select(
                kind=ibis.literal(column.kind), custodian_id=values.custodian_id, rows=values.n
            )
        )
    if tables.actors is not None:
        own += _counted_actors(table_of(tables.actors))
    if tables.logins is not None:
        logins = table_of(tables.logins)
        for kind, name in LOGIN_COLUMNS.items():
            rows = logins.select(kind=ibis.literal(kind), custodian_id=logins[name])
            own.append(rows.group_by(keys).agg(rows=rows.count()))
    above = union(own).view().join(ibis.table(ANCESTRY, name="ancestry"), keys)
    above = above.select(
        kind=above.ancestor_kind, custodian_id=above.ancestor_id, rows=above["rows"]
    )
    every = union([*own, above])
    every = every.filter(every.custodian_id.notnull())
    each = every.group_by(keys).agg(rows=every["rows"].sum())
    return each.group_by("kind").agg(n=each.count(), rows=each["rows"].sum().cast("int64"))


def _counted_actors(actors: Expression) -> list[Expression]:
    """Return the accesses of each account, and of each party that accounts worked for."""
    kinds = ibis.table(KINDS, name="known_kinds").rename(custodian_id="party_id")
    homes = ibis.table(HOMES, name="homes")
    housed = actors.left_join(homes, "account_id")
    by_party = housed.select(
        custodian_id=ibis.coalesce(housed.party_id, housed.home_id), rows=housed.n
    )
    by_account = actors.select(custodian_id=actors.account_id, rows=actors.n)
    found = []
    for default, rows in (("account", by_account), ("party", by_party)):
        summed = rows.group_by("custodian_id").agg(rows=rows["rows"].sum().cast("int64"))
        named = summed.left_join(kinds, "custodian_id")
        found.append(
            named.select(
                kind=named.kind.fill_null(default),
                custodian_id=named.custodian_id,
                rows=named["rows"],
            )
        )
    return found

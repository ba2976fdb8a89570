"""The branches of custody: order columns, accounts, parties, those above them, logins, marks.

Each branch is cut down to the orders or the custodians in question before anything is grouped.
All have the columns ``order_id``, ``kind``, ``custodian_id``, ``since`` and ``fields``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import ibis

from whence.model import CustodianColumn, Table

Expression = Any  # an Ibis table expression; Ibis ships no types that mypy can follow

LOGIN_COLUMNS: Final = {"login_device": "device_id", "login_ip": "ip"}
KINDS: Final = {"party_id": "string", "kind": "string"}
ANCESTRY: Final = {
    "kind": "string",
    "custodian_id": "string",
    "ancestor_kind": "string",
    "ancestor_id": "string",
}
CUSTODIANS: Final = {"kind": "string", "custodian_id": "string"}
HOMES: Final = {"account_id": "string", "home_id": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyTables:
    """The relations custody is read from, and the small ones that name the custodians."""

    orders: Table
    accesses: Table | None
    logins: Table | None
    columns: tuple[CustodianColumn, ...]

    @property
    def order_type(self) -> str:
        """The type of ``order_id``, text or integer."""
        return self.orders.columns["order_id"]


def branches(
    tables: CustodyTables,
    *,
    orders: Expression | None = None,
    custodians: Expression | None = None,
    with_fields: bool = True,
) -> list[Expression]:
    """Return the branches of custody, each cut to the orders or custodians in question."""
    own = [_column_rows(tables, column, orders, custodians) for column in tables.columns]
    own += access_rows(tables, orders, custodians)
    ancestry = ibis.table(ANCESTRY, name="ancestry")
    raised = [
        _raised(rows, ancestry, custodians)
        for rows in [
            *(_column_rows(tables, column, orders, None) for column in tables.columns),
            *access_rows(tables, orders, None, parties_only=True),
        ]
    ]
    raised.append(_above_accounts(tables, orders, custodians))
    every = [
        *own,
        *(rows for rows in raised if rows is not None),
        *_login_rows(tables, orders, custodians),
        _marked_rows(tables, orders, custodians),
    ]
    names = ["order_id", "kind", "custodian_id", "since", *(["fields"] if with_fields else [])]
    return [rows.select(*names) for rows in every]


def union(parts: Iterable[Expression]) -> Expression:
    """Return all rows of all parts."""
    first, *rest = parts
    return ibis.union(first, *rest) if rest else first


def table_of(table: Table) -> Expression:
    """Return a held relation as an expression."""
    return ibis.table(dict(table.columns), name=table.name)


def marked_schema(tables: CustodyTables) -> dict[str, str]:
    """Return the columns of the held relation ``marked``: custody by marks read back."""
    return {"order_id": tables.order_type} | CUSTODIANS


def access_rows(
    tables: CustodyTables,
    orders: Expression | None,
    custodians: Expression | None,
    *,
    parties_only: bool = False,
) -> list[Expression]:
    """Return accesses as custody of the account and of the party it worked for."""
    if tables.accesses is None:
        return []
    rows = table_of(tables.accesses)
    if orders is not None:
        rows = rows.semi_join(orders, "order_id")
    homes = ibis.table(HOMES, name="homes")
    housed = rows.left_join(homes, "account_id")
    by_party = housed.mutate(custodian_id=ibis.coalesce(housed.party_id, housed.home_id))
    by_account = rows.mutate(custodian_id=rows.account_id)
    branches = (
        [("party", by_party)]
        if parties_only
        else [
            ("account", by_account),
            ("party", by_party),
        ]
    )
    return [_named(branch, default, custodians) for default, branch in branches]


def _column_rows(
    tables: CustodyTables,
    column: CustodianColumn,
    orders: Expression | None,
    custodians: Expression | None,
) -> Expression:
    rows = table_of(tables.orders)
    if orders is not None:
        rows = rows.semi_join(orders, "order_id")
    if custodians is not None:
        wanted = custodians.select("custodian_id").distinct()
        rows = rows.semi_join(wanted, rows[column.column] == wanted.custodian_id)
    rows = rows.filter(rows[column.column].notnull())
    return rows.select(
        order_id=rows.order_id,
        kind=ibis.literal(column.kind),
        custodian_id=rows[column.column],
        since=rows.placed_at,
        fields=ibis.null("string"),
    )


def _named(rows: Expression, default: str, custodians: Expression | None) -> Expression:
    rows = rows.filter(rows.custodian_id.notnull())
    if custodians is not None:
        rows = rows.semi_join(custodians.select("custodian_id").distinct(), "custodian_id")
    kinds = ibis.table(KINDS, name="known_kinds").rename(custodian_id="party_id")
    named = rows.left_join(kinds, "custodian_id")
    return named.select(
        order_id=named.order_id,
        kind=named.kind.fill_null(default),
        custodian_id=named.custodian_id,
        since=named.accessed_at,
        fields=named.fields,
    )


def _raised(rows: Expression, ancestry: Expression, custodians: Expression | None) -> Expression:
    """Return the same rows as custody of the custodians' ancestors."""
    if custodians is not None:
        wanted = custodians.rename(ancestor_kind="kind", ancestor_id="custodian_id")
        ancestry = ancestry.semi_join(wanted, ["ancestor_kind", "ancestor_id"])
    # A view keeps the compiler from folding this join into the one below it.
    joined = rows.view().join(ancestry.view(), ["kind", "custodian_id"])
    return _as_ancestors(joined)


def _as_ancestors(joined: Expression) -> Expression:
    return joined.select(
        order_id=joined.order_id,
        kind=joined.ancestor_kind,
        custodian_id=joined.ancestor_id,
        since=joined.since,
        fields=joined.fields,
    )


def _above_accounts(
    tables: CustodyTables, orders: Expression | None, custodians: Expression | None
) -> Expression | None:
    """Return custody of those above an account that the row's own party does not speak for.

    A row says for which party the account worked just then. A team the account belongs to held
    the order besides, unless that party is itself a team: then the row knows better.
    """
    if tables.accesses is None:
        return None
    rows = table_of(tables.accesses)
    rows = rows.filter(rows.party_id.notnull())
    if orders is not None:
        rows = rows.semi_join(orders, "order_id")
    kinds = ibis.table(KINDS, name="known_kinds")
    party_kinds = kinds.view().select(worked_for="party_id", party_kind="kind")
    account_kinds = kinds.view().select(account="party_id", kind="kind")
    named = rows.join(account_kinds, rows.account_id == account_kinds.account)
    named = named.left_join(party_kinds, named.party_id == party_kinds.worked_for)
    named = named.select(
        order_id=named.order_id,
        kind=named.kind,
        custodian_id=named.account_id,
        since=named.accessed_at,
        fields=named.fields,
        party_kind=named.party_kind,
    )
    ancestry = ibis.table(ANCESTRY, name="ancestry")
    if custodians is not None:
        wanted = custodians.rename(ancestor_kind="kind", ancestor_id="custodian_id")
        ancestry = ancestry.semi_join(wanted, ["ancestor_kind", "ancestor_id"])
    joined = named.view().join(ancestry.view(), ["kind", "custodian_id"])
    joined = joined.filter(joined.party_kind.isnull() | (joined.party_kind != joined.ancestor_kind))
    return _as_ancestors(joined)


def _marked_rows(
    tables: CustodyTables, orders: Expression | None, custodians: Expression | None
) -> Expression:
    """Return what marks say was handed out, from the order's placement on."""
    marked = ibis.table(marked_schema(tables), name="marked")
    if custodians is not None:
        marked = marked.semi_join(custodians, ["kind", "custodian_id"])
    if orders is not None:
        marked = marked.semi_join(orders, "order_id")
    placed = table_of(tables.orders).select("order_id", "placed_at")
    joined = marked.view().join(placed, "order_id")
    return joined.select(
        order_id=joined.order_id,
        kind=joined.kind,
        custodian_id=joined.custodian_id,
        since=joined.placed_at,
        fields=ibis.null("string"),
    )


def _login_rows(
    tables: CustodyTables, orders: Expression | None, custodians: Expression | None
) -> list[Expression]:
    """Return what a login shows: every order the customer had placed before it."""
    if tables.logins is None or "customer_id" not in tables.orders.columns:
        return []
    found = []
    for kind, column in LOGIN_COLUMNS.items():
        logins = table_of(tables.logins)
        logins = logins.filter(logins[column].notnull() & logins.customer_id.notnull())
        if custodians is not None:
            wanted = custodians.filter(custodians.kind == kind).select("custodian_id")
            logins = logins.semi_join(wanted, logins[column] == wanted.custodian_id)
        placed = table_of(tables.orders).select("order_id", "customer_id", "placed_at")
        if orders is not None:
            placed = placed.semi_join(orders, "order_id")
        joined = logins.join(placed, "customer_id")
        joined = joined.filter(joined.placed_at <= joined.attempted_at)
        found.append(
            joined.select(
                order_id=joined.order_id,
                kind=ibis.literal(kind),
                custodian_id=joined[column],
                since=joined.attempted_at,
                fields=ibis.null("string"),
            )
        )
    return found

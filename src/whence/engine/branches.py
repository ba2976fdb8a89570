"""The branches of custody: order columns, accounts, parties, those above them, logins, marks.

For whom a value of an order's column or an (account, party) pair of the access log counts does not
depend on the order. So *who* is settled on small relations first (``holders`` for pairs, ``column``
for columns), and only then joined with the large tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ibis

from whence.model import CustodianColumn, Table

if TYPE_CHECKING:
    from whence.engine.choosing import Chosen

Span: TypeAlias = tuple[date, date]  # first and last day
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
CHOSEN: Final = {"candidate": "int64"} | CUSTODIANS
HOMES: Final = {"account_id": "string", "home_id": "string"}
PAIR: Final = {"account_id": "string", "party_id": "string"}
ACTORS: Final = PAIR | {"n": "int64", "first_at": "timestamp(6)", "last_at": "timestamp(6)"}
HOLDERS: Final = PAIR | CUSTODIANS
COLUMNS: Final = {"column": "string", "kind": "string"}
VALUES: Final = {"column": "string", "held_by": "string", "candidate": "int64"}
SETS: Final = {"column": "string", "held_by": "string", "number": "int64"}
MEMBERS: Final = {"number": "int64", "candidate": "int64"}
PAIRS: Final = {"candidate": "int64", "account": "string", "party": "string"}
DAYS: Final = {"column": "string", "custodian_id": "string", "day": "date", "n": "int64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyTables:
    """The relations custody is read from.

    ``actors`` names the pairs of account and party in the log, with the number of their accesses;
    the small relations that name custodians are held beside it (``naming.prepare``). ``touches``
    are the accesses once more, kept by account with the columns of their orders; ``days`` and
    ``cells`` are orders counted beforehand; each where it is. ``has_marks``: whether any custody is
    known by marks.
    """

    orders: Table
    accesses: Table | None
    logins: Table | None
    actors: Table | None
    touches: Table | None
    days: Table | None
    cells: Table | None
    columns: tuple[CustodianColumn, ...]
    has_marks: bool

    @property
    def order_type(self) -> str:
        """The type of ``order_id``, text or integer."""
        return self.orders.columns["order_id"]


def union(parts: Iterable[Expression]) -> Expression:
    """Return all rows of all parts."""
    first, *rest = parts
    return ibis.union(first, *rest) if rest else first


def table_of(table: Table) -> Expression:
    """Return a held relation as an expression."""
    return ibis.table(dict(table.columns), name=table.name)


def chosen_of(name: str) -> Expression:
    """Return a held relation of numbered custodians: ``candidate``, ``kind``, ``custodian_id``."""
    return ibis.table(CHOSEN, name=name)


def marked_schema(tables: CustodyTables) -> dict[str, str]:
    """Return the columns of the held relation ``marked``: custody by marks read back."""
    return {"order_id": tables.order_type} | CUSTODIANS


def holders_of(actors: Table) -> Expression:
    """Return for whom each pair of the log counts: ``account_id``, ``party_id``, custodian.

    The account itself; the party it worked for or, where the row names none, its home; everyone
    above that party. A row says for which party the account worked just then: a team the account
    belongs to held the order besides, unless that party is itself a team: then the row knows
    better.
    """
    pairs = table_of(actors).select(*PAIR)
    kinds = ibis.table(KINDS, name="known_kinds")
    ancestry = ibis.table(ANCESTRY, name="ancestry")

    def named(rows: Expression, default: str) -> Expression:
        known = rows.left_join(kinds.rename(known_id="party_id"), rows.held_by == kinds.party_id)
        return known.select(*PAIR, kind=known.kind.fill_null(default), custodian_id=known.held_by)

    by_account = named(pairs.mutate(held_by=pairs.account_id), "account")
    housed = pairs.left_join(ibis.table(HOMES, name="homes"), "account_id")
    housed = housed.mutate(held_by=ibis.coalesce(housed.party_id, housed.home_id))
    by_party = named(housed.filter(housed.held_by.notnull()), "party")
    above_party = _raised(by_party, ancestry)
    return union([by_account, by_party, above_party, _above_accounts(pairs)]).distinct()


def _raised(rows: Expression, ancestry: Expression) -> Expression:
    """Return the same pairs as the custodians' ancestors."""
    # A view keeps the compiler from folding this join into the one below it.
    joined = rows.view().join(ancestry.view(), ["kind", "custodian_id"])
    return joined.select(*PAIR, kind=joined.ancestor_kind, custodian_id=joined.ancestor_id)


def _above_accounts(pairs: Expression) -> Expression:
    """Return those above an account that the row's own party does not speak for."""
    kinds = ibis.table(KINDS, name="known_kinds")
    party_kinds = kinds.view().select(worked_for="party_id", party_kind="kind")
    account_kinds = kinds.view().select(account="party_id", kind="kind")
    worked = pairs.filter(pairs.party_id.notnull())
    named = worked.join(account_kinds, worked.account_id == account_kinds.account)
    named = named.left_join(party_kinds, named.party_id == party_kinds.worked_for)
    named = named.select(*PAIR, kind="kind", custodian_id="account_id", party_kind="party_kind")
    joined = named.view().join(ibis.table(ANCESTRY, name="ancestry"), ["kind", "custodian_id"])
    joined = joined.filter(joined.party_kind.isnull() | (joined.party_kind != joined.ancestor_kind))
    return joined.select(*PAIR, kind=joined.ancestor_kind, custodian_id=joined.ancestor_id)


def column_holders(chosen: Expression) -> Expression:
    """Return which values of the orders' columns stand for which chosen custodian.

    Rows: ``column``, ``held_by`` (the value), ``candidate``. A value stands for itself and for all
    above it.
    """
    columns = ibis.table(COLUMNS, name="custodian_columns")
    own = chosen.join(columns, "kind").select("column", "candidate", held_by="custodian_id")
    below = ibis.table(ANCESTRY, name="ancestry").join(columns.view(), "kind")
    below = below.select(
        "column", held_by="custodian_id", kind="ancestor_kind", custodian_id="ancestor_id"
    )
    above = chosen.view().join(below, ["kind", "custodian_id"])
    names = ["column", "held_by", "candidate"]
    return union([own.select(*names), above.select(*names)]).distinct()


def values_of(tables: CustodyTables, column: str) -> Expression:
    """Return how many orders name each custodian in a column: ``custodian_id``, ``n``."""
    if tables.days is not None:
        days = table_of(tables.days)
        days = days.filter(days["column"] == column)
        summed = days.group_by("custodian_id").agg(n=days.n.sum().cast("int64"))
        return summed.filter(summed.n > 0)  # what was deleted is counted off
    orders = table_of(tables.orders)
    named = orders.filter(orders[column].notnull())
    return named.group_by(custodian_id=named[column]).agg(n=named.count())


def column_rows(
    tables: CustodyTables, chosen: "Chosen", spans: Mapping[int, Span] | None = None
) -> list[Expression]:
    """Return custody by the columns of the orders, a part a column that names any of the chosen.

    Rows: ``candidate``, ``since``, and what ``orders`` has. ``spans``: days of each candidate
    outside of which nothing is wanted; rows may lie outside all the same.
    """
    found = []
    for column, named in chosen.columns.items():
        orders, values = table_of(tables.orders), chosen.values(column)
        if named is not None:
            orders = orders.filter(orders[column].isin(named))
        if spans is not None:
            first, last = zip(
                *(spans[candidate] for candidate in chosen.holding[column]), strict=True
            )
            start, end = (datetime.combine(day, time()) for day in (min(first), max(last)))
            orders = orders.filter(
                (orders.placed_at >= ibis.literal(start, "timestamp(6)"))
                & (orders.placed_at < ibis.literal(end + timedelta(days=1), "timestamp(6)"))
            )
        joined = orders.join(values, orders[column] == values.held_by)
        found.append(joined.mutate(since=joined.placed_at).drop("held_by"))
    return found


def access_rows(accesses: Table, chosen: "Chosen", *beside: str) -> Expression:
    """Return custody by accesses: ``candidate``, ``order_id``, ``since``, columns ``beside``."""
    rows, pairs = table_of(accesses), chosen.pairs
    if chosen.accounts is not None:
        rows = rows.filter(rows.account_id.isin(chosen.accounts))
    joined = rows.join(
        pairs, [rows.account_id == pairs.account, rows.party_id.identical_to(pairs.party)]
    )
    return joined.select("candidate", "order_id", *beside, since=joined.accessed_at)


def other_rows(tables: CustodyTables, chosen: "Chosen") -> list[Expression]:
    """Return custody that neither the orders' own columns nor accesses tell: by logins and marks.

    Rows: ``candidate``, ``order_id``, ``since``.
    """
    found = _login_rows(tables, chosen.rows)
    if not tables.has_marks and (found or tables.accesses is not None):
        return found  # else the orders would be read to be joined with nothing
    marked = ibis.table(marked_schema(tables), name="marked")
    placed = table_of(tables.orders).select("order_id", "placed_at")
    by_mark = marked.join(chosen.rows, ["kind", "custodian_id"]).join(placed, "order_id")
    return [*found, by_mark.select("candidate", "order_id", since=by_mark.placed_at)]


def _login_rows(tables: CustodyTables, chosen: Expression) -> list[Expression]:
    """Return what a login shows: every order the customer had placed before it."""
    found = []
    for kind, joined in logins_of(tables).items():
        seen = joined.join(chosen.filter(chosen.kind == kind).view(), "custodian_id")
        found.append(seen.select("candidate", "order_id", since=seen.attempted_at))
    return found


def logins_of(tables: CustodyTables) -> dict[str, Expression]:
    """Return, for each kind of custodian that logins show, what it saw.

    Rows: ``order_id``, ``custodian_id``, ``attempted_at``.
    """
    if tables.logins is None or "customer_id" not in tables.orders.columns:
        return {}
    found = {}
    placed = table_of(tables.orders).select("order_id", "customer_id", "placed_at")
    for kind, column in LOGIN_COLUMNS.items():
        logins = table_of(tables.logins)
        logins = logins.filter(logins[column].notnull() & logins.customer_id.notnull())
        joined = logins.join(placed, "customer_id")
        joined = joined.filter(joined.placed_at <= joined.attempted_at)
        found[kind] = joined.select("order_id", "attempted_at", custodian_id=joined[column])
    return found

"""Who held which order, and from when: the table that tracing stands on.

Custody is never stored whole here. Each pass asks for the part it needs, so that every branch
(order columns, accounts, the parties they work for, logins) is cut down to the few orders or the
few custodians in question before anything is grouped. The expressions name no engine.

Everything handed out of the engine is an integer, a text or an instant: sums of floats would
depend on the order in which threads deliver them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis

from whence.model import CustodianColumn, Dataset, Party, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine.duck import DuckDB

Expression = Any  # an Ibis table expression; Ibis ships no types that mypy can follow

WEIGHT_ONE: Final = 1 << 20  # background weights are summed as integers in units of 2**-20
LOGIN_COLUMNS: Final = {"login_device": "device_id", "login_ip": "ip"}

_KINDS = {"party_id": "string", "kind": "string"}
_ANCESTRY = {
    "kind": "string",
    "custodian_id": "string",
    "ancestor_kind": "string",
    "ancestor_id": "string",
}
_CUSTODIANS = {"kind": "string", "custodian_id": "string"}


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


def prepare(dataset: Dataset, engine: "DuckDB") -> CustodyTables:
    """Hold the small naming relations in the engine: kinds, ancestry.

    An account or party that ``parties`` does not list takes the kind of the order column that
    holds its id, if there is one; else it is an ``account`` or a ``party``.
    """
    if dataset.orders is None:
        msg = "custody needs an orders table"
        raise ValueError(msg)
    tables = CustodyTables(
        orders=dataset.orders,
        accesses=dataset.accesses,
        logins=dataset.logins,
        columns=dataset.custodian_columns,
    )
    kinds = {party.party_id: party.kind for party in dataset.parties}
    kinds |= _kinds_from_columns(tables, engine, known=kinds)
    engine.hold_rows("known_kinds", _KINDS, sorted(kinds.items()))
    engine.hold_rows("ancestry", _ANCESTRY, sorted(_ancestry(dataset)))
    homes = sorted((p.party_id, p.parent_id) for p in dataset.parties if p.parent_id is not None)
    engine.hold_rows("homes", {"account_id": "string", "home_id": "string"}, homes)
    return tables


def touches_of(tables: CustodyTables, calls: str) -> Expression:
    """Return who had touched the orders of ``calls`` before each call.

    ``calls`` names a held relation (``order_id``, ``called_at``). Rows: ``order_id``, ``kind``,
    ``custodian_id``, ``fields``, ``since``: one for each kind of ``fields`` a custodian saw, with
    the first time it did.
    """
    called = ibis.table({"order_id": tables.order_type, "called_at": "timestamp(6)"}, name=calls)
    wanted = called.group_by("order_id").agg(called_at=called.called_at.max())
    rows = _union(_branches(tables, orders=wanted))
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
    placed = joined.mutate(day=day, lag=_days_between(day, joined.placed_on))
    met = placed.left_join(lags, "lag")
    share = ibis.greatest(met.reach - met.missed.fill_null(1.0), 0.0)
    weight = (met.base * share * WEIGHT_ONE).round().cast("int64")
    weighed = met.mutate(weight=weight)
    counted = weighed.group_by(["kind", "custodian_id", "day"]).agg(
        n=weighed.count(), weight=weighed.weight.sum().cast("int64")
    )
    numbers = ibis.table({"candidate": "int64"} | _CUSTODIANS, name=candidates)
    return counted.join(numbers, ["kind", "custodian_id"]).select("candidate", "day", "n", "weight")


def held_by(tables: CustodyTables, candidates: str) -> Expression:
    """Return every order of the candidates with the first touch.

    Rows: ``kind``, ``custodian_id``, ``order_id``, ``since`` and, where the orders have one,
    ``customer_id``.
    """
    first = _first_touch(tables, candidates)
    orders = _table(tables.orders)
    names = [name for name in ("order_id", "customer_id") if name in tables.orders.columns]
    return first.join(orders.select(*names), "order_id")


def custodians_by_kind(tables: CustodyTables) -> Expression:
    """Return how many custodians each kind has, and in how many rows: ``kind``, ``n``, ``rows``.

    A row is an order in a custodian column, an access, or a login.
    """
    found = [
        rows.select(kind=ibis.literal(column.kind), custodian_id=rows[column.column])
        for column in tables.columns
        for rows in [_table(tables.orders)]
    ]
    if tables.accesses is not None:
        found += [rows.select("kind", "custodian_id") for rows in _access_rows(tables, None, None)]
    if tables.logins is not None:
        logins = _table(tables.logins)
        found += [
            logins.select(kind=ibis.literal(kind), custodian_id=logins[column])
            for kind, column in LOGIN_COLUMNS.items()
        ]
    keys = ["kind", "custodian_id"]
    own = _union([rows.group_by(keys).agg(rows=rows.count()) for rows in found])
    above = own.view().join(ibis.table(_ANCESTRY, name="ancestry"), keys)
    above = above.select(
        kind=above.ancestor_kind, custodian_id=above.ancestor_id, rows=above["rows"]
    )
    every = _union([own, above])
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
    wanted = ibis.table(_CUSTODIANS | others | days, name=pairs)
    chosen = _union(
        [
            wanted.select("kind", "custodian_id"),
            wanted.select(kind="other_kind", custodian_id="other_id"),
        ]
    ).distinct()
    rows = _union(_branches(tables, custodians=chosen, with_fields=False))
    rows = rows.semi_join(chosen, ["kind", "custodian_id"])
    held = rows.group_by(["kind", "custodian_id", "order_id"]).agg(since=rows.since.min())
    mine = held.view().join(wanted, ["kind", "custodian_id"])
    day = mine.since.date()
    mine = mine.filter((day >= mine.first_day) & (day <= mine.last_day))
    theirs = held.view().select(other_kind="kind", other_id="custodian_id", order_id="order_id")
    both = mine.view().join(theirs, ["other_kind", "other_id", "order_id"])
    return both.group_by(["kind", "custodian_id", "other_kind", "other_id"]).agg(n=both.count())


@dataclass(frozen=True, slots=True, kw_only=True)
class StrataTables:
    """The strata of the background: which columns make them, and their held multipliers.

    ``sizes`` names a held relation (``custodian_id``, ``size``) for the custodian column
    ``sized_by``; factors become held relations ``background_<factor>`` (``level``, ``factor``).
    """

    columns: tuple[str, ...]
    sized_by: str | None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, week of placement first."""
        return ("week", *self.columns, *(("size",) if self.sized_by else ()))

    def levels(self, tables: CustodyTables) -> Expression:
        """Return every order with its level in each factor, all as text."""
        orders = _table(tables.orders)
        placed_on = orders.placed_at.date()
        levelled = orders.mutate(
            placed_on=placed_on,
            week=(_days_between(placed_on, ibis.literal("1970-01-01").cast("date")) // 7).cast(
                "string"
            ),
            **{f"level_{name}": self._capped(orders, name) for name in self.columns},
        )
        names = {"week": "week"} | {name: f"level_{name}" for name in self.columns}
        if self.sized_by:
            sizes = ibis.table({"custodian_id": "string", "size": "string"}, name="sizes")
            renamed = sizes.rename(sized_id="custodian_id")
            levelled = levelled.left_join(
                renamed, levelled[self.sized_by] == renamed.sized_id
            ).mutate(size=lambda t: t["size"].fill_null(""))
            names["size"] = "size"
        return levelled.select(
            "order_id", "placed_on", **{f"in_{factor}": levelled[n] for factor, n in names.items()}
        )

    def _capped(self, orders: Expression, name: str) -> Expression:
        kept = ibis.table({"level": "string"}, name=f"kept_{name}")
        text = orders[name].cast("string")
        return text.isin(kept["level"]).ifelse(text, "")

    def cells(self, tables: CustodyTables) -> Expression:
        """Return the number of orders in each combination of levels and day of placement."""
        rows = self.levels(tables)
        keys = ["placed_on", *(f"in_{factor}" for factor in self.factors)]
        return rows.group_by(keys).agg(n=rows.count())

    def of_orders(self, tables: CustodyTables, wanted: str) -> Expression:
        """Return the levels of the orders in a held relation (``order_id``)."""
        chosen = ibis.table({"order_id": tables.order_type}, name=wanted)
        return self.levels(tables).semi_join(chosen, "order_id")

    def weighted(self, tables: CustodyTables) -> Expression:
        """Return every order with its background multiplier ``base`` and its ``reach``.

        ``reach``: the probability that a background call comes before the end of observation.
        """
        rows = self.levels(tables)
        base: Expression = ibis.literal(1.0)
        for factor in self.factors:
            held = ibis.table(
                {"level": "string", "factor": "float64"}, name=f"background_{factor}"
            ).rename({f"level_of_{factor}": "level", f"times_{factor}": "factor"})
            rows = rows.left_join(held, rows[f"in_{factor}"] == held[f"level_of_{factor}"])
        for factor in self.factors:
            base = base * rows[f"times_{factor}"].fill_null(1.0)
        reaches = ibis.table({"placed_on": "date", "reach": "float64"}, name="background_reach")
        return rows.mutate(base=base).join(reaches, "placed_on")


def top_levels(tables: CustodyTables, column: str, most: int) -> Expression:
    """Return the most frequent values of a column of ``orders``: ``level``."""
    orders = _table(tables.orders)
    named = orders.filter(orders[column].notnull())
    levelled = named.select(level=named[column].cast("string"))
    counted = levelled.group_by("level").agg(n=levelled.count())
    return counted.order_by([counted.n.desc(), counted["level"]]).limit(most).select("level")


def sizes_of(tables: CustodyTables, column: str) -> Expression:
    """Return how many orders each value of a custodian column has: ``custodian_id``, ``n``."""
    orders = _table(tables.orders)
    named = orders.filter(orders[column].notnull())
    return named.group_by(custodian_id=named[column]).agg(n=named.count())


def _table(table: Table) -> Expression:
    return ibis.table(dict(table.columns), name=table.name)


def _days_between(later: Expression, earlier: Expression) -> Expression:
    return later.delta(earlier, unit="day").cast("int64")


def _first_touch(tables: CustodyTables, candidates: str) -> Expression:
    chosen = ibis.table(_CUSTODIANS, name=candidates)
    branches = _branches(tables, custodians=chosen, with_fields=False)
    rows = _union(branches).semi_join(chosen, ["kind", "custodian_id"])
    return rows.group_by(["kind", "custodian_id", "order_id"]).agg(since=rows.since.min())


def _union(branches: Iterable[Expression]) -> Expression:
    first, *rest = branches
    return ibis.union(first, *rest) if rest else first


def _branches(
    tables: CustodyTables,
    *,
    orders: Expression | None = None,
    custodians: Expression | None = None,
    with_fields: bool = True,
) -> list[Expression]:
    """Return the branches of custody, each cut to the orders or custodians in question."""
    own = [_column_rows(tables, column, orders, custodians) for column in tables.columns]
    own += _access_rows(tables, orders, custodians)
    ancestry = ibis.table(_ANCESTRY, name="ancestry")
    raised = [
        _raised(rows, ancestry, custodians)
        for rows in [
            *(_column_rows(tables, column, orders, None) for column in tables.columns),
            *_access_rows(tables, orders, None, parties_only=True),
        ]
    ]
    every = [*own, *raised, *_login_rows(tables, orders, custodians)]
    names = ["order_id", "kind", "custodian_id", "since", *(["fields"] if with_fields else [])]
    return [rows.select(*names) for rows in every]


def _column_rows(
    tables: CustodyTables,
    column: CustodianColumn,
    orders: Expression | None,
    custodians: Expression | None,
) -> Expression:
    rows = _table(tables.orders)
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


def _access_rows(
    tables: CustodyTables,
    orders: Expression | None,
    custodians: Expression | None,
    *,
    parties_only: bool = False,
) -> list[Expression]:
    if tables.accesses is None:
        return []
    rows = _table(tables.accesses)
    if orders is not None:
        rows = rows.semi_join(orders, "order_id")
    homes = ibis.table({"account_id": "string", "home_id": "string"}, name="homes")
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


def _named(rows: Expression, default: str, custodians: Expression | None) -> Expression:
    rows = rows.filter(rows.custodian_id.notnull())
    if custodians is not None:
        rows = rows.semi_join(custodians.select("custodian_id").distinct(), "custodian_id")
    kinds = ibis.table(_KINDS, name="known_kinds").rename(custodian_id="party_id")
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
    return joined.select(
        order_id=joined.order_id,
        kind=joined.ancestor_kind,
        custodian_id=joined.ancestor_id,
        since=joined.since,
        fields=joined.fields,
    )


def _login_rows(
    tables: CustodyTables, orders: Expression | None, custodians: Expression | None
) -> list[Expression]:
    """Return what a login shows: every order the customer had placed before it."""
    if tables.logins is None or "customer_id" not in tables.orders.columns:
        return []
    found = []
    for kind, column in LOGIN_COLUMNS.items():
        logins = _table(tables.logins)
        logins = logins.filter(logins[column].notnull() & logins.customer_id.notnull())
        if custodians is not None:
            wanted = custodians.filter(custodians.kind == kind).select("custodian_id")
            logins = logins.semi_join(wanted, logins[column] == wanted.custodian_id)
        placed = _table(tables.orders).select("order_id", "customer_id", "placed_at")
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


def _kinds_from_columns(
    tables: CustodyTables, engine: "DuckDB", *, known: Mapping[str, str]
) -> dict[str, str]:
    """Return kinds for ids that occur in accesses and in exactly one custodian column."""
    if tables.accesses is None or not tables.columns:
        return {}
    accesses = _table(tables.accesses)
    pairs = accesses.select("account_id", "party_id").distinct()
    seen = engine.run(pairs)
    ids = {str(name) for i in range(2) for name in column_of(seen, i) if name is not None}
    unknown = sorted(ids - set(known))
    if not unknown:
        return {}
    engine.hold_rows("unknown_ids", {"custodian_id": "string"}, [(name,) for name in unknown])
    wanted = ibis.table({"custodian_id": "string"}, name="unknown_ids")
    found: dict[str, set[str]] = {}
    for column in tables.columns:
        held = _table(tables.orders)
        held = held.select(custodian_id=held[column.column]).distinct()
        for custodian_id in column_of(engine.run(held.semi_join(wanted, "custodian_id")), 0):
            found.setdefault(str(custodian_id), set()).add(column.kind)
    return {
        custodian_id: next(iter(kinds)) for custodian_id, kinds in found.items() if len(kinds) == 1
    }


def column_of(table: "pa.Table", index: int) -> list[object]:
    """Return a column's values as Python objects."""
    values: list[object] = table.column(index).to_pylist()
    return values


def _ancestry(dataset: Dataset) -> set[tuple[str, str, str, str]]:
    """Return (kind, id, ancestor's kind, ancestor's id) for every level above each party."""
    by_id: dict[str, Party] = {party.party_id: party for party in dataset.parties}
    found = set()
    for party in dataset.parties:
        above = by_id.get(party.parent_id or "")
        seen = {party.party_id}
        while above is not None and above.party_id not in seen:
            found.add((party.kind, party.party_id, above.kind, above.party_id))
            seen.add(above.party_id)
            above = by_id.get(above.parent_id or "")
    return found


def span_of(tables: CustodyTables) -> Expression:
    """Return the instants of the first and the last order: one row, ``first``, ``last``."""
    orders = _table(tables.orders)
    return orders.agg(first=orders.placed_at.min(), last=orders.placed_at.max())

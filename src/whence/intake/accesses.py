"""The access log: who opened which order, checked as a set, never row by row.

A log may have a billion rows in Parquet. So it stays where it is: what is wrong with it is
counted in one scan, and the relation ``accesses`` is a view, with conditions only where rows must
be left out. A log in text is converted once into a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear, keep
from whence.intake import glance, times, values
from whence.intake.clocks import tell_clocks
from whence.intake.raw import RawTable, column_error, reading, release, take_rejects
from whence.intake.sources import plain_source
from whence.model import HOUR

if TYPE_CHECKING:
    from whence.engine import DuckDB, Relation
    from whence.intake.orders import Orders
    from whence.intake.setaside import SetAside

CHECKED: Final = "accesses_checked"
EARLY: Final = "early_orders"
COLUMNS: Final = ("order_id", "account_id", "accessed_at", "party_id", "fields")
CLAMPED_WITHIN: Final = 24 * HOUR  # zones differ by less; what comes earlier is no clock's mistake
BEFORE: Final = "access before the order"
UNKNOWN: Final = "unknown order"

_WITH_ORDERS: Final = f"FROM {CHECKED} AS a LEFT JOIN orders AS o ON a.order_id = o.order_id"
_REASON: Final = (
    f"coalesce(a.fault, CASE WHEN o.order_id IS NULL THEN '{UNKNOWN}' "
    f"WHEN a.accessed_at < o.placed_at - to_microseconds({CLAMPED_WITHIN}) THEN '{BEFORE}' END)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What one scan of the log tells."""

    n_usable: int
    n_early: int
    is_tidy: bool
    n_by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accesses:
    """The usable accesses, and the pairs of account and party in them."""

    table: "Relation"
    actors: "Relation"


def check_accesses(
    raw: RawTable,
    orders: "Orders",
    *,
    engine: "DuckDB",
    zone: str,
    aside: "SetAside",
) -> Accesses:
    """Check the log and keep its usable rows as the relation ``accesses``, its pairs as ``actors``.

    An access at most a day before its order is taken for a clock's mistake and moved to the
    order's time, since nobody holds an order before it is placed. Of a very large log the accesses
    of some orders alone are compared with the orders.
    """
    is_view = raw.is_lasting and raw.types["accessed_at"] != "VARCHAR"
    columns = _columns(raw, orders, zone)
    with reading(raw):
        n_good = glance.good_accesses(raw.query, columns, engine) if is_view else None
        joined = _joined(raw, n_good, columns, orders, engine)
        if n_good is not None and joined and joined.is_good:
            aside.n_zoneless += n_good if _is_zoneless(raw, zone) else 0
            if joined.is_spot:
                aside.note("intake.note-spot", n=f"{n_good:,}", spots=glance.SPOTS)
            good = _Counts(n_usable=n_good, n_early=0, is_tidy=True, n_by_reason={})
            keep(engine, "accesses", _view(raw, columns, good), is_view=True)
            relation = engine.relation("accesses", n_rows=n_good)
            kinds = {name: relation.columns[name] for name in COLUMNS}
            relation = replace(relation, source=plain_source(raw, kinds, zone))
            return Accesses(table=relation, actors=engine.relation("actors"))
        checked = _checked(raw, columns, zone, is_good=n_good is not None)
        keep(engine, CHECKED, checked, is_view=is_view)
        take_rejects(raw, engine, aside)
        counts = _count(engine, aside)
        _set_aside(counts.n_by_reason, engine, aside)
        if counts.n_early or BEFORE in counts.n_by_reason:
            tell_clocks(CHECKED, engine, aside)
        if counts.n_early:
            early = f"SELECT DISTINCT o.order_id, o.placed_at {_WITH_ORDERS} WHERE a.fault IS NULL"
            keep(engine, EARLY, f"{early} AND a.accessed_at < o.placed_at", is_view=False)
        if is_view:
            keep(engine, "accesses", _view(raw, columns, counts), is_view=True)
        else:
            _table(counts, engine)
            release(raw, engine)
        keep(engine, "actors", _ACTORS, is_view=False)
        return Accesses(
            table=engine.relation("accesses", n_rows=counts.n_usable),
            actors=engine.relation("actors"),
        )


def _joined(
    raw: RawTable,
    n_good: int | None,
    columns: Mapping[str, values.Value],
    orders: "Orders",
    engine: "DuckDB",
) -> glance.Joined | None:
    if n_good is None:
        return None
    is_spot = n_good >= glance.SPOT_FROM
    return glance.met(raw.query, columns, orders.id_type, engine, is_spot=is_spot)


def _is_zoneless(raw: RawTable, zone: str) -> bool:
    time = times.time('"accessed_at"', raw.types["accessed_at"], zone)
    return time is not None and time.zoneless != "false"


def _columns(raw: RawTable, orders: "Orders", zone: str) -> dict[str, values.Value]:
    """Return the select list; what the log does not have is null."""
    found = {}
    for name in COLUMNS:
        kind = raw.types.get(name)
        column = f'"{name}"'
        if kind is None:
            value = values.Value("NULL::VARCHAR", "NULL::VARCHAR")
        elif name == "accessed_at":
            time = times.time(column, kind, zone)
            if time is None:
                raise column_error(raw, name, "timestamp")
            value = values.Value(time.instant, time.instant)
        elif not values.is_readable(kind):
            raise column_error(raw, name, "text or number")
        elif name == "order_id":
            value = values.key(column, kind, orders.id_type)
        elif name == "fields":
            value = values.fields(column, kind)
        else:
            value = values.text(column, kind)
        found[name] = value
    return found


def _checked(
    raw: RawTable, columns: Mapping[str, values.Value], zone: str, *, is_good: bool
) -> str:
    """Return the query of all rows, converted, with what is wrong with each.

    ``is_good``: nothing is, by itself; what may be wrong is how rows meet the orders.
    """
    if is_good:
        given = ", ".join(f'{value.given} AS "{name}"' for name, value in columns.items())
        zoneless = str(_is_zoneless(raw, zone)).lower()
        return (
            f"SELECT {given}, {zoneless} AS zoneless, false AS untidy, "
            f"CASE WHEN {columns['order_id'].given} IS NULL THEN 'missing order_id' END AS fault "
            f"FROM ({raw.query})"
        )
    accessed = times.time('"accessed_at"', raw.types["accessed_at"], zone)
    zoneless = accessed.zoneless if accessed else "false"
    chosen = ", ".join(f'{value.careful} AS "{name}"' for name, value in columns.items())
    untidy = " OR ".join(
        f"coalesce({value.differs}, false)"
        for value in columns.values()
        if value.differs != "false"
    )
    had_id = values.was_given('"order_id"', raw.types["order_id"], columns["order_id"].careful)
    tidied = times.tidy('"accessed_at"', raw.types["accessed_at"])
    return (
        "SELECT * EXCLUDE (had_id, was_time), CASE "
        f"WHEN order_id IS NULL AND had_id THEN '{UNKNOWN}' "
        "WHEN order_id IS NULL THEN 'missing order_id' "
        "WHEN account_id IS NULL THEN 'missing account_id' "
        "WHEN was_time IS NULL THEN 'missing accessed_at' "
        f"WHEN NOT {times.plausible('accessed_at')} THEN 'unreadable time' END AS fault "
        f"FROM (SELECT {chosen}, {zoneless} AS zoneless, {untidy or 'false'} AS untidy, "
        f'{had_id} AS had_id, "accessed_at" AS was_time '
        f'FROM (SELECT * REPLACE ({tidied} AS "accessed_at") FROM ({raw.query})))'
    )


def _count(engine: "DuckDB", aside: "SetAside") -> _Counts:
    """Count in one scan, joined with the orders, what is usable and what is not."""
    found = engine.rows(
        f"SELECT coalesce({_REASON}, '') AS reason, count(*), count(*) FILTER (a.zoneless), "
        "count(*) FILTER (a.untidy), count(*) FILTER (a.accessed_at < o.placed_at) "
        f"{_WITH_ORDERS} GROUP BY 1 ORDER BY 1"
    )
    numbers = {str(reason): [int(str(number)) for number in rest] for reason, *rest in found}
    good = numbers.pop("", [0, 0, 0, 0])
    others = {reason: rest[0] for reason, rest in numbers.items()}
    aside.n_zoneless += good[1]
    return _Counts(
        n_usable=good[0],
        n_early=good[3],
        is_tidy=not good[2] and not any(rest[2] for rest in numbers.values()),
        n_by_reason=others,
    )


def _set_aside(n_by_reason: Mapping[str, int], engine: "DuckDB", aside: "SetAside") -> None:
    """Name the accesses set aside by their order, or their account where no order is named."""
    for reason, n in n_by_reason.items():
        ids = (
            f"SELECT coalesce(a.order_id::VARCHAR, a.account_id, '') {_WITH_ORDERS} "
            f"WHERE {_REASON} = '{reason}'"
        )
        aside.rows_of("accesses", reason, n, ids, engine)


def _view(raw: RawTable, columns: Mapping[str, values.Value], counts: _Counts) -> str:
    """Return the query of the usable rows, as bare as the source allows."""
    faults = set(counts.n_by_reason) - {UNKNOWN, BEFORE}
    if counts.is_tidy and not faults:
        chosen = ", ".join(f'{columns[name].given} AS "{name}"' for name in COLUMNS)
        query = f"SELECT {chosen} FROM ({raw.query})"
    else:
        query = f"SELECT {_NAMES} FROM {CHECKED} WHERE fault IS NULL"
    return _moved(query, counts)


def _table(counts: _Counts, engine: "DuckDB") -> None:
    """Keep the usable rows of the converted table, without copying it where nothing is moved."""
    if counts.n_by_reason:
        engine.execute(
            f"DELETE FROM {CHECKED} WHERE fault IS NOT NULL "
            f"OR NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.order_id = {CHECKED}.order_id)"
        )
    query = _moved(f"SELECT {_NAMES} FROM {CHECKED}", counts)
    clear(engine, "accesses")
    if counts.n_early or BEFORE in counts.n_by_reason:
        keep(engine, "accesses", query, is_view=False)
        clear(engine, CHECKED)
        return
    for column in ("fault", "zoneless", "untidy"):
        engine.execute(f"ALTER TABLE {CHECKED} DROP COLUMN {column}")
    engine.execute(f"ALTER TABLE {CHECKED} RENAME TO accesses")


def _moved(query: str, counts: _Counts) -> str:
    """Return the rows with early ones moved to their orders' time.

    Those that come far too early or whose order is unknown are left out; the latter too though
    they join with no order, since custodians are counted in the log itself.
    """
    if BEFORE in counts.n_by_reason:
        query = (
            f"SELECT a.* FROM ({query}) AS a JOIN orders AS o ON a.order_id = o.order_id "
            f"AND a.accessed_at >= o.placed_at - to_microseconds({CLAMPED_WITHIN})"
        )
    elif UNKNOWN in counts.n_by_reason:
        query = f"SELECT a.* FROM ({query}) AS a SEMI JOIN orders AS o ON a.order_id = o.order_id"
    if not counts.n_early:
        return query
    return (
        "SELECT a.* REPLACE (greatest(a.accessed_at, e.placed_at) AS accessed_at) "
        f"FROM ({query}) AS a LEFT JOIN {EARLY} AS e ON a.order_id = e.order_id"
    )


_ACTORS: Final = (
    "SELECT account_id, party_id, count(*) AS n, min(accessed_at) AS first_at, "
    "max(accessed_at) AS last_at FROM accesses GROUP BY 1, 2"
)
_NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)

"""The orders: one row each, and which of their columns name a custodian."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear, keep
from whence.errors import InputError
from whence.intake import glance, times, values
from whence.intake.holders import custodian_columns, holders, kind_of
from whence.intake.raw import RawTable, column_error, reading, release, take_rejects
from whence.intake.sources import plain_source
from whence.model import CustodianColumn

if TYPE_CHECKING:
    from whence.engine import DuckDB, Relation
    from whence.intake.setaside import SetAside

CHECKED: Final = "orders_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The usable orders, and the types that other tables' ids are brought to."""

    table: "Relation"
    columns: tuple[CustodianColumn, ...]
    id_type: str
    customer_type: str | None


@dataclass(slots=True)
class _Columns:
    """The select list of the checked orders, with care and as given."""

    careful: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    all: dict[str, values.Value] = field(default_factory=dict)

    def add(self, column: str, value: values.Value) -> None:
        self.all[column] = value
        self.careful[column] = value.careful
        self.given[column] = value.given
        if value.differs != "false":
            self.differs.append(f"coalesce({value.differs}, false)")


def check_orders(
    raw: RawTable,
    *,
    engine: "DuckDB",
    zone: str,
    custodians: Sequence[str] | None,
    aside: "SetAside",
) -> Orders:
    """Check the orders and keep the usable ones as the relation ``orders``.

    Raises InputError if there is no order, or none that can be used.
    """
    named = custodian_columns(raw, custodians)
    id_type = values.id_type(raw.types["order_id"])
    customer = raw.types.get("customer_id")
    customer_type = values.id_type(customer) if customer else None
    columns = _columns(raw, named, id_type, customer_type, zone)
    is_view = raw.is_lasting and raw.types["placed_at"] != "VARCHAR"
    with reading(raw):
        n_good = glance.good_orders(raw.query, columns.all, engine) if is_view else None
        checked = _checked(raw, columns, zone) if n_good is None else _as_given(raw, columns)
        keep(engine, CHECKED, checked, is_view=is_view)
        take_rejects(raw, engine, aside)
        if n_good is None:
            n_rows, n_usable, is_tidy = _tell_faults(columns, engine, aside)
        else:
            n_rows, n_usable, is_tidy = n_good, n_good, True
            aside.n_zoneless += n_good if _is_zoneless(raw, zone) else 0
        if not n_rows and not aside.rejected():
            raise InputError("intake.no-orders", file=raw.file)
        kept = named if custodians else holders(named, CHECKED, engine, aside)
        names = _names(raw, kept)
        n_repeated = _duplicates(names, n_usable, id_type, engine, aside)
        n_usable -= n_repeated
        if not n_usable:
            raise InputError(
                "intake.no-usable-orders", hint="intake.no-usable-orders-hint", file=raw.file
            )
        given = columns.given if is_tidy else None
        _keep_usable(raw, given, names, is_view=is_view, is_repeated=n_repeated > 0, engine=engine)
        relation = engine.relation("orders", n_rows=n_usable)
        if given and is_view and not n_repeated:
            wanted = {name: relation.columns[name] for name in names if name != "amount"}
            relation = replace(relation, source=plain_source(raw, wanted, zone))
    return Orders(
        table=relation,
        columns=tuple(CustodianColumn(kind=kind_of(name), column=name) for name in kept),
        id_type=id_type,
        customer_type=customer_type,
    )


def _columns(
    raw: RawTable, named: Sequence[str], id_type: str, customer_type: str | None, zone: str
) -> _Columns:
    found = _Columns()
    for name in raw.types:
        kind, column = raw.types[name], f'"{name}"'
        if not (name == "placed_at" or values.is_readable(kind)):
            raise column_error(raw, name, "text or number")
        if name == "order_id":
            found.add(name, values.key(column, kind, id_type))
        elif name == "customer_id":
            found.add(name, values.key(column, kind, customer_type or "VARCHAR"))
        elif name in named or name in {"goods", "region"}:
            found.add(name, values.text(column, kind))
        elif name == "amount":
            found.add(name, values.number(column, kind))
            found.lost[name] = values.text(column, kind).careful
    placed = times.time('"placed_at"', raw.types["placed_at"], zone)
    if placed is None:
        raise column_error(raw, "placed_at", "timestamp")
    found.add("placed_at", values.Value(placed.instant, placed.instant))
    return found


def _checked(raw: RawTable, columns: _Columns, zone: str) -> str:
    """Return the query of all rows, converted, with what is wrong with each."""
    placed = times.time('"placed_at"', raw.types["placed_at"], zone)
    zoneless = placed.zoneless if placed else "false"
    chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.careful.items())
    lost = " OR ".join(
        f"({columns.careful[name]} IS NULL AND {text} IS NOT NULL)"
        for name, text in columns.lost.items()
    )
    had_id = values.was_given('"order_id"', raw.types["order_id"], columns.careful["order_id"])
    given = times.tidy('"placed_at"', raw.types["placed_at"])
    return (
        "SELECT * EXCLUDE (had_id, was_time), CASE "
        "WHEN order_id IS NULL AND had_id THEN 'unreadable order_id' "
        "WHEN order_id IS NULL THEN 'missing order_id' "
        "WHEN was_time IS NULL THEN 'missing placed_at' "
        f"WHEN NOT {times.plausible('placed_at')} THEN 'unreadable time' END AS fault "
        f"FROM (SELECT {chosen}, {zoneless} AS zoneless, {lost or 'false'} AS lost, "
        f"{' OR '.join(columns.differs) or 'false'} AS untidy, "
        f'{had_id} AS had_id, "placed_at" AS was_time '
        f'FROM (SELECT * REPLACE ({given} AS "placed_at") FROM ({raw.query})))'
    )


def _as_given(raw: RawTable, columns: _Columns) -> str:
    """Return the query of all rows where nothing is wrong with any."""
    chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.given.items())
    return f"SELECT {chosen}, NULL::VARCHAR AS fault FROM ({raw.query})"


def _is_zoneless(raw: RawTable, zone: str) -> bool:
    placed = times.time('"placed_at"', raw.types["placed_at"], zone)
    return placed is not None and placed.zoneless != "false"


def _tell_faults(columns: _Columns, engine: "DuckDB", aside: "SetAside") -> tuple[int, int, bool]:
    """Set faulty orders aside; return how many rows there are, how many usable, and if tidy."""
    found = engine.rows(
        "SELECT coalesce(fault, ''), count(*), count(*) FILTER (zoneless), "
        f"count(*) FILTER (untidy), count(*) FILTER (lost) FROM {CHECKED} GROUP BY 1 ORDER BY 1"
    )
    n_rows = n_usable = n_untidy = n_lost = 0
    for fault, *numbers in found:
        n, n_zoneless, untidy, lost = (int(str(number)) for number in numbers)
        n_rows += n
        n_untidy += untidy
        n_lost += lost
        if fault:
            ids = f"SELECT coalesce(order_id::VARCHAR, '') FROM {CHECKED} WHERE fault = '{fault}'"
            aside.rows_of("orders", str(fault), n, ids, engine)
        else:
            n_usable = n
            aside.n_zoneless += n_zoneless
    if n_lost:
        aside.note(
            "intake.note-unreadable", table="orders", column=", ".join(columns.lost), n=n_lost
        )
    return n_rows, n_usable, n_untidy == 0 and n_usable == n_rows


def _names(raw: RawTable, custodians: Sequence[str]) -> list[str]:
    known = ("order_id", "placed_at", "customer_id", "amount", "goods", "region")
    return [name for name in known if name in raw.types] + list(custodians)


def _duplicates(
    names: Sequence[str], n: int, id_type: str, engine: "DuckDB", aside: "SetAside"
) -> int:
    """Set duplicate orders aside: all but one of identical rows, all of conflicting ones.

    Ids of rows that stay out altogether stand in ``conflicting_orders``, ids of rows that are
    kept once in ``repeated_orders``. Returns how many rows are set aside.
    """
    if not glance.repeats(f"(FROM {CHECKED} WHERE fault IS NULL)", n, id_type, engine):
        return 0
    chosen = ", ".join(f'"{name}"' for name in names)
    keep(
        engine,
        "repeated_orders",
        f"SELECT order_id, count(*) AS n FROM {CHECKED} WHERE fault IS NULL "
        "GROUP BY order_id HAVING count(*) > 1",
        is_view=False,
    )
    keep(
        engine,
        "conflicting_orders",
        "SELECT order_id, n FROM repeated_orders SEMI JOIN (SELECT order_id FROM "
        f"(SELECT DISTINCT {chosen} FROM {CHECKED} SEMI JOIN repeated_orders USING (order_id) "
        "WHERE fault IS NULL) GROUP BY order_id HAVING count(*) > 1) USING (order_id)",
        is_view=False,
    )
    engine.execute(
        "DELETE FROM repeated_orders WHERE order_id IN (SELECT order_id FROM conflicting_orders)"
    )
    n_aside = 0
    for relation, reason, extra in (
        ("conflicting_orders", "conflicting duplicate", "n"),
        ("repeated_orders", "duplicate order", "n - 1"),
    ):
        ((counted,),) = engine.rows(f"SELECT coalesce(sum({extra}), 0)::BIGINT FROM {relation}")
        number = int(str(counted))
        if number:
            ids = f"SELECT order_id::VARCHAR FROM {relation}, range({extra})"
            aside.rows_of("orders", reason, number, ids, engine)
        n_aside += number
    return n_aside


def _keep_usable(
    raw: RawTable,
    given: Mapping[str, str] | None,
    names: Sequence[str],
    *,
    is_view: bool,
    is_repeated: bool,
    engine: "DuckDB",
) -> None:
    """Keep the usable orders: a view where the source is lasting and right, else a table."""
    chosen = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {chosen} FROM {CHECKED} WHERE fault IS NULL"
    if is_repeated:
        query = (
            f"{query} AND order_id NOT IN (SELECT order_id FROM conflicting_orders) "
            "AND order_id NOT IN (SELECT order_id FROM repeated_orders) UNION ALL "
            f"SELECT DISTINCT {chosen} FROM {CHECKED} SEMI JOIN repeated_orders USING (order_id) "
            "WHERE fault IS NULL"
        )
    elif given and is_view:
        as_given = ", ".join(f'{given[name]} AS "{name}"' for name in names)
        query = f"SELECT {as_given} FROM ({raw.query})"
    is_view = is_view and not is_repeated
    keep(engine, "orders", query, is_view=is_view)
    if not is_view:
        clear(engine, CHECKED)
        release(raw, engine)
    clear(engine, "repeated_orders", "conflicting_orders")

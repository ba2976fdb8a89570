"""Victims' reports, each brought to the orders it can be about.

One call counts once: of several reports of an order or of a customer the earliest is kept. A
report that names only a customer is about every order she had placed before the call.
"""

from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from whence.engine import literal
from whence.engine.files import clear
from whence.engine.protocol import MOST_NAMED
from whence.intake.parties import UnknownNames
from whence.intake.records import Record, once, records
from whence.model import SECOND, Instant, OrderId, PossibleOrder, Report

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.orders import Orders
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

TOLERATED: Final = 600 * SECOND  # a victim's watch and a shop's server may be minutes apart
_TEXTS: Final = ("report_id", "order_id", "customer_id", "known_fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The usable reports, sorted by id; how many rows came; every order one of them may be about.

    ``orders`` holds those of later reports too: whoever placed them has been called already.
    """

    reports: tuple[Report, ...] = ()
    n_rows: int = 0
    orders: frozenset[OrderId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the orders say about the ids that reports name."""

    orders: Mapping[OrderId, tuple[Instant, OrderId | None]] = field(default_factory=dict)
    by_customer: Mapping[OrderId, Sequence[PossibleOrder]] = field(default_factory=dict)


def readable_reports(
    raw: "RawTable",
    *,
    texts: Sequence[str],
    instants: Sequence[str],
    engine: "DuckDB",
    zone: str,
    aside: "SetAside",
) -> tuple[list[Record], int]:
    """Return the reports that have an id and a time of the call, each id once, and how many came.

    What is missing, unreadable or twice is set aside.
    """
    came = records(raw, texts=texts, instants=instants, engine=engine, zone=zone, aside=aside)
    good = []
    for row in came:
        name = row.texts.get("report_id", row.place)
        if "report_id" not in row.texts:
            aside.row("reports", name, "missing report_id")
        elif row.unreadable:
            aside.row("reports", name, "unreadable time")
        elif "called_at" not in row.instants:
            aside.row("reports", name, "missing called_at")
        else:
            good.append(row)
    kept = once(
        good,
        key=lambda row: row.texts["report_id"],
        content=lambda row: row.content,
        identical=lambda row: aside.row("reports", row.texts["report_id"], "duplicate report"),
        conflicting=lambda row: aside.row(
            "reports", row.texts["report_id"], "conflicting duplicate"
        ),
    )
    return kept, len(came)


def check_reports(
    raw: "RawTable", orders: "Orders", *, engine: "DuckDB", zone: str, aside: "SetAside"
) -> Reported:
    """Return the usable reports, one an order and a customer, and what all of them are about."""
    rows, n_rows = readable_reports(
        raw, texts=_TEXTS, instants=("called_at",), engine=engine, zone=zone, aside=aside
    )
    known = _look_up(rows, orders, engine)
    unknown = UnknownNames()
    found = []
    for row in rows:
        report = _located(row, orders, known)
        if isinstance(report, str):
            aside.row("reports", row.texts["report_id"], report)
        else:
            fields = unknown.known(row.texts.get("known_fields"))
            found.append(replace(report, known_fields=fields))
    unknown.tell("reports", aside)
    return Reported(
        reports=earliest(found, aside),
        n_rows=n_rows,
        orders=frozenset(order.order_id for report in found for order in report.orders),
    )


def earliest(reports: Sequence[Report], aside: "SetAside") -> tuple[Report, ...]:
    """Return one report an order and a customer, that of the earliest call, sorted by id."""
    orders: set[OrderId] = set()
    customers: set[OrderId] = set()
    kept = []
    for report in sorted(reports, key=lambda report: (report.called_at, report.report_id)):
        named = report.orders[0].order_id if len(report.orders) == 1 else None
        if named is not None and named in orders:
            aside.row("reports", report.report_id, "later report of the same order")
        elif report.customer_id is not None and report.customer_id in customers:
            aside.row("reports", report.report_id, "later report of the same customer")
        else:
            kept.append(report)
            if named is not None:
                orders.add(named)
            if report.customer_id is not None:
                customers.add(report.customer_id)
    return tuple(sorted(kept, key=lambda report: report.report_id))


def typed(cell: str | None, kind: str | None) -> OrderId | None:
    """Return an id in the orders' type; None where it cannot be one of them."""
    if cell is None or kind is None:
        return None
    if kind == "VARCHAR":
        return cell
    whole, _, rest = cell.partition(".")
    sign_less = whole.removeprefix("-").removeprefix("+")
    is_whole = sign_less.isascii() and sign_less.isdigit() and not rest.strip("0")
    return int(whole) if is_whole and abs(int(whole)) < 1 << 63 else None


def _located(row: Record, orders: "Orders", known: Known) -> Report | str:
    """Return the report with the orders it can be about, or why there is none."""
    report = Report(report_id=row.texts["report_id"], called_at=row.instants["called_at"])
    customer = typed(row.texts.get("customer_id"), orders.customer_type)
    if "order_id" in row.texts:
        order_id = typed(row.texts["order_id"], orders.id_type)
        return _of_order(report, order_id, customer, row, known)
    if "customer_id" in row.texts:
        return _of_customer(report, customer, known)
    return "missing order_id"


def _of_order(
    report: Report,
    order_id: OrderId | None,
    customer: OrderId | None,
    row: Record,
    known: Known,
) -> Report | str:
    if order_id is None or order_id not in known.orders:
        return "unknown order"
    placed_at, owner = known.orders[order_id]
    if "customer_id" in row.texts and owner is not None and owner != customer:
        return "customer does not match the order"
    if report.called_at < placed_at - TOLERATED:
        return "call before the order"
    return replace(
        report,
        called_at=max(report.called_at, placed_at),
        orders=(PossibleOrder(order_id=order_id, placed_at=placed_at),),
        customer_id=customer if owner is None else owner,
    )


def _of_customer(report: Report, customer: OrderId | None, known: Known) -> Report | str:
    if customer is None or customer not in known.by_customer:
        return "unknown customer"
    possible = tuple(
        order for order in known.by_customer[customer] if order.placed_at <= report.called_at
    )
    if not possible:
        return "customer without an earlier order"
    return replace(report, orders=possible, customer_id=customer)


def _look_up(rows: Sequence[Record], orders: "Orders", engine: "DuckDB") -> Known:
    """Ask the engine once for all orders and customers that the reports name."""
    given = (typed(row.texts.get("order_id"), orders.id_type) for row in rows)
    wanted = {order_id for order_id in given if order_id is not None}
    persons = (
        typed(row.texts.get("customer_id"), orders.customer_type)
        for row in rows
        if "order_id" not in row.texts
    )
    customers = {customer for customer in persons if customer is not None}
    owner = "customer_id" if orders.customer_type else "NULL"
    named: dict[OrderId, tuple[Instant, OrderId | None]] = {}
    is_named = _is_among("order_id", wanted, orders.id_type, engine)
    for order_id, placed_at, customer in engine.rows(
        f"SELECT order_id, epoch_us(placed_at), {owner} FROM orders WHERE {is_named}"
    ):
        named[_id(order_id)] = (int(str(placed_at)), None if customer is None else _id(customer))
    by_customer: dict[OrderId, list[PossibleOrder]] = {}
    if orders.customer_type and customers:
        is_hers = _is_among("customer_id", customers, orders.customer_type, engine)
        for customer, order_id, placed_at in engine.rows(
            "SELECT customer_id, order_id, epoch_us(placed_at) FROM orders "
            f"WHERE {is_hers} ORDER BY 1, 3, 2"
        ):
            possible = PossibleOrder(order_id=_id(order_id), placed_at=int(str(placed_at)))
            by_customer.setdefault(_id(customer), []).append(possible)
    clear(engine, "wanted")
    return Known(orders=named, by_customer=by_customer)


def _is_among(column: str, ids: AbstractSet[OrderId], kind: str, engine: "DuckDB") -> str:
    """Return the condition that an id is one of some, all of the columns' type.

    Few are named in the query itself, so that files can tell by their statistics what they lack.
    """
    if 0 < len(ids) <= MOST_NAMED:
        spelled = sorted(literal(name) if isinstance(name, str) else str(name) for name in ids)
        return f"{column} IN ({', '.join(spelled)})"
    types = {"VARCHAR": "string", "BIGINT": "int64"}
    engine.hold_rows("wanted", {"id": types[kind]}, [(name,) for name in ids])
    return f"{column} IN (SELECT id FROM wanted)"


def _id(cell: object) -> OrderId:
    return cell if isinstance(cell, int) else str(cell)

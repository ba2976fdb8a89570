"""Who is to be warned, and who first: one record a person, over all her exposed orders.

A notice that is a day late helps nobody who is called that day. So what orders the persons is the
probability that waiting a day costs: that her order leaked, times the share of its calls that fall
into the coming day. ``exposed.parquet`` gives a tenth of the calls before ``call_due_from``, eight
tenths until ``call_due_until``, a tenth after; within each stretch we spread them evenly, the last
over as long as the middle one. Of several orders of a person the most urgent decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from whence.errors import InputError, UsageError
from whence.model import DAY, Instant

EXPOSED: Final = "exposed.parquet"
_TAIL, _CENTRE = 0.1, 0.8  # FORMATS.md: call_due_from to call_due_until is the central 80 %
_COLUMNS: Final = (
    "order_id",
    "customer_id",
    "probability",
    "accessed_at",
    "call_due_from",
    "call_due_until",
    "suspect_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedOrder:
    """A row of ``exposed.parquet``; times are instants, None where the trace knew none."""

    order_id: str
    customer_id: str
    probability: float
    accessed_at: Instant | None
    due_from: Instant | None
    due_until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody exposed: how likely, how urgent, when her soonest call is due, which orders."""

    customer_id: str
    probability: float
    urgency: float
    due_from: Instant | None
    due_until: Instant | None
    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """What a trace says is exposed, whom it suspects, and how many orders name no customer."""

    orders: tuple[ExposedOrder, ...]
    suspect_ids: frozenset[str]
    n_nameless: int


def read_exposed(folder: Path) -> Exposed:
    """Read ``exposed.parquet`` of an answer. Raises UsageError where there is none."""
    import pyarrow as pa  # noqa: PLC0415  costs start-up time
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = folder / EXPOSED
    if not path.is_file():
        raise UsageError("warning.no-answer", folder=folder, hint="warning.no-answer-hint")
    try:
        table = pq.read_table(path, columns=list(_COLUMNS))
        for name in _COLUMNS[3:6]:
            at = table.column_names.index(name)
            moment = table.column(name).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
            table = table.set_column(at, name, moment)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError("warning.bad-answer", file=path) from error
    rows = zip(*(table.column(name).to_pylist() for name in _COLUMNS), strict=True)
    orders = [
        ExposedOrder(
            order_id=str(order),
            customer_id=str(customer),
            probability=float(probability or 0.0),
            accessed_at=accessed_at,
            due_from=due_from,
            due_until=due_until,
        )
        for order, customer, probability, accessed_at, due_from, due_until, _ in rows
        if customer is not None and str(customer)
    ]
    suspects = {str(suspect) for suspect in table.column("suspect_id").to_pylist() if suspect}
    return Exposed(
        orders=tuple(orders),
        suspect_ids=frozenset(suspects),
        n_nameless=table.num_rows - len(orders),
    )


def audience(orders: Iterable[ExposedOrder], now: Instant) -> list[Person]:
    """Return the persons exposed, the most urgent first.

    Those equally urgent stand by probability, then by when the call is due, then by id, so that
    the same answer at the same time gives the same order.
    """
    by_person: dict[str, list[ExposedOrder]] = {}
    for order in orders:
        by_person.setdefault(order.customer_id, []).append(order)
    persons = [_person(hers, now) for hers in by_person.values()]
    persons.sort(key=_rank)
    return persons


def coming_day(order: ExposedOrder, now: Instant) -> float:
    """Return the share of an order's calls that fall into the 24 hours from ``now``."""
    if order.due_from is None or order.due_until is None:
        return 0.0
    start = order.accessed_at if order.accessed_at is not None else order.due_from
    middle = max(order.due_until - order.due_from, 1)
    stretches = (
        (min(start, order.due_from), order.due_from, _TAIL),
        (order.due_from, order.due_from + middle, _CENTRE),
        (order.due_from + middle, order.due_from + 2 * middle, _TAIL),
    )
    return sum(
        share * max(0, min(end, now + DAY) - max(begin, now)) / (end - begin)
        for begin, end, share in stretches
        if end > begin
    )


def _person(orders: list[ExposedOrder], now: Instant) -> Person:
    due = [o for o in orders if o.due_from is not None]
    soonest = min(due, key=lambda o: (o.due_from, o.due_until), default=orders[0])
    return Person(
        customer_id=orders[0].customer_id,
        probability=max(o.probability for o in orders),
        urgency=max(o.probability * coming_day(o, now) for o in orders),
        due_from=soonest.due_from,
        due_until=soonest.due_until,
        order_ids=tuple(sorted(o.order_id for o in orders)),
    )


def _rank(person: Person) -> tuple[float, float, bool, Instant, str]:
    due = person.due_from
    return -person.urgency, -person.probability, due is None, due or 0, person.customer_id

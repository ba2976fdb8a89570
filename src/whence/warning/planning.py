"""The plan of a run: who is to be told, in which order, and who is not, on which grounds.

A plan is made anew from the answer, the contacts and what the outbox knows, each time. Whoever was
told stays told, whatever the new answer says; everybody else is where she belongs by now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from whence.model import Instant
from whence.warning.audience import ExposedOrder, Person, audience
from whence.warning.contacts import Contact
from whence.warning.notices import Notice
from whence.warning.outbox import Row
from whence.warning.records import Record
from whence.warning.wedge import drawn_order, order_digest
from whence.wording import Language

BELOW, NO_CONTACT, AVOIDED, NO_LONGER = "below", "no-contact", "avoided", "no-longer-exposed"
GROUNDS: Final = (BELOW, NO_CONTACT, AVOIDED, NO_LONGER)
OTHER_CHANNEL: Final = "other channel"
_AGAIN: Final = frozenset({"waiting", "given up", "left out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Somebody exposed who is not told, on which ground, and what else there is to say of it."""

    customer_id: str
    ground: str
    grounds: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does: rows as they will stand, in order; the rest is counted and recorded."""

    rows: tuple[Row, ...]
    orders: Mapping[str, str]
    decisions: tuple[Decision, ...]
    records: tuple[Record, ...]
    n_other_channel: int
    n_told_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decides who is told: the least probability, the grounds that harm is avoided, the order.

    ``avoided`` has grounds by order id and by customer id. ``seed`` draws the order at random.
    """

    case_id: str
    least: float = 0.0
    avoided_orders: Mapping[str, str]
    avoided_persons: Mapping[str, str]
    seed: int | None = None


Reach = Callable[[Contact], tuple[str, int] | None]  # form/language/digest, messages; None: none


def make_plan(
    orders: Iterable[ExposedOrder],
    contacts: Mapping[str, Contact],
    known: Mapping[str, Row],
    *,
    terms: Terms,
    channel: str,
    reach: Reach,
    notice_id: Callable[[str], str],
    now: Instant,
) -> Plan:
    """Return the plan of a run over one channel."""
    everyone = audience(orders, now)
    told = {customer for customer, row in known.items() if row.told_at is not None}
    open_ones = {p.customer_id: p for p in everyone if p.customer_id not in told}
    decisions = _decisions(open_ones.values(), contacts, terms)
    left = {decision.customer_id for decision in decisions}
    rows: list[Row] = []
    n_other = 0
    for person in (p for c, p in open_ones.items() if c not in left):
        before = known.get(person.customer_id)
        if before is not None and before.state == "under way":
            continue
        reached = reach(contacts[person.customer_id])
        n_other += reached is None
        rows.append(_row(person, before, reached, channel, notice_id))
    gone = [
        Decision(customer_id=c, ground=NO_LONGER, grounds="", probability=row.probability)
        for c, row in sorted(known.items())
        if row.state == "waiting" and c not in open_ones
    ]
    stopped = {d.customer_id for d in [*decisions, *gone]} & known.keys()
    rows += [
        replace(known[c], state="left out", fault="")
        for c in sorted(stopped)
        if known[c].state == "waiting"
    ]
    placed = _placed(rows, known, terms)
    return Plan(
        rows=placed,
        orders={o: p.customer_id for p in everyone for o in p.order_ids},
        decisions=(*decisions, *gone),
        records=tuple(_records([*decisions, *gone], terms, now)),
        n_other_channel=n_other,
        n_told_before=len(told),
    )


def wedge_record(case_id: str, seed: int, customer_ids: Sequence[str], now: Instant) -> Record:
    """Return what the ledger holds of an order drawn at random, before anybody was told."""
    drawn = drawn_order(customer_ids, seed=seed, case_id=case_id)
    return Record(
        kind="wedge",
        at=now,
        case_id=case_id,
        facts={"seed": str(seed), "persons": len(drawn), "order_sha256": order_digest(drawn)},
        once=(str(seed), order_digest(drawn)),
    )


def reach_over(
    forms: Sequence[str],
    notices: Callable[[str, Language], Notice],
    language: Language,
    digest: Callable[[str], str],
) -> Reach:
    """Return how a contact is reached in the first of these forms that it has."""

    def reach(contact: Contact) -> tuple[str, int] | None:
        form = contact.first_form(forms)
        address = contact.address(form) if form else None
        if form is None or address is None:
            return None
        spoken = contact.language or language
        return f"{form}/{spoken}/{digest(address)}", notices(form, spoken).n_messages

    return reach


def _decisions(
    persons: Iterable[Person], contacts: Mapping[str, Contact], terms: Terms
) -> list[Decision]:
    """Return whom not to tell, on the first ground that holds."""
    found = []
    for person in persons:
        contact = contacts.get(person.customer_id)
        avoided = [terms.avoided_orders.get(order) for order in person.order_ids]
        own = terms.avoided_persons.get(person.customer_id)
        if own or all(avoided):
            ground, grounds = AVOIDED, own or "; ".join(sorted({a for a in avoided if a}))
        elif person.probability < terms.least:
            ground, grounds = BELOW, f"{terms.least:g}"
        elif contact is None or not (contact.phone or contact.email or contact.app_user_id):
            ground, grounds = NO_CONTACT, ""
        else:
            continue
        found.append(
            Decision(
                customer_id=person.customer_id,
                ground=ground,
                grounds=grounds,
                probability=person.probability,
            )
        )
    return found


def _row(
    person: Person,
    before: Row | None,
    reached: tuple[str, int] | None,
    channel: str,
    notice_id: Callable[[str], str],
) -> Row:
    """Return where a person stands who is to be told: waiting, or told to be out of reach here."""
    address, n_messages = reached or ("", 1)
    fresh = Row(
        customer_id=person.customer_id,
        notice_id=notice_id(person.customer_id),
        place=0,
        state="waiting" if reached else "left out",
        due_from=person.due_from,
        probability=person.probability,
        n_messages=n_messages,
        reach=address,
        fault="" if reached else OTHER_CHANNEL,
    )
    if before is None or not reached:
        return fresh
    is_same = before.reach == address and before.channel in {"", channel}
    if before.state in _AGAIN or not is_same:
        tries = before.attempts if before.state == "waiting" and is_same else 0
        return replace(fresh, attempts=tries, taken_at=before.taken_at)
    return replace(before, due_from=person.due_from, probability=person.probability)


def _placed(rows: Sequence[Row], known: Mapping[str, Row], terms: Terms) -> tuple[Row, ...]:
    """Return the rows with their places: as given, most urgent first, or as the seed draws."""
    if terms.seed is None:
        return tuple(replace(row, place=at) for at, row in enumerate(rows))
    everyone = {*known, *(row.customer_id for row in rows)}
    drawn = drawn_order(everyone, seed=terms.seed, case_id=terms.case_id)
    place = {customer: at for at, customer in enumerate(drawn)}
    return tuple(replace(row, place=place[row.customer_id]) for row in rows)


def _records(decisions: Iterable[Decision], terms: Terms, now: Instant) -> Iterable[Record]:
    for decision in decisions:
        yield Record(
            kind="no-notice",
            at=now,
            case_id=terms.case_id,
            customer_id=decision.customer_id,
            facts={
                "ground": decision.ground,
                "grounds": decision.grounds,
                "probability": f"{decision.probability:.6g}",
            },
            once=(decision.ground, decision.grounds),
        )

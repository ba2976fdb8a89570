"""The whole of a warning run: answer, contacts and outbox in, notices out, everything on record."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from whence.errors import InputError, UsageError
from whence.intake.sheets import read_sheet
from whence.model import Instant, to_text
from whence.model.progress import Progress, no_progress
from whence.warning.audience import Exposed
from whence.warning.channels import Channel, Message
from whence.warning.contacts import Contact
from whence.warning.keys import derived
from whence.warning.lures import is_free_of
from whence.warning.notices import Notice, Template, read_template, write_notice
from whence.warning.outbox import Outbox, Row, put_rows
from whence.warning.planning import Decision, Plan, Terms, make_plan, reach_over, wedge_record
from whence.warning.records import Ledger, owe
from whence.warning.sending import Clock, Sender, Sleep, Tally
from whence.warning.settings import FORMS, Settings
from whence.wording import Language

DEFAULT_CASE: Final = "leak"
_ID_BYTES: Final = 16


@dataclass(slots=True, kw_only=True)
class Writer:
    """The notices of one leak, each written once, and the check that they hold nothing of hers."""

    settings: Settings
    template: Template
    case_id: str
    key: bytes
    contacts: Mapping[str, Contact]
    orders_of: Mapping[str, tuple[str, ...]]
    suspects: Iterable[str] = ()
    _written: dict[tuple[str, Language], Notice] = field(default_factory=dict)

    def notice(self, form: str, language: Language) -> Notice:
        """Return the notice in one form and language."""
        if (form, language) not in self._written:
            self._written[form, language] = write_notice(
                self.template,
                form=form,
                language=language,
                sender=self.settings.require_sender(),
                case=self.settings.require_case(self.case_id),
                suspects=self.suspects,
            )
        return self._written[form, language]

    def digest(self, address: str) -> str:
        """Return what stands in the outbox for an address."""
        return derived(self.key, "address", address).hex()[: 2 * _ID_BYTES]

    def notice_id(self, customer_id: str) -> str:
        """Return the id of her notice of this leak: the same in every run."""
        return derived(self.key, "notice", self.case_id, customer_id).hex()[: 2 * _ID_BYTES]

    def compose(self, row: Row) -> Message | str:
        """Return her message, or why there is none."""
        form, spoken, _ = row.reach.split("/")
        language: Language = "zh" if spoken == "zh" else "en"
        contact = self.contacts.get(row.customer_id)
        to = contact.address(form) if contact else None
        if contact is None or to is None:
            return "contact is gone"
        notice = self.notice(form, language)
        hers = (
            row.customer_id,
            *self.orders_of.get(row.customer_id, ()),
            *(contact.address(any_form) or "" for any_form in FORMS),
        )
        if not is_free_of(f"{notice.subject}\n{notice.text}", hers):
            return "would be a lure"
        return Message(
            notice_id=row.notice_id,
            form=form,
            to=to,
            language=language,
            subject=notice.subject,
            text=notice.text,
            at=row.taken_at or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What a run came to; ``counts`` are all persons of the leak by state, after it."""

    plan: Plan
    tally: Tally
    counts: Mapping[str, int]
    seed: int | None
    n_undecided_elsewhere: int


def writer_for(
    exposed: Exposed,
    contacts: Mapping[str, Contact],
    settings: Settings,
    *,
    template: str,
    case_id: str,
    key: bytes,
) -> Writer:
    """Return what writes the notices of a leak, as far as it is clear what they say."""
    settings.require_sender()
    settings.require_case(case_id)
    orders_of: dict[str, list[str]] = {}
    for order in exposed.orders:
        orders_of.setdefault(order.customer_id, []).append(order.order_id)
    return Writer(
        settings=settings,
        template=read_template(template),
        case_id=case_id,
        key=key,
        contacts=contacts,
        orders_of={customer: tuple(hers) for customer, hers in orders_of.items()},
        suspects=exposed.suspect_ids,
    )


def plan_for(
    exposed: Exposed,
    writer: Writer,
    known: Mapping[str, Row],
    *,
    terms: Terms,
    channel: str,
    forms: Iterable[str],
    now: Instant,
) -> Plan:
    """Return the plan of a run over a channel that carries these forms."""
    sender = writer.settings.require_sender()
    usable = [form for form in sender.forms if form in set(forms)]
    return make_plan(
        exposed.orders,
        writer.contacts,
        known,
        terms=terms,
        channel=channel,
        reach=reach_over(usable, writer.notice, sender.language, writer.digest),
        notice_id=writer.notice_id,
        now=now,
    )


def warn(
    outbox: Outbox,
    exposed: Exposed,
    writer: Writer,
    channel: Channel,
    ledger: Ledger,
    *,
    terms: Terms,
    clock: Clock,
    sleep: Sleep,
    budget: int | None = None,
    on_progress: Progress = no_progress,
) -> Warned:
    """Plan, put the plan on disk and on record, and send. Once begun it may be cut off anywhere.

    Raises UsageError for a budget that no day could send the longest notice from.
    """
    now = clock()
    known = outbox.rows(writer.case_id)
    plan = plan_for(
        exposed, writer, known, terms=terms, channel=channel.name, forms=channel.forms, now=now
    )
    longest = max((row.n_messages for row in plan.rows if row.state == "waiting"), default=0)
    if budget is not None and budget < longest:
        raise UsageError("warning.budget-small", budget=budget, messages=longest)
    _keep(outbox, plan, known, terms, now)
    sender = Sender(
        outbox=outbox,
        channel=channel,
        ledger=ledger,
        case_id=writer.case_id,
        template=writer.template,
        compose=writer.compose,
        clock=clock,
        sleep=sleep,
        pace=writer.settings.pace,
        budget=budget,
        on_progress=on_progress,
    )
    tally = sender.send_all()
    return Warned(
        plan=plan,
        tally=tally,
        counts=outbox.counts(writer.case_id),
        seed=terms.seed,
        n_undecided_elsewhere=len(outbox.undecided(writer.case_id)),
    )


def seed_of(outbox: Outbox, case_id: str, wanted: int | None) -> int | None:
    """Return the seed by which a leak's order is drawn: the one it began with, if it did.

    Raises UsageError where another was begun with, or the order went by urgency until now.
    """
    begun = outbox.case(case_id)
    if begun is None:
        return wanted
    if wanted is not None and begun[1] is None:
        raise UsageError("warning.not-drawn", case=case_id)
    return begun[1]


def read_avoided(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return on which grounds harm is avoided, by order and by customer.

    A row without grounds is an error: PIPL 57 lets nobody be left out without any.
    """
    sheet = read_sheet(path, only=("order_id", "customer_id", "grounds"))
    sheet.require("grounds")
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    grounds = sheet.table.column("grounds").to_pylist()
    for held, name in zip(found, ("order_id", "customer_id"), strict=True):
        if name in sheet.table.column_names:
            named = sheet.table.column(name).to_pylist()
            held.update(
                (str(one), str(why or "").strip())
                for one, why in zip(named, grounds, strict=True)
                if one
            )
    lacking = sum(not why for held in found for why in held.values())
    if lacking or not (found[0] or found[1]):
        raise InputError("warning.no-grounds", file=sheet.file, n=lacking)
    return found


def write_decisions(path: Path, decisions: Iterable[Decision], now: Instant) -> None:
    """List who is not told, and why: one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = (
        asdict(decision) | {"probability": round(decision.probability, 6), "at": to_text(now)}
        for decision in decisions
    )
    text = "".join(json.dumps(sheet, ensure_ascii=False) + "\n" for sheet in sheets)
    path.write_text(text, "utf-8")


def _keep(outbox: Outbox, plan: Plan, known: Mapping[str, Row], terms: Terms, now: Instant) -> None:
    """Put a plan on disk in one step, with what it owes the ledger."""
    with outbox.step() as base:
        base.execute(
            "INSERT OR IGNORE INTO cases (case_id, started_at, seed) VALUES (?, ?, ?)",
            (terms.case_id, now, terms.seed),
        )
        put_rows(base, terms.case_id, plan.rows)
        base.executemany(
            "INSERT OR REPLACE INTO orders (case_id, order_id, customer_id) VALUES (?, ?, ?)",
            [(terms.case_id, order, customer) for order, customer in plan.orders.items()],
        )
        owe(base, plan.records)
        if terms.seed is not None:
            everyone = {*known, *(row.customer_id for row in plan.rows)}
            owe(base, [wedge_record(terms.case_id, terms.seed, sorted(everyone), now)])

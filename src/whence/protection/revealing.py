"""Reveals: fields given out one order at a time, on record before they are.

Who asks says for which account, recipient and purpose. In turn: the clock, the register, the
vault, the seal, the quota; the first that says no is recorded as a refusal. Only when the ledger
holds the reveal, durably, does the answer leave. No message repeats anything that was sealed.

Questions of several threads are answered together: one look into the vault, one step of the
quotas, one durable write of the ledger for all that wait at the same time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field as data_field
from types import TracebackType
from typing import Final, Self, TypeAlias

from whence.errors import RefusedError, WhenceError
from whence.ledger import Entry
from whence.ledger.together import Together
from whence.model import Instant
from whence.protection.asking import (
    Asking,
    Batch,
    Form,
    Record,
    Revealed,
    facts_of,
    verify_question,
)
from whence.protection.masking import MASKED, mask
from whence.protection.quotas import Charge, Quotas
from whence.protection.register import Permit, Register, verify_clock
from whence.protection.vault import Stored, Vault, verify_indexed

REVEAL: Final = "reveal"
REFUSAL: Final = "refusal"
SEARCH: Final = "search"

Opened: TypeAlias = tuple[Stored, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One order that is asked for."""

    order_id: str
    fields: tuple[str, ...]
    asking: Asking


@dataclass(slots=True, kw_only=True)
class _Try:
    """How far a question has come: what was found of it, or why it is refused."""

    question: _Question
    stored: Stored | None = None
    permit: Permit | None = None
    texts: Mapping[str, str] = data_field(default_factory=dict)
    refusal: WhenceError | None = None

    def entry(self, now: Instant) -> Entry:
        """Return what the ledger is told of it."""
        facts = facts_of(self.question.fields, self.question.asking)
        facts |= {"order_id": self.question.order_id}
        if self.refusal is None:
            facts |= {"form": self.question.asking.form}
        else:
            facts |= {"rule": self.refusal.phrase}
        kind = REVEAL if self.refusal is None else REFUSAL
        return Entry(kind=kind, at=now, facts=facts, persons=_persons(self.stored))

    @property
    def answer(self) -> "Opened | WhenceError":
        """What the one who asked gets."""
        if self.refusal is not None or self.stored is None:
            return self.refusal or RefusedError("protection.no-order", order=self.question.order_id)
        return self.stored, self.texts


class Desk:
    """Where fields are asked for; a context manager. Any number of threads may ask at once."""

    def __init__(
        self,
        vault: Vault,
        register: Register,
        quotas: Quotas,
        record: Record,
        *,
        clock: Callable[[], Instant],
        locale: str,
    ) -> None:
        """Put a desk before a vault, with a register, quotas, and the ledger to record in."""
        self._vault = vault
        self._register = register
        self._quotas = quotas
        self._record = record
        self._clock = clock
        self._locale = locale
        self._together: Together[_Question, Opened] = Together(self._answered)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the quotas; vault and ledger are their opener's to close."""
        self._quotas.close()

    def reveal(self, order_id: str, fields: Sequence[str], asking: Asking) -> Revealed:
        """Give the fields of one order, in the form that is asked for.

        Raises RefusedError where the clock, the register or a quota forbids it or there is no such
        order, IntegrityError where a seal or a key does not hold; both are on record. UsageError
        for a question that is none, which is not.
        """
        verify_question([order_id], fields, asking)
        question = _Question(order_id=order_id, fields=tuple(fields), asking=asking)
        return self._given(self._together.ask(question), fields, asking.form)

    def reveal_batch(
        self, order_ids: Sequence[str], fields: Sequence[str], asking: Asking
    ) -> Batch:
        """Give the fields of several orders, each one an entry of the ledger, in one write.

        A quota has room for all of them or none is given. An order that is not there, or whose
        seal does not hold, is refused by itself. Raises as ``reveal`` does.
        """
        wanted = list(dict.fromkeys(order_ids))
        verify_question(wanted, fields, asking)
        now = self._clock()
        tries = self._tries(
            [_Question(order_id=one, fields=tuple(fields), asking=asking) for one in wanted], now
        )
        whole = next((one.refusal for one in tries if one.permit is None), None)
        good = [one for one in tries if one.refusal is None]
        if good:
            self._charge([(good[0], len(good))], now)
            whole = good[0].refusal
            for one in good:
                one.refusal = whole
        self._record.append([one.entry(now) for one in tries])
        if whole is not None:
            raise whole
        given = [self._given((o.stored, o.texts), fields, asking.form) for o in good if o.stored]
        refused = {o.question.order_id: o.refusal.phrase for o in tries if o.refusal}
        return Batch(revealed=tuple(given), refused=refused)

    def search(self, field: str, value: str, asking: Asking) -> list[str]:
        """Return the ids of the orders whose field has a value.

        The question counts as one order of the quotas. It is on record, and each order found as
        one that was shown. Raises as ``reveal`` does.
        """
        verify_question(["-"], [field], asking)
        verify_indexed(field)
        now = self._clock()
        facts = facts_of([field], asking)
        try:
            permit = self._permit([field], asking, now, self._record.last_at)
            charge = Charge(permit=permit, account_id=asking.account_id, n=1, now=now)
            (refusal,) = self._quotas.charge_all([charge])
            if refusal is not None:
                raise refusal
            found = self._vault.find(field, value)
        except WhenceError as refusal:
            about = {"order_id": None, "rule": refusal.phrase}
            self._record.append([Entry(kind=REFUSAL, at=now, facts=facts | about)])
            raise
        entries = [Entry(kind=SEARCH, at=now, facts=facts | {"n_found": len(found)})]
        for order in found:
            question = _Question(order_id=order.order_id, fields=(field,), asking=asking)
            entries.append(_Try(question=question, stored=order).entry(now))
        self._record.append(entries)
        return [order.order_id for order in found]

    def _answered(self, questions: Sequence[_Question]) -> list["Opened | Exception"]:
        """Answer what waits: looked up together, charged together, recorded together."""
        now = self._clock()
        tries = self._tries(questions, now)
        self._charge([(one, 1) for one in tries if one.refusal is None], now)
        self._record.append([one.entry(now) for one in tries])
        return [one.answer for one in tries]

    def _tries(self, questions: Sequence[_Question], now: Instant) -> list[_Try]:
        """Look every question up, and open what may be opened."""
        tries = [_Try(question=question) for question in questions]
        last_at = self._record.last_at
        try:
            found = self._vault.stored(
                {question.order_id for question in questions},
                {name for question in questions for name in question.fields},
            )
        except WhenceError as fault:  # a vault that cannot be read refuses, on record
            for one in tries:
                one.refusal = fault
            return tries
        stored = {order.order_id: order for order in found}
        for one in tries:
            question = one.question
            one.stored = stored.get(question.order_id)
            try:
                one.permit = self._permit(question.fields, question.asking, now, last_at)
                if one.stored is None:
                    raise RefusedError("protection.no-order", order=question.order_id)
                one.texts = self._vault.opened(one.stored, question.fields)
            except WhenceError as refusal:
                one.refusal = refusal
        return tries

    def _permit(
        self, fields: Sequence[str], asking: Asking, now: Instant, last_at: Instant | None
    ) -> Permit:
        verify_clock(now, last_at)
        permit = self._register.permit(asking.party_id, asking.purpose, fields, now)
        if asking.form == "clear":
            permit.verify_clear(name for name in fields if name in MASKED)
        permit.quotas()
        return permit

    def _charge(self, wanted: Sequence[tuple[_Try, int]], now: Instant) -> None:
        """Charge orders to their recipients and accounts; what is above a quota is refused."""
        charges = [
            Charge(permit=one.permit, account_id=one.question.asking.account_id, n=n, now=now)
            for one, n in wanted
            if one.permit is not None
        ]
        try:
            refusals: Sequence[WhenceError | None] = self._quotas.charge_all(charges)
        except WhenceError as fault:
            refusals = [fault] * len(charges)
        for (one, _), refusal in zip(wanted, refusals, strict=True):
            one.refusal = refusal

    def _given(self, opened: Opened, fields: Sequence[str], form: Form) -> Revealed:
        order, texts = opened
        given = {name: texts.get(name) for name in fields}
        if form == "masked":
            given = {name: text and mask(name, text, self._locale) for name, text in given.items()}
        return Revealed(order_id=order.order_id, form=form, fields=given)


def _persons(order: Stored | None) -> tuple[str, ...]:
    return () if order is None or order.customer_id is None else (order.customer_id,)

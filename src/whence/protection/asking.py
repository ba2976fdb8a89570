"""What is asked at the desk and what is given there, and the ledger as far as it needs one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from whence.errors import UsageError
from whence.ledger import Entry, Value
from whence.model import Instant
from whence.protection.register import REGISTER_FIELDS

Form: TypeAlias = Literal["masked", "clear"]


class Record(Protocol):
    """The ledger, as far as a desk needs it."""

    @property
    def last_at(self) -> Instant | None:
        """The greatest instant recorded."""

    def append(self, entries: Sequence[Entry], /) -> object:
        """Record entries in one step; they are durable when it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, for whom, what for, and in which form."""

    account_id: str
    party_id: str
    purpose: str
    form: Form = "masked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What is given of an order: of each field its text, None where the order has none."""

    order_id: str
    form: Form
    fields: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is given of several orders, and those that were refused: order, phrase of the rule."""

    revealed: tuple[Revealed, ...]
    refused: Mapping[str, str]


def facts_of(fields: Collection[str], asking: Asking) -> dict[str, Value]:
    """Return the facts of an entry about a question."""
    return {
        "account_id": asking.account_id,
        "party_id": asking.party_id,
        "fields": ",".join(fields),
        "purpose": asking.purpose,
    }


def verify_question(order_ids: Sequence[str], fields: Sequence[str], asking: Asking) -> None:
    """Raise UsageError for a question that lacks something, or names no field of an order."""
    said = (*order_ids, asking.account_id, asking.party_id, asking.purpose)
    if not order_ids or not fields or not all(text.strip() for text in said):
        raise UsageError("protection.incomplete-question")
    try:
        "".join(said).encode()
    except UnicodeEncodeError:  # half of a surrogate pair could not be recorded
        raise UsageError("protection.incomplete-question") from None
    strange = [name for name in fields if name not in REGISTER_FIELDS]
    if strange:
        known = ", ".join(REGISTER_FIELDS)
        raise UsageError("protection.unknown-field", fields=", ".join(strange), known=known)

"""The recipient register: who gets which fields, for what, under which contract, until when.

Whoever entrusts or provides personal data agrees on purpose and kind, supervises, and assesses the
impact beforehand (PIPL 21, 23, 55). What the register does not say is refused, and the refusal
names the line that forbids it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from whence.errors import RefusedError
from whence.model import FIELDS, SECOND, Instant, to_text

# What may stand in a register: the fields of every table, and two that only orders to seal have.
REGISTER_FIELDS: Final = (*FIELDS, "email", "bank_card")
MARKS: Final = ("name", "extension", "address")
PATIENCE_WITH_CLOCKS: Final = 60 * SECOND  # how far clocks of one installation may lie apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient as it is registered.

    ``purposes`` holds the fields of each purpose. ``ends_at`` is the first instant that is too
    late, ``until`` what stands in the file. A quota of None is none: nothing is revealed. ``lines``
    says where each key stands, ``quota_per_day`` as well as ``purposes.deliver``; "" is the
    recipient itself.
    """

    party_id: str
    number: int
    kind: str
    name: str | None = None
    contract: str | None = None
    impact_assessment: str | None = None
    until: str | None = None
    ends_at: Instant | None = None
    clear: tuple[str, ...] = ()
    quota_per_day: int | None = None
    quota_per_account: int | None = None
    marks: tuple[str, ...] = ()
    canaries: int = 0
    purposes: Mapping[str, tuple[str, ...]]
    file: str
    lines: Mapping[str, int]

    def place(self, key: str = "") -> str:
        """Return where a key stands, as ``file:line``; the recipient's own line if it has none."""
        above = key.partition(".")[0]
        line = self.lines.get(key) or self.lines.get(above) or self.lines[""]
        return f"{self.file}:{line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What the register allows: these fields, to this recipient, for this purpose."""

    recipient: Recipient
    purpose: str
    fields: tuple[str, ...]

    def verify_clear(self, fields: Iterable[str]) -> None:
        """Raise RefusedError for fields that this recipient gets in masked form only."""
        hidden = [name for name in fields if name not in self.recipient.clear]
        if hidden:
            raise self._refused("protection.not-clear", "clear", fields=", ".join(hidden))

    def quotas(self) -> tuple[int, int]:
        """Return how many orders a day: for the recipient, and for one of its accounts.

        Raises RefusedError where the register does not say: then none.
        """
        recipient = self.recipient
        if recipient.quota_per_day is None or recipient.quota_per_account is None:
            absent = "quota_per_day" if recipient.quota_per_day is None else "quota_per_account"
            raise self._refused("protection.no-quota", "", key=absent)
        return recipient.quota_per_day, recipient.quota_per_account

    def _refused(self, phrase: str, where: str, **facts: object) -> RefusedError:
        return RefusedError(
            phrase,
            hint=None,
            place=self.recipient.place(where),
            party=self.recipient.party_id,
            **facts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every recipient of an installation, by id; ``file`` is what messages call the register."""

    file: str
    recipients: Mapping[str, Recipient]

    def recipient(self, party_id: str) -> Recipient:
        """Return a recipient; raise RefusedError for one that is not registered."""
        found = self.recipients.get(party_id)
        if found is None:
            raise RefusedError(
                "protection.unknown-recipient",
                hint="protection.unknown-recipient-hint",
                file=self.file,
                party=party_id,
                n=len(self.recipients),
            )
        return found

    def numbered(self, number: int) -> Recipient | None:
        """Return the recipient whose marks bear a number, None where nobody's do."""
        return next((r for r in self.recipients.values() if r.number == number), None)

    def permit(
        self, party_id: str, purpose: str, fields: Iterable[str] | None, at: Instant
    ) -> Permit:
        """Return what a recipient may have for a purpose at an instant.

        ``fields`` None asks for all that are listed. Raises RefusedError, naming the line of the
        register that forbids it.
        """
        recipient = self.recipient(party_id)
        _verify_contract(recipient, at)
        listed = recipient.purposes.get(purpose)
        if listed is None:
            raise RefusedError(
                "protection.purpose-not-registered",
                place=recipient.place("purposes"),
                party=party_id,
                purpose=purpose,
                known=", ".join(recipient.purposes) or "–",
            )
        asked = listed if fields is None else tuple(dict.fromkeys(fields))
        foreign = [name for name in asked if name not in listed]
        if foreign:
            raise RefusedError(
                "protection.field-not-listed",
                place=recipient.place(f"purposes.{purpose}"),
                party=party_id,
                purpose=purpose,
                fields=", ".join(foreign),
            )
        return Permit(recipient=recipient, purpose=purpose, fields=asked)


def verify_clock(now: Instant, last_at: Instant | None) -> None:
    """Raise RefusedError where the clock stands before what was recorded last.

    A clock that was put back opens an expired contract and a quota that is used up.
    """
    if last_at is not None and now < last_at - PATIENCE_WITH_CLOCKS:
        raise RefusedError(
            "protection.clock-back",
            hint="protection.clock-back-hint",
            now=to_text(now),
            last=to_text(last_at),
        )


def _verify_contract(recipient: Recipient, at: Instant) -> None:
    def refused(phrase: str, key: str = "") -> RefusedError:
        return RefusedError(
            phrase,
            place=recipient.place(key),
            party=recipient.party_id,
            contract=recipient.contract or "–",
            until=recipient.until or "–",
        )

    if not recipient.contract:
        raise refused("protection.no-contract", "contract")
    if recipient.ends_at is None:
        raise refused("protection.no-end")
    if at >= recipient.ends_at:
        raise refused("protection.contract-expired", "until")
    if not recipient.impact_assessment:
        raise refused("protection.no-impact-assessment", "impact_assessment")

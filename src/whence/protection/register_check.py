"""What a reader of the recipient register should look at: the check behind `recipients check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from whence.model import DAY, Instant
from whence.protection.minimum import is_known, surplus
from whence.protection.register import Recipient, Register
from whence.wording import Language, say

SOON_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to look at, where it stands, and how it is said."""

    place: str
    party_id: str
    phrase: str
    facts: dict[str, object]

    @property
    def name(self) -> str:
        """What programs call it."""
        return self.phrase.partition(".")[2]

    def text(self, language: Language) -> str:
        """Return it in words."""
        facts = dict(self.facts)
        if isinstance(basis := facts.get("basis"), str):
            facts["basis"] = say(basis, language)
        return say(self.phrase, language, place=self.place, party=self.party_id, **facts)


def remarks_on(register: Register, now: Instant) -> list[Remark]:
    """Return what is to be looked at, recipient by recipient as they stand in the file."""
    found: list[Remark] = []
    for recipient in register.recipients.values():
        found += _on_contract(recipient, now)
        found += _on_purposes(recipient)
        found += _on_limits(recipient)
    return found


def _remark(recipient: Recipient, phrase: str, key: str = "", **facts: object) -> Remark:
    return Remark(
        place=recipient.place(key), party_id=recipient.party_id, phrase=phrase, facts=facts
    )


def _on_contract(recipient: Recipient, now: Instant) -> Iterator[Remark]:
    if not recipient.contract:
        yield _remark(recipient, "protection.remark-no-contract")
    if not recipient.impact_assessment:
        yield _remark(recipient, "protection.remark-no-assessment")
    if recipient.ends_at is None:
        yield _remark(recipient, "protection.remark-no-end")
    elif recipient.ends_at <= now:
        yield _remark(recipient, "protection.remark-expired", "until", until=recipient.until)
    elif recipient.ends_at <= now + SOON_DAYS * DAY:
        days = (recipient.ends_at - now) // DAY
        phrase = "protection.remark-expires"
        yield _remark(recipient, phrase, "until", until=recipient.until, days=days)


def _on_purposes(recipient: Recipient) -> Iterator[Remark]:
    if not recipient.purposes:
        yield _remark(recipient, "protection.remark-no-purpose", "purposes")
    for purpose, fields in recipient.purposes.items():
        key = f"purposes.{purpose}"
        if not is_known(purpose):
            yield _remark(recipient, "protection.remark-unknown-purpose", key, purpose=purpose)
        elif (spare := surplus(purpose, fields)) is not None:
            yield _remark(
                recipient,
                "protection.remark-surplus",
                key,
                purpose=purpose,
                fields=", ".join(spare.fields),
                basis=spare.basis,
            )


def _on_limits(recipient: Recipient) -> Iterator[Remark]:
    listed = {name for fields in recipient.purposes.values() for name in fields}
    idle = [name for name in recipient.clear if name not in listed]
    if idle:
        yield _remark(recipient, "protection.remark-idle-clear", "clear", fields=", ".join(idle))
    if recipient.quota_per_day is None or recipient.quota_per_account is None:
        yield _remark(recipient, "protection.remark-no-quota")
    if not recipient.marks:
        yield _remark(recipient, "protection.remark-no-marks", "marks")
    elif not recipient.canaries:
        yield _remark(recipient, "protection.remark-no-canaries", "canaries")

"""What to do: the one safe thing now, and the first hour where money has gone.

The sentences stand in the wording room; here is which of them, and whom to call.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from whence.errors import UsageError
from whence.text.findings import FRAUD, NOTHING, Check
from whence.wording import Language, is_phrase, say

# Which ask decides what to say first: the one whose harm comes soonest.
_FIRST: Final[dict[str, str]] = {
    "share the screen": "screen",
    "read out the SMS code": "code",
    "show the payment code": "code",
    "enter card number and password": "card",
    "safe account": "transfer",
    "transfer out": "transfer",
    "take a consumer loan": "loan",
    "borrow a friend's account": "friend",
    "buy vouchers or game coins": "voucher",
    "pay a fee or deposit": "fee",
    "invest or prepay for tasks": "fee",
    "scan a QR code": "qr",
    "open a link and log in": "link",
    "install an app": "install",
    "give identity data": "identity",
    "add a QQ account": "messenger",
    "keep it secret": "secret",
    "call a number": "number",
}
_STEPS: Final = ("stop", "lock", "loans", "police", "proof", "after")
ELSEWHERE: Final = "XX"  # a country that is not listed


def advice_for(check: Check, language: Language) -> str:
    """Return the one safe thing to do."""
    if check.level == NOTHING:
        return say("text.advice-nothing", language)
    begin = say("text.advice-fraud" if check.level == FRAUD else "text.advice-suspicious", language)
    asked = {sign.name: sign.weight for sign in check.asks}
    heaviest = max(asked.values(), default=0)
    chosen = next(
        (topic for name, topic in _FIRST.items() if asked.get(name, 0) == heaviest and heaviest),
        "link" if check.links else "other",
    )
    joint = "" if language == "zh" else " "
    return joint.join((begin, say(f"text.advice-{chosen}", language)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to reach in one country: what for, the number or site, and where that is published."""

    step: str
    name: str
    reach: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the first hour, and whom to reach for it."""

    name: str
    text: str
    contacts: tuple[Contact, ...]


def first_hour(country: str, language: Language) -> tuple[Step, ...]:
    """Return the steps after a payment, in order.

    Raises UsageError for a country that is not listed; ``ELSEWHERE`` always is.
    """
    known = _countries()
    if country not in known:
        listed = ", ".join(sorted(known))
        raise UsageError("text.country-unknown", country=country, listed=listed)
    contacts = [
        Contact(step=one["step"], name=one[language], reach=one["reach"], source=one["source"])
        for one in known[country]
    ]
    return tuple(
        Step(
            name=name,
            text=say(f"text.paid-{name}", language),
            contacts=tuple(contact for contact in contacts if contact.step == name),
        )
        for name in _STEPS
    )


def countries() -> tuple[str, ...]:
    """Return the codes of the countries whose numbers are known, ISO 3166-1, and EU."""
    return tuple(_countries())


@cache
def _countries() -> dict[str, list[dict[str, str]]]:
    text = (files(__package__) / "data" / "first_hour.toml").read_text("utf-8")
    return tomllib.loads(text)


def name_of_sign(name: str, language: Language) -> str:
    """Return how a pretext or an ask is called; one of a user's own rules keeps its name."""
    return say(f"text.{name}", language) if is_phrase(f"text.{name}") else name

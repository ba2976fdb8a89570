"""Which fields a purpose does not need: the minimum of data, as far as a public text says it.

The law asks for the minimum (PIPL 6); what the minimum is, it leaves to each purpose. The few
purposes below are those for which a public text lists what is necessary. Of others nothing is
known here, and that is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# The provisions on necessary personal information for common apps (2021), of which LAW-like lists
# quote: online shopping: phone of registration; recipient's name, address, phone; time, amount and
# channel of payment. Mail and couriers: recipient's name, address, phone; name, nature and number
# of the things sent. Second-hand: quoted by the press, the text itself was not read.
_SHOPPING: Final = "protection.basis-shopping"
_COURIER: Final = "protection.basis-courier"

_ADDRESSEE: Final = frozenset({"name", "phone", "address"})
_PAYMENT: Final = frozenset({"placed_at", "price", "payment_method"})
# An order's id and state say nothing about a person by themselves.
_OF_THE_ORDER: Final = frozenset({"order_id", "shipping_status", "refund_status"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a purpose needs at most, and the phrase that says where that is written."""

    fields: frozenset[str]
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """Fields that are listed for a purpose and not needed for it."""

    purpose: str
    fields: tuple[str, ...]
    basis: str


_KNOWN: Final = {
    ("deliver", "delivery", "配送", "派送", "寄递"): Need(
        fields=_ADDRESSEE | _OF_THE_ORDER | {"goods"}, basis=_COURIER
    ),
    ("sell", "order", "shopping", "销售", "购物"): Need(
        fields=_ADDRESSEE | _PAYMENT | _OF_THE_ORDER | {"goods", "login"}, basis=_SHOPPING
    ),
    ("pay", "payment", "支付", "结算"): Need(fields=_PAYMENT | _OF_THE_ORDER, basis=_SHOPPING),
}
NEEDS: Final = {purpose: need for purposes, need in _KNOWN.items() for purpose in purposes}


def surplus(purpose: str, fields: Iterable[str]) -> Surplus | None:
    """Return the fields that a purpose does not need, None where it needs all of them.

    Raises KeyError for a purpose of which nothing is known, see ``is_known``.
    """
    need = NEEDS[purpose.strip().casefold()]
    spare = tuple(name for name in fields if name not in need.fields)
    return Surplus(purpose=purpose, fields=spare, basis=need.basis) if spare else None


def is_known(purpose: str) -> bool:
    """Return whether anything is known of what a purpose needs."""
    return purpose.strip().casefold() in NEEDS

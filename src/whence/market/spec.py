"""What kind of market to make: sizes, sources, noise; and what cannot be made."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from whence.errors import UsageError
from whence.model import SECOND, to_instant

KINDS: Final = (
    "shop",
    "app",
    "warehouse",
    "branch",
    "carrier",
    "clerk",
    "aftersales",
    "operator",
    "courier",
    "support",
    "agent",
    "login_device",
)  # every kind of custodian in the market; each can be a source
ASKED_FOR: Final = ("carrier",)  # with a fifth of all orders each, ten reports cannot show them:
# drawn only where --kinds names them

_FEWEST_ORDERS: Final = 200  # below it there is no market: a shop or two and no repeat buyers
_FEWEST_DAYS: Final = 14  # a window of four days, and time for its calls to come
_COUNTS: Final = ("sources", "victims", "noise", "seed")
_SHARES: Final = ("partial", "dumps", "twins", "knowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """A market to make. The same spec makes the same market, to the byte.

    ``victims``: reports of each source. ``noise``: reports that have nothing to do with any
    source, a count. ``kinds``: what the sources are drawn from; where empty, all kinds
    but carriers.
    ``partial``: share of sources that leaked only a part of what they held. ``dumps``: share of
    sources that exported all at once; the rest leak order by order. ``twins``: share of custodians
    with a near-identical twin. ``knowledge``: share of reports in which the victim was asked what
    the caller knew. ``start``: the first day of orders.
    """

    orders: int = 20_000
    days: int = 90
    sources: int = 1
    victims: int = 12
    noise: int = 12
    kinds: tuple[str, ...] = ()
    partial: float = 0.3
    dumps: float = 0.5
    twins: float = 0.05
    knowledge: float = 0.6
    start: str = "2026-01-01"
    seed: int = 1

    @property
    def drawn_kinds(self) -> tuple[str, ...]:
        """The kinds that sources are drawn from, in a fixed order."""
        usual = tuple(kind for kind in KINDS if kind not in ASKED_FOR)
        return tuple(kind for kind in KINDS if kind in (self.kinds or usual))

    @property
    def starts_at(self) -> int:
        """The first second of the market, in seconds since 1970."""
        return to_instant(datetime.fromisoformat(self.start).replace(tzinfo=UTC)) // SECOND


def verify_spec(spec: MarketSpec) -> None:
    """Raise UsageError when no market can be made from this spec."""
    _verify_numbers(spec)
    unknown = sorted(set(spec.kinds) - set(KINDS))
    if unknown:
        raise UsageError(
            "market.unknown-kind",
            hint="market.unknown-kind-hint",
            kind=unknown[0],
            kinds=", ".join(KINDS),
        )
    try:
        datetime.strptime(spec.start, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("market.bad-date", hint="market.bad-date-hint") from None
    if spec.orders < _FEWEST_ORDERS:
        raise too_small(spec, fewest=_FEWEST_ORDERS)
    if spec.days < _FEWEST_DAYS:
        raise UsageError(
            "market.too-short", hint="market.too-short-hint", days=spec.days, fewest=_FEWEST_DAYS
        )


def _verify_numbers(spec: MarketSpec) -> None:
    for name in _COUNTS:
        if getattr(spec, name) < 0:
            raise UsageError("market.negative", name=name)
    if spec.sources > 0 and spec.victims == 0:
        raise UsageError("market.no-victims", hint="market.no-victims-hint")
    for name in _SHARES:
        share = getattr(spec, name)
        if not (math.isfinite(share) and 0.0 <= share <= 1.0):
            raise UsageError("market.bad-share", name=name)


def too_small(spec: MarketSpec, *, fewest: int) -> UsageError:
    """Return the error for a market that has too few orders for what is asked of it."""
    return UsageError(
        "market.too-small", hint="market.too-small-hint", orders=spec.orders, fewest=fewest
    )

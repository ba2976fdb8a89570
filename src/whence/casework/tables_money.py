"""What was lost: by currency, in parts that are checked against their whole, and how it spreads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from whence.casework.tables import PARTS, UNKNOWN, Because, Check, Row, Spread, Table
from whence.casework.tables_bands import days_between
from whence.casework.tables_reading import Victim

_CENT: Final = Decimal("0.01")


def loss_of(victim: Victim) -> Decimal | None:
    """Return what was lost; where only parts of it were told, their sum."""
    if victim.loss is not None or not victim.parts or "loss" in victim.unreadable:
        return victim.loss
    return sum((part.amount for part in victim.parts), Decimal(0))


def lost_by(victims: Iterable[Victim]) -> dict[str, Decimal]:
    """Return the losses summed by currency."""
    found: dict[str, Decimal] = {}
    for victim in victims:
        loss = loss_of(victim)
        if loss is not None:
            found[victim.currency] = found.get(victim.currency, Decimal(0)) + loss
    return dict(sorted(found.items()))


def parts_table(victims: Sequence[Victim]) -> Table | None:
    """Return the parts of losses by channel, checked against the losses they are parts of."""
    parted = [v for v in victims if v.parts]
    if not parted:
        return None
    persons: Counter[str] = Counter()
    amounts: dict[str, dict[str, Decimal]] = {}
    for victim in parted:
        persons.update({part.channel for part in victim.parts})
        for part in victim.parts:
            sums = amounts.setdefault(part.channel, {})
            sums[victim.currency] = sums.get(victim.currency, Decimal(0)) + part.amount
    rows = [
        Row(key=channel or UNKNOWN, n=n, lost=amounts[channel], is_named=bool(channel))
        for channel, n in sorted(persons.items(), key=lambda item: (not item[0], -item[1], item[0]))
    ]
    checks = []
    for currency in sorted({v.currency for v in parted}):
        same = [v for v in parted if v.currency == currency]
        pairs = [(sum((p.amount for p in v.parts), Decimal(0)), loss_of(v)) for v in same]
        known = [(total, loss) for total, loss in pairs if loss is not None]
        # Two that miss by as much in both directions do not make one that adds up.
        because: list[Because] = ["contrary"] if any(a != b for a, b in known) else []
        because += ["unknown"] if len(known) < len(pairs) else []
        whole = sum((loss for _, loss in known), Decimal(0))
        total = sum((each for each, _ in pairs), Decimal(0))
        checks.append(Check(parts=total, whole=whole, currency=currency, because=tuple(because)))
    return Table(
        name=PARTS, of=len(parted), rows=tuple(rows), checks=tuple(checks), takes_several=True
    )


def spreads(victims: Sequence[Victim]) -> Iterator[Spread]:
    """Yield how losses of each currency, ages and days up to the call lie."""
    n = len(victims)
    for currency in lost_by(victims):
        same = [
            loss for v in victims if v.currency == currency and (loss := loss_of(v)) is not None
        ]
        yield _spread("loss", currency, same, n)
    ages = [Decimal(v.age) for v in victims if v.age is not None]
    waits = [days_between(v.bought, v.called) for v in victims]
    for name, unit, found in (
        ("age", "years", ages),
        ("purchase-to-call", "days", [days for days in waits if days is not None and days >= 0]),
    ):
        if found:
            yield _spread(name, unit, found, n)


def _spread(name: str, unit: str, values: Sequence[Decimal], of: int) -> Spread:
    ranked, n = sorted(values), len(values)
    total = sum(ranked, Decimal(0))
    return Spread(
        name=name,
        unit=unit,
        n=n,
        of=of,
        total=total,
        mean=(total / n).quantize(_CENT, ROUND_HALF_EVEN),
        median=((ranked[(n - 1) // 2] + ranked[n // 2]) / 2).quantize(_CENT, ROUND_HALF_EVEN),
        low=ranked[0],
        high=ranked[-1],
    )

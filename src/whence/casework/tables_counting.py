"""Counting reports into tables: months, days, bands, places, channels."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from whence.casework.tables import (
    CONTRARY,
    UNKNOWN,
    Because,
    Check,
    Plan,
    Row,
    Table,
    Tables,
)
from whence.casework.tables_bands import AGES, DAYS, Band, bands, days_between
from whence.casework.tables_money import loss_of, lost_by, parts_table, spreads
from whence.casework.tables_places import is_mixed, place_of
from whence.casework.tables_reading import Victim

_MOST_MONTHS: Final = 120  # months without a report are shown between others, for ten years
DEFAULT: Final = Plan()


def tables_of(victims: Sequence[Victim], plan: Plan = DEFAULT) -> Tables:
    """Return the tables of reports. Those nobody has a value for are left out, but for the six."""
    count = _Counting(victims)
    made = [
        count.months("month", "called", lambda v: v.called.month if v.called else None),
        count.months("bought-month", "bought", lambda v: v.bought.month if v.bought else None),
        count.values("day", "called", _day),
        *([count.since(plan.since)] if plan.since else []),
        count.losses(plan.losses),
        count.intervals("purchase-to-call", "bought"),
        count.intervals("refund-to-call", "refund"),
        count.values("place", "place", lambda v: place_of(v.place) if v.place else None),
        count.several("channel", "channel", lambda v: v.channels),
        count.ages(),
        count.values("student", "student", lambda v: _yes(v.student)),
        count.values("shop", "shop", lambda v: v.shop),
        count.values("platform", "platform", lambda v: v.platform),
        count.several("pretext", "pretext", lambda v: v.pretexts),
        count.several("ask", "ask", lambda v: v.asks),
    ]
    always = {"month", "loss", "purchase-to-call", "place", "channel", "age"}  # those of the issue
    kept = [table for table in made if table.name in always or table.n_named]
    parts = parts_table(victims)
    return Tables(
        n_reports=len(victims),
        lost=lost_by(victims),
        spreads=tuple(spreads(victims)),
        tables=(*kept, parts) if parts else tuple(kept),
        n_from_parts=sum(v.loss is None and loss_of(v) is not None for v in victims),
    )


@dataclass(slots=True)
class _Counting:
    """Reports under count."""

    victims: Sequence[Victim]

    def table(
        self,
        name: str,
        source: str,
        keyed: Sequence[tuple[str | None, Victim]],
        *,
        order: Sequence[str] | None = None,
        contrary: int = 0,
    ) -> Table:
        """Return a table in which each report stands once. ``order``: else the most come first."""
        by_key: dict[str | None, list[Victim]] = {key: [] for key in order or ()}
        for key, victim in keyed:
            by_key.setdefault(key, []).append(victim)
        unknown = by_key.pop(None, [])
        before = by_key.pop(CONTRARY, [])
        items = [(key, held) for key, held in by_key.items() if key is not None]
        if order is None:
            items.sort(key=lambda item: (-len(item[1]), item[0]))
        rows = [Row(key=key, n=len(held), lost=lost_by(held)) for key, held in items]
        for key, held in ((CONTRARY, before), (UNKNOWN, unknown)):
            if held:
                rows.append(Row(key=key, n=len(held), lost=lost_by(held), is_named=False))
        return self.checked(name, source, rows, contrary=contrary)

    def checked(
        self,
        name: str,
        source: str,
        rows: Sequence[Row],
        *,
        several: bool = False,
        contrary: int = 0,
    ) -> Table:
        """Return a table with its check: whether what is named adds up to the reports."""
        n_unreadable = sum(source in v.unreadable for v in self.victims)
        n_unknown = sum(row.n for row in rows if row.key == UNKNOWN and not row.is_named)
        parts, whole = sum(row.n for row in rows if row.is_named), len(self.victims)
        reasons: list[Because] = []
        if n_unknown > n_unreadable:
            reasons.append("unknown")
        if n_unknown and n_unreadable:
            reasons.append("unreadable")
        if contrary:
            reasons.append("contrary")
        if several and parts > whole - n_unknown:
            reasons.append("several")
        check = Check(parts=Decimal(parts), whole=Decimal(whole), because=tuple(reasons))
        return Table(
            name=name,
            of=whole,
            rows=tuple(rows),
            checks=(check,),
            takes_several=several,
            n_unreadable=n_unreadable,
            is_mixed=name == "place" and is_mixed(row.key for row in rows if row.is_named),
        )

    def values(self, name: str, source: str, key: Callable[[Victim], str | None]) -> Table:
        """Count a value of which a report has one, spelled as most spell it."""
        spelled = _Spelling(key(v) for v in self.victims)
        return self.table(name, source, [(spelled(key(v)), v) for v in self.victims])

    def several(self, name: str, source: str, keys: Callable[[Victim], tuple[str, ...]]) -> Table:
        """Count values of which a report can have several; what was lost would count twice."""
        spelled = _Spelling(key for v in self.victims for key in keys(v))
        uses = Counter(spelled(key) for v in self.victims for key in keys(v))
        rows = [
            Row(key=str(key), n=n)
            for key, n in sorted(uses.items(), key=lambda item: (-item[1], str(item[0])))
        ]
        n_unknown = sum(not keys(v) for v in self.victims)
        if n_unknown:
            rows.append(Row(key=UNKNOWN, n=n_unknown, is_named=False))
        return self.checked(name, source, rows, several=True)

    def months(self, name: str, source: str, key: Callable[[Victim], str | None]) -> Table:
        """Count months in their order, with those between in which nothing was reported."""
        keyed = [(key(v), v) for v in self.victims]
        found = sorted({month for month, _ in keyed if month})
        return self.table(name, source, keyed, order=_with_between(found))

    def since(self, day: date) -> Table:
        """Count calls before a day, and from it on."""

        def key(victim: Victim) -> str | None:
            called = victim.called.day if victim.called else None
            return None if called is None else (since if called >= day else before)

        before, since = f"<{day}", f">={day}"
        keyed = [(key(v), v) for v in self.victims]
        return self.table("since", "called", keyed, order=(before, since))

    def losses(self, edges: Sequence[Decimal]) -> Table:
        """Count losses by band, each currency for itself; who lost nothing is no small loss."""
        rows, cut = [], bands(edges)
        for currency in sorted(lost_by(self.victims)):
            held = [v for v in self.victims if v.currency == currency]
            nothing = [v for v in held if loss_of(v) == 0]
            if nothing:
                rows.append(
                    Row(key="0", n=len(nothing), lost={currency: Decimal(0)}, currency=currency)
                )
            for band in cut:
                inside = [v for v in held if (loss := loss_of(v)) and band.holds(loss)]
                lost = lost_by(inside)
                rows.append(Row(key=band.key, n=len(inside), lost=lost, currency=currency))
        n_unknown = sum(loss_of(v) is None for v in self.victims)
        if n_unknown:
            rows.append(Row(key=UNKNOWN, n=n_unknown, lost={}, is_named=False))
        return self.checked("loss", "loss", rows)

    def intervals(self, name: str, source: Literal["bought", "refund"]) -> Table:
        """Count days up to the call; a call before what it is about cannot have been."""
        cut = bands(DAYS, is_closed=True)
        keyed = []
        for victim in self.victims:
            days = days_between(getattr(victim, source), victim.called)
            keyed.append((_band(days, cut, is_contrary=days is not None and days < 0), victim))
        n_contrary = sum(key == CONTRARY for key, _ in keyed)
        order = [band.key for band in cut]
        return self.table(name, source, keyed, order=order, contrary=n_contrary)

    def ages(self) -> Table:
        """Count ages by band."""
        cut = bands(AGES)
        names = {band.key: _years(band) for band in cut}
        keyed = [
            (None if v.age is None else names[str(_band(Decimal(v.age), cut))], v)
            for v in self.victims
        ]
        return self.table("age", "age", keyed, order=list(names.values()))


class _Spelling:
    """One spelling of each value: the most frequent, of those the first in order."""

    def __init__(self, texts: Iterable[str | None]) -> None:
        found: dict[str, Counter[str]] = {}
        for text in texts:
            if text is not None:
                found.setdefault(text.casefold(), Counter())[text] += 1
        self.chosen = {
            folded: min(counts, key=lambda text: (-counts[text], text))
            for folded, counts in found.items()
        }

    def __call__(self, text: str | None) -> str | None:
        return None if text is None else self.chosen[text.casefold()]


def _band(value: Decimal | None, cut: Sequence[Band], *, is_contrary: bool = False) -> str | None:
    if is_contrary:
        return CONTRARY
    return None if value is None else next(band.key for band in cut if band.holds(value))


def _years(band: Band) -> str:
    """Return a band of ages by the whole years in it, ``18-24``."""
    if band.low is None or band.high is None:
        return band.key
    return f"{band.low}-{band.high - 1}"


def _with_between(months: Sequence[str]) -> list[str]:
    if not months:
        return []
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in months]
    if numbers[-1] - numbers[0] > _MOST_MONTHS:
        return list(months)
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(numbers[0], numbers[-1] + 1)]


def _day(victim: Victim) -> str | None:
    day = victim.called.day if victim.called else None
    return day.isoformat() if day else None


def _yes(value: bool | None) -> str | None:  # noqa: FBT001  a value, not a switch
    return None if value is None else ("yes" if value else "no")

"""The victim tables as people read them: labels, counts, and checks in sentences."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from whence.cli.case_stats_told import Counted, exact
from whence.pages.answer import KeyFigure
from whence.pages.tables import RowView, TablesView, TableView
from whence.wording import Language, phrases, say

if TYPE_CHECKING:
    from whence.casework.tables import Check, Row, Spread, Table

_MOST_ROWS: Final = 30  # what fits a page; files have all
_IN_ORDER: Final = frozenset({"month", "bought-month", "loss"})  # whose last rows are not the least
_PEAKS: Final = 10  # of days the busiest are wanted
_BAND: Final = re.compile(
    r"(?P<sign><=|>=|<|>)?(?P<low>\d+(?:\.\d+)?)(?:-(?P<high>\d+(?:\.\d+)?))?"
)


def view(counted: Counted, language: Language) -> TablesView:
    """Return all of it as people read it."""
    tables = counted.tables
    n_open = sum(table.closes is False for table in tables.tables)
    figures = [
        KeyFigure(value=_whole(tables.n_reports), label=say("tables.figure-reports", language))
    ]
    figures += [_figure(spread, language) for spread in tables.spreads]
    headline = say("tables.headline", language, n=_whole(tables.n_reports))
    return TablesView(
        title=headline,
        kind=say("tables.kind-of-page", language),
        headline=headline,
        lede=say("tables.lede-open" if n_open else "tables.lede", language, n=n_open),
        figures=tuple(figures),
        notes=tuple(_notes(counted, language)),
        tables=tuple(_table_view(table, language) for table in tables.tables),
        skip=say("tables.skip", language),
        zone=say("tables.zone", language, zone=counted.timezone),
        caution=say("tables.caution", language),
    )


def _table_view(table: "Table", language: Language) -> TableView:
    currencies = sorted({name for row in table.rows for name in row.lost or ()})
    named = [row for row in table.rows if row.is_named]
    most = _PEAKS if table.name == "day" else _MOST_ROWS
    if table.name in _IN_ORDER:
        most = len(named)
    shown, rest = named[:most], named[most:]
    rows = [_row_view(row, table, currencies, language) for row in shown]
    if rest:
        n = sum(row.n for row in rest)
        rows.append(
            RowView(
                label=say("tables.others", language, n=_whole(len(rest))),
                n=0,  # no bar: it would dwarf the rows it is not one of
                count=_whole(n),
                # Of several a person the sum would count persons twice.
                cells=(
                    "" if table.takes_several else _share(n, table.of),
                    *(_money(_sum(rest, name)) for name in currencies),
                ),
                is_named=False,
            )
        )
    unnamed = (row for row in table.rows if not row.is_named)
    rows += [_row_view(row, table, currencies, language) for row in unnamed]
    heads = ["row", "reports", "share"]
    asides = []
    if table.n_unreadable:
        asides.append(say("tables.unreadable", language, n=_whole(table.n_unreadable)))
    if table.is_mixed:
        asides.append(say("tables.mixed", language))
    return TableView(
        name=table.name,
        title=say(f"tables.table-{table.name}", language),
        of=say(
            "tables.of-several" if table.takes_several else "tables.of",
            language,
            n=_whole(table.of),
        ),
        heads=(
            *(say(f"tables.head-{head}", language) for head in heads),
            *(
                say("tables.head-lost", language, currency=_currency(c, language))
                for c in currencies
            ),
        ),
        rows=tuple(rows),
        checks=tuple(_check(check, table, language) for check in table.checks),
        closes=table.closes,
        asides=tuple(asides),
    )


def _row_view(row: "Row", table: "Table", currencies: list[str], language: Language) -> RowView:
    lost = row.lost or {}
    return RowView(
        label=_label(row, table, language),
        n=row.n,
        count=_whole(row.n),
        cells=(
            _share(row.n, table.of),
            *(_money(lost[name]) if name in lost else "" for name in currencies),
        ),
        is_named=row.is_named,
    )


def _label(row: "Row", table: "Table", language: Language) -> str:
    if not row.is_named:
        return say(
            "tables.contrary" if row.key.startswith("before") else "tables.unknown", language
        )
    if f"row-{table.name}-{row.key}" in phrases("tables"):
        return say(f"tables.row-{table.name}-{row.key}", language)
    if table.name == "since":
        word, day = ("since" if row.key[0] == ">" else "before"), row.key.lstrip("<>=")
        return say(f"tables.row-since-{word}", language, day=day)
    stem = {"loss": "money", "age": "age", "purchase-to-call": "days", "refund-to-call": "days"}
    read = _BAND.fullmatch(row.key)
    if table.name not in stem or read is None:
        return row.key
    form = {"<": "below", "<=": "below", ">=": "above", ">": "above"}.get(read["sign"] or "", "")
    form = "between" if read["high"] else form or "below"
    low, high = (_whole(Decimal(end or 0)) for end in (read["low"], read["high"]))
    label = say(f"tables.band-{stem[table.name]}-{form}", language, low=low, high=high)
    return f"{label} {_currency(row.currency or '', language)}" if table.name == "loss" else label


def _check(check: "Check", table: "Table", language: Language) -> str:
    money = check.currency is not None
    facts = {
        "parts": _money(check.parts) if money else _whole(check.parts),
        "whole": _money(check.whole) if money else _whole(check.whole),
        "by": _money(abs(check.difference)) if money else _whole(abs(check.difference)),
        "unit": _currency(check.currency, language)
        if check.currency is not None
        else say("tables.unit-reports", language),
    }
    if table.closes is None:
        return say("tables.check-empty", language, **facts)
    if check.closes:
        return say("tables.check-closes", language, **facts)
    way = "over" if check.difference > 0 else "short" if check.difference < 0 else "even"
    kind = "parts-" if table.name == "loss-part" else ""
    reasons = [say(f"tables.because-{kind}{each}", language) for each in check.because]
    joint = say("tables.joint", language)
    return say(f"tables.check-{way}", language, **facts, because=joint.join(reasons))


def _notes(counted: Counted, language: Language) -> Iterator[str]:
    read = counted.read
    for key, n in (
        ("erased", counted.n_erased),
        ("repeated", read.n_repeated),
        ("conflicting", read.n_conflicting),
        ("from-parts", counted.tables.n_from_parts),
    ):
        if n:
            yield say(f"tables.note-{key}", language, n=_whole(n))
    for each in counted.differing:
        name = say(f"tables.table-{each.table}" if each.table else "tables.all", language)
        what = each.what
        if f"stated-{what}" in phrases("tables"):
            what = say(f"tables.stated-{what}", language)
        yield say(
            "tables.differs",
            language,
            table=name,
            what=what,
            stated=exact(each.stated),
            counted=exact(each.counted),
        )


def _figure(spread: "Spread", language: Language) -> KeyFigure:
    in_money = spread.name == "loss"
    shown = _money if in_money else _short
    unit = (
        _currency(spread.unit, language)
        if in_money
        else say(f"tables.unit-{spread.unit}", language)
    )
    value = spread.total if in_money else spread.median
    return KeyFigure(
        value=f"{shown(value)} {unit}",
        label=say(f"tables.figure-{spread.name}", language),
        aside=say(
            "tables.figure-aside",
            language,
            n=_whole(spread.n),
            of=_whole(spread.of),
            mean=shown(spread.mean),
            median=shown(spread.median),
            low=shown(spread.low),
            high=shown(spread.high),
        ),
    )


def _sum(rows: "list[Row]", currency: str) -> Decimal:
    return sum(((row.lost or {}).get(currency, Decimal(0)) for row in rows), Decimal(0))


def _currency(code: str, language: Language) -> str:
    return code or say("tables.no-currency", language)


def _share(n: int, of: int) -> str:
    return f"{n / of:.1%}" if of else ""


def _whole(number: int | Decimal) -> str:
    return f"{number:,}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _short(amount: Decimal) -> str:
    return f"{amount:,.1f}".removesuffix(".0")

"""What cannot be right as it is told: sums that do not add up, days that do not exist, wrong orders.

A finding is a question to the victim, not a verdict on her: people misremember, and the sum that
does not close is often the fee that nobody counted.
"""

# ruff: noqa: E501, PLR2004  expressions are read whole; hours, months and counts of characters

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final, Literal, TypeAlias

from whence.text.extracting import extract
from whence.text.extracting_claims import Extracted, sheet_of
from whence.text.numerals import ENGLISH, number_of

Kind: TypeAlias = Literal[
    "sum",
    "count",
    "maximum",
    "weekday",
    "impossible date",
    "impossible time",
    "call before order",
    "payment before call",
    "age",
    "age against student",
]
_ORDERS: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("ordered_at", "called_at", "call before order"),
    ("called_at", "paid_at", "payment before call"),
)
_DAYS: Final = {
    name: n % 7
    for n, names in enumerate(
        (
            "一 monday",
            "二 tuesday",
            "三 wednesday",
            "四 thursday",
            "五 friday",
            "六 saturday",
            "日 天 sunday",
        )
    )
    for name in names.split()
}
_WEEKDAY: Final = re.compile(
    r"(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])|\b(?P<en>(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_FULL: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONTH_DAY: Final = re.compile(
    r"(?:(?P<y>\d{4})年)?(?P<mo>\d{1,2})月(?P<d>\d{1,2})[日号]|(?P<y2>\d{4})-(?P<mo2>\d{1,2})-(?P<d2>\d{1,2})|\b(?P<d3>\d{1,2})(?:st|nd|rd|th)? (?P<mon>january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(?P<mon4>january|february|march|april|may|june|july|august|september|october|november|december) (?P<d4>\d{1,2})\b",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"(?<![\d.:])(?P<h>\d{1,2})(?::(?P<m>\d\d)|点(?P<m2>\d{1,2})分|时(?P<m3>\d{1,2})分)(?![\d:])"
)
_LATE: Final = re.compile(r"(?:凌晨|上午|早上)(?P<h>1[3-9]|2[0-3])[点时:]")
_COUNT: Final = re.compile(
    r"(?:分|共|一共)?(?P<n>\d{1,2}|[两二三四五六七八九十])(?:次|笔)(?:转|汇|付|打|支付|被|共|扣|给)?|\b(?P<en>two|three|four|five|six|seven) (?:payments|transfers|transactions)",
    re.IGNORECASE,
)
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SCHOOL: Final = re.compile(
    r"大学生|在校|大[一二三四](?:学生|在读|的学)|高中生|初中生|student|undergraduate", re.IGNORECASE
)
_PUPIL_OLDEST: Final = 45  # years: older students exist, and are worth a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Which kind, and the words that clash."""

    kind: Kind
    quotes: tuple[str, ...]


def contradictions_in(text: str) -> tuple[Contradiction, ...]:
    """Return what in a text cannot be right as it stands."""
    claims = extract(text)
    found = (
        *_sums(text, claims),
        *_days(text),
        *_clocks(text),
        *_orders(claims),
        *_ages(text, claims),
    )
    return tuple(found)


def _sums(text: str, claims: tuple[Extracted, ...]) -> Iterator[Contradiction]:
    sums = [c for c in claims if c.field == "amount"]
    wholes = [c for c in sums if c.role in {"loss", "total"} and not c.is_approximate]
    pieces = [c for c in sums if c.role in {"part", "loan"}]
    if len(wholes) == 1 and len(pieces) > 1 and not any(c.is_approximate for c in pieces):
        whole = Decimal(wholes[0].value)
        values = [Decimal(c.value) for c in pieces]
        sums_possible = {
            sum(some)
            for n in range(1, min(len(values), 10) + 1)
            for some in combinations(values[:10], n)
        }
        if whole not in sums_possible and sum(values) != whole:
            yield Contradiction(kind="sum", quotes=tuple(c.quote for c in (*pieces, wholes[0])))
    total = [c for c in sums if c.role == "total"]
    if total:
        most = [c for c in sums if c.role == "loss" and Decimal(c.value) > Decimal(total[0].value)]
        if most:
            yield Contradiction(kind="maximum", quotes=(most[0].quote, total[0].quote))
    parts = [c for c in sums if c.role == "part"]
    for said in _COUNT.finditer(sheet_of(text).text):
        n = ENGLISH.get((said["en"] or "").lower()) or number_of(
            (said["n"] or "").replace("两", "二")
        )
        near = [c for c in parts if said.end() <= c.start <= said.end() + 60]
        if n and len(near) > 1 and n > 1 and len(near) > n:
            yield Contradiction(kind="count", quotes=(said[0], *(c.quote for c in near)))
            return


def _days(text: str) -> Iterator[Contradiction]:
    plain = sheet_of(text).text
    year = 0
    for found in _MONTH_DAY.finditer(plain):
        got = found.groupdict()
        year = int(got["y"] or got["y2"] or year)
        name = (got["mon"] or got["mon4"] or "").lower()
        month = _MONTHS.index(name) + 1 if name else int(got["mo"] or got["mo2"])
        day = int(got["d"] or got["d2"] or got["d3"] or got["d4"])
        if not 1 <= month <= 12 or not 1 <= day <= _LENGTHS[month - 1]:
            yield Contradiction(kind="impossible date", quotes=(found[0],))
            continue
        said_year = re.search(r"\d{4}", plain[found.end() : found.end() + 6])
        known = (
            int(said_year[0]) if said_year and name and 1990 < int(said_year[0]) < 2100 else year
        )
        if known and month == 2 and day == 29 and (known % 4 or (known % 100 == 0 and known % 400)):
            yield Contradiction(kind="impossible date", quotes=(found[0],))
            continue
        near = (
            plain[found.end() : found.end() + 8]
            if not name
            else plain[max(0, found.start() - 12) : found.start()]
        )
        said = _WEEKDAY.search(near)
        if (
            known
            and said
            and date(known, month, day).weekday() != _DAYS[(said["zh"] or said["en"]).lower()]
        ):
            yield Contradiction(kind="weekday", quotes=(found[0], said[0]))


def _clocks(text: str) -> Iterator[Contradiction]:
    plain = sheet_of(text).text
    for found in _CLOCK.finditer(plain):
        minute = int(found["m"] or found["m2"] or found["m3"] or 0)
        if int(found["h"]) > 24 or minute > 59:
            yield Contradiction(kind="impossible time", quotes=(found[0],))
    for found in _LATE.finditer(plain):
        if not found[0].startswith("上午"):
            yield Contradiction(kind="impossible time", quotes=(found[0],))


def _orders(claims: tuple[Extracted, ...]) -> Iterator[Contradiction]:
    first: dict[str, Extracted] = {}
    for claim in claims:
        if claim.field == "time" and re.match(r"(?:\d{4}|-)-\d\d-\d\d", claim.value):
            first.setdefault(claim.role or "", claim)
    for earlier, later, kind in _ORDERS:
        a, b = first.get(earlier), first.get(later)
        if a and b and a.value[:4] == b.value[:4] and b.value[:10] < a.value[:10]:
            yield Contradiction(kind=kind, quotes=(a.quote, b.quote))


def _ages(text: str, claims: tuple[Extracted, ...]) -> Iterator[Contradiction]:
    ages = [c for c in claims if c.field == "age"]
    one = not re.search(
        r"[两二三四五六七八九十\d]+[名位人]|最小|最大|妈妈|父亲|丈夫|女儿|儿子|another|victims|mother|son|daughter|youngest",
        text,
    )
    if len(ages) > 1 and one:
        yield Contradiction(kind="age", quotes=tuple(c.quote for c in ages[:2]))
    school = _SCHOOL.search(text)
    if school and len(ages) == 1 and one and int(ages[0].value) > _PUPIL_OLDEST:
        yield Contradiction(kind="age against student", quotes=(ages[0].quote, school[0]))

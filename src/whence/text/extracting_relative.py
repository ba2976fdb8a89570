"""Times told from another one: two weeks later, yesterday, the day after; with what they count from."""

# ruff: noqa: E501  expressions are read whole

import re
from collections.abc import Iterator
from typing import Final

from whence.text.extracting_claims import Extracted, Sheet
from whence.text.numerals import ENGLISH, chinese_number

_H: Final = "零〇一二三四五六七八九十"
_N: Final = rf"(?P<n>\d{{1,3}}|[{_H}两]{{1,3}}|半|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_NUMBERS: Final = {**ENGLISH, "a": 1, "an": 1}
_UNITS: Final = {
    "天": "D",
    "日": "D",
    "周": "W",
    "星期": "W",
    "礼拜": "W",
    "个星期": "W",
    "个礼拜": "W",
    "个月": "M",
    "月": "M",
    "年": "Y",
    "day": "D",
    "week": "W",
    "month": "M",
    "year": "Y",
}
_FIXED: Final = (
    (r"昨天|昨日|昨晚|昨儿|\byesterday\b|\blast night\b", "-P1D", "told_at"),
    (r"大前天", "-P3D", "told_at"),
    (r"(?<!大)前天|前日(?!子)|the day before yesterday", "-P2D", "told_at"),
    (r"今天|今日|今早|今晚|\btoday\b|\bthis (?:morning|afternoon|evening)\b", "P0D", "told_at"),
    (r"上个?月(?!底前)|\blast month\b", "-P1M", "told_at"),
    (r"上个?(?:周|星期|礼拜)(?![一二三四五六日天末])|\blast week\b", "-P7D", "told_at"),
    (r"去年(?!\d)|\blast year\b", "-P1Y", "told_at"),
    (r"第二天|次日|隔天|翌日|\bthe next day\b|\bthe following day\b|\bthe day after\b", "P1D", ""),
    (r"第三天", "P2D", ""),
)
_FIXED_WORDS: Final = tuple((re.compile(p, re.IGNORECASE), v, f) for p, v, f in _FIXED)
_LATER: Final = re.compile(
    rf"(?:(?:约|大约|大概|过了|about |around |some |only |just )*){_N}(?:多)?(?P<u>个?星期|个?礼拜|个月|天|日|周|年| days?| weeks?| months?| years?)(?:左右|多)?(?P<way>之?后|以后|过后|之前|以前|前(?!后)| later| after(?:wards)?| ago| before| earlier)",
    re.IGNORECASE,
)


def relative_times(sheet: Sheet) -> Iterator[tuple[int, int, Extracted]]:
    """Yield where each stands in the text, and what it says as an ISO 8601 duration."""
    text = sheet.text
    seen: set[str] = set()
    for found in _LATER.finditer(text):
        unit = found["u"].strip()
        unit = (
            _UNITS.get(unit)
            or _UNITS.get(unit.rstrip("s"))
            or _UNITS.get(unit.removeprefix("个"), "")
        )
        word = found["n"].lower()
        if not unit or word == "半":
            continue
        n = (
            int(word)
            if word.isdigit()
            else _NUMBERS.get(word) or chinese_number(word.replace("两", "二"))
        )
        if not n:
            continue
        if unit == "W":
            n, unit = 7 * n, "D"
        way = found["way"].strip().lower()
        back = way in {"之前", "以前", "前", "ago", "before", "earlier"}
        role = "told_at" if back else "ordered_at"
        value = f"{'-' if back else ''}P{n}{unit}"
        if value not in seen:
            seen.add(value)
            yield *found.span(), sheet.claim("relative_time", *found.span(), value, role)
    for words, value, role in _FIXED_WORDS:
        first = words.search(text)
        if first is not None:
            counted = role or (
                "ordered_at"
                if re.search(
                    "买|下单|order|bought", text[max(0, first.start() - 30) : first.start()]
                )
                else "called_at"
            )
            yield *first.span(), sheet.claim("relative_time", *first.span(), value, counted)

"""Dates and hours in a text, as partial as they are there; relative ones with what they count from."""

# ruff: noqa: E501, PLR0912, PLR2004  expressions are read whole; hours, months and counts of characters

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from whence.text.extracting_claims import Extracted, Sheet
from whence.text.extracting_relative import relative_times
from whence.text.numerals import number_of

_H: Final = "零〇一二三四五六七八九十"
_MONTHS: Final = {
    name: n
    for n, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
_MONTH: Final = rf"(?P<%s>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_PART: Final = (
    r"(?P<part>凌晨|清晨|早上|早晨|早|上午|中午|午后|下午|傍晚|晚上|晚间|当晚|晚|夜里|夜晚|深夜)?"
)
_CLOCK_ZH: Final = (
    _PART
    + rf"(?:的|约|大约|大概)?(?:(?P<h>\d{{1,2}}|[{_H}]{{1,3}}|两)(?:[:.](?P<m>[0-5]\d)(?!\d)(?::\d\d)?(?:分)?|[点时](?!间|候|代|常|刻)钟?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<m2>\d{{1,2}}|[{_H}]{{2,3}})分?(?![\d万千百元块天]))?))(?P<few>许|左右|多|前后)?"
)
_CLOCK_EN: Final = r"(?:(?P<eh>\d{1,2})(?:[:.](?P<em>[0-5]\d))? ?(?P<ap>[ap]\.?m\b\.?)|(?P<eh24>[012]?\d):(?P<em24>[0-5]\d)(?![\d:])|(?P<eho>\d{1,2}) o'clock(?: in the (?P<ho>morning|afternoon|evening))?|(?<=at )(?P<eh3>\d{1,2})\.(?P<em3>[0-5]\d)(?!\d)|\b(?P<noon>noon|midday)\b)"
_DATES: Final = tuple(
    re.compile(p, re.IGNORECASE)
    for p in (
        rf"(?:民国|(?<!\d)(?=1\d\d年))(?P<roc>\d{{2,3}}|[{_H}]{{2,4}})年(?P<mo>\d{{1,2}}|[{_H}]{{1,2}})月(?:(?P<d>\d{{1,2}}|[{_H}]{{1,3}})[日号])?",
        rf"(?:(?P<y>(?:19|20)\d\d|\d\d(?=年\d{{1,2}}月)|[二][{_H}]{{3}})年)?(?P<mo>\d{{1,2}}|[{_H}]{{1,2}})月(?:份|初|底|末|中旬|上旬|下旬|中|间)?(?:的)?(?:(?P<d>\d{{1,2}}|[{_H}]{{1,3}})(?:[日号]|(?![\d.万千百元块个名多])))?(?![余])",
        r"(?<![\d.-])(?P<y>(?:19|20)\d\d)(?P<sep>[-/.])(?P<mo>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?!\d)",
        r"(?<![\d./-])(?P<y>(?:19|20)\d\d)[-/.](?P<mo>0?[1-9]|1[0-2])(?![\d/.-])",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH % 'men'}(?:,? (?P<y>(?:19|20)\d\d)\b)?",
        rf"\b{_MONTH % 'men'} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,? (?P<y>(?:19|20)\d\d)\b)?",
        rf"\b(?:in|late|early|mid|since|of|during|until|from|and)[ -](?:late |early |mid[ -])?{_MONTH % 'men'}(?: (?P<y>(?:19|20)\d\d)\b)?",
        rf"\b{_MONTH % 'men'} (?P<y>(?:19|20)\d\d)\b",
        r"(?<![\d./:-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>(?:19|20)\d\d|\d\d))?(?![\d/])",
        r"(?<![\d.])(?P<mo>1[0-2]|0?[1-9])\.(?P<d>[0-3]?\d)[日号]?(?![\d.]|[万千百元块%])(?=\s*\d{1,2}:\d\d|[,日号 ]?(?:[^\d]{0,6})(?:下单|在|买|购|接|来电|收|我|当天|晚上|下午|上午|被|那天))",
        rf"(?<![月\d.])(?P<d>[0-3]?\d|[{_H}]{{1,3}})[日号](?!线|楼|店|柜|仓|码|院|门|机|链|公|房|里|用|常|期|单|晚报|报)",
        r"(?<!\d)(?P<fest>双十一|双11|双十二|双12|618(?=大促|活动|期间|那|当|买|的时|下单|年中)|六一八|双十)(?!\d)",
        r"\bthe (?P<d>\d{1,2})(?:st|nd|rd|th)\b",
    )
)
_FESTS: Final = {
    "双十一": "--11-11",
    "双11": "--11-11",
    "双十二": "--12-12",
    "双12": "--12-12",
    "618": "--06-18",
    "六一八": "--06-18",
    "双十": "--10-10",
}
_ZH: Final = re.compile(_CLOCK_ZH)
_EN: Final = re.compile(_CLOCK_EN, re.IGNORECASE)
_NOON: Final = re.compile(r"(?P<part>中午|正午)(?!\d|[一二两十])")
_JOIN: Final = re.compile(
    r"[\s,]*(?:[(（]?(?:周|星期|礼拜)[一二三四五六日天][)）]?)?[\s,]*(?:T|的|大约|约|大概|左右|在|当天|那天|at|around|about|,|\(|-)?[\s]*(?:at |around |about )?",
    re.IGNORECASE,
)

_ROLES: Final = (
    (
        "ordered_at",
        r"下单|下的单|下了单|购买|购得|买了|买的|买过|买|拍下|拍的|拍了|网购|购物|订购|订了|下订|订单|入手|付款下单|ordered|bought|purchased?|placed|my order|order date|order|buying",
    ),
    (
        "called_at",
        r"来电|电话|打来|打给|接到|接了|接听|收到.{0,4}(?:短信|信息|简讯|邮件|私信|消息)|联系|自称|冒充|加了|加我|短信|简讯|致电|通话|客服|found me|called|call|rang|phoned|phone|text(?:ed)?|message|contacted|email(?:ed)?|claiming|voice",
    ),
    (
        "paid_at",
        r"转账|转了|转走|转出|转给|汇款|汇了|付了|打款|被骗|受骗|骗走|扫码|扣款|借出|转过去|转|汇出|支付|贷了|transferred|paid|sent|lost|wired|scammed|defrauded|cheated|payment|took out",
    ),
    (
        "other",
        r"报警|报案|立案|签收|发货|到货|收货|送达|寄到|出生|发布|记者|声明|公告|通报|到了|快递|包裹|派送|发现|冻结|提现期|还款|活动|截止|投诉|reported|delivered|arrived|police|born|statement|dispatched|shipped|published|deadline|noticed|realised|realized|filed|written|dated",
    ),
)
_ROLE_WORDS: Final = tuple((role, re.compile(words, re.IGNORECASE)) for role, words in _ROLES)


@dataclass(frozen=True, slots=True)
class _Time:
    start: int
    end: int
    date: str
    clock: str
    is_approximate: bool = False


def times_in(sheet: Sheet) -> list[Extracted]:
    """Return dates and hours (``time``), then relative times (``relative_time``)."""
    made: list[Extracted] = []
    seen: set[tuple[str, str | None]] = set()
    times = _with_years(list(_times(sheet)))
    for each in times:
        value = each.date + (f"T{each.clock}" if each.clock else "")
        role = _role(sheet, each.start, each.end)
        if (value, role) in seen:
            continue
        seen.add((value, role))
        claim = sheet.claim("time", each.start, each.end, value, role)
        made.append(replace(claim, is_approximate=each.is_approximate))
    taken = [(t.start, t.end) for t in times]
    made += [
        c
        for s, e, c in relative_times(sheet)
        if not any(a < e and s < b for a, b in taken) or c.value
    ]
    return made


def spans_of_times(sheet: Sheet) -> list[tuple[int, int]]:
    """Return where dates and hours stand, for those who look for other numbers."""
    return [(each.start, each.end) for each in _times(sheet)]


def _times(sheet: Sheet) -> Iterator[_Time]:
    text = sheet.text
    dates: list[tuple[int, int, str]] = []
    for pattern in _DATES:
        for found in pattern.finditer(text):
            if any(s < found.end() and found.start() < e for s, e, _ in dates):
                continue
            if (value := _date(found)) is not None:
                dates.append((found.start(), found.end(), value))
    clocks = list(_clocks(text, dates))
    used: set[int] = set()
    for start, end, date in sorted(dates):
        clock = ""
        about = False
        begins, ends = start, end
        for n, (first, last, value, few) in enumerate(clocks):
            if n not in used and end <= first <= end + 14 and _JOIN.fullmatch(text[end:first]):
                used.add(n)
                clock, ends, about = value, last, few
                break
            if (
                n not in used
                and last <= start <= last + 5
                and text[last:start].strip() in {"on", ",", ", on"}
            ):
                used.add(n)
                clock, begins, about = value, first, few
                break
        yield _Time(begins, ends, date, clock, about)
    for n, (first, last, value, few) in enumerate(clocks):
        if n not in used:
            yield _Time(first, last, "", value, few)


def _date(found: re.Match[str]) -> str | None:
    got = found.groupdict()
    if got.get("fest"):
        return _FESTS[got["fest"]]
    year: int | None = None
    if got.get("roc"):
        year = (number_of(got["roc"] or "") or 0) + 1911
    elif got.get("y"):
        year = number_of(got["y"] or "")
        if year is not None and year < 100:
            year += 2000
    month: int | None
    day: int | None
    if got.get("a"):
        a, b = int(got["a"]), int(got["b"])
        if (a > 12 and b > 12) or not (a and b) or max(a, b) > 31:
            return None
        month, day = (b, a) if a > 12 else (a, b)
    else:
        month = _MONTHS.get((got.get("men") or "").lower()) or number_of(got.get("mo") or "")
        day = number_of(got.get("d") or "")
    if month is not None and not 1 <= month <= 12:
        return None
    if day is not None and not 1 <= day <= 31:
        return None
    if month is None:
        return f"---{day:02}" if day else None
    head = f"{year:04}-{month:02}" if year else f"--{month:02}"
    return head + (f"-{day:02}" if day else "")


def _clocks(text: str, dates: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str, bool]]:
    found: list[tuple[int, int, str, bool]] = []
    for match in _ZH.finditer(text):
        has_unit = match["m"] is not None or re.search("[点时]", match[0])
        hour = 2 if match["h"] == "两" else number_of(match["h"] or "")
        if not has_unit or hour is None or hour > 24:
            continue
        if "." in match[0] and not match["part"]:
            continue
        if match["h"] == "一" and not match["part"] and not (match["m2"] or match["half"]):  # a bit
            continue
        minute = 30 if match["half"] else None
        if match["quarter"]:
            minute = 15 if match["quarter"] == "一" else 45
        if match["m"] or match["m2"]:
            minute = number_of(match["m"] or match["m2"] or "")
        if minute is not None and minute > 59:
            continue
        part = match["part"] or ""
        if hour < 12 and (
            part in {"下午", "午后", "傍晚", "晚上", "晚间", "当晚", "晚", "夜里", "夜晚", "深夜"}
            or (part == "中午" and hour < 6)
        ):
            if not (part in {"夜里", "深夜"} and hour < 6):
                hour += 12
        elif hour == 12 and part in {"凌晨", "夜里", "深夜", "晚上"}:
            hour = 0
        clock = f"{hour % 24:02}" + (f":{minute:02}" if minute is not None else "")
        found.append((match.start(), match.end(), clock, bool(match["few"])))
    found += [(*noon.span(), "12", False) for noon in _NOON.finditer(text)]
    for match in _EN.finditer(text):
        if match["noon"]:
            clock = "12"
        else:
            hour = int(match["eh"] or match["eh24"] or match["eho"] or match["eh3"])
            minute_text = match["em"] or match["em24"] or match["em3"]
            late = (match["ap"] or "").lower().startswith("p") or match["ho"] in {
                "afternoon",
                "evening",
            }
            if (match["ap"] and hour > 12) or hour > 24:
                continue
            if late and hour < 12:
                hour += 12
            elif match["ap"] and not late and hour == 12:
                hour = 0
            clock = f"{hour % 24:02}" + (f":{minute_text}" if minute_text else "")
        found.append((match.start(), match.end(), clock, False))
    last = -1
    for start, end, clock, few in sorted(found, key=lambda each: (each[0], -each[1])):
        if start >= last and not any(s < end and start < e for s, e, _ in dates):
            last = end
            yield start, end, clock, few


def _with_years(times: list[_Time]) -> list[_Time]:
    year = ""
    made = []
    for each in sorted(times, key=lambda t: t.start):
        if re.match(r"\d{4}-", each.date):
            year = each.date[:4]
        elif year and re.match(r"--\d", each.date) and not each.date.startswith("---"):
            made.append(replace(each, date=year + each.date[1:]))
            continue
        made.append(each)
    return made


def _role(sheet: Sheet, start: int, end: int) -> str:
    text = sheet.text
    first, last = sheet.sentence(start)
    best, nearest = "called_at", 80
    for role, words in _ROLE_WORDS:
        for found in words.finditer(text, end, max(last, end)):
            cost = found.start() - end + 5 * len(re.findall("[,、:]", text[end : found.start()]))
            if cost < nearest:
                best, nearest = role, cost
        for found in words.finditer(text, first, start):
            cost = start - found.end() + 6 + 9 * len(re.findall("[,、]", text[found.end() : start]))
            if text[found.end() : start].strip() in {
                ":",
                "时间:",
                "日期:",
                "于",
                "在",
                "time:",
                "date:",
                "on",
                "at",
                "in",
            }:
                cost -= 6
            if cost < nearest:
                best, nearest = role, cost
    return best

"""Sums of money in a text: how much, in what currency, and what the money was."""

# ruff: noqa: E501, PLR2004  expressions are read whole; hours, months and counts of characters

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from whence.text.extracting_claims import Extracted, Sheet
from whence.text.extracting_currencies import currency_of, home_currency
from whence.text.numerals import DIGITS, LARGE, chinese_number, english_number

_LARGE_ALL: Final = {
    **LARGE,
    "千": 1_000,
    "百": 100,
    "thousand": 1_000,
    "million": 10**6,
    "hundred": 100,
    "grand": 1_000,
}
_H: Final = "零〇一二两三四五六七八九十百千万壹贰叁参肆伍陆柒捌玖拾佰仟亿"
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d+)?"
_MULT: Final = r"(?:[万千百亿]|[wWkK](?![A-Za-z])| ?(?:thousand|million|hundred|grand)\b)"
_WORD: Final = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|a hundred|a thousand)"
)
_BEFORE_UNIT: Final = r"(?:澳门元|mop|人民币|rmb|cny|新台币|台币|港币|nt\$|hk\$|us\$|s\$|a\$|au\$|c\$|rm|usd|hkd|twd|gbp|eur|aud|cad|sgd|[¥£€$]) ?"
_AFTER_UNIT: Final = (
    r" ?(?:元人民币|块人民币|元整?|块钱|块|圆|大洋|人民币|新台币|台币|港币|港元|美元|美金|英镑|欧元|澳元|加元|日元|令吉|马币"
    r"|(?:yuan|rmb|cny|usd|hkd|twd|ntd|gbp|eur|aud|cad|sgd|us dollars?|hong kong dollars?|new taiwan dollars?|dollars?|pounds?|euros?|bucks|quid|kuai|renminbi|ringgit)\b)"
)
_ABOUT: Final = r"(?P<about>约|大约|大概|近|将近|差不多|左右|around |about |nearly |almost |roughly |some |over |more than |approximately |超过|至少|逾)?"
_AMOUNT: Final = re.compile(
    _ABOUT
    + rf"(?P<before>{_BEFORE_UNIT})?"
    + rf"(?:(?P<digits>{_NUMBER})(?P<few0>[余多来几])?(?:(?P<mult>{_MULT})(?:(?P<tail>\d(?![\d.])|[{_H[2:12]}](?![{_H}个次笔名人]))(?P<tailunit>[千百])?)?)?"
    + rf"|(?P<han>[{_H}]+|[几数](?=[万千百]))"
    + rf"|(?P<words>\b{_WORD}(?:[ -](?:and )?{_WORD})*))"
    + r"(?P<few>[余多来])?(?P<mult2>[万千百])?"
    + rf"(?P<after>{_AFTER_UNIT})?(?P<few2>[余多](?![次人]))?(?P<cents>(?<=元)\d角(?:\d分)?|(?<=块)\d(?![\d]))?",
    re.IGNORECASE,
)
_MONEY_VERB: Final = re.compile(
    r"(?:转账?|汇|付|打|充值?|刷|借|贷|骗|损失|被骗|亏|扣|提现?|下款|放款|骗取|额度|支付|花|共|合计|总计|累计|总额|金额|价格?|实付|单价|票面|余额|存款|欠款?|债|lost|paid|sent|transferred|borrowed|total|loss|amount|losing|price|wired|of)"
    r"(?:了|走|走了|去|去了|出|出去|给他|给对方|给她|过去|到|掉|掉了|进去|为|是|有|款|钱|额|近|大概|约|大约|差不多|共|共计|总共|一共|又|分别|另外|另|:|：|\(元\)|\(cny\)| |出了|过了|满了|来|入|人民币|到账|还有|about|around|over|nearly){0,4}$",
    re.IGNORECASE,
)
_NOT_MONEY: Final = re.compile(
    r"\s*(?:[年月日号点时分秒岁人名位个件次笔张条天周倍期楼层栋单套双台只瓶盒粉米里度级折起家通步寸码克斤省市种项页年级线遍行排代号岁户份小小时]|%|％|am\b|pm\b|days?\b|weeks?\b|months?\b|years?\b|hours?\b|minutes?\b|times?\b|people\b|victims?\b|orders?\b|reports?\b|[-/:.]\d|\s?x\b)",
    re.IGNORECASE,
)
_TALK: Final = re.compile(
    r"损失|被骗|转|付|汇|刷走|刷|借|贷|扣|充|退|赔|元|块|钱|收|交|总|合计|金额|共|没了|赎|少了"
    r"|lost|paid|sent|borrow|loss|total|transfer|yuan|refund|pay|£|\$",
    re.IGNORECASE,
)
_LIST: Final = re.compile(
    r"\s*(?:和|、|,|/|=|;|又好像是|及|与|加|\+|跟|and|,\s?and|以及|, ?)\s*$", re.IGNORECASE
)

_ROLES: Final = (
    (
        "order_price",
        r"购买|买了|买的|买过|买|售价|价格|实付|单价|定价|标价|原价|订单金额|价值|下单|拍下|拍了|入手|订了|商品|到手价|件|cost me|costs?\b|priced?|bought|purchased?|ordered|worth|order (?:of|for|total|value|amount)|paid for (?:it|the)|price",
    ),
    (
        "loan",
        r"借呗|花呗|来分期|微粒贷|白条|金条|好期贷|安逸花|马上金融|趣店|现金巴士|贷款|借款|网贷|贷了|借了|借出|借到|借的|借|贷出|套现|套出|提现|放款|下款|分期|备用金|有钱花|小贷|loans?\b|borrow(?:ed|ing)?|credit line|lend|klarna|cash advance",
    ),
    (
        "loss",
        r"损失|被骗走|被骗|骗走|骗了|骗去|受骗|涉案|总共|一共|共计|合计|总计|共被|累计|全部被|共|没了|打了水漂|lost|loss(?:es)?|scammed out of|out of pocket|conned out of|defrauded|in total|altogether|total|cheated out of|cheated|down by|poorer|stolen",
    ),
    (
        "part",
        r"转账|转了|转走|转给|转去|转过去|转出|转入|转|汇了|汇款|汇|打款|打了|打给|打过去|付了|付款|支付|扫码|扫了|刷了|扣了|扣走|扣款|充了|充值|划走|其中|分别|余额|存款|积蓄|取走|亲密付|笔|transferred|transfer|sent|paid|wired|wire|payments? of|payments?|debited|taken|withdrew|took|moved|savings|balance|sending|gift cards?|vouchers?",
    ),
    (
        "other",
        r"退款|退还|退回|退给|退我|返还|赔偿|赔付|理赔|补偿|赔|三倍|双倍|额度|信用额|限额|追回|挽回|止付|冻结|拦截|要求|还要|还想|再转|保证金|否则|每月|月费|年费|会扣|自动扣|月扣|要扣|每年|人均|平均|手续费|奖励|剩|留下|利息|以上|以下|至|红包|生活费|月薪|工资|refund(?:ed)?|compensation|limit|recovered|got back|returned|reimburse|would be charged|charge|fee|monthly|a month|per month|salary|demanded|wanted|average|mean|threatened|fine|promised|credit of|saved|froze",
    ),
)
_ROLE_WORDS: Final = tuple((role, re.compile(words, re.IGNORECASE)) for role, words in _ROLES)
_SEVERAL: Final = re.compile(
    r"\d+(?:多|余)?[名位人个起](?:受害|网友|用户|消费者|事主|同学|顾客|报案|案|人|买家)?|多[名位人]|[两三四五六七八九十]+[名位起](?:受害|网友|用户|事主|案|消费者|买家|顾客)?|群里|大家|\d+ (?:victims|people|customers|shoppers|buyers|reports)|(?:two|three|four|five|six|seven|eight|nine|ten|\w+teen|thirty|fifty) (?:victims|people|customers|shoppers|of us)|victims",
    re.IGNORECASE,
)
_CLAUSE: Final = 7  # characters that a comma between a word and a sum counts for
_BEHIND: Final = 5  # characters that standing behind the sum counts for


@dataclass(frozen=True, slots=True)
class _Sum:
    start: int
    end: int
    value: Decimal
    currency: str | None
    is_approximate: bool


def amounts_in(sheet: Sheet, given: Sheet) -> list[Extracted]:
    """Return the sums of a text; ``sheet`` has numbers of other kinds blotted out."""
    home = home_currency(given)
    sums = list(_sums(sheet, home))
    made: list[Extracted] = []
    seen: set[tuple[str, str | None, str | None]] = set()
    made_at: _Sum | None = None
    last_role = ""
    for each in sums:
        listed = made_at is not None and _LIST.fullmatch(given.text[made_at.end : each.start])
        role = (
            last_role if listed and last_role not in {"loss", "total"} else _role(given, each, sums)
        )
        made_at, last_role = each, role
        value = _plain(each.value)
        key = (value, role, each.currency)
        if key in seen:
            continue
        seen.add(key)
        claim = given.claim("amount", each.start, each.end, value, role)
        made.append(
            replace(claim, currency=each.currency or home, is_approximate=each.is_approximate)
        )
    roles = [claim.role for claim in made]
    if "loss" not in roles and "total" not in roles and roles.count("part") == 1:
        made = [replace(c, role="loss") if c.role == "part" else c for c in made]
    return made


def _sums(sheet: Sheet, home: str) -> Iterator[_Sum]:
    text = sheet.text
    found: list[_Sum] = []
    waiting: list[tuple[re.Match[str], Decimal]] = []  # bare numbers before a sum, listed with it
    for match in _AMOUNT.finditer(text):
        value = _value(match)
        if value is None:
            continue
        start = match.end("about") if match["about"] else match.start()
        unit = match["before"] or match["after"]
        bare = match["han"] or match["words"]
        if not unit:
            waiting_on = match["digits"] is not None and not match["mult"]
            after = text[match.end() :]
            if _NOT_MONEY.match(after):
                waiting = []
                continue
            before = text[max(0, match.start() - 24) : match.start()]
            named = _MONEY_VERB.search(before) is not None and not re.fullmatch(
                r"110|96110|165|159|1799|7726|95\d{3}", match["digits"] or ""
            )
            loose = _is_loose(match, text, named=named)
            large = bool(match["mult"] or match["mult2"]) or bool(
                bare and re.search("[千万百]", bare) and len(bare) > 1
            )
            if match["words"]:
                waiting = []
                continue
            if (
                not (named and (large or (match["digits"] and len(match["digits"]) > 1)))
                and not (
                    large
                    and bool(match["mult"] or match["mult2"] or match["han"])
                    and value >= 100
                    and re.match(r"[,。!?;)\s的]|$", after)
                )
                and not loose
            ):
                if waiting_on and len(match["digits"] or "") > 1:
                    waiting.append((match, value))
                continue
        end = match.end()
        currency = currency_of(unit) if unit else None
        about = bool(match["about"] or match["few"] or match["few2"] or match["few0"]) or bool(
            re.match(r"左右|上下|出头|or so|许", text[end:])
        )
        for earlier, value_before in reversed(waiting):
            between = text[
                earlier.end() : found[-1].start
                if found and found[-1].start > earlier.end()
                else start
            ]
            if _LIST.fullmatch(between) or (_LIST.search(between) and len(between) < 6):
                found.append(
                    _Sum(
                        start=earlier.start("digits"),
                        end=earlier.end(),
                        value=value_before,
                        currency=currency or home,
                        is_approximate=False,
                    )
                )
            else:
                break
        waiting = []
        found.append(_Sum(start, end, value, currency or home, about))
    yield from sorted(found, key=lambda each: each.start)


def _is_loose(match: re.Match[str], text: str, *, named: bool) -> bool:
    """Return whether a number without a unit is money by its form, or by the talk around it."""
    digits = match["digits"]
    if not digits or match["tail"]:
        return False
    if re.search(r"\d,\d{3}", digits) or re.fullmatch(r"\d+\.\d\d", digits):
        return re.search(_TALK, text[max(0, match.start() - 40) : match.end() + 20]) is not None
    if not re.fullmatch(r"[1-9]\d{2,5}", digits) or re.fullmatch(
        r"(?:19|20)\d\d|110|165|159|96110|95\d{3}", digits
    ):
        return False
    around = text[max(0, match.start() - 30) : match.end() + 12]
    return named or re.search(_TALK, around) is not None


def _value(match: re.Match[str]) -> Decimal | None:
    if match["digits"]:
        value = Decimal(match["digits"].replace(",", ""))
        times = _LARGE_ALL.get((match["mult"] or "").strip().lower(), 1)
        value *= times
        if match["tail"] and match["mult"]:
            tail = DIGITS.get(match["tail"], match["tail"])
            value += Decimal(tail) * (
                _LARGE_ALL[match["tailunit"]] if match["tailunit"] else times // 10
            )
    elif match["han"]:
        if match["han"] in "几数":
            return None
        number = chinese_number(match["han"])
        if number is None:
            return None
        value = Decimal(number)
    else:
        number = english_number(match["words"].lower())
        if number is None:
            return None
        value = Decimal(number)
    if match["mult2"]:
        value *= _LARGE_ALL[match["mult2"]]
    if match["cents"]:
        cents = re.findall(r"\d", match["cents"])
        value += Decimal(cents[0]) / 10 + (Decimal(cents[1]) / 100 if len(cents) > 1 else 0)
    return value if 0 < value < Decimal(10**11) else None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _role(sheet: Sheet, it: _Sum, sums: list[_Sum]) -> str:
    text = sheet.text
    first, last = sheet.sentence(it.start)
    last = max(last, it.end)
    before = max((s.end for s in sums if s.end <= it.start and s.start >= first), default=first)
    after = min((s.start for s in sums if s.start >= it.end and s.start < last), default=last)
    best, nearest = "part", 60.0
    for role, words in _ROLE_WORDS:
        for found in words.finditer(text, max(first, it.start - 45), it.start):
            gap = it.start - found.end()
            cost = gap + _CLAUSE * len(re.findall("[,、:]", text[found.end() : it.start]))
            if found.end() <= before and before > first:
                cost += 6
            if cost <= nearest:
                best, nearest = role, cost
        for found in words.finditer(text, it.end, min(after, it.end + 16)):
            cost = (
                found.start()
                - it.end
                + _BEHIND
                + _CLAUSE * len(re.findall("[,、:]", text[it.end : found.start()]))
            )
            if cost < nearest:
                best, nearest = role, cost
    if best == "loss":
        around = text[max(0, it.start - 60) : it.start]
        total_word = re.search(
            r"共|合计|总|累计|total|altogether|between them",
            text[max(first, it.start - 14) : it.end + 12],
        )
        if _SEVERAL.search(text[first : it.start]) and total_word and around:
            return "total"
    return best

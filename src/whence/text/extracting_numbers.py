"""Numbers and addresses of the other side in a text: callers, QQ and WeChat ids, links, orders."""

# ruff: noqa: E501, PLR2004  expressions are read whole; hours, months and counts of characters

import re
from typing import Final

from whence.text.extracting_claims import Extracted, Sheet

_LINK: Final = re.compile(
    r"(?:https?|hxxps?)\s?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
    r"|(?<![A-Za-z0-9@.-])(?:[A-Za-z0-9-]{1,63}(?:\.|\[\.\])){1,6}(?:com|cn|net|org|top|xyz|vip|cc|shop|info|example|test|invalid|site|online|store|club|icu|tw|hk|uk|co|io|app|link|me|ru|biz|asia|fun|live|work)(?![A-Za-z])(?::\d+)?(?:/[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)?",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"(?:订单(?:编号|号码|号|尾号)?|单号|order (?:no\.?|number|id|ref(?:erence)?|#)|order\s?#|\border)(?P<gap>[\s:#是为]|\(?尾号\)?|了|was|is|,|编号|no\.?|number|\"){0,6}(?P<id>[A-Za-z]{0,5}[-]?\d[A-Za-z0-9-]{1,30}(?:[ ]\d{1,6}){0,5})(?![万千元块])",
    re.IGNORECASE,
)
_NOT_ORDER: Final = re.compile(
    r"(?:快递|运|物流|跟踪|tracking|工|受理|案件|报警|回执)(?:订)?$", re.IGNORECASE
)
_QQ: Final = re.compile(
    r"(?:qq|扣扣|企鹅|(?<![A-Za-z])q(?=号|群|:))(?P<gap>[^\d\n。;]{0,14}?)(?P<id>[1-9](?:[ -]?\d){4,10})(?![\d])",
    re.IGNORECASE,
)
_QQ_ADDED: Final = re.compile(
    r"(?:\(|号码?:?|群号?:?|加)\s?(?P<id>[1-9]\d{5,10})(?:\)|的)?[^\d\n。]{0,6}(?:qq|扣扣)",
    re.IGNORECASE,
)
_WECHAT: Final = re.compile(
    r"(?:微信|(?<![A-Za-z])(?:vx|wx|v信|v)|wechat|weixin|薇信?|(?<=加)微)(?P<gap>(?:账号|号码|号|id|账户|account|id|名|上|客服|专员|好友|是|为|叫|:|\s|\(|,|\"|'|was|is|named|called|contact|user|no\.?|number|ID|under|the|handle|as|搜|加|添加|他的|了){0,6})(?P<id>[A-Za-z][A-Za-z0-9_-]{5,19}|[A-Za-z]{1,}[_-]?\d[A-Za-z0-9_-]{3,18})(?![A-Za-z0-9_@.])",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(
    r"(?<![\dA-Za-z])\d{4}(?:[ -]?\d{3,4}){2,4}(?:[ -]?\d{1,4})?(?!\d)|(?<![\dA-Za-z])\d{13,21}(?!\d)"
)
_TAIL: Final = re.compile(
    r"(?:尾号(?:为|是)?|末四位(?:为|是)?|ending (?:in |with )?|ends in |last four(?: digits)?(?: are)? |\*{2,}|x{4,})\s?:?(?P<id>\d{4})(?!\d)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?<![\dA-Za-z.\x00])(?P<id>(?:\+|00)?\(?\d(?:[\d*]|[ ()\-]{1,2}(?=[\d(])){4,18}\d)(?:\s?(?:转|ext\.?|extension|分机|#)\s?(?P<ext>\d{1,6}))?(?![\dA-Za-z]|\.\d)",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(
    r"电话|来电|号码|打来|打给|打了|打过来|致电|显示|短信|简讯|发来|手机|座机|固话|自称|客服|归属|陌生|whats ?app|number|call|from|phone|rang|text|display|sms|showed|开头|号\b|联系|拨",
    re.IGNORECASE,
)
_OWN: Final = re.compile(
    r"(?:我的?(?:手机|电话|号码|联系方式|联系电话)?(?:号码?|是|为|:)*|本人(?:手机|电话)?号?码?:?|联系(?:电话|方式|手机)(?:为|是)?:?|(?:报案人|受害人|投诉人|举报人|申诉人|机主|收货)(?:的)?(?:手机|电话|联系电话|联系方式|号码)?号?码?:?|预留(?:手机|电话)?号?码?:?|my (?:own )?(?:phone|mobile|cell)?\s?(?:number)?(?: is|:)?|(?:reach|call|contact) me (?:on|at)|victim's (?:phone|number):?|contact(?: number| phone)?:|your (?:phone|mobile))[\s(]*$",
    re.IGNORECASE,
)
_HELP: Final = re.compile(
    r"(?:报警|拨打(?:了)?(?:官方)?|拨通(?:官方)?|官方(?:客服)?(?:热线|电话|客服)?(?:号码)?(?:是|为)?:?|打(?:了)?(?:官方|平台|银行|真)[^,。]{0,8}|热线|反诈|咨询|警方|银行(?:客服)?(?:电话)?|举报|致电(?:了)?(?:官方|银行|平台)?[^,。]{0,6}|hotline|report(?:ed)? (?:it )?to|real (?:number|customer service)[^.]{0,12}|i (?:then )?(?:called|rang|phoned)(?: the)? (?:bank|police|official|real)?[^.,]{0,14}|helpline|dial(?:led)?|forward(?:ed)? (?:it )?to)[\s:(]*$",
    re.IGNORECASE,
)
_PUBLIC: Final = re.compile(
    r"110|96110|12345|12315|12321|12377|12381|165|159|1799|7726|999|911|101|95\d{3}|400\d{7}|0300\d+|800\d{7}|12306|100\d\d|114|119|120"
)
_SHOWN: Final = re.compile(
    r"显示|来电|打来|冒充|伪装|号码是|号码为|from|display|showed|用的?号|caller id|发来|发自|接到|接了",
    re.IGNORECASE,
)
_FEWEST: Final = 7  # digits of a number that is no short code
_MOST: Final = 15  # ITU-T E.164


def links_in(sheet: Sheet) -> list[Extracted]:
    """Return the links of a text, as they are written."""
    made = []
    for found in _LINK.finditer(sheet.text):
        url = found[0].rstrip(".,;:!?)'\"")
        if "@" in url and "/" not in url:
            continue
        end = found.start() + len(url)
        if re.fullmatch(
            r"(?:vip|jd|books|amazon|taobao|tmall|jumei|vipshop|xiaohongshu|books\.com)\.(?:com|cn|tw|co)(?:\.tw)?",
            url,
            re.IGNORECASE,
        ):
            continue
        made.append(
            sheet.claim(
                "link", found.start(), end, sheet.claim("link", found.start(), end, "").quote
            )
        )
    return _once(made)


def orders_in(sheet: Sheet) -> list[Extracted]:
    """Return order numbers, without spaces."""
    made = []
    for found in _ORDER.finditer(sheet.text):
        if (
            _NOT_ORDER.search(sheet.text[: found.start()][-6:])
            or len(re.findall(r"\d", found["id"])) < 5
        ):
            continue
        if re.fullmatch(r"(?:19|20)\d\d-\d\d?-\d\d?", found["id"]):
            continue
        made.append(sheet.claim("order_number", *found.span("id"), found["id"].replace(" ", "")))
    return _once(made)


def messengers_in(sheet: Sheet) -> list[Extracted]:
    """Return QQ and WeChat ids."""
    made = []
    for pattern in (_QQ, _QQ_ADDED):
        for found in pattern.finditer(sheet.text):
            if re.search(
                "验证码|订单|元|电话|手机|号码是1[3-9]|phone|order",
                found.groupdict().get("gap") or "",
            ):
                continue
            made.append(sheet.claim("qq", *found.span("id"), re.sub(r"\D", "", found["id"])))
    for found in _WECHAT.finditer(sheet.text):
        word = found["id"]
        if word.isalpha() and not re.search(
            r"[号:是为叫搜]|id|is|was|named|called|handle|account", found["gap"], re.IGNORECASE
        ):
            continue
        if word.lower() in {
            "account",
            "number",
            "contact",
            "customer",
            "message",
            "payment",
            "wallet",
            "transfer",
            "called",
            "service",
            "screen",
            "friend",
            "moments",
        }:
            continue
        made.append(sheet.claim("wechat", *found.span("id"), word))
    return _once(made)


def accounts_in(sheet: Sheet) -> list[Extracted]:
    """Return accounts that money went to: digits without spaces, masked ones as ``****0417``."""
    made = []
    for found in _ACCOUNT.finditer(sheet.text):
        digits = re.sub(r"\D", "", found[0])
        around = sheet.text[max(0, found.start() - 40) : found.end() + 12]
        before = sheet.text[max(0, found.start() - 16) : found.start()]
        if (
            len(digits) >= 13
            and not digits.startswith("00")
            and re.search("账|卡|户|收款|转|汇|account|card|payee|iban|to ", around, re.IGNORECASE)
            and not re.search("我的|本人|my |身份证|订单|运单|快递", before)
        ):
            made.append(sheet.claim("payee", *found.span(), digits))
    for found in _TAIL.finditer(sheet.text):
        before = sheet.text[max(0, found.start() - 30) : found.start()]
        after = sheet.text[found.end() : found.end() + 8]
        if re.search(
            r"我(?:的|本人|名下|自己|那张|工行|建行|农行|招行)?[^,。]{0,8}$|本人[^,。]{0,10}$|\bmy [^,.]{0,24}$|订单|order|手机",
            before,
            re.IGNORECASE,
        ):
            continue
        if (
            re.search(
                "转|汇|打|收款|付|进|到|账|户|卡|to |account|payee|card", before, re.IGNORECASE
            )
            and "订单" not in after
        ):
            made.append(sheet.claim("payee", *found.span(), f"****{found['id']}"))
    return _once(made)


def callers_in(sheet: Sheet) -> list[Extracted]:
    """Return numbers that called or wrote; numbers of other kinds are blotted out in the sheet."""
    made = []
    text = sheet.text
    for found in _NUMBER.finditer(text):
        written = found["id"]
        digits = re.sub(r"\D", "", written)
        if (
            "*" in written
            or not 5 <= len(digits) <= _MOST
            or re.fullmatch(r"(?:19|20)\d{6}", digits)
        ):
            continue
        before = text[max(0, found.start() - 30) : found.start()]
        near = re.split("[。!?;\n]", before)[-1]
        after = text[found.end() : found.end() + 18]
        if re.match(r"\s*(?:元|块|万|千|年|月|人|单|件|次)", after) or _OWN.search(near):
            continue
        if re.search(
            r"验证码|编号|警号|工号|案号|单号|code|badge|employee|房间|会议号|邮编|[¥$£€]",
            near[-12:],
        ):
            continue
        if _PUBLIC.fullmatch(digits) and not _SHOWN.search(near):
            continue
        if _HELP.search(near) and not re.search("接到|打来|冒充|自称", near):
            continue
        if len(digits) < _FEWEST and not _SHOWN.search(near):
            continue
        if not _CALLED.search(near + after) and not re.fullmatch(r"1\d{10}|0\d{9,11}", digits):
            continue
        value = (
            ("+" + (digits[2:] if written.startswith("00") else digits))
            if written.startswith(("+", "00"))
            else digits
        )
        value = re.sub(r"^\+860(?=\d{10})", "+86", value)
        if found["ext"]:
            value += f";ext={found['ext']}"
        first = found.start("id") + (written.startswith("(") and ")" not in written)
        made.append(sheet.claim("caller_number", first, found.end(), value))
    return _once(made)


def _once(claims: list[Extracted]) -> list[Extracted]:
    seen: set[tuple[str, str]] = set()
    kept = []
    for claim in claims:
        key = (claim.field, claim.value.lower())
        if key not in seen:
            seen.add(key)
            kept.append(claim)
    return kept

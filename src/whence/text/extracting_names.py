"""Names in a text: platforms, lenders, channels, places, shops, goods, payees, ages."""

# ruff: noqa: E501, PLR2004  expressions are read whole; hours, months and counts of characters

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from whence.text.extracting_claims import Extracted, Field, Sheet
from whence.text.numerals import number_of

_TABLES: Final[tuple[tuple[Field, str], ...]] = (
    ("platform", "platforms"),
    ("lender", "lenders"),
    ("channel", "channels"),
)
_NOT_OF_CASE: Final = re.compile(
    r"(?:归属地?(?:是|为|在|显示)?:?|号码(?:是|来自|显示)?|显示(?:为|是)?(?:来自)?|开户(?:行|地)?(?:在|是|为)?:?|(?<=[话码])来自|IP(?:地址)?(?:在|是)?|区号|收款[^,。]{0,10})(?:中国|[\u4e00-\u9fff]{2,3}省?)?$"
)
_NOT_PLACE_AFTER: Final = re.compile(
    r"(?:市)?(?:省)?(?:的?(?:号码|手机号?|座机|固话|区号|号\b|银行|农商|商贸|科技|贸易|网络|电子|某公司|分行|支行)|银行|晚报|日报|都市报|卫视|警方提醒|路|大学(?!城)|牌|消费金融| Road| Street| number| Bank| Evening| Daily)"
)
_AGE: Final = re.compile(
    r"(?P<a>\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?)(?:周)?岁(?!以|多|左右)(?!的?(?:孩子|儿子|女儿|宝宝|娃))|年龄[:\s为是]{0,3}(?P<b>\d{1,2})(?!\d)|今年(?:刚|才|已)?(?P<c>\d{2})(?![\d年月元块])|\baged? (?P<d>\d{2})\b|\b(?P<e>\d{2})[ -]years?[ -]old\b|\bage: ?(?P<f>\d{2})\b|\b(?:i am|i'm|i was|she is|he is) (?P<g>\d{2})\b(?!%|,\d| (?:minutes|days|hours))|(?<=, )(?P<h>\d{2})(?=, (?:a|an|of|from|who|works|student|and|told|said|in|bought|ordered|lost|lives|was)\b)|(?<=[男女],)(?P<i>\d{2})(?=[,。])|\bage of (?P<j>\d{2})\b",
    re.IGNORECASE,
)
_MEAN: Final = re.compile(r"(?:平均|均龄|average|mean|median)[^。.]{0,10}$", re.IGNORECASE)
_NAME: Final = "[\u4e00-\u9fffA-Za-z0-9·&]"
_SHOPS: Final = (
    re.compile(
        rf"(?:店铺|店名|商家|卖家|网店|商户|店家)(?:名称|名字|名)?(?:叫做?|名为|是|为|:)\s*[\"“《【]?(?P<x>{_NAME}{{2,20}}?)[\"”》】]?(?=[,。;!\n)(\"]|的|$|里|买|下单|购)"
    ),
    re.compile(
        rf"(?:一家|家|个)?(?:叫做?|名叫|名为)\s*[\"《【]?(?P<x>{_NAME}{{2,20}}?)[\"》】]?\s*的(?:店|网店|店铺|商家|小店|卖家)"
    ),
    re.compile(
        rf"[\"《【](?P<x>{_NAME}{{2,20}}?)[\"》】]\s*(?:这家|的)?(?:店|旗舰店|网店|店铺|商家|小店|卖家)"
    ),
    re.compile(
        r"(?:在|从|去|到|的|上|家|是|逛|里|买了|[,。:\"])(?P<x>[\u4e00-\u9fffA-Za-z0-9]{2,12}?(?:旗舰店|专营店|专卖店|海淘店|代购店|官方店|童装店|女装店|鞋店|服饰店|小铺|家居馆|美妆店|母婴店|生活馆|优品店|良品店|杂货铺|书店))"
    ),
    re.compile(
        r"\b(?:shop|store|seller|merchant|boutique)(?: (?:called|named|name:|was|is|name))? ?:? ?[\"'](?P<x>[A-Za-z0-9&' .-]{2,40}?)[\"']",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:shop|store|seller|merchant|boutique)(?: (?:called|named)|(?: name)?:) (?P<x>[A-Z][A-Za-z0-9&'-]*(?: (?:[A-Z&][A-Za-z0-9&'-]*|and|of))*)"
    ),
)
_COUNTERS: Final = "件条双台部瓶盒套只个支本床箱袋罐款把张包块顶副提对根枚辆组串份桶架盏幅罐听筒"
_GOODS: Final = (
    re.compile(
        r"(?:商品|货品|购买商品|物品|所购商品|商品名称|货物|品名)(?:名称|名)?(?:是|为)?:\s*(?P<x>[^,。;\n(]{1,20})"
    ),
    re.compile(
        rf"(?:买|购买|购|拍下?|订购|订|下单|网购|入手|拼|抢|囤|选购|团|付款|退|寄|退掉)(?:了|过|的是|的|到|入|下)*(?:[^,。;\n]{{0,8}}?(?:元|块)(?:钱)?的)?(?:了)?(?:[一二两三四五六七八九十几]|\d{{1,2}})(?:[{_COUNTERS}])(?P<x>[^,。;!?\n():\"、]{{1,16}}?)(?=[,。;!?\n(:\"、]|$|和|给|花|共|,|后|在|寄|,|,|之后|用|付|总|价|实|时|还|没)"
    ),
    re.compile(
        r"(?:我|之前|在[^,。;\n]{1,14})(?:上|里)?(?:购?买|拍|购|订|下单)(?:了|过|的是|的)(?:[^,。;\n]{0,8}?(?:元|块)(?:钱)?的)?(?P<x>[\u4e00-\u9fffA-Za-z0-9]{1,10}?)(?=[,。;!?\n(:\"、]|$|和|给|花|共|后|在|用|付|总|价|实|有|质|存|出|被|不|是|没|甲|还|因)"
    ),
    re.compile(
        r"(?:那[件条双台部瓶盒套只个支本床箱袋罐款]|这[件条双台部瓶盒套只个支本床箱袋罐款])(?P<x>[\u4e00-\u9fff]{1,8}?)(?=质量|有|被|存|出|甲醛|检|不合|含|[,。;!?\n]|的|是|不|导致)"
    ),
    re.compile(
        r"\b(?:bought|ordered|purchased?|buy|order(?:ed)? of|order for|for|bought her|bought him|got|ordering|buying)(?: myself| her son| my \w+)? (?:a|an|some|two|three|four|the|one|\d+|a pair of|a set of|pair of)(?: (?:pair|set|box|pack|bottle|tin|bag|tub|case)s? of)? (?P<x>[A-Za-z][A-Za-z' -]{2,40}?)(?= (?:from|on|for|at|in|through|via|and|with|worth|that|which|off|costing|was|were|to|last|had|order|by|as|i|she|he|so|but|when|cost|it)\b|[,.;:!?\n(£$]|$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:item|goods|product)s?(?: (?:bought|purchased|ordered|name))?: ?(?P<x>[A-Za-z][^,.;\n(]{2,40})",
        re.IGNORECASE,
    ),
)
# Nouns that goods end in, for stories that name them without a verb of buying beside it.
_GOODS_ENDINGS: Final = (
    "裤|裙|童装|外套|衬衫|毛衣|大衣|羽绒服|鞋|帽|背包|书包|挎包|面霜|身体乳|面膜|发膜|眼霜|口红|唇膏|唇釉|卸妆油|卸妆水|精华|洗面奶"
    "|水杯|保温杯|奶瓶|奶粉|纸尿裤|尿不湿|隔尿垫|炸锅|电饭煲|电饭锅|炒锅|吸尘器|滤水器|净水器|耳机|手机壳|充电宝|充电器|数据线|键盘|鼠标|相机|镜头|手表"
    "|电热毯|毛巾|枕头|被子|床单|四件套|牙膏|牙刷|洗衣液|洗发水|沐浴露|防晒霜|香水|玩具|积木|推车|童车|安全座椅|爬行垫|猫砂|猫粮|狗粮|袜子|袜|发圈|发夹|发箍|项链|手链|耳环"
    "|巧克力|坚果|草莓|茶叶|牛奶|雨伞|遮阳伞|台灯|折枱|椅子|椅垫|行李箱|瑜伽垫|跑步机|艾灸贴|内裤|内衣|睡衣|文胸|围巾|手套|墨镜|眼镜|眼罩|加湿器|风扇|电风扇|吹风机"
)
_NAMED_GOODS: Final = re.compile(
    rf"(?P<x>(?:(?<=[买的件条双台部瓶盒套只个支箱袋罐款套包,。:、/\s(]))[\u4e00-\u9fff]{{0,3}}?(?:{_GOODS_ENDINGS}))"
)
_NOT_GOODS: Final = re.compile(
    r"(?:东西|商品|物品|货|单|订单|产品|衣服的|app|软件|vip|会员|代理|批发商|分期|贷款|保险|refund|loan|call|message|code|link|while|moment|week|month|year|few|day|man|woman|caller|lot|couple|time|total|rest|money|account|transfer|hour|name|person|number|screen|order|same|next|payment|first|second)s?$|^(?:shop|caller|man|woman|refund|bank|police|loan|first|last|next|same|total|money)\b",
    re.IGNORECASE,
)
_PAYEES: Final = (
    re.compile(
        r"(?:收款(?:人|方|户名|账户名|账户|账号名)?(?:姓名|名称|名)?|户名|对方户名|payee(?: name)?|账户名|开户名|开户人|持卡人)(?:显示)?(?:的名字)?(?:是|为|叫|写的是|:|\s)+[\"“]?(?P<x>[\u4e00-\u9fff*某·xX]{2,20}?|[A-Z][A-Za-z&.*' -]{2,40}?)(?=[\",。;\n()、]|$|的|,|账|卡| account|\.|\d)"
    ),
    re.compile(
        r"(?:转|汇|打|付|存|入)(?:了|账|款|给|到|入|进|至|过去|[\d,.万千元块钱])*(?:给|到|入|进|至)(?:了)?(?:一个|一位|个)?(?:户名|名|叫|名字)?(?:是|为|叫|:)*[\"“]?(?P<x>(?!我|他|她|你|对方|支付宝|微信|银行|指定|客服|所谓|这个|那个|一个|安全|余额|自己|卡|账户|陌生|好友|私人|个人|QQ|其|商家|平台|哪|谁|官方|骗子|别人|里)[\u4e00-\u9fff*某·]{2,20}?)[\"”]?(?:这个人)?(?:的)?(?:账户|账号|卡|户头|个人账户|银行卡|支付宝|微信|建行|工行|农行|中行|名下|,|。|\(|\d)"
    ),
    re.compile(
        r"(?P<x>[\u4e00-\u9fff]{2,16}(?:商贸|科技|网络|电子商务|贸易|信息|投资|商务|传媒|服务|咨询|物流|百货|供应链)[\u4e00-\u9fff]{0,6}(?:有限公司|公司|商行|经营部|工作室|中心|店))(?!客服|的客服|员工|职)"
    ),
    re.compile(
        r"\b(?:account (?:in the name of|of|held by|named|under the name)|in the name of|name of|payee (?:was|is|called|shown as)|made out to|(?:sent|transferred|paid|wired|went|payment) (?:it |the money |[^.]{0,20}?)?to (?:a |an )?(?:Mr|Ms|Mrs|company called|firm called|person called|man called|woman called|someone called|payee called)?\.?) ?[\"']?(?P<x>[A-Z][A-Za-z&'*-]*\.?(?: (?:[A-Z&*][A-Za-z&'*.-]*))*)"
    ),
)
_NOT_PAYEE: Final = re.compile(
    r"^(?:PayPal|Zelle|Venmo|Cash|Klarna|Alipay|WeChat|QQ|The|Jiebei|Taobao|JD|Revolut|Monzo|I|Whats\w*|Amazon|Bank|His|Her|My|This|Their|An?|Action|Police|对方|本人|银行)$"
)


@cache
def _names() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    data = tomllib.loads((files(__package__) / "data" / "reported_names.toml").read_text("utf-8"))
    tables: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
        table: tuple(
            (name, re.compile("|".join(p if "LINE" in p else f"(?i:{p})" for p in written)))
            for name, written in data[table].items()
        )
        for _, table in _TABLES
    }
    zh = "|".join(sorted(data["places"]["zh"], key=len, reverse=True))
    en = "|".join(re.escape(p) for p in sorted(data["places"]["en"], key=len, reverse=True))
    tables["places"] = (("", re.compile(rf"(?:{zh})|\b(?:{en})\b")),)
    return tables


def named_in(sheet: Sheet) -> list[Extracted]:
    """Return platforms, lenders and channels, each by one name."""
    made: list[Extracted] = []
    for field, table in _TABLES:
        for name, written in _names()[table]:
            for found in written.finditer(sheet.text):
                if field == "channel" and _unmeant(sheet.text, found, name):
                    continue
                made.append(sheet.claim(field, found.start(), found.end(), name))
                break
    return made


def _unmeant(text: str, found: re.Match[str], name: str) -> bool:
    """Return whether a channel is only named: a bank's code, a call to the police."""
    before = text[max(0, found.start() - 14) : found.start()]
    after = text[found.end() : found.end() + 12]
    if name == "SMS":
        return bool(
            re.search(
                r"验证|银行[^,。]{0,4}$|bank'?s? $|code (?:by|in|from)[^.]*$",
                before + "",
                re.IGNORECASE,
            )
            or re.match(
                r"(?:里|中)?的?(?:验证码|校验码)|验证|码| (?:verification )?codes?\b",
                after,
                re.IGNORECASE,
            )
        )
    if name == "phone":
        return bool(
            re.search(
                r"(?:我|联系|本人|预留|报警|投诉|官方|客服热线|打官方|手机和?)$|收货人?|姓名、?|地址、?|\bmy $|phone number",
                before,
            )
            or re.match(r"号码?、|、|和地址| number, | and address", after)
            or re.search(r"i (?:then |immediately )?$", before, re.IGNORECASE)
        )
    return False


def places_in(sheet: Sheet) -> list[Extracted]:
    """Return places of the victim or the case, without 市 and 省."""
    made: list[Extracted] = []
    seen: set[str] = set()
    ((_, written),) = _names()["places"]
    for found in written.finditer(sheet.text):
        before, after = (
            sheet.text[max(0, found.start() - 14) : found.start()],
            sheet.text[found.end() : found.end() + 14],
        )
        if found[0] in seen or _NOT_OF_CASE.search(before) or _NOT_PLACE_AFTER.match(after):
            continue
        seen.add(found[0])
        made.append(sheet.claim("place", found.start(), found.end(), found[0]))
    return made


def ages_in(sheet: Sheet) -> list[Extracted]:
    """Return ages in whole years; averages do not count."""
    made: list[Extracted] = []
    seen: set[int] = set()
    for found in _AGE.finditer(sheet.text):
        if _MEAN.search(sheet.text[max(0, found.start() - 14) : found.start()]):
            continue
        name = next(name for name, got in found.groupdict().items() if got)
        age = number_of(found[name])
        if age is None or not 10 <= age <= 99 or age in seen:
            continue
        seen.add(age)
        made.append(sheet.claim("age", found.start(), found.end(), str(age)))
    return made


def described_in(sheet: Sheet) -> list[Extracted]:
    """Return shops, goods and the names of payees, as they are written."""
    made: list[Extracted] = []
    groups: tuple[tuple[Field, tuple[re.Pattern[str], ...]], ...] = (
        ("shop", _SHOPS),
        ("goods", _GOODS),
        ("payee", _PAYEES),
    )
    for field, patterns in groups:
        spans: list[tuple[int, int]] = []
        for pattern in patterns:
            for found in pattern.finditer(sheet.text):
                start, end = found.span("x")
                word = found["x"].strip()
                if not word or any(s < end and start < e for s, e in spans) or "\x00" in word:
                    continue
                if field == "goods" and (
                    _NOT_GOODS.search(word)
                    or any(word in c.value or c.value in word for c in made if c.field == "goods")
                ):
                    continue
                if field == "payee" and (
                    _NOT_PAYEE.match(word) or re.search("客服|平台|账户$", word)
                ):
                    continue
                spans.append((start, end))
                made.append(sheet.claim(field, start, end, word))
    if not any(claim.field == "goods" for claim in made):
        for found in _NAMED_GOODS.finditer(sheet.text):
            word = found["x"]
            if not any(c.field == "goods" and (c.value in word or word in c.value) for c in made):
                made.append(sheet.claim("goods", *found.span("x"), word))
    first: dict[tuple[str, str], Extracted] = {}
    for claim in made:
        first.setdefault((claim.field, claim.value), claim)
    return list(first.values())

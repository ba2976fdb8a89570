"""Which currency a sum is in: by its sign or word, or by where the text is at home."""

import re
from typing import Final

from whence.text.extracting_claims import Sheet

_CURRENCIES: Final = (
    ("TWD", r"新台币|新臺幣|台币|nt\$|ntd|twd|new taiwan dollars?"),
    ("MOP", r"澳门元|澳门币|mop"),
    ("HKD", r"港币|港元|港纸|hk\$|hkd|hong kong dollars?"),
    ("USD", r"美元|美金|us\$|usd|us dollars?"),
    ("SGD", r"新加坡元|新币|s\$|sgd|singapore dollars?"),
    ("AUD", r"澳元|澳币|a\$|au\$|aud|australian dollars?"),
    ("CAD", r"加元|加币|c\$|cad|canadian dollars?"),
    ("MYR", r"马币|令吉|rm|myr|ringgit"),
    ("JPY", r"日元|日币|jpy"),
    ("CNY", r"人民币|rmb|cny|yuan|renminbi|¥|kuai"),
    ("GBP", r"英镑|£|gbp|pounds?|quid"),
    ("EUR", r"欧元|€|eur|euros?"),
    ("", r"元整?|块钱|块|圆|大洋|\$|dollars?|bucks"),
)


# Where a text is at home, by what it names; the first that fits.
_HOMES_ZH: Final = (
    ("TWD", r"台北|台中|高雄|台南|新北|桃园|新竹|台湾|虾皮|露天|博客来|\b165\b|民国"),
    ("HKD", r"香港|九龙|新界|港币|旺角|转数快"),
)
_HOMES_EN: Final = (
    ("GBP", r"£|\bpounds?\b|London|Manchester|Leeds|Bristol|\bUK\b"),
    ("AUD", r"Australia|Sydney|Melbourne|Brisbane|Perth|AUD"),
    ("SGD", r"Singapore|SGD|S\$"),
    ("HKD", r"Hong Kong|HK\$|Kowloon"),
    ("CAD", r"Toronto|Vancouver|Canada|Ontario"),
    ("EUR", r"€"),
    ("USD", r"\$|dollar"),
)


def home_currency(sheet: Sheet) -> str:
    """Return the currency of a text that names none."""
    homes = _HOMES_ZH if sheet.is_chinese else _HOMES_EN
    return next((code for code, named in homes if re.search(named, sheet.text)), "CNY")


def currency_of(unit: str) -> str | None:
    """Return the code of a written currency; None where the writing leaves it open."""
    unit = unit.strip().lower()
    for code, written in _CURRENCIES:
        if re.search(rf"(?:{written})", unit):
            return code or None
    return None

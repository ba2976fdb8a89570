"""Places as victims write them: provinces under one name, and whether levels are mixed.

A table that counts provinces beside cities cannot be read as a map: whoever lives in Wuhan lives
in Hubei too. It is said, not repaired.
"""

import re
from collections.abc import Iterable
from typing import Final

# The 34 divisions of the first level, GB/T 2260, in their short names.
_NAMES: Final = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 "
    "湖南 广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门"
)
PROVINCES: Final = frozenset(_NAMES.split())
_ENDING: Final = re.compile(r"(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$")


def place_of(text: str) -> str:
    """Return a province under its short name, ``广东`` for 广东省; any other place as it is."""
    short = _ENDING.sub("", text)
    return short if short in PROVINCES else text


def is_mixed(places: Iterable[str]) -> bool:
    """Return whether provinces stand beside places that are none."""
    return len({place in PROVINCES for place in places}) > 1

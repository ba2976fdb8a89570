"""Whose orders they are: made-up names, phones and addresses, for trying what leaves a platform.

Nobody's: the phones begin with digits that no mobile number has, roads and estates are put
together from common words, and a person is drawn from her customer number alone, so that she keeps
her name over all her orders.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

LOCALES: Final = ("zh", "en")

# The commonest surnames (2020 census) and characters often met in given names.
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
)
_COMPOUND: Final = ("欧阳", "司马", "上官", "诸葛")
_GIVEN: Final = (
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超霞平刚英华玉兰红建国志文斌辉鹏飞雪梅琳倩颖婷宁晨宇浩轩"
    "子涵梓欣怡佳诗雨思琪俊熙雅"
)
_PLACES: Final = (
    ("浙江省", "杭州市", "西湖区"),
    ("浙江省", "宁波市", "鄞州区"),
    ("广东省", "广州市", "天河区"),
    ("广东省", "深圳市", "南山区"),
    ("江苏省", "南京市", "鼓楼区"),
    ("江苏省", "苏州市", "吴中区"),
    ("四川省", "成都市", "武侯区"),
    ("山东省", "青岛市", "市南区"),
    ("湖北省", "武汉市", "洪山区"),
    ("河南省", "郑州市", "金水区"),
    ("", "北京市", "海淀区"),
    ("", "上海市", "浦东新区"),
    ("", "重庆市", "渝北区"),
)
_ROADS: Final = ("文华路", "新安路", "和平路", "中山路", "学院路", "长江路", "建设大道", "滨河路")
_ESTATES: Final = ("阳光花园", "翠湖小区", "金色家园", "锦绣城", "书香苑", "东方名都", "绿景公寓")
_GIVEN_EN: Final = (
    *("James", "Mary", "Robert", "Linda", "Michael", "Susan", "David", "Karen", "Thomas", "Nancy"),
    *("Daniel", "Laura", "Paul", "Emma", "Kevin", "Julia", "Brian", "Alice", "George", "Helen"),
)
_SURNAMES_EN: Final = (
    *("Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall"),
    *("Baker", "Carter", "Murphy", "Turner", "Cooper", "Ward", "Morris", "Bailey", "Reed", "Cook"),
)
_STREETS_EN: Final = ("Oak", "Maple", "Station", "Church", "Park", "Mill", "High", "River")
_WAYS_EN: Final = ("Street", "Road", "Avenue", "Lane")
_TOWNS_EN: Final = ("Springfield", "Riverton", "Fairview", "Greenville", "Bristol", "Clinton")


def people_of(orders: pa.Table, *, locale: str = "zh", seed: int = 1) -> pa.Table:
    """Return one row an order: its own columns that are handed out, and the addressee's.

    Columns: ``order_id``, ``customer_id``, ``placed_at``, ``goods``, ``price``, ``name``,
    ``phone``, ``address``.
    """
    customers = orders.column("customer_id").combine_chunks().dictionary_encode()
    who: Ints = customers.indices.to_numpy().astype(np.int64)
    traits = _Traits(np.random.default_rng([seed, len(customers.dictionary)]), who)
    write = _chinese if locale == "zh" else _english
    name, phone, address = write(traits)
    return pa.table(
        {
            "order_id": orders.column("order_id"),
            "customer_id": orders.column("customer_id"),
            "placed_at": orders.column("placed_at"),
            "goods": orders.column("goods"),
            "price": orders.column("amount").cast(pa.string()),
            "name": name,
            "phone": phone,
            "address": address,
        }
    )


class _Traits:
    """Numbers drawn once a customer, and read once an order."""

    def __init__(self, rng: np.random.Generator, who: Ints) -> None:
        self._rng = rng
        self._who = who
        self._n = int(who.max()) + 1 if len(who) else 0

    def number(self, first: int, end: int) -> Ints:
        """Return a number from ``first`` to before ``end`` for each order's customer."""
        drawn: Ints = self._rng.integers(first, end, self._n)[self._who]
        return drawn

    def pick(self, texts: Sequence[str]) -> pa.Array:
        """Return one of the texts for each order's customer."""
        return pa.array(texts).take(pa.array(self.number(0, len(texts))))


def _joined(*parts: Any) -> pa.Array:  # noqa: ANN401  Arrow's arrays and scalars
    return pc.binary_join_element_wise(*parts, "")


def _text(numbers: Ints) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _chinese(traits: _Traits) -> tuple[pa.Array, pa.Array, pa.Array]:
    surname = traits.pick([*_SURNAMES, *_COMPOUND])
    first, second = traits.pick(list(_GIVEN)), traits.pick([*_GIVEN, *[""] * 12])
    phone = _joined("12", pc.utf8_lpad(_text(traits.number(0, 10**9)), 9, "0"))
    place = traits.number(0, len(_PLACES))
    levels = [pa.array([p[i] for p in _PLACES]).take(pa.array(place)) for i in range(3)]
    unit, floor, door = traits.number(1, 5), traits.number(1, 29), traits.number(1, 5)
    address = _joined(
        *levels,
        traits.pick(_ROADS),
        _text(traits.number(1, 900)),
        "号",
        traits.pick(_ESTATES),
        _text(traits.number(1, 40)),
        traits.pick(("号楼", "栋", "幢")),
        _text(unit),
        "单元",
        _text(floor * 100 + door),
        traits.pick(("室", "")),
    )
    return _joined(surname, first, second), phone, address


def _english(traits: _Traits) -> tuple[pa.Array, pa.Array, pa.Array]:
    name = _joined(traits.pick(_GIVEN_EN), " ", traits.pick(_SURNAMES_EN))
    # 555-0100 to 555-0199 are kept for fiction (North American Numbering Plan).
    area = _text(traits.number(201, 990))
    phone = _joined("(", area, ") 555-01", pc.utf8_lpad(_text(traits.number(0, 100)), 2, "0"))
    address = _joined(
        _text(traits.number(1, 999)),
        " ",
        traits.pick(_STREETS_EN),
        " ",
        traits.pick(_WAYS_EN),
        ", Apt ",
        _text(traits.number(1, 60)),
        ", ",
        traits.pick(_TOWNS_EN),
    )
    return name, phone, address

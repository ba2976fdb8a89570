"""Spellings of an address: whatever is drawn, it is the same address, and it is read back."""

import pytest
from hypothesis import given, settings, strategies as st
from marks_world import ADDRESSES_EN, ADDRESSES_ZH

from whence.marks.addresses_en import layout as layout_en
from whence.marks.addresses_zh import layout as layout_zh
from whence.marks.spelling import Layout
from whence.marks.tongues import TONGUES


@st.composite
def addresses(draw: st.DrawFn, locale: str) -> str:
    """Draw an address of the world, or one put together from parts that may be odd or missing."""
    facts = {k: draw(st.integers(1, most)) for k, most in (("n", 999), ("b", 99), ("u", 12))}
    facts["r"] = draw(st.integers(1, 33)) * 100 + draw(st.integers(1, 20))
    whole = ADDRESSES_ZH if locale == "zh" else ADDRESSES_EN
    if draw(st.booleans()):
        return draw(st.sampled_from(whole)).format(**facts)
    parts = _PARTS[locale]
    return "".join(draw(st.sampled_from(part)) for part in parts).format(**facts)


_GAPS = ("", " ", "-", "，", ", ", "  ")
_PARTS = {
    "zh": (
        ("", "浙江省", "浙江", "北京市", "吉林省", "新疆维吾尔自治区", "内蒙古"),
        _GAPS,
        ("", "杭州市", "杭州", "吉林市", "吉林", "呼和浩特市", "凉山州", "长沙市", "南京"),
        _GAPS,
        ("", "西湖区", "沙市区", "市中区", "城关镇", "区", "市区", "工业园区", "望京街道"),
        _GAPS,
        ("", "文华路", "南京东路", "三元里", "中山", "市府大道", "十里铺", "Tower 1 ", "东二"),
        ("", "{n}号", "{n}弄", "{n}号院", "{n}-{b}号", "九号"),
        _GAPS,
        ("", "阳光花园", "（阳光花园）", "(书香苑", "二期", "三区", "十二院子", "A区"),
        _GAPS,
        ("", "{b}号楼", "{b}栋", "三幢", "十二座", "A座", "3B栋", "{b}#楼", "0{b}栋", "{b}"),
        _GAPS,
        ("", "{u}单元", "二单元", "十一单元", "{u}门"),
        _GAPS,
        ("", "{r}室", "{r}", "{r}号", "{r}房", "{r}户", "{r}A室", "{u}楼", "5楼{r}"),
        ("", "(放门卫)", "（请电联）", " 前台", "\n二"),
    ),
    "en": (
        ("", "No. ", "Flat {u}, ", "Suite 5, "),
        ("{n} ", "{n}A ", "", "{n}-{b} "),
        ("Oak", "Street", "Martin Luther King", "N St. James", "O'Neill"),
        (" Street", " St", " St.", " Road", " Blvd.", " Lane", "", " Way"),
        ("", ", ", " ", "; ", " - "),
        ("", "Apt {b}", "Apt. {b}", "#{b}", "Unit {b}", "Flat {b}", "Ste {b}B", "Apartment {b}"),
        ("", ", ", "; ", " - ", ","),
        ("", "Springfield", "New York", "Washington", "Reading"),
        ("", ", ", " "),
        ("", "IL", "Illinois", "New York", "OR 97201", "DC 20001-1234", "United Kingdom"),
        ("", ", USA", " (ring twice)"),
    ),
}


def drawn(layout: Layout, data: st.DataObject) -> dict[int, int]:
    return {slot.kind: data.draw(st.integers(0, len(slot.spellings) - 1)) for slot in layout.slots}


@settings(max_examples=600, deadline=None)
@given(locale=st.sampled_from(["zh", "en"]), data=st.data())
def test_every_spelling_is_the_same_address_and_is_read_back(
    locale: str, data: st.DataObject
) -> None:
    take_apart = TONGUES[locale].layout
    layout = take_apart(data.draw(addresses(locale)))
    symbols = drawn(layout, data)
    again = take_apart(layout.spelt(symbols))
    assert again.plain == layout.plain
    assert {slot.kind: slot.seen for slot in again.slots} == symbols
    assert [slot.spellings for slot in again.slots] == [slot.spellings for slot in layout.slots]


@settings(max_examples=150, deadline=None)
@given(locale=st.sampled_from(["zh", "en"]), data=st.data())
def test_a_slot_is_one_place_and_its_own(locale: str, data: st.DataObject) -> None:
    layout = TONGUES[locale].layout(data.draw(addresses(locale)))
    kinds = [slot.kind for slot in layout.slots]
    assert len(kinds) == len(set(kinds))
    assert all(len(set(slot.spellings)) == len(slot.spellings) > 1 for slot in layout.slots)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("杭州市西湖区文三路90号", "浙江省杭州市西湖区文三路90号"),
        (
            "浙江 杭州 西湖区 文华路12号（阳光花园）3幢-二单元-401房",
            "浙江省杭州市西湖区文华路12号阳光花园3号楼2单元401室",
        ),
        ("凉山州西昌市航天大道10号5栋1102", "四川省凉山彝族自治州西昌市航天大道10号5号楼1102室"),
        ("十二栋二单元1101", "十二栋2单元1101室"),
        ("吉林吉林丰满区松江路1号2座301", "吉林省吉林市丰满区松江路1号2号楼301室"),
    ],
)
def test_spellings_that_couriers_know_are_known_for_the_same(written: str, plain: str) -> None:
    assert layout_zh(written).plain == plain


@pytest.mark.parametrize(
    "address",
    [
        "中山路12号",  # a road, not the city
        "南京东路阳光小区",  # a road of Shanghai
        "长沙市区五一路3号",  # the town, no district
        "台州市府大道1号",
        "苏州市工业园区星湖街1号",
        "文华路12号401号",  # a house, no room
        "刘家村三组十二号",
        "",
    ],
)
def test_an_address_that_could_be_read_otherwise_is_left_alone(address: str) -> None:
    assert layout_zh(address).slots == ()
    assert layout_zh(address).plain == address


def test_a_number_that_stands_against_another_is_left_alone() -> None:
    layout = layout_zh("文华路12-3号楼401室")
    assert "12-3号楼" in layout.plain
    assert [slot.spellings[0] for slot in layout.slots] == ["", "室"]


def test_what_is_not_the_same_elsewhere_stays() -> None:
    for kept in ("Flat 4", "Unit 4"):
        layout = layout_en(f"12 Church Road, {kept}, Bristol")
        assert kept in layout.plain
        assert all(kept.split()[0] not in slot.spellings[0] for slot in layout.slots)
    assert layout_en("P.O. Box 12, Springfield").slots == ()


def test_an_address_of_a_block_of_flats_carries_many_bits() -> None:
    layout = layout_zh("浙江省杭州市西湖区文华路12号阳光花园3号楼2单元401室")
    n = 1
    for slot in layout.slots:
        n *= len(slot.spellings)
    assert n > 100_000

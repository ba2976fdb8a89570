"""What a report's text is read as: every value with its words, and what is no value."""

import pytest
from hypothesis import example, given, settings, strategies as st

from whence.text.extracting import extract
from whence.text.extracting_lookup import origin_of
from whence.text.numerals import chinese_number

STORY = (
    "我今年23岁，家住广州。2017年3月20日我在小红书买了一瓶精华液，花了268元。"
    "4月17日下午3点接到自称客服的电话，"
    "号码是021-10000001，让我加QQ 7123456789，从来分期借了１２，０００元，"
    "又转账4700元和4968元到户名为测试甲的账户。"
)


def values(text: str, field: str) -> list[str]:
    return [claim.value for claim in extract(text) if claim.field == field]


def roles(text: str, field: str = "amount") -> dict[str, str | None]:
    return {claim.value: claim.role for claim in extract(text) if claim.field == field}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
@example("&yen;79&nbsp;损失")
@example("我 在 淘 宝 买 了 鞋 １２８元")
@example("﷽ 3元 ﬁ 2万")
def test_a_quote_is_what_stands_there(text: str) -> None:
    for claim in extract(text):
        assert text[claim.start : claim.end] == claim.quote


def test_a_story_is_read_with_its_roles() -> None:
    assert roles(STORY) == {"268": "order_price", "12000": "loan", "4700": "part", "4968": "part"}
    assert roles(STORY, "time") == {"2017-03-20": "ordered_at", "2017-04-17T15": "called_at"}
    assert values(STORY, "caller_number") == ["02110000001"]
    assert values(STORY, "qq") == ["7123456789"]
    assert values(STORY, "lender") == ["来分期"]
    assert values(STORY, "payee") == ["测试甲"]
    assert values(STORY, "place") == ["广州"]
    assert values(STORY, "age") == ["23"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("五千多元", "5000"),
        ("1.2万元", "12000"),
        ("1万3千元", "13000"),
        ("两千三百块", "2300"),
        ("三万五千元", "35000"),
        ("￥９，６６８．５０", "9668.5"),
        ("30.7404万元", "307404"),
    ],
)
def test_a_sum_is_read_however_it_is_written(written: str, value: str) -> None:
    assert values(f"我一共损失{written}。", "amount") == [value]


def test_about_is_kept_apart_from_exact() -> None:
    about, exact = extract("我损失五千多元。") + extract("我损失5000元。")
    assert (about.is_approximate, exact.is_approximate) == (True, False)


@pytest.mark.parametrize(
    "text", ["我拨打110报警。", "请致电96110。", "验证码是123456。", "我今年大三，42码的鞋。"]
)
def test_help_lines_and_codes_are_neither_callers_nor_sums(text: str) -> None:
    assert values(text, "caller_number") == []
    assert values(text, "amount") == []


def test_the_victims_own_number_is_not_the_callers() -> None:
    assert values("我的手机号是12912345678，来电号码：12900000001。", "caller_number") == [
        "12900000001"
    ]


def test_traditional_and_torn_writing_reads_like_the_plain_one() -> None:
    plain = "我在小红书买了一双鞋，接到电话，损失128元"
    traditional = "我在小紅書買了一雙鞋，接到電話，損失128元"
    torn = " ".join(plain)
    told = [{(c.field, c.value) for c in extract(t)} for t in (plain, traditional)]
    assert told[0] == told[1]
    assert values(torn, "platform") == ["Xiaohongshu"]


def test_a_year_is_taken_over_by_later_days_and_not_by_earlier_ones() -> None:
    assert values("3月1日下单，2017年4月2日来电，4月3日转账", "time") == [
        "--03-01",
        "2017-04-02",
        "2017-04-03",
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [("两千三", 2300), ("一万二", 12000), ("二〇一七", 2017), ("十五", 15), ("一百零五", 105)],
)
def test_numbers_in_words_are_counted_as_people_say_them(text: str, number: int) -> None:
    assert chinese_number(text) == number


def test_a_prefix_says_where_it_was_given_out_and_a_foreign_one_says_nothing() -> None:
    known = origin_of("02100000000")
    assert known is not None
    assert known.place == "上海市"
    assert origin_of("+442079460000") is None

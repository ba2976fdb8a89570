"""Chat exports and transcripts are cut into turns by the shape of their lines."""

import pytest
from hypothesis import given, strategies as st

from whence.text import Checker, read_talk

QQ = "2026-03-07 10:15:02 售后客服(100200300)\n您好，给您退款\n2026-03-07 10:16:05 我\n好的\n"
WECHAT = "理赔专员 2026年3月7日 10:15\n请扫我发的码\n我 2026年3月7日 10:16\n好\n"
WHATSAPP = "[03/07/26, 10:15:02] Support: read me the code\n[03/07/26, 10:16:10] Me: which?\n"
ANDROID = "07/03/2026, 10:15 - Support: read me the code\n07/03/2026, 10:16 - Me: which?\n"
TRANSCRIPT = "客服：您好\n我：你是谁\n客服：请把验证码告诉我\n"
STAMPED = "[00:01:02] Caller: hello\n[00:01:05] Callee: who is it\n"


@pytest.mark.parametrize("text", [QQ, WECHAT, WHATSAPP, ANDROID, TRANSCRIPT, STAMPED])
def test_each_side_of_an_export_is_told_apart(text: str) -> None:
    sides = [turn.by for turn in read_talk(text).turns]
    assert sides[:2] == ["caller", "callee"]


@pytest.mark.parametrize(
    "text",
    [
        "请把验证码告诉我",
        "姓名：张三\n电话：138\n地址：上海",
        "温馨提示：请注意\n有效期：三天",
        "10:15 出门\n10:20 到达",
    ],
)
def test_what_only_looks_like_a_talk_is_one_text(text: str) -> None:
    (turn,) = read_talk(text).turns
    assert (turn.by, turn.start, turn.end) == ("unknown", 0, len(text))


def test_the_owner_of_an_export_can_be_named() -> None:
    text = "Anna: read me the code\nBea: no\nAnna: please\n"
    assert {turn.by for turn in read_talk(text).turns} == {"unknown"}
    assert [turn.by for turn in read_talk(text, own="anna").turns] == ["callee", "caller", "callee"]
    checker = Checker()
    assert checker.check(text).asks
    assert not checker.check(text, own="Anna").asks
    assert checker.check(text, own="Bea").asks


def test_quotes_of_an_export_count_in_the_whole_text() -> None:
    (sign,) = Checker().check(TRANSCRIPT).asks
    assert sign.turn is None
    assert TRANSCRIPT[sign.start : sign.end] == sign.quote


@given(
    st.lists(st.sampled_from([QQ, WECHAT, WHATSAPP, TRANSCRIPT, "我：", "：\n", "x", "\n"])).map(
        "".join
    )
)
def test_turns_stand_in_order_within_the_text(text: str) -> None:
    at = 0
    for turn in read_talk(text).turns:
        assert at <= turn.start <= turn.end <= len(text)
        at = turn.end

"""What decides is what the other side asks for; each trick has its honest neighbour."""

import pytest
from hypothesis import given, strategies as st

from whence.errors import InputError
from whence.text import Check, Checker, talk_of_turns
from whence.text.checking import MOST_CHARACTERS

CHECKER = Checker()


def asked(check: Check) -> set[str]:
    return {sign.name for sign in check.asks}


def reasons(check: Check) -> set[str]:
    return {sign.name for sign in check.pretexts}


@pytest.mark.parametrize(
    ("trick", "ask", "neighbour"),
    [
        (
            "您好，我是淘宝客服，请把手机收到的验证码告诉我，给您退款",
            "read out the SMS code",
            "【淘宝】验证码 482913，请勿告诉任何人",
        ),
        (
            "您的信用分不够，退款退不了，您在借呗里提一笔出来",
            "take a consumer loan",
            "【借呗】本期应还1,020.00元，还款日3月15日",
        ),
        (
            "给您三倍赔偿，您扫一下我发的二维码领取",
            "scan a QR code",
            "请扫描桌上的二维码点餐",
        ),
        (
            "我们给您退款，您打开腾讯会议点共享屏幕",
            "share the screen",
            "周会用腾讯会议，请张工共享屏幕讲一下进度",
        ),
        (
            "由于操作失误把您登记成了代理商，请把钱转到指定账户解除",
            "transfer out",
            "退款56元将在3个工作日内原路退回您的账户",
        ),
        (
            "您的快递丢失，我们双倍理赔，加我QQ 28374659 办理",
            "add a QQ account",
            "您的快递丢失，赔款120元已原路退回",
        ),
        (
            "Your parcel is held. Click the link to verify your account: http://evri-redelivery.top",
            "open a link and log in",
            "Your parcel will be delivered today. Track it in the app.",
        ),
        (
            "We are from Amazon, your order failed. Buy gift cards and read me the numbers.",
            "buy vouchers or game coins",
            "Your gift card order has shipped.",
        ),
    ],
)
def test_a_trick_is_found_and_its_honest_neighbour_is_not(
    trick: str, ask: str, neighbour: str
) -> None:
    found, spared = CHECKER.check(trick), CHECKER.check(neighbour)
    assert found.level == "fraud"
    assert ask in asked(found)
    assert spared.level == "nothing found"
    assert ask not in asked(spared)


def test_a_reason_alone_is_nothing_and_an_ask_alone_is_suspicious() -> None:
    reason = CHECKER.check("您购买的水杯抽检不合格，我们给您退款，无需任何操作")
    assert (reason.level, reasons(reason)) == ("nothing found", {"quality problem, refund"})
    ask = CHECKER.check("请把验证码告诉我")
    assert (ask.level, asked(ask)) == ("suspicious", {"read out the SMS code"})
    both = CHECKER.check("您购买的水杯抽检不合格，我们给您退款，请把验证码告诉我")
    assert both.level == "fraud"


@pytest.mark.parametrize(
    "warning",
    [
        "警方提醒：骗子以商品质量问题为由，诱导您在借呗贷款后转账，请提高警惕。",
        "凡是要求您共享屏幕、提供验证码的，都是诈骗！",
        "客服不会要求您转账，也不会让您扫码、加QQ。",
        "Scam alert: fraudsters say your parcel is lost and ask you to buy gift cards.",
        "We will never ask you to read out your passcode or move your money to a safe account.",
    ],
)
def test_a_warning_that_quotes_the_trick_is_not_the_trick(warning: str) -> None:
    assert CHECKER.check(warning).level == "nothing found"


@pytest.mark.parametrize(
    "story",
    [
        "我接到自称京东客服的电话，说要注销校园贷，让我共享屏幕，又让我把钱转到他给的账户，我报警了",
        "Someone claiming to be my bank told me to move my money to a safe account",
    ],
)
def test_a_victims_own_story_is_the_fraud_that_she_asks_about(story: str) -> None:
    assert CHECKER.check(story).level == "fraud"


def test_a_warning_within_the_trick_does_not_hide_it() -> None:
    check = CHECKER.check("谨防诈骗！我是银行客服，为了您的资金安全，请把余额转入安全账户。")
    assert check.level == "fraud"


def test_a_negation_reaches_its_list_and_not_the_next_demand() -> None:
    never = "我行不会向您索要银行卡号、密码、验证码。"
    assert not CHECKER.check(never).asks
    then = "请您不要挂断电话，把验证码告诉我。"
    assert "read out the SMS code" in asked(CHECKER.check(then))


def test_who_speaks_counts() -> None:
    words = "请把验证码告诉我"
    assert CHECKER.check(talk_of_turns([("caller", words), ("callee", "好的")])).asks
    assert not CHECKER.check(talk_of_turns([("caller", "好的"), ("callee", words)])).asks


def test_a_service_that_was_called_may_ask_who_calls() -> None:
    ask = "请您提供一下卡号和身份证号"
    called = talk_of_turns([("caller", "我是银行客服，您的账户有异常交易"), ("caller", ask)])
    answered = talk_of_turns([("caller", "银行客服，请问有什么可以帮您？"), ("caller", ask)])
    assert CHECKER.check(called).level == "fraud"
    assert CHECKER.check(answered).level == "nothing found"


def test_signs_of_a_talk_count_within_their_turn() -> None:
    turns = [("caller", "您好"), ("callee", "谁"), ("caller", "请把验\u200b证码告诉我")]
    (sign,) = CHECKER.check(talk_of_turns(turns)).asks
    assert sign.turn == 2
    assert turns[2][1][sign.start : sign.end] == sign.quote


def test_a_link_that_imitates_a_brand_counts_for_itself() -> None:
    assert CHECKER.check("https://taobao-kefu.example/").level == "suspicious"
    assert CHECKER.check("https://www.taobao.com/").level == "nothing found"


def test_a_text_beyond_the_limit_is_refused() -> None:
    assert CHECKER.check("转" * MOST_CHARACTERS).level == "nothing found"
    with pytest.raises(InputError, match="at most"):
        CHECKER.check("转" * (MOST_CHARACTERS + 1))


PIECES = st.lists(
    st.sampled_from(
        [
            *("请把", "验证码", "验-证-码", "告诉我", "给您退款", "。", "，", "\n", " ", "加V信"),
            *(
                "在借 呗里提一笔出来",
                "共享屏幕",
                "客服：",
                "我：",
                "\u202e",
                "ｗｗｗ．taobao-kefu．top",
            ),
            *(
                "read me the code",
                "http://a.b/c",
                "转到指定账户",
                "不要",
                "骗子",
                "🐧",
                "１２３４５６",
            ),
        ]
    ),
    max_size=14,
).map("".join)


@given(PIECES)
def test_a_quote_is_what_stands_there(text: str) -> None:
    check = CHECKER.check(text)
    for sign in (*check.pretexts, *check.asks):
        assert text[sign.start : sign.end] == sign.quote
        assert sign.quote.strip()


@given(st.text(max_size=120))
def test_any_text_is_answered(text: str) -> None:
    check = CHECKER.check(text)
    assert check.level in {"fraud", "suspicious", "nothing found"}
    assert all(text[sign.start : sign.end] == sign.quote for sign in check.asks)


@given(PIECES)
def test_the_same_text_has_the_same_answer(text: str) -> None:
    assert CHECKER.check(text) == CHECKER.check(text)

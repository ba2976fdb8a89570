"""The same story told twice, and what cannot be right as it is told."""

import pytest

from whence.casework.contradictions import contradictions_in
from whence.casework.duplicates import duplicates, repeated_within, same_story

STORY = (
    "2017年4月17日下午3点，我接到自称小红书客服的电话，说我买的精华液质量有问题，要给我三倍赔偿。"
    "我加了QQ 7123456789，从来分期借了8000元，转账4700元，一共损失12700元。"
)
OTHER = "2018年6月2日早上，朋友接到快递员打来的电话，说包裹丢了，让她扫码，她付了388元就挂了。"


def test_a_shortened_story_and_one_in_another_script_are_the_same() -> None:
    assert same_story(STORY, STORY[:80]) is not None
    assert same_story(STORY, STORY.replace("电话", "電話").replace("赔偿", "賠償")) is not None
    assert same_story(STORY, OTHER) is None


def test_a_script_filled_in_twice_is_two_stories() -> None:
    second = STORY.replace("4月17日", "5月2日").replace("8000", "3000").replace("4700", "950")
    second = second.replace("12700", "3950").replace("7123456789", "7999999999")
    assert same_story(STORY, second) is None


def test_pairs_are_found_among_many_and_within_one_document() -> None:
    assert [(d.a, d.b) for d in duplicates([OTHER, STORY, STORY])] == [(1, 2)]
    assert len(repeated_within(f"{STORY}\n\n{OTHER}\n\n{STORY[:80]}")) == 1
    assert repeated_within(f"{STORY}\n\n{OTHER}") == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我转账4700元和4968元，一共损失9600元。", "sum"),
        ("2017年2月30日接到电话。", "impossible date"),
        ("2017年2月29日接到电话。", "impossible date"),
        ("2017年4月17日星期三接到电话。", "weekday"),
        ("25:10接到电话。", "impossible time"),
        ("2017年4月20日下单，2017年4月10日接到客服电话。", "call before order"),
    ],
)
def test_what_cannot_be_is_asked_about(text: str, kind: str) -> None:
    assert [found.kind for found in contradictions_in(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "我转账4700元和4968元，一共损失9668元。",
        "2016年2月29日接到电话。",
        "2017年4月17日星期一接到电话。",
        "23:10接到电话。",
        "2017年4月1日下单，2017年4月10日接到客服电话。",
    ],
)
def test_what_can_be_is_left_alone(text: str) -> None:
    assert contradictions_in(text) == ()

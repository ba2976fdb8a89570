"""What a person is told to do: calm, concrete, in her language, and never that it is safe."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from whence.errors import UsageError
from whence.text import Checker, built_in_rules, to_line, to_object
from whence.text.advice import advice_for, countries, first_hour, name_of_sign
from whence.text.links import _ORDER
from whence.wording import LANGUAGES, Language, phrases

CHECKER = Checker()
SAFE = re.compile(
    r"\b(?:is|it's|this is) (?:safe|genuine|legit)|是安全的|可以放心|安全无风险", re.IGNORECASE
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ask_has_advice_and_nothing_says_safe(language: Language) -> None:
    told = set()
    for rule in built_in_rules().rules:
        if rule.kind == "ask":
            for example in rule.matches:
                advice = advice_for(CHECKER.check(example), language)
                assert not SAFE.search(advice)
                told.add(advice)
    told.add(advice_for(CHECKER.check("hello"), language))
    assert len(told) > 12
    assert not [text for text in phrases("text").values() if SAFE.search(text[language])]


def test_the_advice_is_about_the_ask_whose_harm_comes_soonest() -> None:
    both = CHECKER.check("请加我QQ 28374659，再把手机收到的验证码告诉我")
    assert "code" in advice_for(both, "en")
    one = CHECKER.check("给您三倍赔偿，请加我QQ 28374659")
    assert "elsewhere" in advice_for(one, "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", countries())
def test_the_first_hour_is_told_for_every_country(country: str, language: Language) -> None:
    steps = first_hour(country, language)
    assert [step.name for step in steps] == ["stop", "lock", "loans", "police", "proof", "after"]
    assert "number on the back of your card" in steps[0].text or language == "zh"
    (police,) = (step for step in steps if step.name == "police")
    assert police.contacts
    for contact in (contact for step in steps for contact in step.contacts):
        assert contact.name
        assert contact.source.startswith("-") == contact.reach.startswith("-")


def test_the_countries_that_were_asked_for_are_there_and_others_are_refused() -> None:
    assert {"CN", "US", "GB", "SG", "HK", "TW", "DE", "EU", "XX"} <= set(countries())
    with pytest.raises(UsageError, match="QQ"):
        first_hour("QQ", "en")


def test_every_name_that_is_shown_has_words_in_both_languages() -> None:
    names = {rule.name for rule in built_in_rules().rules if rule.kind != "frame"} | set(_ORDER)
    for name in names:
        assert re.search("[一-鿿]", name_of_sign(name, "zh"))
    assert name_of_sign("sell the cow", "zh") == "sell the cow"


def test_the_answer_has_the_shape_of_the_contract() -> None:
    text = "您好，抽检不合格，给您退款，您在来分期提一笔出来，或打开 http://taobao-kefu.top 登录"
    made = to_object(CHECKER.check(text), "en", name="m1")
    assert list(made) == ["id", "level", "pretexts", "asks", "links", "advice"]
    assert made["id"] == "m1"
    for sign in (*made["pretexts"], *made["asks"]):
        assert list(sign) == ["name", "quote", "start", "end"]
    assert {"url", "finding"} <= set(made["links"][0])


def test_half_a_character_is_written_so_that_json_can_be_read_back() -> None:
    made = to_object(CHECKER.check("请把验证码\ud83d告诉我"), "en")
    line = to_line(made)
    assert json.loads(line) == json.loads(json.dumps(made))
    line.encode()


def test_the_files_of_data_are_read_whole() -> None:
    folder = Path(__file__).parents[2] / "src" / "whence" / "text"
    for file in folder.rglob("*.toml"):
        assert tomllib.loads(file.read_text("utf-8")), file


def test_every_field_of_the_answer_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    section = page.partition("## `whence check`")[2].partition("\n## ")[0]
    check = CHECKER.check("请点击 http://taobao-kefu.top 并把验证码告诉我")
    made = to_object(check, "en", steps=first_hour("CN", "en"))
    keys = set(made) | {key for part in ("asks", "links", "first_hour") for key in made[part][0]}
    for key in keys | {"turn", "in_code", "picture", "codes", "refused", "reach", "source"}:
        assert f"`{key}`" in section or f'"{key}"' in section, key

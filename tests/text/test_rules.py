"""Rules are data: each finds its own examples, and a faulty file is told by file and rule."""

from pathlib import Path

import pytest

from whence.errors import InputError
from whence.text import Checker, add_rules, built_in_rules
from whence.text.advice import name_of_sign
from whence.text.rulebook import Rule

CHECKER = Checker()
BUILT_IN = [rule for rule in built_in_rules().rules if rule.kind != "frame"]
PUBLISHED = {  # published_cases.json
    *("quality problem, refund", "threefold compensation", "children got a rash, recall"),
    *("order failed, resubmit", "return form has a problem", "wrongly made an agent"),
    *("credit score too low", "account locked, unlock", "credit record at risk"),
    *("double compensation claim", "lawsuit"),
    *("take a consumer loan", "scan a QR code", "add a QQ account", "open a link and log in"),
    *("enter card number and password", "read out the SMS code", "share the screen"),
    *("transfer out", "borrow a friend's account", "buy vouchers or game coins"),
}
GOOD = """
[words]
cow = ["奶牛", "cow"]
[[rule]]
name = "sell the cow"
kind = "ask"
by = "caller"
weight = 3
source = "our own cases"
patterns = ["卖|sell .. <cow>"]
matches = ["请把奶牛卖了，卖掉奶牛", "Please sell the cow"]
spares = ["奶牛真好看"]
"""


def name_of(rule: Rule) -> str:
    return f"{rule.file}-{rule.name}-{rule.weight}"


@pytest.mark.parametrize("rule", built_in_rules().rules, ids=name_of)
def test_every_rule_says_where_it_was_seen(rule: Rule) -> None:
    assert rule.source


@pytest.mark.parametrize("rule", BUILT_IN, ids=name_of)
def test_a_rule_finds_its_examples_and_spares_the_others(rule: Rule) -> None:
    assert rule.matches
    assert rule.spares
    found = [CHECKER.finds(own(rule), text) for text in rule.matches]
    spared = [CHECKER.finds(own(rule), text) for text in rule.spares]
    assert all(found), [
        text for text, is_found in zip(rule.matches, found, strict=True) if not is_found
    ]
    assert not any(spared), [text for text, hit in zip(rule.spares, spared, strict=True) if hit]


def own(rule: Rule) -> Rule:
    """Return the checker's own copy of a rule: rules are told apart by being the same object."""
    return next(one for one in CHECKER.rules if one == rule)


def test_the_names_of_the_published_cases_are_all_there_and_all_have_words() -> None:
    names = {rule.name for rule in BUILT_IN}
    assert names >= PUBLISHED
    assert all(name_of_sign(name, "zh") != name for name in names)


def with_rules(folder: Path, text: str) -> Checker:
    (folder / "own.toml").write_text(text, "utf-8")
    checker = Checker(add_rules(built_in_rules(), folder))
    checker.verify_examples(len(built_in_rules().files))
    return checker


def test_a_users_own_rules_are_added(tmp_path: Path) -> None:
    checker = with_rules(tmp_path, GOOD)
    assert [sign.name for sign in checker.check("请您卖掉奶牛").asks] == ["sell the cow"]
    assert not CHECKER.check("请您卖掉奶牛").asks
    assert checker.check("请把验证码告诉我").asks


@pytest.mark.parametrize(
    ("change", "to", "phrase"),
    [
        ("[words]", "[wrods]", "text.unknown-table"),
        ('cow = ["奶牛", "cow"]', "cow = []", "text.bad-words"),
        ('cow = ["奶牛", "cow"]', 'sum = ["奶牛"]', "text.bad-words"),
        ('name = "sell the cow"', "", "text.rule-unnamed"),
        ('source = "our own cases"', "", "text.rule-missing"),
        ('source = "our own cases"', 'source = " "', "text.rule-texts"),
        ('kind = "ask"', 'kind = "question"', "text.rule-value"),
        ('by = "caller"', 'by = "dog"', "text.rule-value"),
        ("weight = 3", "weight = 9", "text.rule-value"),
        ("weight = 3", "weight = true", "text.rule-value"),
        ("weight = 3", "negative = 1", "text.rule-value"),
        ("weight = 3", "wieght = 3", "text.rule-unknown"),
        ('spares = ["奶牛真好看"]', "spares = []", "text.rule-texts"),
        ('"卖|sell .. <cow>"', '"卖 .. <goat>"', "text.pattern-unknown"),
        ('"卖|sell .. <cow>"', '".. <cow>"', "text.pattern-gap"),
        ('"卖|sell .. <cow>"', '"卖 .."', "text.pattern-gap"),
        ('"卖|sell .. <cow>"', '"卖 .. ... <cow>"', "text.pattern-gap"),
        ('"卖|sell .. <cow>"', '"卖 .. <cow"', "text.pattern-group"),
        ('"卖|sell .. <cow>"', '"卖||sell"', "text.pattern-word"),
        ('"卖|sell .. <cow>"', '"a b c d e f g h i"', "text.pattern-long"),
        ('matches = ["请把奶牛卖了，卖掉奶牛"', 'matches = ["奶牛"', "text.example-unmatched"),
        ('spares = ["奶牛真好看"]', 'spares = ["卖奶牛"]', "text.example-matched"),
        ("[[rule]]", "[[rule", "text.rules-unreadable"),
    ],
)
def test_a_faulty_rule_is_told_by_file_and_rule(
    change: str, to: str, phrase: str, tmp_path: Path
) -> None:
    assert change in GOOD
    with pytest.raises(InputError) as refused:
        with_rules(tmp_path, GOOD.replace(change, to, 1))
    assert refused.value.phrase == phrase
    told = refused.value.text("en"), refused.value.text("zh")
    assert all("own.toml" in text for text in told)
    if (
        phrase.startswith(("text.rule-", "text.pattern", "text.example"))
        and "unnamed" not in phrase
    ):
        assert all("sell the cow" in text for text in told)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="no folder with rule files"):
            add_rules(built_in_rules(), folder)


@pytest.mark.parametrize(
    ("pattern", "found", "spared"),
    [
        ("卖 牛", "卖牛", "卖掉那头牛"),
        ("卖 .. 牛", "卖掉那头牛", "卖掉,牛"),
        ("卖 ... 牛", "卖掉,牛", "卖。牛"),
        ("卖 >> 牛", "卖。牛", "卖" + "x" * 400 + "牛"),
        ("卖 ..2 牛", "卖一头牛", "卖一二三头牛"),
        ("sell cow", "sell cow", "sells cowboy"),
        ("sell .. cow", "sell the brown old cow", "sell the brown and very old and slow cow"),
        ("<sum> .. 牛", "300元的牛", "三百的牛"),
        ("give_me 牛", "give me牛", "giveme牛"),
    ],
)
def test_gaps_mean_what_they_say(pattern: str, found: str, spared: str, tmp_path: Path) -> None:
    rule = GOOD.replace("卖|sell .. <cow>", pattern).replace("请把奶牛卖了，卖掉奶牛", found)
    rule = rule.replace(', "Please sell the cow"', "").replace("奶牛真好看", spared)
    assert with_rules(tmp_path, rule).check(found).asks

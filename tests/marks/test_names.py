"""Aliases: written, heard again in every way people hear names, and told from real names."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from marks_world import NAMES_EN, NAMES_ZH

from whence.marks import names_en, names_zh
from whence.marks.heard import Heard
from whence.marks.tongues import TONGUES

VALUE = st.integers(0, 9_999)


def best(heard: Heard | None) -> int | None:
    """Return the one value that something speaks for most, None where several do."""
    if heard is None:
        return None
    top = np.flatnonzero(heard.weights == heard.weights.max())
    return int(top[0]) if len(top) == 1 else None


@settings(max_examples=200, deadline=None)
@given(locale=st.sampled_from(["zh", "en"]), value=VALUE, data=st.data())
def test_what_is_written_is_read_back_copied_or_heard(
    locale: str, value: int, data: st.DataObject
) -> None:
    tongue = TONGUES[locale]
    name = data.draw(st.sampled_from(NAMES_ZH if locale == "zh" else NAMES_EN))
    alias = tongue.alias(name, value)
    for spoken in (False, True):
        assert best(tongue.hear_name(alias, spoken=spoken)) == value


@settings(max_examples=60, deadline=None)
@given(locale=st.sampled_from(["zh", "en"]), value=VALUE, data=st.data())
def test_ratios_have_mean_one_over_the_code(locale: str, value: int, data: st.DataObject) -> None:
    tongue, spoken = TONGUES[locale], data.draw(st.booleans())
    heard = tongue.hear_name(
        tongue.alias("陈" if locale == "zh" else "A Smith", value), spoken=spoken
    )
    assert heard is not None
    assert heard.ratios().mean() == pytest.approx(1.0)
    assert heard.ratios().min() > 0.0


def test_the_surname_stays() -> None:
    assert names_zh.alias("王建国", 1) == "王安邦"
    assert names_zh.alias("欧阳娜娜", 1) == "欧阳安邦"
    assert names_zh.alias("周小姐(代收)", 1) == "周安邦"
    assert names_zh.alias("Tom", 1) == "安邦"
    assert names_en.alias("Dr. Emily Baker", 0) == "Adrian Abbott Baker"
    assert names_en.alias("Martin Luther King Jr.", 0) == "Adrian Abbott King Jr."
    assert names_en.alias("Madonna", 0) == "Adrian Abbott"


def test_no_two_of_ours_sound_alike() -> None:
    assert names_zh.confusable() == []
    assert len(set(names_zh.CHARACTERS)) == 100
    for names in (names_en.GIVEN, names_en.SECOND):
        assert len({names_en.sound(name) for name in names}) == 100


@pytest.mark.parametrize(
    "heard",
    [
        "王安邦",
        "王庵帮",
        "安邦",
        "wang an bang",
        "anbang",
        "Ān Bāng",
        "王ān邦",
        "王安邦先生",
        "网岸傍",
    ],
)
def test_homophones_pinyin_and_titles_mean_the_same_name(heard: str) -> None:
    assert best(names_zh.hear(heard, spoken=True)) == 1


def test_an_accent_bends_a_name_into_no_other() -> None:
    zhan_zhou = names_zh.CHARACTERS.index("展") * 100 + names_zh.CHARACTERS.index("洲")
    assert best(names_zh.hear("zan zou", spoken=True)) == zhan_zhou
    lin_qin = names_zh.CHARACTERS.index("琳") * 100 + names_zh.CHARACTERS.index("沁")
    assert best(names_zh.hear("王宁清", spoken=True)) == lin_qin


@pytest.mark.parametrize(
    "heard", ["Adrian Abbott Ward", "Aidrien Abot", "ADRIAN ABBOTT", "Mr. Adrian Abbott Ward"]
)
def test_other_spellings_of_an_english_name_are_heard(heard: str) -> None:
    assert best(names_en.hear(heard, spoken=True)) == 0


def test_a_part_of_a_name_speaks_for_all_names_with_it() -> None:
    part = names_zh.hear("王邦", spoken=True)
    assert part is not None
    ratios = part.ratios().reshape(100, 100)
    assert ratios[1, 5] > 40
    assert ratios[5, 1] > 40
    assert ratios[5, 6] < 0.2
    assert part.by_chance == 1.0
    given = names_en.hear("Adrian Ward", spoken=True)
    assert given is not None
    assert given.ratios()[:100].min() > 50


def test_one_syllable_misheard_still_speaks_for_the_other() -> None:
    misheard = names_zh.hear("王安飞", spoken=True)
    assert misheard is not None
    ratios = misheard.ratios().reshape(100, 100)
    assert ratios[0, 7] > 5 * ratios[7, 7]
    assert ratios[0, 7] < 20  # a real name is likelier than that


def test_a_real_name_is_no_mark() -> None:
    for name in NAMES_ZH:
        assert names_zh.hear(name, spoken=False) is None
    for name in NAMES_EN:
        assert names_en.hear(name, spoken=False) is None
    for name in ("周国富", "陈丽娜", "李先生", "", "。"):
        assert names_zh.hear(name, spoken=True) is None
    for name in ("Robert Ward", "Mr Smith", ""):
        assert names_en.hear(name, spoken=True) is None


def test_characters_of_ours_clear_more_than_their_sound() -> None:
    seen, sounded = (names_zh.hear(name, spoken=True) for name in ("王安邦", "王庵帮"))
    assert seen is not None
    assert sounded is not None
    assert seen.by_chance < 0.05 < sounded.by_chance

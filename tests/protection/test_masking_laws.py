"""The laws of masking: enough is hidden, nowhere to be read again, once is enough."""

import re
from typing import Final

import pytest
from hypothesis import example, given, settings, strategies as st

from whence.protection import MASKED, mask
from whence.protection.hiding import plain, starred

SURNAMES: Final = ("王", "李", "欧阳", "司马", "诸葛", "阿", "于")
GIVEN: Final = st.text("伟芳娜敏静丽强磊洋艳王李阳马", min_size=1, max_size=3)
# What people write into these fields, and what the masks themselves write.
SIGNS: Final = "王李欧阳伟0123456789０１aZ·-+()（）/#*＊,，. @转室号楼栋单元路村省区一二百xX'"
TEXTS: Final = st.one_of(st.text(SIGNS, max_size=40), st.text(max_size=20))
LOCALES: Final = st.sampled_from(["zh", "en"])
DIGITS: Final = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize("field", sorted(MASKED))
@given(text=TEXTS, locale=LOCALES)
@settings(max_examples=400)
@example(text="12055667788转8", locale="zh")
@example(text="Soho A 3-502", locale="en")
@example(text="中山路1号1号1", locale="zh")
def test_masking_twice_changes_nothing(field: str, text: str, locale: str) -> None:
    masked = mask(field, text, locale)
    assert mask(field, masked, locale) == masked


@pytest.mark.parametrize("field", sorted(MASKED))
@given(text=st.text(" \t\n　", max_size=5))
def test_what_is_empty_stays_empty_and_nothing_else_becomes_so(field: str, text: str) -> None:
    assert mask(field, text) == ""
    assert mask(field, f"{text}甲{text}") != ""


@given(surname=st.sampled_from(SURNAMES), given_name=GIVEN, gap=st.sampled_from(["", " "]))
def test_no_character_of_a_given_name_can_be_read(surname: str, given_name: str, gap: str) -> None:
    masked = mask("name", surname + gap + given_name)
    assert not set(masked) & set(given_name)
    assert set(masked) <= {*surname, *gap, "*"}


@given(text=TEXTS.filter(lambda text: "*" not in starred(text)))
def test_at_least_one_character_of_a_name_is_hidden(text: str) -> None:
    letters = [sign for sign in plain(text.strip()) if sign.isalnum()]
    left = [sign for sign in mask("name", text) if sign.isalnum()]
    assert len(left) < len(letters) or not letters


@given(words=st.lists(st.text("abcXYZé", min_size=1, max_size=8), min_size=1, max_size=4))
def test_only_initials_of_a_name_in_letters_can_be_read(words: list[str]) -> None:
    masked = mask("name", " ".join(words), "en")
    for word, shown in zip(words, masked.split(" "), strict=True):
        assert shown in {f"{word[0]}**", "**"}
        assert len(word) > 1 or shown == "**"
    hidden = {word[1:].casefold() for word in words if word[1:]}
    assert not any(part in masked.casefold() for part in hidden)


@given(text=st.one_of(TEXTS, DIGITS), locale=LOCALES)
def test_at_least_six_digits_of_a_phone_are_hidden(text: str, locale: str) -> None:
    n = len(re.findall(r"[0-9*]", plain(starred(text))))  # a star is a digit hidden already
    shown = len(re.findall(r"[0-9]", mask("phone", text, locale)))
    assert shown <= max(0, n - 6)


@given(
    prefix=st.sampled_from(["", "+86 ", "86", "0086-"]),
    number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    extension=st.sampled_from(["", "转1234", " ext. 81", "-4321"]),
)
def test_the_hidden_digits_of_a_phone_stand_nowhere_else(
    prefix: str, number: str, extension: str
) -> None:
    shown = re.sub(r"[^0-9*]", "", mask("phone", prefix + number + extension))
    assert number[3:9] not in shown
    more = re.sub(r"[^0-9]", "", extension)
    assert not more or more not in shown


@given(number=st.from_regex(r"[0-9]{17}[0-9X]|[0-9]{15}", fullmatch=True))
def test_an_identity_number_shows_its_ends_alone(number: str) -> None:
    masked = mask("id_number", number)
    assert len(masked) == len(number)
    assert masked[0] + masked[-1] == number[0] + number[-1]
    assert set(masked[1:-1]) == {"*"}


@given(number=st.from_regex(r"[0-9]{13,19}", fullmatch=True), gap=st.sampled_from(["", " ", "-"]))
def test_a_bank_card_shows_its_last_four_digits(number: str, gap: str) -> None:
    written = re.sub(r"(.{4})(?=.)", rf"\1{gap}", number)
    masked = mask("bank_card", written)
    assert re.sub(r"[^0-9]", "", masked) == number[-4:]
    assert len(masked) == len(written)


@given(
    local=st.from_regex(r"[a-z0-9._-]{1,12}", fullmatch=True),
    domain=st.sampled_from(["example.com", "qq.com", "wei.cn", "a.b.example"]),
)
def test_what_is_hidden_of_an_email_is_not_in_what_is_kept(local: str, domain: str) -> None:
    masked = mask("email", f"{local}@{domain}")
    hidden = local[1:] if masked.startswith(local[0]) else local
    assert hidden not in masked


ROADS: Final = ("文华路", "中山路", "建设大道", "三里屯路", "学院路八一街")
ESTATES: Final = ("", "阳光花园", "翠湖小区", "五一新村")
BUILDINGS: Final = ("{}号楼", "{}栋", "{}幢", "A座", "十{}栋")
DOORS: Final = ("{u}单元{r}室", "{u}单元{r}", "{r}室", "{r}", "{u}层{r}房", "三单元{r}", "{r}号")


@given(
    road=st.sampled_from(ROADS),
    house=st.integers(1, 9999),
    estate=st.sampled_from(ESTATES),
    building=st.sampled_from(BUILDINGS),
    number=st.integers(1, 60),
    door=st.sampled_from(DOORS),
    unit=st.integers(1, 9),
    room=st.integers(101, 3999),
    more=st.sampled_from(["", "（放门口）", " 转李四收", "，12055667788"]),
)
@settings(max_examples=300)
def test_unit_and_room_of_a_chinese_address_stand_nowhere(
    road: str,
    house: int,
    estate: str,
    building: str,
    number: int,
    door: str,
    unit: int,
    room: int,
    more: str,
) -> None:
    written = door.format(u=unit, r=room)
    block = building.format(number)
    masked = mask("address", f"浙江省杭州市{road}{house}号{estate}{block}{written}{more}")
    assert written not in masked
    assert str(room) not in masked
    assert more.strip() not in masked or not more
    assert "单元" not in masked
    # The building stays, unless its number or that of the house repeats the room's.
    assert block in masked or str(room) in f"{house} {number}"


@given(
    house=st.integers(1, 999),
    street=st.sampled_from(["Mill Lane", "High Street", "Oak Avenue"]),
    word=st.sampled_from(["Apt", "Flat", "Unit", "Suite", "Room", "apt.", "#"]),
    room=st.from_regex(r"[A-H]?[1-9][0-9]{0,3}[A-H]?", fullmatch=True),
    order=st.permutations([0, 1]),
)
def test_the_door_of_an_english_address_stands_nowhere(
    house: int, street: str, word: str, room: str, order: list[int]
) -> None:
    parts = [f"{word} {room}", f"{house} {street}"]
    address = ", ".join([*(parts[at] for at in order), "Bristol"])
    masked = mask("address", address, "en")
    assert room not in re.findall(r"\w+", masked)
    assert not any(room in number for number in re.findall(r"\d+", masked))
    assert street in masked
    assert "Bristol" in masked

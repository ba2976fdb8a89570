"""A disguised text is read as it is meant, and every word of it is found where it was written."""

import pytest
from hypothesis import given, strategies as st

from whence.text.normalising import normalise

ALPHABET = st.text(
    st.sampled_from(
        "请把验证码告诉我加微信QQ借 呗转-账*.·\u200b\u202e❤➕🐧"
        "ａＺ１①一二三壹零幺0aо蔻扣威臺\n，。é㎏ "
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("加微信", "加微信"),
        ("加威信", "加微信"),
        ("加➕薇❤", "加加微信"),
        ("蔻蔻号", "qq号"),
        ("🐧号", "qq号"),
        ("借 呗", "借呗"),
        ("支*付·宝", "支付宝"),
        ("验\u200b证\u2060码", "验证码"),
        ("\u202e请把验证码\u202c", "请把验证码"),
        ("ｖｅｒｉｆｙ　ｃｏｄｅ", "verify code"),
        ("請點擊連結", "请点击链接"),
        ("раssword", "password"),
        ("v e r i f y", "verify"),
        ("acc0unt", "account"),
        ("幺三八零零一二", "1380012"),
        ("壹贰叁肆伍", "12345"),
        ("①③⑧", "138"),
        ("转帐到帐户", "转账到账户"),
        ("㎏", "kg"),
        ("1️⃣2️⃣", "12"),
    ],
)
def test_a_disguise_is_read_as_it_is_meant(written: str, meant: str) -> None:
    assert normalise(written).text == meant


@pytest.mark.parametrize(
    "written",
    [
        "一个人",
        "二维",
        "三倍赔偿",
        "hello world",
        "3.50元",
        "A-B",
        "https://a-b.example/c_d",
        "你好。再见",
    ],
)
def test_what_is_not_disguised_stays(written: str) -> None:
    assert normalise(written).text == written.lower()


@pytest.mark.parametrize(
    ("text", "meant", "written"),
    [
        ("请在借 呗里提", "借呗", "借 呗"),
        ("加V信吧", "微信", "V信"),
        ("我的🐧是", "qq", "🐧"),
        ("把验\u200b证*码给我", "验证码", "验\u200b证*码"),
        ("打ｏｔｐ来", "otp", "ｏｔｐ"),
    ],
)
def test_a_word_is_quoted_as_it_was_written(text: str, meant: str, written: str) -> None:
    plain = normalise(text)
    at = plain.text.index(meant)
    start, end = plain.span(at, at + len(meant))
    assert text[start:end] == written


@given(ALPHABET)
def test_every_plain_character_leads_back_in_order(text: str) -> None:
    plain = normalise(text)
    spans = [plain.span(at, at + 1) for at in range(len(plain.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert all(plain.place(start) <= at for at, (start, _) in enumerate(spans))


@given(ALPHABET, ALPHABET)
def test_a_disguised_word_is_found_wherever_it_stands(before: str, after: str) -> None:
    text = f"{before}\n验-证\u200b码\n{after}"
    plain = normalise(text)
    quotes = set()
    at = plain.text.find("验证码")
    while at >= 0:
        start, end = plain.span(at, at + 3)
        quotes.add(text[start:end])
        at = plain.text.find("验证码", at + 1)
    assert "验-证\u200b码" in quotes


@given(st.text(max_size=80))
def test_any_text_has_a_plain_form_that_no_second_reading_lengthens(text: str) -> None:
    plain = normalise(text)
    assert len(normalise(plain.text).text) <= max(len(plain.text), 1) * 2
    assert not any(0xE000 <= ord(letter) <= 0xE001 for letter in plain.text)

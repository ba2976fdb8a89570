"""Extensions: how people write them, and what a misheard digit leaves."""

import pytest

from whence.marks.extensions import dialled, digits_of, hear, parted, written


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("95013 1234 5678 转 0421", "9501312345678"),
        ("95013 1234 5678转0421", "9501312345678"),
        ("95013-1234-5678-0421", "9501312345678"),
        ("9501312345678,0421", "9501312345678"),
        ("9501312345678，0421", "9501312345678"),
        ("95013 1234 5678 转接 0421", "9501312345678"),
        ("95013 1234 5678 分机：0421", "9501312345678"),
        ("95013 1234 5678#0421", "9501312345678"),
        ("(555) 010-0199 ext. 0421", "5550100199"),
        ("+1 555 010 0199 x0421", "+15550100199"),
        ("555 010 0199 extension 0421", "5550100199"),
        ("９５０１３ １２３４ 转 ０４２１", "950131234"),
    ],
)
def test_a_number_with_its_extension_is_taken_apart_however_it_is_written(
    phone: str, number: str
) -> None:
    assert parted(phone) == (number, "0421")


@pytest.mark.parametrize(
    "phone", ["12879562982", "95013 1234 5678", "(307) 555-018", "", "转 0421"]
)
def test_a_number_without_an_extension_has_none(phone: str) -> None:
    assert parted(phone) is None


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_what_is_dialled_is_taken_apart_again(locale: str) -> None:
    for value in (0, 7, 421, 9_999):
        text = dialled("95013 1234 5678", written(value), locale)
        assert parted(text) == (digits_of("95013 1234 5678"), written(value))


def test_the_extension_itself_counts_most_then_one_digit_beside_it() -> None:
    heard = hear("0421", spoken=True)
    assert heard is not None
    ratios = heard.ratios()
    assert ratios[421] > 9_000
    assert ratios[424] > 5  # one digit misheard
    assert ratios[4_021] > 20  # two neighbours changed places
    assert ratios[5_678] < 0.1
    assert ratios.mean() == pytest.approx(1.0)


def test_a_digit_that_was_not_caught_leaves_ten() -> None:
    heard = hear("04?1", spoken=True)
    assert heard is not None
    likely = {value for value in range(10_000) if heard.ratios()[value] > 500}
    assert likely == {401 + 10 * digit for digit in range(10)}


@pytest.mark.parametrize("text", ["", "42", "????", "12345", "abcd"])
def test_what_is_no_extension_is_no_mark(text: str) -> None:
    assert hear(text, spoken=True) is None

"""The register of official numbers: whose a number is, or that no register knows it."""

from pathlib import Path

import pytest

from whence.errors import InputError, UsageError
from whence.warning.official import Official, look_up, plain, read_official

REGISTER = """
[[official]]
value = "95013"
channel = "phone"
whose_en = "Example Shop, customer service"
whose_zh = "示例商城客服"
starts_first = false
checked_on = "2026-02-01"

[[official]]
value = "9501388"
channel = "phone"
is_prefix = true
whose_en = "Example Shop, couriers' relay"
whose_zh = "示例商城快递中转"
starts_first = true

[[official]]
value = "950138"
channel = "phone"
is_prefix = true
whose_en = "Example Shop"
whose_zh = "示例商城"
starts_first = false

[[official]]
value = "021-6888 0000"
channel = "phone"
whose_en = "Example Shop, head office"
whose_zh = "示例商城总部"
starts_first = false

[[official]]
value = "ExampleShop服务号"
channel = "wechat"
whose_en = "Example Shop"
whose_zh = "示例商城"
starts_first = false
"""


def register(folder: Path, text: str = REGISTER) -> tuple[Official, ...]:
    (folder / "official.toml").write_text(text, "utf-8")
    return read_official(folder)


@pytest.mark.parametrize(
    ("written", "whose"),
    [
        ("95013", "Example Shop, customer service"),
        ("９５０１３", "Example Shop, customer service"),
        (" 950-13 ", "Example Shop, customer service"),
        ("9501388123456", "Example Shop, couriers' relay"),
        ("9501389123456", "Example Shop"),
        ("+86 021 68880000", "Example Shop, head office"),
        ("0086(021)68880000", "Example Shop, head office"),
        ("exampleshop服务号", "Example Shop"),
    ],
)
def test_a_number_is_found_however_it_is_written(tmp_path: Path, written: str, whose: str) -> None:
    found = look_up(written, register(tmp_path))
    assert found is not None
    assert found.whose_en == whose


@pytest.mark.parametrize("written", ["95014", "950130", "13900000000", "95013a", "195013", "官方"])
def test_a_number_like_an_official_one_is_in_no_register(tmp_path: Path, written: str) -> None:
    assert look_up(written, register(tmp_path)) is None


def test_without_a_register_no_number_is_known(tmp_path: Path) -> None:
    assert read_official(tmp_path) == ()
    assert look_up("95013", ()) is None


def test_nothing_can_be_looked_up_under_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        look_up("  ", register(tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("starts_first = false", ""), 'entry 1 lacks "starts_first"'),
        (("starts_first = false", 'starts_first = "no"'), 'entry 1 lacks "starts_first"'),
        (('channel = "phone"', 'channel = "fax"'), 'entry 1 lacks "channel"'),
        (('value = "95013"', 'value = " "'), 'entry 1 lacks "value"'),
        (('checked_on = "2026-02-01"', 'owner = "me"'), 'entry 1 lacks "owner"'),
        (('value = "021-6888 0000"', 'value = "９５０１３"'), "entry 4 stands there twice"),
        (("[[official]]", "[[officials]]"), "is no table"),
        (('value = "95013"', "value = "), "cannot be read as TOML"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_named(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        register(tmp_path, REGISTER.replace(*change, 1))


def test_one_number_has_one_spelling() -> None:
    assert plain("+86 (021) 6888-0000") == plain("8602168880000") == "8602168880000"
    assert plain("Ｓｈｏｐ 95013") == "shop 95013"

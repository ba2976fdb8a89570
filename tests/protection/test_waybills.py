"""Printed waybills: what still shows too much, by row and rule."""

import pytest

from whence.protection import Shown, check_waybills


def rules(column: str, printed: str, *own: str) -> list[str]:
    return [shown.rule for shown in check_waybills([1], {column: [printed]}, own_numbers=own)]


@pytest.mark.parametrize("name", ["张伟", "Mary Smith", "欧阳静怡", "张伟收"])
def test_a_whole_name_shows_too_much(name: str) -> None:
    assert rules("name", name) == ["name"]


@pytest.mark.parametrize("name", ["张*", "张＊伟", "M*** S***", "张先生", "张某", "", "**"])
def test_a_name_of_which_a_character_is_hidden_does_not(name: str) -> None:
    assert rules("name", name) == []


@pytest.mark.parametrize(
    "phone", ["12055667788", "120****7788", "120*****788", "0571-88012345", "+1 415 555 0132"]
)
def test_a_phone_of_which_fewer_than_six_digits_are_hidden_shows_too_much(phone: str) -> None:
    assert rules("phone", phone) == ["phone"]


@pytest.mark.parametrize(
    "phone", ["120******88", "120**88", "***********", "0571-******45", "95013", ""]
)
def test_a_phone_of_which_six_are_hidden_does_not(phone: str) -> None:
    assert rules("phone", phone) == []


def test_a_relay_number_of_ones_own_leads_to_nobody() -> None:
    printed = "95013 1234567 转 4321"
    assert rules("phone", printed) == ["phone"]
    assert rules("phone", printed, "95013-1234567") == []
    assert rules("phone", "12055667788", "95013-1234567") == ["phone"]


@pytest.mark.parametrize(
    "address",
    ["阳光花园3栋2单元1502室", "阳光花园3栋2单元***", "阳光花园3栋1502", "5 Mill St, Flat 2"],
)
def test_an_address_in_which_unit_or_room_can_be_read_shows_too_much(address: str) -> None:
    assert rules("address", address) == ["address"]


@pytest.mark.parametrize(
    "address", ["文华路12号阳光花园3栋***", "塔山下村12号", "5 Mill St", "***"]
)
def test_an_address_without_them_does_not(address: str) -> None:
    assert rules("address", address) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("运单 773012055667788 收件人：张伟 13855667788 文华路12号3栋1502室", "address name phone"),
        ("运单 773012055667788 收件人：张* 138******88 文华路12号3栋***", ""),
        ("收件人 张* 138****7788 西湖区文华路", "phone"),
        ("收件人 张* 0571-88012345", "phone"),
        ("Recipient: M*** 138******88 Flat 5, Mill Lane", "address"),
        ("收件人 张* 身份证 11010119900307123X", "id_number"),
        ("订单 2026-05-12 重 1.5kg 茶杯 3 层包装", ""),
    ],
)
def test_whole_texts_are_looked_through(text: str, expected: str) -> None:
    assert " ".join(rules("text", text)) == expected


def test_a_cell_too_long_to_be_what_it_says_shows_too_much() -> None:
    assert rules("name", "*" * 401) == ["name"]
    assert rules("text", "茶杯 " * 500) == []


def test_findings_name_row_column_and_rule_and_nothing_else() -> None:
    found = check_waybills(
        [2, 3, 4],
        {"name": ["张伟", "李*", None], "phone": ["12055667788", "120****7788", "120******88"]},
    )
    assert found == [
        Shown(row=2, column="name", rule="name"),
        Shown(row=2, column="phone", rule="phone"),
        Shown(row=3, column="phone", rule="phone"),
    ]

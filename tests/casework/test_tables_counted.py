"""What is unknown, unreadable or impossible is counted as that, and money is kept by currency."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tables_world import ZONE, by_key, counted, not_closing

from whence.casework.tables_counting import tables_of
from whence.casework.tables_places import is_mixed, place_of
from whence.casework.tables_reading import read_rows, read_victim
from whence.casework.tables_values import amount_of, when_of


def unnamed(rows: list[dict[str, Any]], name: str) -> dict[str, int]:
    return {row.key: row.n for row in counted(rows).table(name).rows if not row.is_named}


def test_who_gave_no_value_stands_in_a_row_of_her_own() -> None:
    rows: list[dict[str, Any]] = [
        {"age": "23", "place": "广东"},
        {"age": "", "place": "广东"},
        {"age": None, "loss": "5"},
    ]
    assert unnamed(rows, "age") == {"unknown": 2}
    assert unnamed(rows, "place") == {"unknown": 1}
    assert unnamed(rows[:1], "place") == {}


def test_a_table_nobody_has_a_value_for_has_nothing_to_add_up() -> None:
    tables = counted([{"place": "广东"}])
    assert tables.table("age").closes is None
    assert tables.table("place").closes is True
    assert not_closing(tables) == set()


def test_money_is_never_added_across_currencies() -> None:
    rows = [
        {"loss": "100", "currency": "cny"},
        {"loss": "200", "currency": "EUR"},
        {"loss": "400"},
    ]
    assert counted(rows).lost == {"": 400, "CNY": 100, "EUR": 200}
    assert counted(rows, currency="CNY").lost == {"CNY": 500, "EUR": 200}
    bands = [(row.currency, row.n) for row in counted(rows).table("loss").rows if row.n]
    assert bands == [("", 1), ("CNY", 1), ("EUR", 1)]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("9668", "9668"),
        ("9,668.50", "9668.50"),
        ("９６６８元", "9668"),
        ("￥9668", "9668"),
        ("4.7万", "47000"),
        ("about 9000", None),
        ("-5", None),
        ("9,66", None),
    ],
)
def test_an_amount_is_read_as_written_or_not_at_all(written: str, amount: str | None) -> None:
    (victim,) = read_rows([{"loss": written}], zone=ZONE).victims
    assert victim.loss == (None if amount is None else Decimal(amount))
    assert ("loss" in victim.unreadable) is (amount is None)


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2017-03-27", date(2017, 3, 27), "day"),
        ("2017年3月27日", date(2017, 3, 27), "day"),
        ("2017/3/27 23:30", date(2017, 3, 27), "time"),
        ("2017-03-27T16:30:00Z", date(2017, 3, 28), "time"),  # half past midnight in China
        ("1490632200", date(2017, 3, 28), "time"),
        ("2016-02-29", date(2016, 2, 29), "day"),
        ("2017年3月", None, "month"),
    ],
)
def test_a_time_is_read_to_what_it_says(written: str, day: date | None, precision: str) -> None:
    when = when_of(written, ZONE)
    assert when is not None
    assert (when.day, when.precision, when.month) == (day, precision, f"{when.at:%Y-%m}")


@pytest.mark.parametrize("written", ["2017-02-29", "27.3.2017", "yesterday", "2017-13"])
def test_what_is_no_day_is_unreadable(written: str) -> None:
    assert when_of(written, ZONE) is None
    assert unnamed([{"called_at": written}, {"called_at": "2017-03-27"}], "month") == {"unknown": 1}
    table = counted([{"called_at": written}, {"called_at": "2017-03-27"}]).table("month")
    assert (table.n_unreadable, table.checks[0].because) == (1, ("unreadable",))


def test_a_call_before_the_purchase_is_counted_as_one_that_cannot_have_been() -> None:
    rows = [
        {"placed_at": "2017-03-28", "called_at": "2017-03-27"},
        {"placed_at": "2017-03-01", "called_at": "2017-03-27"},
    ]
    table = counted(rows).table("purchase-to-call")
    assert unnamed(rows, "purchase-to-call") == {"before the purchase": 1}
    assert (table.closes, table.checks[0].because) == (False, ("contrary",))
    assert by_key(counted(rows), "purchase-to-call") == {">14-30": 1}


def test_months_between_are_shown_with_nothing_in_them() -> None:
    tables = counted([{"called_at": "2016-12-30"}, {"called_at": "2017-02-01"}])
    assert [(row.key, row.n) for row in tables.table("month").rows] == [
        ("2016-12", 1),
        ("2017-01", 0),
        ("2017-02", 1),
    ]


def test_who_lost_nothing_is_no_small_loss() -> None:
    assert by_key(counted([{"loss": "0"}, {"loss": "1"}]), "loss") == {"0": 1, "<10000": 1}


def test_a_band_begins_with_its_lower_end() -> None:
    rows = [{"loss": "9999.99"}, {"loss": "10000"}, {"loss": "50000"}]
    assert by_key(counted(rows), "loss") == {"<10000": 1, "10000-20000": 1, ">=50000": 1}
    ages = [{"age": "17"}, {"age": "18"}, {"age": "24"}, {"age": "25"}, {"age": "400"}]
    assert by_key(counted(ages), "age") == {"<18": 1, "18-24": 2, "25-34": 1}


def test_a_channel_counts_once_a_person_however_it_is_spelled() -> None:
    rows = [
        {"money_channel": "QQ, qq；来分期、来分期"},
        {"money_channel": "qq"},
        {"money_channel": "qq"},
    ]
    assert by_key(counted(rows), "channel") == {"qq": 3, "来分期": 1}


def test_a_pretext_has_its_comma_and_several_are_parted_otherwise() -> None:
    rows: list[dict[str, Any]] = [
        {"pretext": "quality problem, refund; lawsuit"},
        {"facts": {"pretext": [{"value": "quality problem, refund"}]}},
    ]
    assert by_key(counted(rows), "pretext") == {"quality problem, refund": 2, "lawsuit": 1}


def test_one_channel_each_closes_and_two_do_not() -> None:
    rows = [{"money_channel": "来分期"}, {"money_channel": "翼支付"}]
    assert counted(rows).table("channel").closes is True
    rows[0]["money_channel"] = "来分期,翼支付"
    assert counted(rows).table("channel").closes is False


def test_a_report_twice_counts_once_and_two_that_contradict_do_not_count() -> None:
    row = {"report_id": "V1", "loss": "5"}
    read = read_rows([row, dict(row), {"report_id": "", "loss": ""}], zone=ZONE)
    assert (len(read.victims), read.n_repeated, read.n_blank) == (1, 1, 1)
    read = read_rows([row, {**row, "loss": "6"}, {**row, "report_id": "V2"}], zone=ZONE)
    assert (len(read.victims), read.n_conflicting) == (1, 2)


def test_of_claims_the_confirmed_one_counts_and_without_one_those_that_agree() -> None:
    def loss(*claims: dict[str, Any]) -> Any:
        return read_victim({"facts": {"amount": list(claims)}}, zone=ZONE)

    one, other = ({"value": v, "role": "loss", "currency": "CNY"} for v in ("9668", "9000"))
    price = {"value": "30", "role": "order_price", "currency": "EUR"}
    assert loss(one, price).loss == 9668
    assert loss(one, price).currency == "CNY"
    assert loss(one, {**other, "confirmed": True}).loss == 9000
    assert loss(one, other).unreadable == {"loss"}


def test_two_losses_that_miss_their_parts_in_both_directions_do_not_close() -> None:
    rows = [{"loss": "10", "loss_parts": "5;4"}, {"loss": "10", "loss_parts": "5;6"}]
    (check,) = counted(rows).table("loss-part").checks
    assert not check.difference
    assert not check.closes
    rows = [{"loss": "10", "loss_parts": "5;5"}, {"loss": "11", "loss_parts": "5;6"}]
    assert counted(rows).table("loss-part").closes


def test_provinces_have_one_name_and_cities_beside_them_are_told() -> None:
    assert place_of("广东省") == place_of("广东") == "广东"
    assert place_of("内蒙古自治区") == "内蒙古"
    assert place_of("武汉市") == "武汉市"
    assert is_mixed(["广东", "武汉"])
    assert not is_mixed(["广东", "北京"])


CELLS = st.sampled_from(["", "?", "2017-03-27", "2017-04", "5", "12,000", "广东", "a,b", "是"])
COLUMNS = ["called_at", "placed_at", "loss", "age", "place", "student", "money_channel", "currency"]


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), max_size=12))
def test_in_every_table_each_report_is_counted_and_no_money_is_lost(rows: list[Any]) -> None:
    victims = read_rows(rows, zone=ZONE).victims
    tables = tables_of(victims)
    for table in tables.tables:
        if table.takes_several or table.name == "loss-part":
            continue
        assert sum(row.n for row in table.rows) == len(victims) == table.of
        assert (table.closes is False) <= (
            sum(row.n for row in table.rows if row.is_named) < table.of
        )
        for currency, lost in tables.lost.items():
            assert sum((row.lost or {}).get(currency, 0) for row in table.rows) == lost


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_what_is_written_with_separators_is_read_back(amount: Decimal) -> None:
    assert amount_of(f"{amount:,}") == amount

"""From reports that realise the printed figures the tables give the printed figures back.

And those that do not close in print do not close here: exactly those.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tables_world import ZONE, by_key, counted, not_closing, printed, shop_of_2017, spread_over

from whence.casework.tables import Plan
from whence.casework.tables_counting import tables_of
from whence.casework.tables_reading import read_rows
from whence.casework.tables_stated import compared, read_stated

BANDS = ("<10000", "10000-20000", "20000-30000", "30000-40000", "40000-50000", ">=50000")


def test_the_counts_of_2017_are_those_in_print() -> None:
    facts = printed("xiaohongshu-2017")
    tables = counted(shop_of_2017(facts))
    assert tables.n_reports == facts["reports"]
    assert by_key(tables, "month") == facts["scammed_by_month"]
    assert by_key(tables, "bought-month") == facts["bought_by_month"]
    assert by_key(tables, "place") == facts["places"]
    assert by_key(tables, "channel") == facts["money_channels"]
    assert by_key(tables, "student")["yes"] == facts["students"]
    peaks = facts["scammed_on_peak_days"]
    assert dict(list(by_key(tables, "day").items())[: len(peaks)]) == peaks
    bands = dict(zip(BANDS, facts["loss_bands_cny"].values(), strict=True))
    assert by_key(tables, "loss") == bands


def test_the_sums_and_means_of_2017_are_those_in_print() -> None:
    facts = printed("xiaohongshu-2017")
    tables = counted(shop_of_2017(facts))
    spreads = {spread.name: spread for spread in tables.spreads}
    assert tables.lost == {"CNY": Decimal(facts["loss_cny"])}
    assert spreads["loss"].mean == Decimal(facts["mean_loss_cny_derived"])
    assert spreads["loss"].high == facts["max_loss_cny"]
    age = facts["age"]
    assert (spreads["age"].low, spreads["age"].high) == (age["min"], age["max"])
    assert spreads["age"].mean == age["mean"]
    days = facts["purchase_to_call_days"]
    assert spreads["purchase-to-call"].low == days["min"]
    assert spreads["purchase-to-call"].median == 30  # "about one month"
    assert spreads["purchase-to-call"].high == max(days["single_cases"])


def test_the_calls_after_the_statement_of_2017_are_those_in_print() -> None:
    facts = printed("xiaohongshu-2017")
    read = read_rows(shop_of_2017(facts), zone=ZONE)
    tables = tables_of(read.victims, Plan(since=date(2017, 4, 21)))
    assert by_key(tables, "since")[">=2017-04-21"] == facts["after_platform_measures"]


def test_exactly_the_tables_of_2017_that_do_not_close_in_print_are_flagged() -> None:
    facts = printed("xiaohongshu-2017")
    tables = counted(shop_of_2017(facts))
    marked = {
        "month": facts["scammed_by_month_closes"],
        "loss": facts["loss_bands_closes"],
        "bought-month": facts["bought_by_month_closes"],
        "place": facts["places_closes"],
        "channel": facts["money_channels_closes"],
    }
    assert {name: tables.table(name).closes for name in marked} == marked
    assert not_closing(tables) == {name for name, closes in marked.items() if not closes}


def test_it_is_said_by_how_much_they_do_not_close_and_why() -> None:
    facts = printed("xiaohongshu-2017")
    tables = counted(shop_of_2017(facts))
    (places,), (channels,) = (tables.table(name).checks for name in ("place", "channel"))
    n_placed, n_uses = (sum(facts[name].values()) for name in ("places", "money_channels"))
    whole = facts["reports"]
    assert (places.parts, places.difference) == (n_placed, n_placed - whole)
    assert places.because == ("unknown",)
    assert (channels.parts, channels.difference) == (n_uses, n_uses - whole)
    assert channels.because == ("several",)
    assert tables.table("place").is_mixed  # provinces beside cities, as the note in print says


def test_what_was_claimed_beside_the_tables_is_told_where_it_differs(tmp_path: Path) -> None:
    facts = printed("xiaohongshu-2017")
    file = tmp_path / "stated.toml"
    parts = "".join(f'"{month}" = {n}\n' for month, n in facts["scammed_by_month"].items())
    file.write_text(
        f"reports = {facts['reports']}\n[lost]\nCNY = {facts['loss_cny']}\n"
        f"[place]\nrows = {facts['provinces_printed']}\n"
        f"[channel]\nrows = {facts['money_channels_printed_count']}\n[month.parts]\n{parts}",
        "utf-8",
    )
    tables, differing = compared(counted(shop_of_2017(facts)), read_stated(file))
    told = {(each.table, each.what, int(each.stated), int(each.counted)) for each in differing}
    assert told == {("place", "rows", 14, 9), ("channel", "rows", 21, 20)}
    assert not_closing(tables) == {"place", "channel"}


def test_the_lower_bounds_of_2018_are_reached() -> None:
    facts = printed("xiaohongshu-2018")
    n, parts = facts["reports_at_least"], facts["single_loss_parts_cny"]
    alone = sum(map(Decimal, parts.values()), Decimal(0))
    rest = spread_over(facts["loss_cny_at_least"] - alone, n - 1)
    called = date(2018, 4, 20)
    days = facts["purchase_to_call_days_single"]
    rows = [
        {"loss_parts": ";".join(f"{name}={part}" for name, part in parts.items())},
        *({"loss": str(loss)} for loss in rest),
    ]
    for at, row in enumerate(rows):
        row |= {"shop_id": "SH00001" if at < facts["same_shop_at_least"] else f"SH1{at:04}"}
        row |= {"report_id": f"V{at:05}", "currency": "CNY", "called_at": called.isoformat()}
        row |= {"placed_at": (called - timedelta(days=days if not at else 30)).isoformat()}
    rows[0]["asks"] = "borrow a friend's account"
    tables = counted(rows)
    assert tables.n_reports == n
    assert tables.lost == {"CNY": facts["loss_cny_at_least"]}
    assert by_key(tables, "shop")["SH00001"] == facts["same_shop_at_least"]
    assert by_key(tables, "ask") == {"borrow a friend's account": 1}
    assert by_key(tables, "purchase-to-call")[">90"] == 1
    assert max(s.high for s in tables.spreads if s.name == "purchase-to-call") == days
    assert tables.n_from_parts == 1
    assert [row.lost for row in tables.table("loss-part").rows] == [
        {"CNY": Decimal(part)} for part in parts.values()
    ]
    assert tables.table("loss-part").closes


def test_the_calls_within_a_day_and_the_ends_of_2016_are_those_in_print() -> None:
    facts = printed("vipshop-2016")
    n, first = facts["reports"], [facts["max_loss_cny"], facts["min_loss_cny"]]
    whole, within = facts["single_loss_cny"], facts["called_within_a_day_of_order"]
    rest = spread_over(Decimal(facts["loss_cny"]) - sum(first) - whole, n - 3)
    rows = [
        {
            "report_id": f"V{at:05}",
            "loss": str(loss),
            "currency": "CNY",
            "placed_at": "2016-03-07T07:00:00",
            "called_at": "2016-03-08T06:59:00" if at < within else "2016-03-08T07:01:00",
        }
        for at, loss in enumerate([*first, whole, *rest])
    ]
    rows[2]["loss_parts"] = "+".join(map(str, facts["single_loss_parts_cny"]))
    tables = counted(rows)
    (spread,) = (s for s in tables.spreads if s.name == "loss")
    assert (spread.total, spread.high, spread.low) == (Decimal(facts["loss_cny"]), *first)
    assert by_key(tables, "purchase-to-call") == {"<=1": within, ">1-7": n - within}
    (check,) = tables.table("loss-part").checks
    assert (check.parts, check.whole, check.closes) == (whole, whole, True)


def test_the_refunds_of_jumei_are_those_in_print() -> None:
    facts = printed("jumei-2016")
    n, single = facts["reports_at_least"], facts["single_losses_cny"]
    rest = spread_over(Decimal(facts["loss_cny"]) - sum(single), n - len(single))
    asked = date(2016, 9, 1)
    called = asked + timedelta(days=facts["refund_to_call_days"])
    rows = [
        {
            "loss": str(loss),
            "currency": "CNY",
            "refund_requested_at": asked.isoformat(),
            "called_at": called.isoformat(),
            "pretext": facts["trigger"],
        }
        for loss in [*single, *rest]
    ]
    tables = counted(rows)
    assert tables.n_reports == n
    assert tables.lost == {"CNY": Decimal(facts["loss_cny"])}
    assert tables.spreads[0].high == facts["max_loss_cny"]
    assert by_key(tables, "refund-to-call") == {"<=1": n}
    assert by_key(tables, "pretext") == {facts["trigger"]: n}


def test_the_parts_of_the_loss_of_2021_close() -> None:
    facts = printed("vipshop-2021")
    parts = facts["single_loss_parts_cny"]
    row = {
        "loss": facts["loss_cny"],
        "currency": "CNY",
        "loss_parts": ";".join(f"{channel}={amount}" for channel, amount in parts.items()),
        "asks": ",".join(facts["means"]),
    }
    tables = counted([row])
    assert tables.n_reports == facts["reports"]
    assert {row.key: row.lost for row in tables.table("loss-part").rows} == {
        channel: {"CNY": amount} for channel, amount in parts.items()
    }
    assert tables.table("loss-part").closes is facts["closes"]
    assert set(by_key(tables, "ask")) == set(facts["means"])


@pytest.mark.parametrize("missing", [0, 1])
def test_fifteen_transfers_are_their_sum_or_are_not(missing: int) -> None:
    side = printed("vipshop-2021")["side_case"]
    parts = spread_over(Decimal(side["loss_cny"]), side["transfers"])[missing:]
    row = {"loss": str(side["loss_cny"]), "loss_parts": ";".join(map(str, parts))}
    table = counted([row]).table("loss-part")
    assert table.closes is (not missing)
    assert table.checks[0].difference == -sum(
        spread_over(Decimal(side["loss_cny"]), side["transfers"])[:missing], Decimal(0)
    )

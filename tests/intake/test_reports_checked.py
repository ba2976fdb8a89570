"""Victims' reports: each brought to its order, or to every earlier order of its customer."""

from pathlib import Path

import pytest
from intake_world import ORDERS, REPORTS, Answer, answer, at, folder

from whence.model import PossibleOrder

HEAD = "report_id,order_id,customer_id,called_at,known_fields\n"
CALL = "2026-03-10T10:00:00Z"


def _reports(tmp_path: Path, *rows: str, orders: str = ORDERS) -> Answer:
    text = HEAD + "".join(f"{row}\n" for row in rows)
    return answer(folder(tmp_path, {"orders.csv": orders, "reports.csv": text}))


def test_a_report_is_about_the_order_it_names(tmp_path: Path) -> None:
    (report,) = _reports(tmp_path, f"R1,O3,,{CALL},").dataset.reports
    assert report.orders == (PossibleOrder(order_id="O3", placed_at=at("2026-03-03T08:00")),)
    assert report.customer_id == "C3"
    assert report.called_at == at("2026-03-10T10:00")


def test_a_report_of_a_customer_is_about_every_earlier_order_of_hers(tmp_path: Path) -> None:
    (report,) = _reports(tmp_path, f"R1,,C1,{CALL},").dataset.reports
    assert [order.order_id for order in report.orders] == ["O1", "O4"]
    assert report.customer_id == "C1"


def test_orders_after_the_call_are_not_possible(tmp_path: Path) -> None:
    (report,) = _reports(tmp_path, "R1,,C1,2026-03-04T07:59:59Z,").dataset.reports
    assert [order.order_id for order in report.orders] == ["O1"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"R,O9,,{CALL},", "unknown order"),
        (f"R,,C9,{CALL},", "unknown customer"),
        (f"R,,,{CALL},", "missing order_id"),
        (f"R,O1,C2,{CALL},", "customer does not match the order"),
        ("R,O1,,2026-02-28T08:00:00Z,", "call before the order"),
        ("R,,C1,2026-02-28T08:00:00Z,", "customer without an earlier order"),
        ("R,O1,,,", "missing called_at"),
        ("R,O1,,then,", "unreadable time"),
    ],
)
def test_a_report_that_cannot_be_used_is_set_aside(row: str, reason: str, tmp_path: Path) -> None:
    found = _reports(tmp_path, row, f"S,O2,C2,{CALL},")
    assert found.report_ids == ["S"]
    assert found.ids == [("reports", "R", reason)]
    assert found.dataset.n_reports == 2


def test_a_report_without_an_id_is_named_by_its_row(tmp_path: Path) -> None:
    found = _reports(tmp_path, f"S,O2,C2,{CALL},", f",O1,,{CALL},")
    assert found.ids == [("reports", "row 3", "missing report_id")]


def test_clocks_may_be_minutes_apart(tmp_path: Path) -> None:
    found = _reports(tmp_path, "R,O1,,2026-03-01T07:50:00Z,", "S,O2,,2026-03-02T07:49:59Z,")
    assert found.report_ids == ["R"]
    assert found.dataset.reports[0].called_at == at("2026-03-01T08:00")
    assert found.ids == [("reports", "S", "call before the order")]


def test_an_identical_report_is_kept_once(tmp_path: Path) -> None:
    found = _reports(tmp_path, *[f"R,O1,,{CALL},name"] * 3)
    assert found.report_ids == ["R"]
    assert found.rejected == {"reports: duplicate report": 2}


def test_of_conflicting_reports_all_are_set_aside(tmp_path: Path) -> None:
    found = _reports(tmp_path, f"R,O1,,{CALL},name", f"R,O2,,{CALL},name", f"S,O3,,{CALL},")
    assert found.report_ids == ["S"]
    assert found.rejected == {"reports: conflicting duplicate": 2}


def test_of_several_reports_of_an_order_the_earliest_call_counts(tmp_path: Path) -> None:
    orders = ORDERS.replace(",C3,", ",,")
    rows = ["A,O3,,2026-03-12T10:00:00Z,", "B,O3,,2026-03-11T10:00:00Z,", f"C,O1,,{CALL},"]
    found = _reports(tmp_path, *rows, orders=orders)
    assert found.report_ids == ["B", "C"]
    assert found.ids == [("reports", "A", "later report of the same order")]


def test_of_several_reports_of_a_customer_the_earliest_call_counts(tmp_path: Path) -> None:
    rows = ["A,O1,,2026-03-12T10:00:00Z,", f"B,O4,,{CALL},", "C,,C1,2026-03-11T10:00:00Z,"]
    found = _reports(tmp_path, *rows)
    assert found.report_ids == ["B"]
    assert found.rejected == {"reports: later report of the same customer": 2}


def test_calls_at_the_same_moment_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    assert _reports(tmp_path, f"B,O1,,{CALL},", f"A,O1,,{CALL},").report_ids == ["A"]


def test_not_asked_is_not_did_not_know(tmp_path: Path) -> None:
    rows = [f"A,O1,,{CALL},", f'B,O2,,{CALL},"Name，phone, price"', f"C,O3,,{CALL},shoe size"]
    found = _reports(tmp_path, *rows)
    assert [report.known_fields for report in found.dataset.reports] == [
        None,
        {"name", "phone", "price"},
        None,
    ]
    assert found.note("note-unknown-fields") == {"table": "reports", "n": 1}


def test_without_customers_in_the_orders_only_orders_are_known(tmp_path: Path) -> None:
    orders = ORDERS.replace("customer_id", "buyer")
    found = _reports(tmp_path, f"A,O1,C9,{CALL},", f"B,,C1,{CALL},", orders=orders)
    assert found.report_ids == ["A"]
    assert found.ids == [("reports", "B", "unknown customer")]


def test_reports_may_name_customers_alone(tmp_path: Path) -> None:
    text = f"report_id,customer_id,called_at\nR,C2,{CALL}\n"
    found = answer(folder(tmp_path, {"orders.csv": ORDERS, "reports.csv": text}))
    assert found.report_ids == ["R"]


def test_a_short_row_is_completed_with_nothing(tmp_path: Path) -> None:
    found = _reports(tmp_path, f"R,O1,,{CALL}")
    assert found.report_ids == ["R"]
    assert found.dataset.reports[0].known_fields is None


def test_cells_may_span_lines(tmp_path: Path) -> None:
    text = f'report_id,order_id,called_at,narrative\nR,O1,{CALL},"one\ntwo ""quoted"""\n'
    text += f",O2,{CALL},\n"
    found = answer(folder(tmp_path, {"orders.csv": ORDERS, "reports.csv": text}))
    assert found.report_ids == ["R"]
    assert found.ids == [("reports", "row 3", "missing report_id")]


def test_lines_that_are_no_json_are_set_aside(tmp_path: Path) -> None:
    text = (
        '{"report_id": "R", "order_id": "O1", "called_at": "2026-03-10T10:00:00Z"}\n{broken\n[1]\n'
    )
    found = answer(folder(tmp_path, {"orders.csv": ORDERS, "reports.jsonl": text}))
    assert found.report_ids == ["R"]
    assert found.ids == [
        ("reports", "row 2", "unreadable row"),
        ("reports", "row 3", "unreadable row"),
    ]


def test_orders_of_later_reports_are_reported_too(tmp_path: Path) -> None:
    rows = [
        f"A,O1,,{CALL},",
        "B,O4,,2026-03-11T10:00:00Z,",  # the same customer
        "C,O1,,2026-03-12T10:00:00Z,",  # the same order
        "D,O5,,2026-02-10T10:00:00Z,",  # before the order
        "E,O99,,2026-03-12T10:00:00Z,",
        "F,O3,C1,2026-03-12T10:00:00Z,",  # another customer's
    ]
    found = _reports(tmp_path, *rows)
    assert found.report_ids == ["A"]
    assert found.dataset.reported_orders == {"O1", "O4"}


def test_all_orders_a_customer_may_report_are_reported(tmp_path: Path) -> None:
    rows = ["A,,C1,2026-03-03T10:00:00Z,", "B,,C2,2026-03-12T10:00:00Z,"]
    assert _reports(tmp_path, *rows).dataset.reported_orders == {"O1", "O2"}
    rows.append("C,,C1,2026-03-12T10:00:00Z,")
    assert _reports(tmp_path, *rows).dataset.reported_orders == {"O1", "O2", "O4"}


def test_half_a_character_in_json_costs_no_row(tmp_path: Path) -> None:
    lines = (
        r'{"report_id": "R\ud83d", "order_id": "O1", "called_at": "2026-03-10T10:00:00Z"}',
        r'{"report_id": "S", "order_id": "O3", "called_at": "2026-03-10T10:00:00Z", "\ude00": 1}',
        r'{"report_id": "T\ud83d\ude00", "order_id": "O2", "called_at": "2026-03-10T10:00:00Z"}',
        r'{"report_id": "U", "order_id": ["O5\ud83d"], "called_at": "2026-03-10T10:00:00Z"}',
    )
    text = "\n".join(lines)
    found = answer(folder(tmp_path, {"orders.csv": ORDERS, "reports.jsonl": text}))
    assert found.report_ids == ["R\ufffd", "S", "T\U0001f600"]
    assert found.ids == [("reports", "U", "unknown order")]


def test_half_a_character_in_a_large_json_table_stops_nothing(tmp_path: Path) -> None:
    lines = (
        r'{"order_id": "O1", "placed_at": "2026-03-01T08:00:00Z", "shop_id": "S1"}',
        r'{"order_id": "O2\ud83d", "placed_at": "2026-03-01T08:00:00Z", "shop_id": "S1"}',
    )
    text = "\n".join(lines)
    found = answer(folder(tmp_path, {"orders.jsonl": text, "reports.csv": REPORTS}))
    assert found.report_ids == ["R1"]
    assert len(found.orders) + len([row for row in found.ids if row[0] == "orders"]) == 2

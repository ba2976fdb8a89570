"""Ids stay what they are in every form, and columns are found by whatever name the user gives."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from intake_world import ACCESSES, ORDERS, REPORTS, answer, answer_tables, at, folder, typed


def test_leading_zeros_of_ids_survive(tmp_path: Path) -> None:
    orders = "order_id,placed_at,shop_id\n0012,2026-03-01T08:00:00Z,007\n"
    reports = 'report_id,order_id,called_at\n01,"=""0012""",2026-03-09T00:00:00Z\n'
    found = answer(folder(tmp_path, {"orders.csv": orders, "reports.csv": reports}))
    assert found.orders[0]["order_id"] == "0012"
    assert found.orders[0]["shop_id"] == "007"
    assert found.dataset.reports[0].orders[0].order_id == "0012"
    assert found.report_ids == ["01"]


def test_integers_that_excel_holds_as_floats_are_integers(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["report_id", "order_id", "called_at"])
    sheet.append([1.0, 1001.0, datetime(2026, 3, 9, 12)])  # noqa: DTZ001
    sheet.append([2, 1002, date(2026, 3, 9)])
    workbook.save(tmp_path / "reports.xlsx")
    orders = pa.table(
        {
            "order_id": pa.array([1001, 1002], pa.int32()),
            "placed_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2,
            "shop_id": pa.array([7, 8], pa.int16()),
        }
    )
    pq.write_table(orders, tmp_path / "orders.parquet")
    found = answer(tmp_path)
    assert found.report_ids == ["1", "2"]
    assert [report.orders[0].order_id for report in found.dataset.reports] == [1001, 1002]
    assert found.dataset.reports[0].called_at == at("2026-03-09T12:00")
    assert found.orders[0]["shop_id"] == "7"
    assert found.dataset.orders is not None
    assert found.dataset.orders.columns["order_id"] == "int64"


def test_whole_floats_are_ids_in_any_typed_form() -> None:
    orders = pa.table(
        {
            "order_id": [1.0, 2.0, 2.5],
            "placed_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 3,
            "shop_id": [7.0, None, 8.0],
        }
    )
    reports = pa.table(
        {"report_id": ["a"], "order_id": ["1.0"], "called_at": [datetime(2026, 3, 2, tzinfo=UTC)]}
    )
    found = answer_tables({"orders": orders, "reports": reports})
    assert [row["order_id"] for row in found.orders] == [1, 2]
    assert [row["shop_id"] for row in found.orders] == ["7", None]
    assert found.rejected == {"orders: unreadable order_id": 1}
    assert found.report_ids == ["a"]


def test_other_tables_ids_are_brought_to_the_orders_type(tmp_path: Path) -> None:
    orders = pa.table(
        {"order_id": [1, 2], "placed_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2, "shop_id": "ab"}
        | {"shop_id": ["a", "b"]}
    )
    pq.write_table(orders, tmp_path / "orders.parquet")
    accesses = (
        "order_id,account_id,accessed_at\n1,9,2026-03-01T09:00:00Z\nx,9,2026-03-01T09:00:00Z\n"
    )
    reports = (
        "report_id,order_id,called_at\nR,2.0,2026-03-09T00:00:00Z\nQ,2.7,2026-03-09T00:00:00Z\n"
    )
    found = answer(folder(tmp_path, {"accesses.csv": accesses, "reports.csv": reports}))
    assert [row["order_id"] for row in found.accesses] == [1]
    assert [row["account_id"] for row in found.accesses] == ["9"]
    assert found.rejected == {"accesses: unknown order": 1, "reports: unknown order": 1}


def test_partition_values_keep_their_zeros(tmp_path: Path) -> None:
    part = tmp_path / "orders" / "shop_id=007"
    part.mkdir(parents=True)
    pq.write_table(typed(ORDERS).drop_columns(["shop_id"]), part / "a.parquet")
    found = answer(folder(tmp_path, {"reports.csv": REPORTS}))
    assert {row["shop_id"] for row in found.orders} == {"007"}


def test_a_users_own_column_names_are_mapped(tmp_path: Path) -> None:
    folder(tmp_path, reports=REPORTS.replace("called_at", "来电 时间").replace("report_id", "No"))
    mapping = tmp_path / "map.toml"
    mapping.write_text('[reports]\ncalled_at = "来电 时间"\nreport_id = "no"\n')
    found = answer(tmp_path, mapping=mapping)
    assert found.report_ids == ["R1", "R2"]


def test_a_mapped_column_wins_over_one_of_our_name(tmp_path: Path) -> None:
    accesses = ACCESSES.replace("party_id", "company").replace("account_id", "party_id")
    folder(tmp_path, accesses=accesses)
    mapping = tmp_path / "map.toml"
    mapping.write_text('[accesses]\naccount_id = "party_id"\nparty_id = "company"\n')
    found = answer(tmp_path, mapping=mapping)
    assert {(row["account_id"], row["party_id"]) for row in found.accesses} == {
        ("A1", "S1"),
        ("A2", "S2"),
    }


def test_column_names_are_met_in_any_case(tmp_path: Path) -> None:
    header, _, rows = ORDERS.partition("\n")
    found = answer(folder(tmp_path, orders=f" {header.upper().replace(',', ' , ')}\n{rows}"))
    assert found.orders[0]["shop_id"] == "S1"


def test_lists_in_json_are_lists_of_fields(tmp_path: Path) -> None:
    lines = [
        {"report_id": 1, "order_id": "O1", "called_at": 1773136800, "known_fields": ["name", "X"]},
        {"report_id": 2.0, "order_id": "O2", "called_at": "2026-03-10T10:00:00Z", "more": {"a": 1}},
    ]
    text = "\n".join(map(json.dumps, lines))
    found = answer(folder(tmp_path, {"orders.csv": ORDERS, "reports.jsonl": text}))
    assert found.dataset.reports[0].known_fields == frozenset({"name"})
    assert found.note("note-unknown-fields") == {"table": "reports", "n": 1}
    assert found.report_ids == ["1", "2"]

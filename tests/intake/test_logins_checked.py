"""Logins: the successful ones of customers."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from intake_world import ORDERS, answer, answer_tables, fault, folder

HEAD = "customer_id,attempted_at,success,ip,device_id\n"


def test_only_successful_logins_are_kept(tmp_path: Path) -> None:
    logins = HEAD + "C1,2026-03-02T00:00:00Z,true,1.2.3.4,D1\nC1,2026-03-02T00:01:00Z,false,,\n"
    found = answer(folder(tmp_path, logins=logins))
    assert found.logins == [
        {
            "customer_id": "C1",
            "attempted_at": datetime(2026, 3, 2),  # noqa: DTZ001
            "ip": "1.2.3.4",
            "device_id": "D1",
        }
    ]
    assert found.dataset.logins is not None
    assert found.dataset.logins.n_rows == 1
    assert found.rejected == {}


def test_success_and_failure_are_understood(tmp_path: Path) -> None:
    yes = ("true", "True", "1", "yes", "成功", "SUCCESS")
    no = ("false", "0", "No", "失败", "denied")
    rows = "".join(f"C1,2026-03-02T00:00:00Z,{cell},{cell},\n" for cell in (*yes, *no))
    found = answer(folder(tmp_path, logins=HEAD + rows))
    assert {row["ip"] for row in found.logins} == set(yes)
    assert found.rejected == {}


def test_what_is_neither_is_set_aside(tmp_path: Path) -> None:
    rows = "C1,2026-03-02T00:00:00Z,perhaps,,\nC2,soon,1,,\n,2026-03-02T00:00:00Z,1,,\nC3,,1,,\n"
    found = answer(folder(tmp_path, logins=HEAD + rows))
    assert found.ids == [
        ("logins", "C3", "missing attempted_at"),
        ("logins", "", "missing customer_id"),
        ("logins", "C1", "unreadable success"),
        ("logins", "C2", "unreadable time"),
    ]


def test_booleans_and_integer_customers_are_fine() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    found = answer_tables(
        {
            "orders": pa.table({"order_id": [1], "placed_at": [moment], "customer_id": [7]}),
            "logins": pa.table(
                {"customer_id": ["7", "x"], "attempted_at": [moment] * 2, "success": [True, True]}
            ),
            "reports": pa.table({"report_id": ["R"], "order_id": [1], "called_at": [moment]}),
        }
    )
    assert [row["customer_id"] for row in found.logins] == [7]
    assert found.rejected == {"logins: unknown customer": 1}


def test_logins_of_accounts_are_told_and_not_used(tmp_path: Path) -> None:
    logins = "account_id,attempted_at,success\nA1,2026-03-02T00:00:00Z,1\n"
    found = answer(folder(tmp_path, logins=logins))
    assert found.logins == []
    assert found.note("note-account-logins") == {"n": 1}


def test_logins_without_customers_in_the_orders_are_told_and_not_used(tmp_path: Path) -> None:
    orders = ORDERS.replace("customer_id", "buyer")
    found = answer(folder(tmp_path, orders=orders, logins=HEAD))
    assert found.dataset.logins is None
    assert found.note("note-logins-unused") == {"file": "logins.csv"}


def test_logins_of_nobody_stop(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, logins="attempted_at,success\n"))
    assert error.phrase == "intake.missing-columns"

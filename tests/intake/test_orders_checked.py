"""Orders: one row each, and custodians only where a column names them."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_world import ORDERS, REPORTS, answer, answer_tables, fault, folder

from whence.engine import DuckDB
from whence.intake import read
from whence.model import CustodianColumn

LINE = "O1,2026-03-01T08:00:00Z,C1,S1,W1,39.90,towel,east\n"


def test_custodian_columns_are_every_other_id_column(tmp_path: Path) -> None:
    found = answer(folder(tmp_path))
    assert found.dataset.custodian_columns == (
        CustodianColumn(kind="shop", column="shop_id"),
        CustodianColumn(kind="warehouse", column="warehouse_id"),
    )


def test_custodian_columns_can_be_named(tmp_path: Path) -> None:
    found = answer(folder(tmp_path), custodians=("shop_id",))
    assert [column.kind for column in found.dataset.custodian_columns] == ["shop"]
    assert "warehouse_id" not in found.orders[0]


def test_a_named_custodian_column_needs_no_id_in_its_name(tmp_path: Path) -> None:
    orders = ORDERS.replace("warehouse_id", "Depot")
    found = answer(folder(tmp_path, orders=orders), custodians=("depot",))
    assert found.dataset.custodian_columns == (CustodianColumn(kind="depot", column="depot"),)
    assert found.orders[0]["depot"] == "W1"


def test_a_named_custodian_column_that_is_missing_stops(tmp_path: Path) -> None:
    error = fault(folder(tmp_path), custodians=("shop_id", "app_id"))
    assert error.phrase == "intake.no-custodian"
    assert error.facts["columns"] == "app_id"


def _with_payments(n: int) -> str:
    rows = (f"O{i},2026-03-01T08:00:00Z,S{i % 3},P{i}\n" for i in range(n))
    return "order_id,placed_at,shop_id,payment_id\n" + "".join(rows)


def test_a_column_with_one_value_an_order_is_no_custodian_and_told(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=_with_payments(40)))
    assert [column.kind for column in found.dataset.custodian_columns] == ["shop"]
    assert found.note("note-no-custodian") == {"column": "payment_id"}
    assert "payment_id" not in found.orders[0]


@pytest.mark.parametrize(("n_shops", "kept"), [(40, ["shop"]), (54, ["shop"]), (55, []), (60, [])])
def test_nearly_one_value_an_order_is_more_than_nine_in_ten(
    n_shops: int, kept: list[str], tmp_path: Path
) -> None:
    rows = (f"O{i},2026-03-01T08:00:00Z,S{i % n_shops}\n" for i in range(60))
    found = answer(folder(tmp_path, orders="order_id,placed_at,shop_id\n" + "".join(rows)))
    assert [column.kind for column in found.dataset.custodian_columns] == kept
    assert (found.note("note-no-custodian") is None) == bool(kept)


def test_of_few_orders_each_may_have_its_own_custodian(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=_with_payments(20)))
    assert [column.kind for column in found.dataset.custodian_columns] == ["payment", "shop"]


def test_a_column_with_one_value_an_order_is_used_if_it_was_named(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=_with_payments(40)), custodians=("payment_id",))
    assert [column.kind for column in found.dataset.custodian_columns] == ["payment"]


def test_identical_duplicates_are_kept_once(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS + LINE + LINE))
    assert len(found.orders) == 5
    assert found.rejected == {"orders: duplicate order": 2}
    assert found.ids == [("orders", "O1", "duplicate order")] * 2
    assert found.dataset.orders is not None
    assert found.dataset.orders.n_rows == 5


def test_of_conflicting_duplicates_all_are_set_aside(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS + LINE + LINE.replace("S1", "S2")))
    assert "O1" not in [row["order_id"] for row in found.orders]
    assert found.rejected == {
        "accesses: unknown order": 1,
        "orders: conflicting duplicate": 3,
        "reports: unknown order": 1,
    }


def test_duplicates_that_differ_in_unused_columns_alone_are_identical(tmp_path: Path) -> None:
    orders = "order_id,placed_at,shop_id,status\nO1,2026-03-01T08:00:00Z,S1,paid\n"
    orders += "O1,2026-03-01T08:00:00Z,S1,sent\nO3,2026-03-01T08:00:00Z,S1,sent\n"
    found = answer(folder(tmp_path, orders=orders))
    assert found.rejected == {"orders: duplicate order": 1, "accesses: unknown order": 1}


def test_rows_without_id_or_time_are_set_aside(tmp_path: Path) -> None:
    bad = ",2026-03-01T08:00:00Z,C1,S1,W1,1,a,b\nO8,,C1,S1,W1,1,a,b\nO9,soon,C1,S1,W1,1,a,b\n"
    found = answer(folder(tmp_path, orders=ORDERS + bad))
    assert len(found.orders) == 5
    assert found.ids == [
        ("orders", "", "missing order_id"),
        ("orders", "O8", "missing placed_at"),
        ("orders", "O9", "unreadable time"),
    ]


def test_a_row_cut_short_is_set_aside_by_its_line(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS + "O9,2026-03-01T08:00:00Z\n"))
    assert found.ids == [("orders", "row 7", "unreadable row")]
    assert len(found.orders) == 5


def test_a_line_that_is_no_json_object_is_set_aside(tmp_path: Path) -> None:
    good = '{"order_id": "O1", "placed_at": "2026-03-01T08:00:00Z", "shop_id": 7, "a.b": 1}'
    lines = [good, "{broken", "[1, 2]", "", "7", '{"shop_id": 1, "x\\"y": 2}']
    files: dict[str, str | bytes] = {"orders.jsonl": "\n".join(lines), "reports.csv": REPORTS}
    found = answer(folder(tmp_path, files))
    assert [(row["order_id"], row["shop_id"]) for row in found.orders] == [("O1", "7")]
    assert found.rejected == {"orders: missing order_id": 4, "reports: unknown order": 1}


def test_amounts_are_numbers_and_what_is_none_is_told(tmp_path: Path) -> None:
    orders = ORDERS.replace("39.90", '"¥1,039.90"').replace("99.5", "cheap")
    found = answer(folder(tmp_path, orders=orders))
    assert found.orders[0]["amount"] == 1039.9
    assert found.orders[2]["amount"] is None
    assert found.note("note-unreadable") == {"table": "orders", "column": "amount", "n": 1}


def _parquet(at: Path, orders: pa.Table) -> Path:
    pq.write_table(orders, at / "orders.parquet")
    (at / "reports.csv").write_text("report_id,order_id,called_at\nR,O1,2026-03-20T00:00:00Z\n")
    return at


def _kind_of_relation(source: Path) -> str:
    with DuckDB(threads=1) as engine:
        read(source, engine=engine)
        query = "SELECT table_type FROM information_schema.tables WHERE table_name = 'orders'"
        ((kind,),) = engine.rows(query)
    return str(kind)


def test_a_clean_parquet_file_is_not_copied(tmp_path: Path) -> None:
    placed = [datetime(2026, 3, 1, tzinfo=UTC)] * 2
    orders = pa.table({"order_id": ["O1", "O2"], "placed_at": placed, "shop_id": ["S1", "S1"]})
    assert _kind_of_relation(_parquet(tmp_path, orders)) == "VIEW"


def test_an_untidy_parquet_file_gives_tidy_ids(tmp_path: Path) -> None:
    placed = [datetime(2026, 3, 1, tzinfo=UTC), None, datetime(2026, 3, 1, tzinfo=UTC)]
    orders = pa.table(
        {"order_id": ["O1 ", "O2", "\u3000O3"], "placed_at": placed, "shop_id": ["", "S1", "S1"]}
    )
    found = answer(_parquet(tmp_path, orders))
    assert [(row["order_id"], row["shop_id"]) for row in found.orders] == [
        ("O1", None),
        ("O3", "S1"),
    ]
    assert found.report_ids == ["R"]


def test_text_in_dictionaries_and_lists_is_text(tmp_path: Path) -> None:
    orders = pa.table(
        {
            "order_id": pa.array(["O1", "O3"]).dictionary_encode(),
            "placed_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2,
            "goods": [["a", "b"], None],
            "shop_id": pa.array([b"S1", b"S2"]),
        }
    )
    found = answer(_parquet(tmp_path, orders))
    assert [(row["goods"], row["shop_id"]) for row in found.orders] == [("a,b", "S1"), (None, "S2")]


@pytest.mark.parametrize("column", ["placed_at", "shop_id"])
def test_a_column_of_a_type_that_cannot_be_stops(column: str) -> None:
    cells = {"order_id": ["O1"], "placed_at": [datetime(2026, 3, 1, tzinfo=UTC)], "shop_id": ["S"]}
    orders = pa.table(cells | {column: [{"a": 1}]})
    reports = pa.table({"report_id": ["R"], "order_id": ["O1"], "called_at": ["2026-03-10"]})
    with pytest.raises(Exception, match=f"column {column} has type"):
        answer_tables({"orders": orders, "reports": reports})


def test_an_empty_orders_table_stops(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, orders="order_id,placed_at,shop_id\n"))
    assert error.phrase == "intake.no-orders"


def test_orders_of_which_none_can_be_used_stop(tmp_path: Path) -> None:
    orders = "order_id,placed_at,shop_id\nO1,soon,S1\n,2026-03-01T08:00:00Z,S1\n"
    assert fault(folder(tmp_path, orders=orders)).phrase == "intake.no-usable-orders"


def test_reports_without_rows_are_fine(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, reports=REPORTS.splitlines()[0]))
    assert found.dataset.reports == ()
    assert found.dataset.n_reports == 0

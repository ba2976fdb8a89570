"""Without orders the reports themselves say which shop, which courier and when."""

from pathlib import Path

import pytest
from intake_world import ACCESSES, Answer, answer, at, fault, folder

HEAD = "report_id,called_at,placed_at,shop_id,branch_id,goods,region,known_fields,customer_id\n"


def _victims(tmp_path: Path, *rows: str, more: dict[str, str | bytes] | None = None) -> Answer:
    text = HEAD + "".join(f"{row}\n" for row in rows)
    return answer(folder(tmp_path, {"reports.csv": text, **(more or {})}))


def test_reports_bring_their_own_custodians(tmp_path: Path) -> None:
    found = _victims(tmp_path, "R1,2026-03-10T10:00:00Z,2026-03-01,S1,B2,towel,east,name,C1")
    (report,) = found.dataset.reports
    assert report.custodians == {"shop": "S1", "branch": "B2"}
    assert report.placed_at == at("2026-03-01T00:00")
    assert (report.goods, report.region) == ("towel", "east")
    assert report.orders == ()
    assert found.dataset.basis == "victims alone"
    assert [column.kind for column in found.dataset.custodian_columns] == ["branch", "shop"]


def test_one_custodian_is_enough_and_the_day_may_be_unknown(tmp_path: Path) -> None:
    found = _victims(
        tmp_path,
        "R1,2026-03-10T10:00:00Z,,S1,,,,,",
        "R2,2026-03-10T10:00:00Z,2026-03-01,,,,,,",
    )
    assert found.report_ids == ["R1"]
    assert found.dataset.reports[0].placed_at is None
    assert found.ids == [("reports", "R2", "no custodian named")]


def test_a_call_before_the_order_is_set_aside(tmp_path: Path) -> None:
    found = _victims(tmp_path, "R1,2026-03-10T10:00:00Z,2026-03-10T10:11:00Z,S1,,,,,")
    assert found.ids == [("reports", "R1", "call before the order")]


def test_a_customer_counts_once(tmp_path: Path) -> None:
    found = _victims(
        tmp_path,
        "R1,2026-03-11T10:00:00Z,2026-03-01,S1,,,,,C1",
        "R2,2026-03-10T10:00:00Z,2026-03-01,S2,,,,,C1",
        "R3,2026-03-10T10:00:00Z,2026-03-01,S2,,,,,",
    )
    assert found.report_ids == ["R2", "R3"]
    assert found.ids == [("reports", "R1", "later report of the same customer")]


def test_a_column_in_which_every_value_differs_joins_no_reports(tmp_path: Path) -> None:
    text = "report_id,called_at,placed_at,shop_id,case_id\n"
    text += "".join(f"R{i},2026-03-10,2026-03-01,S{i % 5},K{i}\n" for i in range(30))
    found = answer(folder(tmp_path, {"reports.csv": text}))
    assert [column.kind for column in found.dataset.custodian_columns] == ["shop"]
    assert found.note("note-no-custodian") == {"column": "case_id"}


@pytest.mark.parametrize(
    ("n", "n_shops", "kept"), [(30, 27, ["shop"]), (30, 28, []), (20, 20, ["shop"])]
)
def test_nearly_one_value_a_report_is_more_than_nine_in_ten(
    n: int, n_shops: int, kept: list[str], tmp_path: Path
) -> None:
    text = "report_id,called_at,placed_at,shop_id\n"
    text += "".join(f"R{i},2026-03-10,2026-03-01,S{i % n_shops}\n" for i in range(n))
    found = answer(folder(tmp_path, {"reports.csv": text}))
    assert [column.kind for column in found.dataset.custodian_columns] == kept
    assert (found.note("note-no-custodian") is None) == bool(kept)


def test_tables_that_speak_of_orders_are_told_and_not_read(tmp_path: Path) -> None:
    row = "R1,2026-03-10T10:00:00Z,2026-03-01,S1,,,,,"
    more: dict[str, str | bytes] = {"accesses.csv": ACCESSES, "samples.csv": b"\x00"}
    found = _victims(tmp_path, row, more=more)
    assert found.note("note-unused") == {"tables": "accesses, samples"}
    assert found.dataset.accesses is None


def test_reports_without_custodians_or_days_stop(tmp_path: Path) -> None:
    for header in ("report_id,called_at,order_id", "report_id,called_at,shop_id"):
        error = fault(folder(tmp_path, {"reports.csv": f"{header}\n"}))
        assert error.phrase == "intake.no-orders-table"


def test_custodians_can_be_named(tmp_path: Path) -> None:
    folder(tmp_path, {"reports.csv": HEAD + "R1,2026-03-10,2026-03-01,S1,B1,,,,\n"})
    found = answer(tmp_path, custodians=("branch_id",))
    assert found.dataset.reports[0].custodians == {"branch": "B1"}

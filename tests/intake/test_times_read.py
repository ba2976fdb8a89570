"""However a time is written, it is the same instant; what is unclear about it is told."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_world import REPORTS, Answer, answer, answer_tables, at, fault, folder

NOON = at("2026-03-10T12:00")


WITH_ZONE = (
    "2026-03-10T12:00:00Z",
    "2026-03-10T12:00:00.000Z",
    "2026-03-10t12:00:00z",
    "2026-03-10 12:00:00 UTC",
    "2026-03-10T12:00Z",
    "2026-03-10T20:00:00+08:00",
    "2026-03-10 20:00:00 +0800",
    "2026-03-10 20:00:00+08",
    "2026/3/10 7:00 -05:00",
    "1773144000",
    "1773144000.0",
    "1773144000000",
    "1773144000000000",
    "  2026-03-10T12:00:00Z\t",
)
WITHOUT_ZONE = (
    "2026-03-10T20:00:00",
    "2026-03-10 20:00:00.000000",
    "2026-03-10 20:00",
    "2026/03/10 20:00",
    "2026/3/10 20:00:00",
    "2026年3月10日 20:00",
)
UNREADABLE = (
    *("yesterday", "2026-02-30T12:00:00Z", "2026-03-10 25:00", "0001-01-01T00:00:00Z", "12"),
    *("99/9", "17731440000", "2026-03-10T12:00:00 Mars"),
)


def _called(tmp_path: Path, *cells: str, **options: str) -> Answer:
    """Read one report for each way to write its time, each of an order of its own."""
    orders = "".join(f"O{i:02},2026-03-01T08:00:00Z,S1\n" for i in range(len(cells)))
    reports = "".join(f'R{i:02},O{i:02},"{cell}"\n' for i, cell in enumerate(cells))
    files: dict[str, str | bytes] = {
        "orders.csv": f"order_id,placed_at,shop_id\n{orders}",
        "reports.csv": f"report_id,order_id,called_at\n{reports}",
    }
    return answer(folder(tmp_path, files), **options)


def _instants(found: Answer) -> list[int]:
    return [report.called_at for report in found.dataset.reports]


def test_a_time_with_a_zone_is_an_instant(tmp_path: Path) -> None:
    found = _called(tmp_path, *WITH_ZONE, timezone="America/New_York")
    assert _instants(found) == [NOON] * len(WITH_ZONE)
    assert found.note("note-zoneless") is None


def test_a_time_without_a_zone_is_read_in_the_zone_given_and_told_once(tmp_path: Path) -> None:
    found = _called(tmp_path, *WITHOUT_ZONE, timezone="Asia/Shanghai")
    assert _instants(found) == [NOON] * len(WITHOUT_ZONE)
    assert found.note("note-zoneless") == {"n": len(WITHOUT_ZONE), "timezone": "Asia/Shanghai"}


def test_unreadable_times_set_their_reports_aside(tmp_path: Path) -> None:
    found = _called(tmp_path, "2026-03-10T12:00:00Z", *UNREADABLE)
    assert found.report_ids == ["R00"]
    assert found.rejected == {"reports: unreadable time": len(UNREADABLE)}


def test_a_date_alone_of_a_call_is_the_end_of_that_day(tmp_path: Path) -> None:
    found = _called(tmp_path, "2026-03-10", timezone="Asia/Shanghai")
    (report,) = found.dataset.reports
    assert report.called_at == at("2026-03-10T16:00") - 1
    assert found.note("note-date-only") == {"n": 1, "timezone": "Asia/Shanghai"}


def test_a_date_alone_of_an_order_is_its_beginning(tmp_path: Path) -> None:
    orders = "order_id,placed_at,shop_id\nO1,2026-03-10,S1\n"
    reports = "report_id,order_id,called_at\nR,O1,2026-03-10\n"
    found = answer(folder(tmp_path, {"orders.csv": orders, "reports.csv": reports}))
    assert found.dataset.reports[0].orders[0].placed_at == at("2026-03-10T00:00")
    assert found.report_ids == ["R"]


def test_clock_changes_stop_nothing(tmp_path: Path) -> None:
    skipped, after = "2026-03-08 02:30:00", "2026-03-08 03:30:00"
    twice, before = "2026-11-01 01:30:00", "2026-11-01 00:30:00"
    found = _called(tmp_path, skipped, after, twice, before, timezone="America/New_York")
    assert _instants(found) == [
        at("2026-03-08T07:30"),
        at("2026-03-08T07:30"),
        at("2026-11-01T06:30"),
        at("2026-11-01T04:30"),
    ]


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_timestamps_of_any_unit_and_zone_are_microseconds_in_utc(
    zone: str | None, tmp_path: Path
) -> None:
    moment = datetime(2026, 3, 1, 8, tzinfo=UTC)
    called = pa.array([moment], pa.timestamp("us", "UTC"))
    for unit in ("s", "ms", "us", "ns"):
        given = pa.array([moment], pa.timestamp(unit, zone or "UTC"))
        naive = given.cast(pa.timestamp(unit)) if zone is None else given
        orders = pa.table({"order_id": ["O1"], "placed_at": naive, "shop_id": ["S1"]})
        reports = pa.table({"report_id": ["R"], "order_id": ["O1"], "called_at": called})
        pq.write_table(orders, tmp_path / "orders.parquet")
        pq.write_table(reports, tmp_path / "reports.parquet")
        for found in (answer_tables({"orders": orders, "reports": reports}), answer(tmp_path)):
            assert found.orders[0]["placed_at"] == moment.replace(tzinfo=None)
            assert found.dataset.orders is not None
            assert found.dataset.orders.columns["placed_at"] == "timestamp(6)"
            told = found.note("note-zoneless")
            assert told == (None if zone else {"n": 1, "timezone": "UTC"})


def test_typed_dates_and_epochs_are_times_too() -> None:
    orders = pa.table(
        {"order_id": ["O1"], "placed_at": [date(2026, 3, 1)], "shop_id": ["S1"]},
    )
    accesses = pa.table(
        {"order_id": ["O1"], "account_id": ["A"], "accessed_at": pa.array([1773144000000])}
    )
    reports = pa.table({"report_id": ["R"], "order_id": ["O1"], "called_at": [1773144000.5]})
    found = answer_tables({"orders": orders, "accesses": accesses, "reports": reports})
    assert found.accesses[0]["accessed_at"] == datetime(2026, 3, 10, 12)  # noqa: DTZ001
    assert found.dataset.reports[0].called_at == NOON + 500_000


def test_naive_timestamps_are_read_in_the_zone_given() -> None:
    local = datetime(2026, 3, 1, 16)  # noqa: DTZ001  without a zone on purpose
    orders = pa.table({"order_id": ["O1"], "placed_at": [local], "shop_id": ["S1"]})
    reports = pa.table({"report_id": ["R"], "order_id": ["O1"], "called_at": ["2026-03-10 20:00"]})
    found = answer_tables({"orders": orders, "reports": reports}, timezone="Asia/Shanghai")
    assert found.orders[0]["placed_at"] == datetime(2026, 3, 1, 8)  # noqa: DTZ001
    assert found.note("note-zoneless") == {"n": 2, "timezone": "Asia/Shanghai"}


def test_an_unknown_zone_stops(tmp_path: Path) -> None:
    error = fault(folder(tmp_path), timezone="Asia/Atlantis")
    assert error.phrase == "intake.unknown-zone"
    assert "Asia/Atlantis" in error.text()
    assert error.exit_code == 2


def test_a_missing_time_is_no_unreadable_one(tmp_path: Path) -> None:
    reports = REPORTS.replace("2026-03-10T10:00:00Z", "")
    found = answer(folder(tmp_path, reports=reports))
    assert found.ids == [("reports", "R1", "missing called_at")]

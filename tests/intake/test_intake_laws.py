"""Laws: the order of rows changes nothing, and a time written is the time read."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st
from intake_world import Answer, answer, folder

ORDER_ROWS = [
    *(f"O{i},2026-03-{1 + i % 9:02}T0{i % 7}:00:00Z,C{i % 11},S{i % 4}" for i in range(30)),
    "O3,2026-03-04T03:00:00Z,C3,S3",  # once more
    "O4,2026-03-05T04:00:00Z,C4,S9",  # in conflict
    ",2026-03-04T03:00:00Z,C3,S3",
    "O99,soon,C3,S3",
]
REPORT_ROWS = [
    *(f"R{i:02},O{i},,2026-03-{12 + i % 5}T10:00:00Z,name" for i in range(12)),
    *(f"Q{i:02},,C{i},2026-03-{11 + i % 5}T10:00:00Z," for i in range(11)),
    "R01,O1,,2026-03-13T10:00:00Z,name",
    "R02,O7,,2026-03-13T10:00:00Z,name",
    "X,O77,,2026-03-13T10:00:00Z,",
]
ACCESS_ROWS = [
    *(f"O{i},A{i % 3},2026-03-{1 + i % 9:02}T0{i % 7}:30:00Z,name" for i in range(30)),
    *(f"O{i},A5,2026-03-{1 + i % 9:02}T00:00:00Z,phone" for i in range(8, 30)),
    "O88,A1,2026-03-09T00:00:00Z,",
    "O1,A1,never,",
]


def _read(orders: list[str], reports: list[str], accesses: list[str]) -> Answer:
    files = {
        "orders.csv": ["order_id,placed_at,customer_id,shop_id", *orders],
        "reports.csv": ["report_id,order_id,customer_id,called_at,known_fields", *reports],
        "accesses.csv": ["order_id,account_id,accessed_at,fields", *accesses],
    }
    with TemporaryDirectory() as at:
        texts: dict[str, str | bytes] = {name: "\n".join(rows) for name, rows in files.items()}
        return answer(folder(Path(at), texts))


@cache
def _in_file_order() -> Answer:
    return _read(ORDER_ROWS, REPORT_ROWS, ACCESS_ROWS)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    orders=st.permutations(ORDER_ROWS),
    reports=st.permutations(REPORT_ROWS),
    accesses=st.permutations(ACCESS_ROWS),
)
def test_the_order_of_rows_never_matters(
    orders: list[str], reports: list[str], accesses: list[str]
) -> None:
    assert _read(orders, reports, accesses) == _in_file_order()


MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  Hypothesis wants it so
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q))),
)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(moments=st.lists(MOMENTS, min_size=10, max_size=30))
def test_a_time_written_is_the_time_read(moments: list[datetime]) -> None:
    orders = [f"O{i},{moment.isoformat()},C{i},S1" for i, moment in enumerate(moments)]
    found = _read(orders, [], [])
    expected = [moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    read = {row["order_id"]: row["placed_at"] for row in found.orders}
    assert [read[f"O{i}"] for i in range(len(moments))] == expected

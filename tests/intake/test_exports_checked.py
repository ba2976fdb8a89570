"""Exports known only by what was asked for: which orders fit each, and what cannot be used."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_world import (
    ACCESSES,
    ORDERS,
    REPORTS,
    Answer,
    answer,
    answer_tables,
    fault,
    folder,
    typed as typed_table,
)

from whence.engine import DuckDB
from whence.intake import read
from whence.intake.contract import is_read
from whence.model import to_instant

ALONE = {"orders.csv": ORDERS, "reports.csv": REPORTS}
WHEN = "2026-03-20T12:00:00Z"  # after every order


def _exported(at: Path, text: str, **options: Any) -> Answer:
    """Read a world without an access log; lines of ``text`` begin with the header."""
    return answer(folder(at, ALONE | {"exports.csv": text}), **options)


def _fits(at: Path, header: str, row: str, **options: Any) -> list[str]:
    """Return the orders that one export of account A9 took."""
    text = f"account_id,accessed_at,{header}\nA9,{WHEN},{row}\n"
    return [found["order_id"] for found in _exported(at, text, **options).accesses]


def test_an_export_becomes_accesses_to_the_orders_that_fit(tmp_path: Path) -> None:
    text = (
        "export_id,account_id,exported_at,party_id,fields,shop_id,placed_from,placed_until\n"
        'E1,A9,2026-03-20T12:00:00Z,S2,"Name, phone",S2,2026-03-04,2026-03-05\n'
    )
    found = _exported(tmp_path, text)
    row = {
        "account_id": "A9",
        "accessed_at": datetime(2026, 3, 20, 12),  # noqa: DTZ001  as the engine has it
        "party_id": "S2",
        "fields": "name,phone",
    }
    assert found.accesses == [{"order_id": order} | row for order in ("O4", "O5")]
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 2
    assert found.rejected == {}
    assert found.dataset.notes[1:] == ()  # the dates have no zone, which is told


@pytest.mark.parametrize(
    ("header", "row", "orders"),
    [
        ("shop_id", "S1", ["O1", "O2"]),
        ("shop_id,region", "S2,west", ["O3", "O4", "O5"]),
        ("shop_id,region", "S1,west", []),
        ("shop_id,region", ",east", ["O1", "O2"]),
        ("warehouse_id,goods", "W1,soap", ["O2", "O5"]),
        ("customer_id", "C1", ["O1", "O4"]),
        ("amount", "¥15.00", ["O2", "O5"]),
        ("amount", "cheap", []),
        ("order_id", "O3", ["O3"]),
        ("shop_id", "S9", []),
        ("shop_id", "s1", []),
    ],
)
def test_an_order_agrees_with_every_column_that_is_filled_in(
    header: str, row: str, orders: list[str], tmp_path: Path
) -> None:
    assert _fits(tmp_path, header, row) == orders


@pytest.mark.parametrize(
    ("first", "last", "orders"),
    [
        ("2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z", ["O2", "O3"]),
        ("2026-03-02T08:00:00.000001Z", "2026-03-03T08:00:00Z", ["O3"]),
        ("2026-03-02T08:00:00Z", "2026-03-03T07:59:59.999999Z", ["O2"]),
        ("2026-03-04T08:00:00Z", "", ["O4", "O5"]),
        ("", "2026-03-02T08:00:00Z", ["O1", "O2"]),
        ("2026-03-02", "2026-03-02", ["O2"]),
        ("2026-03-02", "2026-03-03", ["O2", "O3"]),
        ("2026-03-03", "2026-03-02", []),
        ("2025-01-01", "2025-12-31", []),
        ("2020-01-01", "2030-12-31", ["O1", "O2", "O3", "O4", "O5"]),
    ],
)
def test_both_ends_of_a_span_are_in_it_and_a_date_is_a_whole_day(
    first: str, last: str, orders: list[str], tmp_path: Path
) -> None:
    assert _fits(tmp_path, "placed_from,placed_until", f"{first},{last}") == orders


def test_the_day_of_placing_alone_is_a_span_too(tmp_path: Path) -> None:
    assert _fits(tmp_path, "placed_at", "2026-03-02") == ["O2"]
    assert _fits(tmp_path, "placed_at", "2026-03-02T08:00:00Z") == ["O2"]
    assert _fits(tmp_path, "placed_at", "2026-03-02T08:00:01Z") == []


@pytest.mark.parametrize(
    ("zone", "orders"),
    [("UTC", []), ("Pacific/Kiritimati", ["O1"]), ("America/Anchorage", ["O2"])],
)
def test_a_day_is_one_of_the_time_zone(zone: str, orders: list[str], tmp_path: Path) -> None:
    # O1 was placed at 22:00 on 1 March in Kiritimati, O2 a day later at 23:00 in Anchorage, where
    # it was still 1 March.
    limits = "2026-03-01T18:00,2026-03-01"
    found = _fits(tmp_path, "placed_from,placed_until", limits, timezone=zone)
    assert found == orders


def test_days_that_are_not_24_hours_long_are_whole_days(tmp_path: Path) -> None:
    orders = (
        "order_id,placed_at,shop_id\n"
        "O1,2026-03-09T03:59:59Z,S1\n"  # 23:59:59 on the day the clocks went forward
        "O2,2026-03-09T04:00:00Z,S1\n"
    )
    reports = "report_id,order_id,called_at\nR1,O1,2026-03-19T10:00:00Z\n"
    exports = f"account_id,accessed_at,placed_until\nA9,{WHEN},2026-03-08\n"
    files = {"orders.csv": orders, "reports.csv": reports, "exports.csv": exports}
    found = answer(folder(tmp_path, files), timezone="America/New_York")
    assert [row["order_id"] for row in found.accesses] == ["O1"]


def test_an_order_placed_after_the_export_was_not_in_it(tmp_path: Path) -> None:
    text = "account_id,accessed_at,shop_id\nA9,2026-03-04T08:00:00Z,S2\n"
    found = _exported(tmp_path, text)
    assert [row["order_id"] for row in found.accesses] == ["O3", "O4"]
    earlier = text.replace("04T08:00:00Z", "04T07:59:59Z")
    assert [row["order_id"] for row in _exported(tmp_path, earlier).accesses] == ["O3"]


def test_an_export_of_which_only_the_day_is_known_has_that_days_orders(tmp_path: Path) -> None:
    text = "account_id,accessed_at,shop_id\nA9,2026-03-04,S2\n"
    found = {row["order_id"]: row["accessed_at"] for row in _exported(tmp_path, text).accesses}
    assert found == {
        "O3": datetime(2026, 3, 4),  # noqa: DTZ001
        "O4": datetime(2026, 3, 4, 8),  # noqa: DTZ001  nobody held it before it was placed
    }


def test_what_an_order_does_not_say_agrees_with_nothing(tmp_path: Path) -> None:
    orders = ORDERS.replace("C2,S1,W1,15,soap,east", "C2,S1,W1,15,soap,")
    exports = f"account_id,accessed_at,region\nA9,{WHEN},east\n"
    files = {"orders.csv": orders, "reports.csv": REPORTS, "exports.csv": exports}
    assert [row["order_id"] for row in answer(folder(tmp_path, files)).accesses] == ["O1"]


def test_an_export_that_names_no_orders_is_not_taken_for_all(tmp_path: Path) -> None:
    text = (
        "export_id,account_id,accessed_at,shop_id,region,placed_from,placed_until\n"
        f"E1,A9,{WHEN},,,,\nE2,A9,{WHEN}, ,,,\nE3,A9,{WHEN},,,2026-03-05,\n"
    )
    found = _exported(tmp_path, text)
    assert [row["order_id"] for row in found.accesses] == ["O5"]
    assert found.ids == [
        ("exports", "E1", "export names no orders"),
        ("exports", "E2", "export names no orders"),
    ]


def test_rows_that_cannot_be_used_are_set_aside(tmp_path: Path) -> None:
    text = (
        "export_id,account_id,accessed_at,shop_id,placed_from\n"
        f"E1,,{WHEN},S1,\nE2,A9,,S1,\nE3,A9,soon,S1,\nE4,A9,{WHEN},S1,once\n"
        f",,{WHEN},S1,\nE5,A9,{WHEN},S1,\n"
    )
    found = _exported(tmp_path, text)
    assert found.ids == [
        ("exports", "E2", "missing accessed_at"),
        ("exports", "E1", "missing account_id"),
        ("exports", "row 6", "missing account_id"),
        ("exports", "E3", "unreadable time"),
        ("exports", "E4", "unreadable time"),
    ]
    assert [row["order_id"] for row in found.accesses] == ["O1", "O2"]


@pytest.mark.parametrize("column", ["app_id", "status", "region"])
def test_a_limit_that_the_orders_do_not_know_is_not_passed_over(
    column: str, tmp_path: Path
) -> None:
    orders = ORDERS.replace("region", "place")
    text = f"export_id,account_id,accessed_at,shop_id,{column}\nE1,A9,{WHEN},S1,x\n"
    text += f"E2,A9,{WHEN},S2,\n"
    files = {"orders.csv": orders, "reports.csv": REPORTS, "exports.csv": text}
    found = answer(folder(tmp_path, files))
    assert found.ids == [("exports", "E1", "export names a column that is not compared")]
    assert found.note("note-export-columns") == {"columns": column}
    assert [row["order_id"] for row in found.accesses] == ["O3", "O4", "O5"]


def test_what_describes_the_export_itself_limits_nothing(tmp_path: Path) -> None:
    assert _fits(tmp_path, "shop_id,session_id,device_id,purpose", "S1,X,D,x") == ["O1", "O2"]


def test_only_what_says_which_orders_is_read() -> None:
    columns = ("app_id", "region", "placed_from", "session_id", "narrative", "phone")
    read_of = {
        table: [name for name in columns if is_read(table, name, any_holder=False)]
        for table in ("exports", "samples")
    }
    assert read_of == {"exports": ["app_id", "region", "placed_from"], "samples": ["region"]}


def test_custodian_columns_may_have_any_name(tmp_path: Path) -> None:
    files = {name: text.replace("shop_id", "店铺") for name, text in ALONE.items()}
    exports = f"account_id,accessed_at,店铺\nA9,{WHEN},S1\n"
    source = folder(tmp_path, files | {"exports.csv": exports})
    found = answer(source, custodians=("店铺",))
    assert [row["order_id"] for row in found.accesses] == ["O1", "O2"]


def test_rows_that_say_the_same_count_once(tmp_path: Path) -> None:
    header = "export_id,account_id,accessed_at,shop_id,fields\n"
    rows = [
        f'E1,A9,{WHEN},S1,"name,phone"\n',
        f'E1,A9,{WHEN},S1,"Name，phone"\n',
        'E2,A9,2026-03-20 20:00:00+08:00,S1,"name,phone"\n',
        f'E3,A9,{WHEN},S2,"name,phone"\n',
        f'E3,A8,{WHEN},S2,"name,phone"\n',
    ]
    for order in (rows, rows[::-1]):
        found = _exported(tmp_path, header + "".join(order))
        assert [row["order_id"] for row in found.accesses] == ["O1", "O2"]
        assert found.ids == [
            ("exports", "E3", "conflicting duplicate"),
            ("exports", "E3", "conflicting duplicate"),
            ("exports", "E1", "duplicate export"),
            ("exports", "E2", "duplicate export"),
        ]
    other = rows[0] + rows[2].replace("20:00:00", "20:00:01")
    assert len(_exported(tmp_path, header + other).accesses) == 4


def test_exports_that_fit_no_order_are_told(tmp_path: Path) -> None:
    header = "account_id,accessed_at,shop_id,customer_id\n"
    rows = f"A9,{WHEN},S1,\nA9,{WHEN},S9,\nA9,2026-02-01,S1,\nA9,{WHEN},S1,C3\n"
    found = _exported(tmp_path, header + rows)
    assert found.note("note-empty-exports") == {"n": 3}
    assert found.rejected == {}
    assert _exported(tmp_path, header + rows.splitlines()[0]).note("note-empty-exports") is None


def test_exports_that_fit_nothing_at_all_are_an_empty_log(tmp_path: Path) -> None:
    found = _exported(tmp_path, f"account_id,accessed_at,shop_id\nA9,{WHEN},S9\n")
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 0
    assert found.accesses == []


def _integer_orders() -> dict[str, pa.Table]:
    return {
        "orders": pa.table(
            {
                "order_id": [1, 2, 3],
                "placed_at": pa.array([10**15, 10**15 + 1, 10**15 + 2], pa.timestamp("us", "UTC")),
                "customer_id": [7, 7, 8],
                "shop_id": [1, 2, 2],
            }
        ),
        "reports": pa.table(
            {
                "report_id": ["R"],
                "order_id": [1],
                "called_at": pa.array([11 * 10**14], pa.timestamp("us", "UTC")),
            }
        ),
    }


@pytest.mark.parametrize(
    ("column", "cell", "orders"),
    [
        ("shop_id", 2, [2, 3]),
        ("shop_id", "2", [2, 3]),
        ("shop_id", 2.0, [2, 3]),
        ("customer_id", 7, [1, 2]),
        ("customer_id", "7", [1, 2]),
        ("customer_id", "seven", []),
        ("order_id", 3, [3]),
        ("placed_from", datetime(2001, 9, 9, 1, 46, 40, 1), [2, 3]),  # noqa: DTZ001  10**15 + 1
        ("placed_until", date(2001, 9, 9), [1, 2, 3]),
        ("placed_until", date(2001, 9, 8), []),
    ],
)
def test_integer_ids_and_typed_times_fit_as_well(
    column: str, cell: object, orders: list[int]
) -> None:
    exports = pa.table(
        {
            "account_id": [5],
            "exported_at": pa.array([11 * 10**14], pa.timestamp("us", "UTC")),
            "party_id": pa.nulls(1),
            column: [cell],
        }
    )
    found = answer_tables(_integer_orders() | {"exports": exports})
    assert [row["order_id"] for row in found.accesses] == orders
    assert {row["account_id"] for row in found.accesses} <= {"5"}


def _actors(source: Path) -> list[tuple[Any, ...]]:
    with DuckDB(threads=1) as engine:
        dataset = read(source, engine=engine)
        assert dataset.actors is not None
        found: list[tuple[Any, ...]] = engine.rows(
            "SELECT account_id, party_id, n, first_at, last_at FROM actors ORDER BY ALL"
        )
        assert dataset.actors.n_rows == len(found)
    return [(*row[:3], *(to_instant(at.replace(tzinfo=UTC)) for at in row[3:])) for row in found]


LATER = f"account_id,accessed_at,party_id,shop_id\nA1,{WHEN},S1,S1\nA9,{WHEN},,S2\n"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_exports_stand_beside_the_log(form: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {**ALONE, "exports.csv": LATER}
    source = folder(tmp_path, files | ({"accesses.csv": ACCESSES} if form == "csv" else {}))
    if form == "parquet":
        pq.write_table(typed_table(ACCESSES), tmp_path / "accesses.parquet")
    found = answer(source)
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == len(found.accesses) == 3 + 2 + 3
    assert [(row["order_id"], row["account_id"]) for row in found.accesses] == [
        ("O1", "A1"),
        ("O1", "A1"),
        ("O2", "A1"),
        ("O2", "A1"),
        ("O3", "A2"),
        ("O3", "A9"),
        ("O4", "A9"),
        ("O5", "A9"),
    ]
    nine, noon = _us("2026-03-0{}T09:00:00"), _us("2026-03-20T12:00:00")
    assert _actors(source) == [
        ("A1", "S1", 4, nine(1), noon(0)),
        ("A2", "S2", 1, nine(3), nine(3)),
        ("A9", None, 3, noon(0), noon(0)),
    ]


def _us(text: str) -> Any:
    return lambda day: to_instant(datetime.fromisoformat(text.format(day) + "+00:00"))


def test_without_exports_the_log_is_all_there_is(tmp_path: Path) -> None:
    found = answer(folder(tmp_path))
    assert {row["account_id"] for row in found.accesses} == {"A1", "A2"}
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 3


def test_a_parquet_log_is_not_copied_for_the_sake_of_exports(tmp_path: Path) -> None:
    source = folder(tmp_path, ALONE | {"exports.csv": LATER})
    pq.write_table(typed_table(ACCESSES), tmp_path / "accesses.parquet")
    with DuckDB(threads=1) as engine:
        read(source, engine=engine)
        views = {name for (name,) in engine.rows("SELECT view_name FROM duckdb_views()")}
    assert {"accesses", "accesses_logged"} <= views


def test_one_engine_reads_one_dataset_after_another(tmp_path: Path) -> None:
    both = folder(tmp_path / "both", ALONE | {"accesses.csv": ACCESSES, "exports.csv": LATER})
    log_alone = folder(tmp_path / "log")
    with DuckDB(threads=1) as engine:
        sizes = [read(source, engine=engine).accesses for source in (both, both, log_alone)]
        ((n,),) = engine.rows("SELECT count(*) FROM accesses")
    assert [table.n_rows for table in sizes if table is not None] == [8, 8, 3]
    assert n == 3


def test_many_exports_of_one_shop_and_some_of_everything_fit_as_each_alone(tmp_path: Path) -> None:
    days = [f"2026-03-0{day}" for day in range(1, 6)]
    rows = [f"D{day},{WHEN},S2,{day},{day}\n" for day in days]
    rows += [f"ALL,{WHEN},S2,,\n", f"UNTIL,{WHEN},S2,,2026-03-04T07:59:59Z\n"]
    rows += [f"ANY{day},{WHEN},,{day},\n" for day in days]
    text = "account_id,accessed_at,shop_id,placed_from,placed_until\n" + "".join(rows)
    found: dict[str, list[str]] = {}
    for row in _exported(tmp_path, text).accesses:
        found.setdefault(row["account_id"], []).append(row["order_id"])
    orders = ["O1", "O2", "O3", "O4", "O5"]
    assert found == {
        **{f"D2026-03-0{day}": [f"O{day}"] for day in (3, 4, 5)},
        **{f"ANY{day}": orders[n:] for n, day in enumerate(days)},
        "ALL": orders[2:],
        "UNTIL": ["O3"],
    }


def test_exports_must_say_when_they_were_made(tmp_path: Path) -> None:
    files = ALONE | {"exports.csv": "account_id,shop_id\nA9,S1\n"}
    error = fault(folder(tmp_path, files))
    assert error.phrase == "intake.missing-columns"
    assert (error.facts["table"], error.facts["columns"]) == ("exports", "accessed_at")


def test_without_orders_exports_say_nothing(tmp_path: Path) -> None:
    reports = "report_id,called_at,placed_at,shop_id\nR,2026-03-10,2026-03-01,S1\n"
    found = answer(folder(tmp_path, {"reports.csv": reports, "exports.csv": LATER}))
    assert found.note("note-unused") == {"tables": "exports"}
    assert found.dataset.accesses is None


def test_a_mapping_names_the_columns_of_exports(tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('[exports]\nexported_at = "导出时间"\nshop_id = "店铺"\n')
    text = f"account_id,导出时间,店铺\nA9,{WHEN},S1\n"
    found = _exported(tmp_path / "set", text, mapping=mapping)
    assert [row["order_id"] for row in found.accesses] == ["O1", "O2"]

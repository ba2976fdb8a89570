"""Every form in which a table may come gives the same dataset."""

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from intake_world import ACCESSES, ORDERS, REPORTS, WORLD, Answer, answer, answer_tables, at, folder

from whence.model import Report

Writer = Callable[[Path, str, str], None]


def _cells(text: str) -> list[list[str]]:
    import csv  # noqa: PLC0415
    import io  # noqa: PLC0415

    return list(csv.reader(io.StringIO(text)))


def _typed(text: str) -> pa.Table:
    names, *rows = _cells(text)
    columns: dict[str, pa.Array] = {}
    for at_, name in enumerate(names):
        cells: Sequence[object] = [row[at_] or None for row in rows]
        if name.endswith("_at"):
            cells = [datetime.fromisoformat(str(cell)) for cell in cells]
            columns[name] = pa.array(cells, pa.timestamp("us", "UTC"))
        else:
            columns[name] = pa.array(cells, pa.string())
    return pa.table(columns)


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def _json_lines(text: str) -> bytes:
    names, *rows = _cells(text)
    lines = [{name: cell for name, cell in zip(names, row, strict=True) if cell} for row in rows]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _as_csv(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv").write_text(text)


def _as_csv_gz(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv.gz").write_bytes(gzip.compress(text.encode()))


def _as_csv_zst(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv.zst").write_bytes(_zstd(text.encode()))


def _as_csv_with_mark(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv").write_bytes(text.encode("utf-8-sig"))


def _as_csv_with_semicolons(at_: Path, table: str, text: str) -> None:
    lines = [";".join(f'"{cell}"' for cell in row) for row in _cells(text)]
    (at_ / f"{table}.csv").write_text("\r\n".join(lines))


def _as_csv_with_tabs(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv").write_text("\n".join("\t".join(row) for row in _cells(text)) + "\n\n")


def _as_jsonl(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl").write_bytes(_json_lines(text))


def _as_jsonl_gz(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl.gz").write_bytes(gzip.compress(_json_lines(text)))


def _as_jsonl_zst(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl.zst").write_bytes(_zstd(_json_lines(text)))


def _as_parquet(at_: Path, table: str, text: str) -> None:
    pq.write_table(_typed(text), at_ / f"{table}.parquet")


def _as_text_parquet(at_: Path, table: str, text: str) -> None:
    names, *rows = _cells(text)
    columns = {n: [row[i] or None for row in rows] for i, n in enumerate(names)}
    pq.write_table(pa.table(columns), at_ / f"{table}.parquet")


def _as_parquet_folder(at_: Path, table: str, text: str) -> None:
    rows = _typed(text)
    (at_ / table).mkdir()
    pq.write_table(rows.slice(0, 1), at_ / table / "part-[0].parquet")
    pq.write_table(rows.slice(1), at_ / table / "part-1.parquet")
    (at_ / table / "_SUCCESS").touch()


def _as_hive_folder(at_: Path, table: str, text: str) -> None:
    rows = _typed(text)
    for index in range(rows.num_rows):
        part = at_ / table / f"day=2026-03-{index + 1:02}"
        part.mkdir(parents=True)
        pq.write_table(rows.slice(index, 1), part / "part-0.parquet")


def _as_xlsx(at_: Path, table: str, text: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in _cells(text):
        sheet.append([cell or None for cell in row])
    workbook.save(at_ / f"{table}.xlsx")


WRITERS: list[Writer] = [
    _as_csv,
    _as_csv_gz,
    _as_csv_zst,
    _as_csv_with_mark,
    _as_csv_with_semicolons,
    _as_csv_with_tabs,
    _as_jsonl,
    _as_jsonl_gz,
    _as_jsonl_zst,
    _as_parquet,
    _as_text_parquet,
    _as_parquet_folder,
    _as_hive_folder,
    _as_xlsx,
]


def _is_the_world(found: Answer) -> None:
    assert [row["order_id"] for row in found.orders] == ["O1", "O2", "O3", "O4", "O5"]
    assert found.orders[0] == {
        "order_id": "O1",
        "placed_at": datetime(2026, 3, 1, 8),  # noqa: DTZ001  naive UTC inside
        "customer_id": "C1",
        "amount": 39.9,
        "goods": "towel",
        "region": "east",
        "shop_id": "S1",
        "warehouse_id": "W1",
    }
    assert [(row["order_id"], row["party_id"], row["fields"]) for row in found.accesses] == [
        ("O1", "S1", "name,phone"),
        ("O2", "S1", "name"),
        ("O3", "S2", None),
    ]
    assert found.report_ids == ["R1", "R2"]
    first = found.dataset.reports[0]
    assert isinstance(first, Report)
    assert first.called_at == at("2026-03-10T10:00")
    assert first.known_fields == {"name", "goods"}
    assert found.dataset.reports[1].known_fields is None
    assert found.rejected == {}
    assert found.dataset.basis == "custody"


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__[4:])
def test_a_dataset_is_the_same_in_every_form(write: Writer, tmp_path: Path) -> None:
    for table, text in {"orders": ORDERS, "accesses": ACCESSES, "reports": REPORTS}.items():
        write(tmp_path, table, text)
    found = answer(tmp_path)
    _is_the_world(found)
    assert found.dataset.notes == ()


def test_tables_in_memory_are_checked_alike() -> None:
    _is_the_world(
        answer_tables(
            {"orders": _typed(ORDERS), "accesses": _typed(ACCESSES), "reports": _typed(REPORTS)}
        )
    )


@pytest.mark.parametrize("packed", [False, True])
def test_gb18030_is_detected_and_told(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    chinese = ORDERS.replace("towel", "毛巾").replace("east", "华东𠀀").encode("gb18030")
    reports = (REPORTS.strip() + "\nR3,O2,2026-03-12T10:00:00Z,name，电话\n").encode("gb18030")
    name = "orders.csv.gz" if packed else "orders.csv"
    content = gzip.compress(chinese) if packed else chinese
    found = answer(folder(tmp_path, {name: content, "reports.csv": reports}))
    assert found.orders[0]["goods"] == "毛巾"
    assert found.orders[0]["region"] == "华东𠀀"
    assert found.report_ids == ["R1", "R2", "R3"]
    told = [note.facts["encoding"] for note in found.dataset.notes if "encoding" in note.facts]
    assert told == ["GB18030", "GB18030"]


def test_utf8_with_chinese_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS.replace("towel", "毛巾")))
    assert found.orders[0]["goods"] == "毛巾"
    assert found.note("note-encoding") is None


def test_a_file_of_ones_own_wins_over_the_folder(tmp_path: Path) -> None:
    mine = tmp_path / "elsewhere" / "mine.csv"
    folder(mine.parent, {"mine.csv": "report_id,order_id,called_at\nX,O2,2026-03-09T00:00:00Z\n"})
    found = answer(folder(tmp_path / "set"), tables={"reports": mine})
    assert found.report_ids == ["X"]


def test_single_files_need_no_folder(tmp_path: Path) -> None:
    folder(tmp_path)
    found = answer(
        None,
        tables={"orders": tmp_path / "orders.csv", "reports": tmp_path / "reports.csv"},
    )
    assert found.report_ids == ["R1", "R2"]
    assert found.dataset.accesses is None


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
    accesses = "order_id,account_id,accessed_at\n1,9,2026-03-01T09:00:00Z\nx,9,2026-03-01T09:00:00Z\n"
    reports = "report_id,order_id,called_at\nR,2.0,2026-03-09T00:00:00Z\nQ,2.7,2026-03-09T00:00:00Z\n"
    found = answer(folder(tmp_path, {"accesses.csv": accesses, "reports.csv": reports}))
    assert [row["order_id"] for row in found.accesses] == [1]
    assert [row["account_id"] for row in found.accesses] == ["9"]
    assert found.rejected == {"accesses: unknown order": 1, "reports: unknown order": 1}


def test_partition_values_keep_their_zeros(tmp_path: Path) -> None:
    part = tmp_path / "orders" / "shop_id=007"
    part.mkdir(parents=True)
    pq.write_table(_typed(ORDERS).drop_columns(["shop_id"]), part / "a.parquet")
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
    assert found.dataset.reports[0].known_fields == {"name"}
    assert found.note("note-unknown-fields") == {"table": "reports", "n": 1}
    assert found.report_ids == ["1", "2"]


def test_truth_is_never_read(tmp_path: Path) -> None:
    folder(tmp_path)
    plain = answer(tmp_path)
    (tmp_path / "truth.json").write_bytes(b"\xff\xfe broken on purpose")
    assert answer(tmp_path) == plain


def test_contacts_are_not_opened(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, WORLD | {"contacts.csv": b"\xff\x00 not even text"}))
    assert found.report_ids == ["R1", "R2"]

"""Every form in which a table may come gives the same dataset."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_world import (
    ACCESSES,
    ORDERS,
    REPORTS,
    WORLD,
    Answer,
    answer,
    answer_tables,
    at,
    cells,
    folder,
    typed,
)

from whence.engine import DuckDB
from whence.intake import read
from whence.model import Report

Writer = Callable[[Path, str, str], None]


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def _json_lines(text: str) -> bytes:
    names, *rows = cells(text)
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
    lines = [";".join(f'"{cell}"' for cell in row) for row in cells(text)]
    (at_ / f"{table}.csv").write_text("\r\n".join(lines))


def _as_csv_with_tabs(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.csv").write_text("\n".join("\t".join(row) for row in cells(text)) + "\n\n")


def _as_jsonl(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl").write_bytes(_json_lines(text))


def _as_jsonl_gz(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl.gz").write_bytes(gzip.compress(_json_lines(text)))


def _as_jsonl_zst(at_: Path, table: str, text: str) -> None:
    (at_ / f"{table}.jsonl.zst").write_bytes(_zstd(_json_lines(text)))


def _as_parquet(at_: Path, table: str, text: str) -> None:
    pq.write_table(typed(text), at_ / f"{table}.parquet")


def _as_text_parquet(at_: Path, table: str, text: str) -> None:
    names, *rows = cells(text)
    columns = {n: [row[i] or None for row in rows] for i, n in enumerate(names)}
    pq.write_table(pa.table(columns), at_ / f"{table}.parquet")


def _as_parquet_folder(at_: Path, table: str, text: str) -> None:
    rows = typed(text)
    (at_ / table).mkdir()
    pq.write_table(rows.slice(0, 1), at_ / table / "part-[0].parquet")
    pq.write_table(rows.slice(1), at_ / table / "part-1.parquet")
    (at_ / table / "_SUCCESS").touch()


def _as_hive_folder(at_: Path, table: str, text: str) -> None:
    rows = typed(text)
    for index in range(rows.num_rows):
        part = at_ / table / f"day=2026-03-{index + 1:02}"
        part.mkdir(parents=True)
        pq.write_table(rows.slice(index, 1), part / "part-0.parquet")


def _as_xlsx(at_: Path, table: str, text: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in cells(text):
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
    assert first.known_fields == frozenset({"name", "goods"})
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


ROUGH = {
    "orders": ORDERS + "O1,2026-03-01T08:00:00Z,C1,S1,W1,39.90,towel,east\n"
    "O6,2026-03-06T08:00:00Z,C5,S1,W1,1,soap,\nO6,2026-03-07T08:00:00Z,C5,S1,W1,1,soap,\n",
    "accesses": ACCESSES + "O1,A1,2026-03-01T07:50:00Z,S1,name\nO1,A1,2026-02-01T07:50:00Z,S1,\n"
    "O6,A6,2026-03-07T09:00:00Z,S6,name\nO77,A7,2026-03-07T09:00:00Z,S7,name\n"
    ",A8,2026-03-07T09:00:00Z,S8,name\n",
    "logins": "customer_id,attempted_at,success,ip\nC1,2026-03-02T08:00:00Z,yes,1.2.3.4\n"
    "C1,2026-03-02T08:00:00Z,no,1.2.3.5\nC99,2026-03-02T08:00:00Z,maybe,1.2.3.5\n",
    "parties": "party_id,kind,parent_id\nS1,shop,P1\nS2,shop,\nS2,shop,\n",
    "reports": REPORTS + "R3,O1,2026-03-12T10:00:00Z,\nR4,O6,2026-03-12T10:00:00Z,\n",
    "samples": "sample_id,customer_id,goods\nX,C2,\nX,,lamp\nX,C1,cup\n",
    "marks": "reading_id,report_id,party_id,log10_likelihood_ratio\nM1,R1,S1,3\nM2,R9,S1,3\n",
}


@cache
def _rough(write: Writer) -> Answer:
    with TemporaryDirectory() as folder_:
        for table, text in ROUGH.items():
            write(Path(folder_), table, text)
        return answer(Path(folder_))


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__[4:])
def test_what_is_wrong_with_a_dataset_is_the_same_in_every_form(write: Writer) -> None:
    found, expected = _rough(write), _rough(_as_csv)
    assert expected.rejected["accesses: unknown order"] == 2
    assert found == expected


def test_tables_in_memory_with_the_same_faults_are_the_same_dataset() -> None:
    assert answer_tables({name: typed(text) for name, text in ROUGH.items()}) == _rough(_as_csv)


_PARTS = [
    ("parties", "party_id,kind,parent_id,name\n", [",shop,,a", "S1,shop,,", ",shop,,b"]),
    ("reports", "report_id,order_id,called_at\n", [",O1,2026-03-10", ",O2,2026-03-10"]),
    (
        "marks",
        "reading_id,report_id,party_id,log10_likelihood_ratio\n",
        [",R1,S1,3", "M,R1,S1,3", ",R1,S2,3"],
    ),
]


@pytest.mark.parametrize(("table", "head", "rows"), _PARTS, ids=lambda part: str(part)[:7])
def test_rows_are_counted_through_all_parts_of_a_folder(
    table: str, head: str, rows: list[str], tmp_path: Path
) -> None:
    folder(tmp_path, {"orders.csv": ORDERS})
    if table != "reports":
        folder(tmp_path, {"orders.csv": ORDERS, "reports.csv": REPORTS})
    _in_parts(tmp_path / table, head, rows)
    places = [row_id for name, row_id, _ in answer(tmp_path).ids if name == table]
    assert places == [f"row {at_}" for at_, row in enumerate(rows, 1) if row.startswith(",")]


def test_each_row_of_a_sample_in_parts_is_its_own_order(tmp_path: Path) -> None:
    folder(tmp_path)
    _in_parts(tmp_path / "samples", "customer_id,goods\n", ["C2,", "C3,", "C9,", ",cup"])
    found = answer(tmp_path)
    assert [row.order_id for row in found.dataset.samples] == ["O2", "O3", "O4"]
    assert found.ids == [("samples", "S1: row 3", "fits no order")]


def _in_parts(at_: Path, head: str, rows: list[str]) -> None:
    """Write one row a file, the last file first."""
    at_.mkdir()
    for number, row in reversed(list(enumerate(rows))):
        names, cells_ = cells(head + row)
        part = {
            name: pa.array([cell or None], pa.string())
            for name, cell in zip(names, cells_, strict=True)
        }
        pq.write_table(pa.table(part), at_ / f"p{number}.parquet")


def test_tables_in_memory_are_checked_alike() -> None:
    _is_the_world(
        answer_tables(
            {"orders": typed(ORDERS), "accesses": typed(ACCESSES), "reports": typed(REPORTS)}
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


def test_truth_is_never_read(tmp_path: Path) -> None:
    folder(tmp_path)
    plain = answer(tmp_path)
    (tmp_path / "truth.json").write_bytes(b"\xff\xfe broken on purpose")
    assert answer(tmp_path) == plain


def test_contacts_are_not_opened(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, WORLD | {"contacts.csv": b"\xff\x00 not even text"}))
    assert found.report_ids == ["R1", "R2"]


def test_it_is_told_how_far_the_reading_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    answer(folder(tmp_path), on_progress=lambda *step: told.append(step))
    assert {stage for stage, _, _ in told} == {"intake"}
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert done[-1] == told[-1][2]


def test_one_engine_can_read_one_dataset_after_another(tmp_path: Path) -> None:
    text, parquet = tmp_path / "text", tmp_path / "parquet"
    folder(text)
    parquet.mkdir()
    for table, rows in {"orders": ORDERS, "accesses": ACCESSES, "reports": REPORTS}.items():
        _as_parquet(parquet, table, rows)
    with DuckDB(threads=1) as engine:
        for source in (text, parquet, parquet, text):
            dataset = read(source, engine=engine)
            assert dataset.orders is not None
            assert engine.rows("SELECT count(*) FROM orders") == [(5,)]
            assert len(dataset.reports) == 2

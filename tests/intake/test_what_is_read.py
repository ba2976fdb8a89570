"""Only the columns a check uses are read, and copies are made only where there is room."""

import errno
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pytest
from intake_world import ACCESSES, ORDERS, REPORTS, answer, answer_tables, cells, folder, typed

from whence.engine import DuckDB
from whence.errors import EngineError
from whence.intake import read, reading
from whence.intake.cells import ROW
from whence.intake.contract import CONTRACTS, has_custodians
from whence.intake.raw import RawTable
from whence.wording import LANGUAGES

PERSONAL = ("narrative", "caller", "dialled_number", "payee", "age", "place", "wechat_id")
READ = {
    "orders": {"order_id", "placed_at", "customer_id", "amount", "goods", "region"},
    "accesses": {"order_id", "account_id", "accessed_at", "party_id", "fields"},
    "logins": {"customer_id", "account_id", "attempted_at", "success", "ip", "device_id"},
    "parties": {"party_id", "kind", "parent_id", "name", "fields", "share"},
    "reports": {
        *("report_id", "order_id", "customer_id", "called_at", "known_fields", "placed_at"),
        *("goods", "region"),
    },
    "samples": {
        *("sample_id", "verified", "acquired_at", "order_id", "placed_at", "customer_id"),
        *("amount", "goods", "region"),
    },
    "marks": {
        *("reading_id", "report_id", "sample_id", "party_id", "log10_likelihood_ratio"),
        "false_accusation_bound",
    },
}
GB18030 = ORDERS.replace("towel", "毛巾").encode("gb18030")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Return which columns of each table were read, as it is opened."""
    found: dict[str, set[str]] = {}

    def noted(open_: Any) -> Any:
        def opening(*arguments: Any, **options: Any) -> RawTable:
            table: RawTable = open_(*arguments, **options)
            found[table.table] = set(table.types) - {ROW}
            return table

        return opening

    for name in ("open_place", "open_memory"):
        monkeypatch.setattr(reading, name, noted(getattr(reading, name)))
    return found


def _wide(table: str, text: str, also: Collection[str] = ()) -> str:
    """Return a table with every column that its contract knows, and some more, all filled."""
    names, *rows = cells(text)
    more = sorted((CONTRACTS[table].known | {*PERSONAL, *also}) - set(names))
    lines = [[*names, *more], *([*row, *("1" for _ in more)] for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)


TABLES = {
    "orders": ORDERS,
    "accesses": ACCESSES,
    "reports": REPORTS,
    "parties": "party_id,kind\nS1,shop\n",
    "logins": "customer_id,attempted_at,success\nC1,2026-03-02T08:00:00Z,yes\n",
    "samples": "order_id\nO1\n",
    "marks": "reading_id,report_id,party_id,log10_likelihood_ratio\nM,R1,S1,2\n",
}


def test_only_the_columns_a_check_uses_are_read(
    opened: dict[str, set[str]], tmp_path: Path
) -> None:
    wide = {f"{table}.csv": _wide(table, text, {"shop_id"}) for table, text in TABLES.items()}
    answer(folder(tmp_path, wide), custodians=("shop_id",))
    used = {table: names | {"shop_id"} for table, names in READ.items() if has_custodians(table)}
    assert opened == READ | used | {"reports": READ["reports"]}


def test_of_tables_in_memory_too(opened: dict[str, set[str]]) -> None:
    wide = {}
    for table, text in TABLES.items():
        names, *rows = cells(_wide(table, text))
        columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        wide[table] = typed(text) if table == "orders" else pa.table(columns)
    answer_tables(wide)
    assert opened["reports"] == READ["reports"]
    assert opened["accesses"] == READ["accesses"]
    assert opened["samples"] == READ["samples"]


def test_without_orders_the_reports_own_custodians_are_read(
    opened: dict[str, set[str]], tmp_path: Path
) -> None:
    text = "report_id,called_at,placed_at,shop_id,narrative\nR,2026-03-10,2026-03-01,S1,x\n"
    answer(folder(tmp_path, {"reports.csv": text}))
    assert opened["reports"] == {"report_id", "called_at", "placed_at", "shop_id"}


def test_a_mapping_may_name_a_column_that_is_not_read(
    opened: dict[str, set[str]], tmp_path: Path
) -> None:
    folder(tmp_path, reports=REPORTS.replace("known_fields", "order_id2"))
    mapping = tmp_path / "map.toml"
    mapping.write_text('[reports]\nnarrative = "order_id2"\n')
    assert answer(tmp_path, mapping=mapping).report_ids == ["R1", "R2"]
    assert opened["reports"] == {"report_id", "order_id", "called_at"}


def test_decoded_copies_stand_with_the_engines_own_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    source, room = tmp_path / "set", tmp_path / "new" / "room"
    folder(source, {"orders.csv": GB18030, "reports.csv": REPORTS})
    with DuckDB(threads=1, temp_dir=room) as engine:
        assert engine.temp_dir.parent == room
        assert len(read(source, engine=engine).reports) == 2
    assert list(room.iterdir()) == []


def test_a_folder_for_copies_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError) as told:
        DuckDB(threads=1, temp_dir=tmp_path / "file")
    assert told.value.phrase == "engine.no-temp-dir"


class _FullDisk:
    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, _: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_not_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, {"orders.csv": GB18030, "reports.csv": REPORTS})
    plain = Path.open

    def opening(path: Path, mode: str = "r", **options: Any) -> Any:
        file = plain(path, mode, **options)
        return _FullDisk(file) if mode == "wb" else file

    monkeypatch.setattr(Path, "open", opening)
    with DuckDB(threads=1) as engine, pytest.raises(EngineError) as told:
        read(tmp_path, engine=engine)
    assert told.value.phrase == "intake.no-room"
    assert told.value.exit_code == 1
    assert all(told.value.text(language) and told.value.advice(language) for language in LANGUAGES)

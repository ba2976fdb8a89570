"""The access log: what cannot be used is counted, what disagrees about the time is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_world import ACCESSES, ORDERS, REPORTS, Answer, answer, folder

from whence.engine import DuckDB
from whence.intake import read, setaside

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_rows_that_cannot_be_used_are_counted_by_reason(tmp_path: Path) -> None:
    bad = (
        ",A1,2026-03-02T09:00:00Z,S1,\nO1,,2026-03-02T09:00:00Z,S1,\nO2,A1,,S1,\n"
        "O3,A1,later,S1,\nO99,A1,2026-03-02T09:00:00Z,S1,\nO98,A1,2026-03-02T09:00:00Z,S1,\n"
        "O1,A1,2026-02-20T09:00:00Z,S1,\n"
    )
    found = answer(folder(tmp_path, accesses=ACCESSES + bad))
    assert found.rejected == {
        "accesses: access before the order": 1,
        "accesses: missing accessed_at": 1,
        "accesses: missing account_id": 1,
        "accesses: missing order_id": 1,
        "accesses: unknown order": 2,
        "accesses: unreadable time": 1,
    }
    assert len(found.accesses) == 3
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 3
    assert ("accesses", "O98", "unknown order") in found.ids
    assert ("accesses", "A1", "missing order_id") in found.ids


def test_columns_that_are_missing_are_null(tmp_path: Path) -> None:
    log = "order_id,account_id,accessed_at\nO1,A1,2026-03-02T09:00:00Z\n"
    (row,) = answer(folder(tmp_path, accesses=log)).accesses
    assert [name for name, cell in row.items() if cell is None] == ["party_id", "fields"]


def test_fields_are_normalised(tmp_path: Path) -> None:
    cells = ("name,phone", " Name , PHONE", "name，phone、goods", "")
    rows = "".join(f'O1,A{i},2026-03-02T09:00:00Z,"{cell}"\n' for i, cell in enumerate(cells))
    found = answer(folder(tmp_path, accesses="order_id,account_id,accessed_at,fields\n" + rows))
    assert [row["fields"] for row in found.accesses] == [
        "name,phone",
        "name,phone",
        "name,phone,goods",
        None,
    ]


def test_only_what_tracing_asks_for_is_kept_of_a_log(tmp_path: Path) -> None:
    header, *rows = ACCESSES.splitlines()
    more = [f"{header},action,ip,device_id", *(f"{row},view,1.2.3.4,D1" for row in rows)]
    log = "\n".join(more)
    (row, *_) = answer(folder(tmp_path, accesses=log)).accesses
    assert list(row) == ["order_id", "account_id", "accessed_at", "party_id", "fields"]


def test_of_very_many_rows_set_aside_the_smallest_ids_are_listed(tmp_path: Path) -> None:
    rows = "".join(f"X{i:05},A1,2026-03-02T09:00:00Z,S1,\n" for i in reversed(range(10_050)))
    found = answer(folder(tmp_path, accesses=ACCESSES + rows))
    assert found.rejected == {"accesses: unknown order": 10_050}
    listed = [row_id for _, row_id, _ in found.ids]
    assert listed == [f"X{i:05}" for i in range(10_000)]


@pytest.mark.parametrize(("most", "listed"), [(2, 5), (3, 6), (9, 6)])
def test_a_list_that_is_cut_says_so(
    most: int, listed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setaside, "LISTED", most)
    unknown = "".join(f"X{i},A1,2026-03-02T09:00:00Z,S1,\n" for i in range(3))
    early = "".join(f"Q{i},O3,2026-03-01T09:00:00Z,\n" for i in range(2))
    reports = REPORTS + early + "Q2,O99,2026-03-11T10:00:00Z,\n"
    found = answer(folder(tmp_path, accesses=ACCESSES + unknown, reports=reports))
    assert sum(found.rejected.values()) == 6
    assert len(found.ids) == listed
    told = {"n": 6, "listed": listed, "most": most} if listed < 6 else None
    assert found.note("note-listed") == told


@pytest.mark.parametrize("far", [True, False])
def test_accesses_of_unknown_orders_stay_out_of_a_view_too(far: bool, tmp_path: Path) -> None:  # noqa: FBT001
    rows = [_row("O1", START + timedelta(hours=1)), _row("O77", START, "S77", "A77")]
    rows += [_row("O1", START - timedelta(days=9))] if far else []
    found = answer(_log(tmp_path, rows))
    assert [row["order_id"] for row in found.accesses] == ["O1"]
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 1


def _log(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    folder(tmp_path, {"orders.csv": ORDERS, "reports.csv": REPORTS})
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "accesses.parquet")
    return tmp_path


def _row(order: str, at: datetime, party: str = "S1", account: str = "A1") -> dict[str, Any]:
    return {"order_id": order, "account_id": account, "accessed_at": at, "party_id": party}


def _kind(source: Path) -> str:
    with DuckDB(threads=1) as engine:
        read(source, engine=engine)
        query = "SELECT table_type FROM information_schema.tables WHERE table_name = 'accesses'"
        ((kind,),) = engine.rows(query)
    return str(kind)


def test_a_clean_parquet_log_is_not_copied(tmp_path: Path) -> None:
    rows = [_row("O1", START + timedelta(hours=1)), _row("O77", START)]
    assert _kind(_log(tmp_path, rows)) == "VIEW"


def test_a_log_with_early_rows_is_not_copied_either(tmp_path: Path) -> None:
    rows = [_row("O1", START - timedelta(hours=1)), _row("O1", START - timedelta(days=9))]
    source = _log(tmp_path, rows)
    assert _kind(source) == "VIEW"
    found = answer(source)
    assert [row["accessed_at"] for row in found.accesses] == [START.replace(tzinfo=None)]
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 1


def test_an_untidy_parquet_log_is_tidied(tmp_path: Path) -> None:
    rows = [
        _row("O1 ", START + timedelta(hours=1)) | {"fields": "Name"},
        _row("", START) | {"fields": None},
    ]
    found = answer(_log(tmp_path, rows))
    assert [(row["order_id"], row["fields"]) for row in found.accesses] == [("O1", "name")]
    assert found.rejected == {"accesses: missing order_id": 1}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_access_shortly_before_its_order_is_moved_to_the_order(
    form: str, tmp_path: Path
) -> None:
    early = START - timedelta(minutes=3)
    if form == "parquet":
        found = answer(_log(tmp_path, [_row("O1", early)]))
    else:
        log = f"order_id,account_id,accessed_at\nO1,A1,{early.isoformat()}\n"
        found = answer(folder(tmp_path, accesses=log))
    assert [row["accessed_at"] for row in found.accesses] == [START.replace(tzinfo=None)]
    assert found.rejected == {}
    assert found.dataset.notes == ()


def _skewed(tmp_path: Path, minutes: float, *, n_good: int = 60, party: str = "S1") -> Answer:
    good = [_row("O1", START + timedelta(hours=i + 1), "S2", "A9") for i in range(n_good)]
    bad = [_row("O1", START - timedelta(minutes=minutes + i), party) for i in range(10)]
    return answer(_log(tmp_path, good + bad))


def test_a_clock_that_disagrees_is_told(tmp_path: Path) -> None:
    found = _skewed(tmp_path, 20)
    facts = {"n": 10, "share": "14.3", "minutes": 24}
    assert found.note("note-clocks") == facts
    assert found.note("note-party-clock") == facts | {"party": "S1", "share": "100.0"}
    assert len(found.accesses) == 70


def test_a_mistaken_zone_is_told_by_its_hours(tmp_path: Path) -> None:
    found = _skewed(tmp_path, 8 * 60 - 4)
    told = found.note("note-clocks-hours")
    assert told is not None
    assert told["hours"] == 8
    party = found.note("note-party-clock-hours")
    assert party is not None
    assert (party["party"], party["hours"]) == ("S1", 8)


def test_a_few_early_accesses_are_no_disagreement(tmp_path: Path) -> None:
    good = [_row("O1", START + timedelta(hours=i + 1)) for i in range(100)]
    bad = [_row("O1", START - timedelta(minutes=20))] * 4
    found = answer(_log(tmp_path, good + bad))
    assert found.dataset.notes == ()


def test_a_log_without_usable_rows_is_an_empty_one(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, accesses=ACCESSES.splitlines()[0] + "\n"))
    assert found.dataset.accesses is not None
    assert found.dataset.accesses.n_rows == 0
    assert found.rejected == {}

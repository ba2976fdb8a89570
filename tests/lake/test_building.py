"""What a lake holds after one delivery, after several, and after one that comes twice."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lake_world import first_touches, laid, present, rows, since, state, tables, until

from whence.errors import InputError, OutputError, UsageError
from whence.lake import build, manifest
from whence.lake.manifest import MANIFEST
from whence.pipeline import trace_dataset

DAY = "2026-02-10"
FILES = ("trace.json", "exposed.parquet", "candidates.parquet", "rejected.jsonl", "report.html")


@pytest.fixture(scope="module")
def given() -> dict[str, pa.Table]:
    return tables()


@pytest.fixture(scope="module")
def whole(given: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake built from one delivery."""
    folder = tmp_path_factory.mktemp("whole")
    lake = folder / "lake"
    build(laid(folder / "all", given), lake)
    return lake


def test_a_lake_is_traced_as_its_dataset_is(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    trace_dataset(laid(tmp_path / "all", given), out=tmp_path / "raw")
    trace_dataset(whole, out=tmp_path / "from-lake")
    for name in FILES:
        assert (tmp_path / "raw" / name).read_bytes() == (
            tmp_path / "from-lake" / name
        ).read_bytes()


def test_a_delivery_that_comes_twice_changes_nothing(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    before, files = state(whole), present(whole)
    built = build(laid(tmp_path / "again", given), whole)
    assert not built.is_changed
    assert (state(whole), present(whole)) == (before, files)


def test_days_that_come_later_are_added(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    first = build(laid(tmp_path / "first", until(given, DAY)), lake)
    kept = {path for path in present(lake) if not path.startswith(("counts/", "tables/"))}
    second = build(laid(tmp_path / "second", since(given, DAY)), lake)
    assert first.is_changed
    assert second.is_changed
    assert kept <= present(lake)  # what was there is not written again
    assert rows(lake, "orders") == rows(whole, "orders")
    assert first_touches(lake) == first_touches(whole)
    assert rows(lake, "cells") == rows(whole, "cells")
    trace_dataset(whole, out=tmp_path / "at-once")
    trace_dataset(lake, out=tmp_path / "in-two")
    for name in ("trace.json", "exposed.parquet", "candidates.parquet"):
        assert (tmp_path / "at-once" / name).read_bytes() == (
            tmp_path / "in-two" / name
        ).read_bytes()


@pytest.mark.slow
def test_a_day_that_comes_again_in_part_takes_nothing_away(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    touches, before = first_touches(lake), state(lake)
    part = dict(given) | {"accesses": given["accesses"].slice(0, 500)}
    assert not build(laid(tmp_path / "part", part), lake).is_changed
    assert first_touches(lake) == touches
    assert state(lake) == before


def test_many_deliveries_are_merged_and_nothing_is_lost(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    lake, accesses = tmp_path / "lake", given["accesses"]
    step = -(-accesses.num_rows // 12)
    for number in range(12):
        came = dict(given) | {"accesses": accesses.slice(number * step, step)}
        build(laid(tmp_path / f"part-{number}", came), lake)
    held = manifest.read(lake)
    by_day: dict[str | None, int] = {}
    for file in held.of("custody"):
        by_day[file.day] = by_day.get(file.day, 0) + 1
    assert max(by_day.values()) <= 9
    assert first_touches(lake) == first_touches(whole)


def test_accesses_of_orders_that_are_in_the_lake_need_no_orders_beside_them(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "first", {k: given[k] for k in ("orders", "parties")}), lake)
    build(laid(tmp_path / "second", {"accesses": given["accesses"]}), lake)
    assert first_touches(lake) == first_touches(whole)


def test_an_access_without_its_order_is_counted_and_set_aside(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    stray = (
        given["accesses"]
        .slice(0, 3)
        .set_column(0, "order_id", pa.array(["nobody's 1", "nobody's 2", "nobody's 3"]))
    )
    came = dict(given) | {"accesses": pa.concat_tables([given["accesses"], stray])}
    built = build(laid(tmp_path / "all", came), tmp_path / "lake")
    assert built.rejected["accesses: unknown order"] == 3
    assert not [r for r in rows(tmp_path / "lake", "custody") if r["order_id"].startswith("nobody")]


def test_an_order_that_comes_in_other_words_is_set_aside(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    before = rows(lake, "orders")
    other = given["orders"].slice(0, 1)
    at = other.column_names.index("region")
    other = other.set_column(at, "region", pa.array(["elsewhere"]))
    built = build(laid(tmp_path / "other", {"orders": other}), lake)
    assert built.rejected == {"orders: differs from the lake": 1}
    assert rows(lake, "orders") == before


def test_ids_that_are_numbers_stay_numbers(given: dict[str, pa.Table], tmp_path: Path) -> None:
    numbers = {name: i for i, name in enumerate(given["orders"].column("order_id").to_pylist())}

    def numbered(rows_of: pa.Table) -> pa.Table:
        ids = [numbers[name] for name in rows_of.column("order_id").to_pylist()]
        at = rows_of.column_names.index("order_id")
        return rows_of.set_column(at, "order_id", pa.array(ids, pa.int64()))

    came = dict(given) | {"orders": numbered(given["orders"])}
    came["accesses"] = numbered(given["accesses"])
    came["reports"] = numbered(given["reports"])
    source, lake = laid(tmp_path / "all", came), tmp_path / "lake"
    build(source, lake)
    raw, stored = trace_dataset(source), trace_dataset(lake)
    assert stored.exposed.equals(raw.exposed)
    assert [f.suspect for f in stored.findings] == [f.suspect for f in raw.findings]
    assert stored.exposed.num_rows


def test_columns_that_the_lake_does_not_know_are_refused(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    plain = dict(given) | {"orders": given["orders"].drop_columns(["region"])}
    build(laid(tmp_path / "plain", plain), lake)
    before = state(lake)
    with pytest.raises(InputError, match="region"):
        build(laid(tmp_path / "more", given), lake)
    assert state(lake) == before
    assert present(lake) == {path for path in before if path.endswith(".parquet")}


def test_orders_of_another_kind_of_id_are_refused(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    before = state(whole)
    numbers = pa.array(range(given["orders"].num_rows), pa.int64())
    other = {"orders": given["orders"].set_column(0, "order_id", numbers)}
    with pytest.raises(InputError, match="another type"):
        build(laid(tmp_path / "other", other), whole)
    assert state(whole) == before


def test_a_lake_is_traced_with_other_reports(
    given: dict[str, pa.Table], whole: Path, tmp_path: Path
) -> None:
    fewer = laid(tmp_path / "fewer", {"reports": given["reports"].slice(0, 5)})
    answer = trace_dataset(whole, tables={"reports": fewer / "reports.parquet"})
    assert answer.inputs.reports == 5
    assert trace_dataset(whole).inputs.reports == given["reports"].num_rows


def test_orders_go_into_a_lake_by_building_alone(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="orders"):
        trace_dataset(whole, tables={"orders": tmp_path / "orders.parquet"})
    with pytest.raises(UsageError, match="custodian"):
        trace_dataset(whole, custodians=["shop_id"])


def damaged(lake: Path) -> list[tuple[str, Any]]:
    custody = next(iter(sorted(lake.glob("custody/*/*.parquet"))))
    return [
        ("is missing or cut", custody.unlink),
        ("is missing or cut", lambda: custody.write_bytes(custody.read_bytes()[:-9])),
        ("cannot be read", lambda: (lake / MANIFEST).write_text("{}", "utf-8")),
        ("another version", lambda: (lake / MANIFEST).write_text('{"schema": "x"}', "utf-8")),
    ]


@pytest.mark.parametrize("at", range(4))
def test_a_damaged_lake_is_refused_with_its_file_named(
    given: dict[str, pa.Table], tmp_path: Path, at: int
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    words, harm = damaged(lake)[at]
    harm()
    with pytest.raises(InputError, match=words):
        trace_dataset(lake)


def test_contents_that_were_changed_are_found(given: dict[str, pa.Table], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "all", given), lake)
    held = manifest.read(lake)
    manifest.verify(lake, held)
    file = lake / held.of("custody")[0].path
    file.write_bytes(bytes([*file.read_bytes()[:-1], file.read_bytes()[-1] ^ 1]))
    with pytest.raises(InputError, match="have changed"):
        manifest.verify(lake, held)


def test_two_builds_do_not_work_on_one_lake(given: dict[str, pa.Table], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    source = laid(tmp_path / "all", given)
    with manifest.locked(lake), pytest.raises(OutputError, match="Another build"):
        build(source, lake)
    assert build(source, lake).is_changed


def test_a_folder_of_other_data_is_never_taken_for_a_lake(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    source = laid(tmp_path / "all", given)
    (source / "orders").mkdir()
    (source / "orders" / "mine.parquet").write_bytes(b"mine")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match="no lake"):
        build(source, source)
    with pytest.raises(OutputError, match="is a file"):
        build(source, source / "orders.parquet")
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before


def test_an_empty_folder_becomes_a_lake(given: dict[str, pa.Table], tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    assert build(laid(tmp_path / "all", given), tmp_path / "lake").is_changed

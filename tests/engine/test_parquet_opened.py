"""Parquet files opened where they stand: the same rows on each engine, or one clear error."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engine_world import Rows, rows_of

from whence.engine import Engine
from whence.errors import EngineError

AT = datetime(2026, 3, 1, 0, 30, 0, 123_456)  # noqa: DTZ001  UTC, as everything inside
ZONES = (None, "UTC", "Asia/Shanghai", "America/New_York", "+05:30")


def write(path: Path, **columns: pa.Array) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def opened(engine: Engine, paths: list[Path], *, is_hive: bool = False, **columns: Any) -> Rows:
    relation = engine.open_parquet("opened", paths, columns, is_hive=is_hive)
    found = engine.run(ibis.table(relation.columns, name="opened"))
    assert relation.n_rows == found.num_rows
    assert list(relation.columns.items()) == [(name, kind) for name, (_, kind) in columns.items()]
    return rows_of(found)


def refusal(
    engine: Engine, paths: list[Path], *, is_hive: bool = False, **columns: Any
) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine.open_parquet("opened", paths, columns, is_hive=is_hive)
    assert caught.value.text("zh") != caught.value.text("en")
    return caught.value


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("unit", ["ms", "us"])
def test_an_instant_is_utc_whatever_zone_and_unit_its_file_has(
    engine: Engine, tmp_path: Path, unit: str, zone: str | None
) -> None:
    instants = pa.array([AT, None], pa.timestamp("us")).cast(pa.timestamp(unit, zone), safe=False)
    path = write(tmp_path / "t.parquet", t=instants)
    expected = AT if unit == "us" else AT.replace(microsecond=123_000)
    assert opened(engine, [path], at=("t", "timestamp(6)")) == [(expected,), (None,)]


def test_the_old_96_bit_times_of_spark_and_hive_are_read(engine: Engine, tmp_path: Path) -> None:
    table = pa.table({"t": pa.array([AT], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / "t.parquet", use_deprecated_int96_timestamps=True)
    assert opened(engine, [tmp_path / "t.parquet"], at=("t", "timestamp(6)")) == [(AT,)]


def test_a_date_is_the_midnight_that_begins_it(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", t=pa.array([date(2026, 3, 1)]))
    assert opened(engine, [path], at=("t", "timestamp(6)")) == [(datetime(2026, 3, 1),)]  # noqa: DTZ001


@pytest.mark.parametrize("width", [pa.int8(), pa.int16(), pa.int32(), pa.int64()])
def test_integer_ids_of_every_width_are_kept_or_become_text(
    engine: Engine, tmp_path: Path, width: pa.DataType
) -> None:
    path = write(tmp_path / "t.parquet", n=pa.array([-7, 12, None], width))
    found = opened(engine, [path], whole=("n", "int64"), text=("n", "string"))
    assert found == [(-7, "-7"), (12, "12"), (None, None)]


def test_text_is_kept_as_given_in_whatever_form_its_file_has_it(
    engine: Engine, tmp_path: Path
) -> None:
    texts = ["007", " x ", "O'\\`\"", "店", None]
    path = write(
        tmp_path / "t.parquet",
        a=pa.array(texts),
        b=pa.array(texts, pa.large_string()),
        c=pa.array(texts).dictionary_encode(),
        d=pa.array([text and text.encode() for text in texts], pa.binary()),
    )
    columns: Any = {name: (name, "string") for name in "abcd"}
    assert sorted(opened(engine, [path], **columns), key=str) == sorted(
        ((text,) * 4 for text in texts), key=str
    )


def test_columns_are_renamed_and_others_left_alone(engine: Engine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.parquet",
        **{'Order `No.` "1"': pa.array(["O1"]), "b.c": pa.array([1.5]), "店": pa.array(["S1"])},
    )
    columns: Any = {"order_id": ('Order `No.` "1"', "string"), "shop_id": ("店", "string")}
    assert opened(engine, [path], **columns) == [("O1", "S1")]


def test_several_files_are_one_relation_whatever_the_order_of_their_columns(
    engine: Engine, tmp_path: Path
) -> None:
    one = write(tmp_path / "1.parquet", a=pa.array(["x"]), b=pa.array([1]))
    two = write(
        tmp_path / "2.parquet", b=pa.array([2, 3]), extra=pa.array([0, 0]), a=pa.array(["y", "z"])
    )
    none = write(tmp_path / "3.parquet", a=pa.array([], pa.string()), b=pa.array([], pa.int64()))
    found = opened(engine, [two, none, one], id=("a", "string"), n=("b", "int64"))
    assert found == [("x", 1), ("y", 2), ("z", 3)]


@pytest.mark.parametrize(
    "name", ["a[1]*{x,y}?.parquet", "a b%20c.parquet", "é店'`\\z.parquet", "#x.pq"]
)
def test_no_character_of_a_file_name_means_anything(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    write(tmp_path / "a1x.parquet", a=pa.array(["other"]))
    path = write(tmp_path / "month=3 %41" / name, a=pa.array(["mine"]))
    assert opened(engine, [path], id=("a", "string")) == [("mine",)]


WRITTEN = {
    "SH1": "SH1",
    "007": "007",
    "1.0": "1.0",
    "a%20b": "a b",
    "a b": "a b",
    "a%2Fb": "a/b",
    "p+q": "p+q",
    "店": "店",
    "%E5%BA%97%202": "店 2",
    "NULL": "NULL",
    "O'1": "O'1",
    "__HIVE_DEFAULT_PARTITION__": None,
}  # a folder's name -> the value it stands for


def test_partition_folders_name_a_column_as_text(engine: Engine, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"year=2026/shop_id={name}" / "part-0.parquet", n=pa.array([i]))
        for i, name in enumerate(WRITTEN)
    ]
    columns = {"shop_id": ("shop_id", "string"), "n": ("n", "int64"), "y": ("year", "string")}
    found = opened(engine, paths, is_hive=True, **columns)
    assert sorted(found, key=str) == sorted(
        ((value, i, "2026") for i, value in enumerate(WRITTEN.values())), key=str
    )


def test_a_folder_wins_over_a_column_of_the_same_name_only_if_folders_count(
    engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "shop_id=S1" / "part-0.parquet", shop_id=pa.array(["inside"]))
    columns = {"shop_id": ("shop_id", "string")}
    assert opened(engine, [path], is_hive=True, **columns) == [("S1",)]
    assert opened(engine, [path], is_hive=False, **columns) == [("inside",)]


def test_partitions_below_two_folders_are_one_relation(engine: Engine, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / above / f"day={day}" / "p.parquet", n=pa.array([day]))
        for above, day in (("old", 1), ("new", 2), ("new", 3))
    ]
    found = opened(engine, paths, is_hive=True, day=("day", "string"), n=("n", "int64"))
    assert found == [("1", 1), ("2", 2), ("3", 3)]


def test_opening_a_name_again_replaces_and_dropping_forgets(engine: Engine, tmp_path: Path) -> None:
    engine.hold_rows("opened", {"a": "int64"}, [(1,)])
    path = write(tmp_path / "t.parquet", a=pa.array(["x"]))
    assert opened(engine, [path], id=("a", "string")) == [("x",)]
    engine.keep("opened", ibis.table({"id": "string"}, name="opened"))
    assert rows_of(engine.run(ibis.table({"id": "string"}, name="opened"))) == [("x",)]
    engine.drop("opened")


@pytest.mark.parametrize(
    ("kind", "wanted", "found"),
    [
        (pa.uint32(), "int64", "uint32"),
        (pa.uint64(), "string", "uint64"),
        (pa.timestamp("ns"), "timestamp(6)", "nanoseconds"),
        (pa.timestamp("ns", "UTC"), "timestamp(6)", "zoned nanoseconds"),
        (pa.float64(), "int64", "double"),
        (pa.decimal128(10, 0), "string", "decimal"),
        (pa.list_(pa.string()), "string", None),
        (pa.string(), "timestamp(6)", "string"),
    ],
    ids=str,
)
def test_a_type_that_one_engine_refuses_is_refused_by_both(
    engine: Engine, tmp_path: Path, kind: pa.DataType, wanted: str, found: str | None
) -> None:
    path = write(tmp_path / "t.parquet", c=pa.array([None], kind))
    error = refusal(engine, [path], ours=("c", wanted))
    assert error.phrase == ("engine.column-type" if found else "engine.no-column")
    assert (error.facts["file"], error.facts["column"]) == ("t.parquet", "c")
    assert error.facts.get("found") == found


def test_a_partition_of_another_schema_is_named_with_its_column(
    engine: Engine, tmp_path: Path
) -> None:
    one = write(tmp_path / "day=1" / "part-0.parquet", t=pa.array([AT], pa.timestamp("us")))
    two = write(tmp_path / "day=2" / "part-0.parquet", t=pa.array([AT], pa.timestamp("us", "UTC")))
    error = refusal(engine, [one, two], is_hive=True, at=("t", "timestamp(6)"))
    assert error.text() == (
        "day=2/part-0.parquet: column t has the type zoned microseconds, "
        "but day=1/part-0.parquet has it as microseconds"
    )


@pytest.mark.parametrize("folder", ["other", "day=", "day=1=2"])
def test_a_file_outside_the_partitions_is_named(
    engine: Engine, tmp_path: Path, folder: str
) -> None:
    one = write(tmp_path / "day=1" / "p.parquet", n=pa.array([1]))
    two = write(tmp_path / folder / "p.parquet", n=pa.array([1]))
    error = refusal(engine, [one, two], is_hive=True, day=("day", "string"))
    assert error.text() == f"{folder}/p.parquet has no column day"


@pytest.mark.parametrize("fault", ["cut short", "no Parquet", "gone"])
def test_a_damaged_file_is_named_when_it_is_opened(
    engine: Engine, tmp_path: Path, fault: str
) -> None:
    good = write(tmp_path / "a.parquet", n=pa.array(range(1000)))
    bad = tmp_path / "b.parquet"
    whole = good.read_bytes()
    if fault != "gone":
        bad.write_bytes(whole[: len(whole) // 2] if fault == "cut short" else b"order_id,n\nO1,1\n")
    error = refusal(engine, [good, bad], n=("n", "int64"))
    assert (error.phrase, error.facts) == ("engine.damaged-file", {"file": "b.parquet"})
    assert error.advice()


def spoilt(path: Path) -> None:
    """Overwrite the first page's header; the footer stays whole."""
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(content)


@pytest.mark.parametrize("verb", ["run", "keep"])
def test_a_damaged_page_is_found_when_it_is_read_and_its_file_named(
    engine: Engine, tmp_path: Path, verb: str
) -> None:
    ids = [f"secret-{i * 7919 % 9973}" for i in range(9973)]
    paths = [write(tmp_path / f"店 {name}.parquet", a=pa.array(ids)) for name in "xyz"]
    spoilt(paths[1])
    relation = engine.open_parquet("opened", paths, {"id": ("a", "string")})
    expression = ibis.table(relation.columns, name="opened")
    engine.drop("copy")
    with pytest.raises(EngineError) as caught:
        engine.run(expression) if verb == "run" else engine.keep("copy", expression)
    assert (caught.value.phrase, caught.value.facts) == (
        "engine.damaged-file",
        {"file": "店 y.parquet"},
    )
    assert "secret" not in str(caught.value)
    with pytest.raises(Exception, match="copy"):
        engine.relation("copy")


def test_an_engine_goes_on_after_an_error(engine: Engine, tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.parquet", a=pa.array(["x" * i for i in range(500)]))]
    spoilt(paths[0])
    engine.open_parquet("opened", paths, {"id": ("a", "string")})
    with pytest.raises(EngineError):
        engine.run(ibis.table({"id": "string"}, name="opened"))
    fresh = [write(tmp_path / "b.parquet", a=pa.array(["x"]))]
    assert opened(engine, fresh, id=("a", "string")) == [("x",)]


def test_times_are_exact_to_the_microsecond_over_a_century(engine: Engine, tmp_path: Path) -> None:
    times = [datetime(1970, 1, 1) + timedelta(days=997 * i, microseconds=i) for i in range(48)]  # noqa: DTZ001
    path = write(tmp_path / "t.parquet", t=pa.array(times, pa.timestamp("us", "UTC")))
    assert opened(engine, [path], at=("t", "timestamp(6)")) == [(time,) for time in times]

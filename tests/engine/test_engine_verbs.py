"""What the engine's verbs promise, on each engine: values, types and names."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from engine_world import ODD, rows_of

from whence.engine import Engine

SCHEMA = {"id": "string", "n": "int64", "at": "timestamp(6)", "on": "date", "x": "float64"}
NOON = datetime(2026, 3, 1, 12, 0, 0, 1)  # noqa: DTZ001  times inside have no zone
ROWS = [
    ("a", 1, NOON, date(2026, 3, 1), 0.5),
    ("a", 2**62, NOON, date(2026, 2, 28), 0.25),
    (None, None, None, None, None),
    ("b", -3, datetime(2026, 2, 28, 23, 59, 59, 999_999), date(1969, 12, 31), 1e-300),  # noqa: DTZ001
]


@pytest.fixture
def held(engine: Engine) -> Any:
    """Hold the few rows and return them as an expression."""
    engine.hold_rows("things", SCHEMA, ROWS)
    return ibis.table(SCHEMA, name="things")


def test_what_is_held_comes_back_as_it_went_in(engine: Engine, held: Any) -> None:
    found = engine.run(held)
    assert found.schema == pa.schema(
        [
            ("id", pa.string()),
            ("n", pa.int64()),
            ("at", pa.timestamp("us")),
            ("on", pa.date32()),
            ("x", pa.float64()),
        ]
    )
    assert sorted(rows_of(found), key=str) == sorted(ROWS, key=str)
    assert engine.relation("things").columns == SCHEMA
    assert engine.relation("things").n_rows == 4


def test_sums_and_counts_of_integers_have_64_bits(engine: Engine, held: Any) -> None:
    found = engine.run(held.group_by("id").agg(n=held.n.sum(), rows=held.count()))
    assert [field.type for field in found.schema] == [pa.string(), pa.int64(), pa.int64()]
    assert rows_of(found) == [("a", 2**62 + 1, 2), ("b", -3, 1), (None, None, 1)]


def test_a_day_begins_at_midnight_utc(engine: Engine, held: Any) -> None:
    found = engine.run(held.filter(held.id == "b").select(day=held.at.date()))
    assert found.schema == pa.schema([("day", pa.date32())])
    assert rows_of(found) == [(date(2026, 2, 28),)]


def test_days_between_dates_round_down_also_before_1970(engine: Engine, held: Any) -> None:
    epoch = ibis.literal("1970-01-01").cast("date")
    days = held.on.delta(epoch, unit="day").cast("int64")
    found = engine.run(held.filter(held.on.notnull()).select(day=days, week=days // 7))
    assert found.schema.types == [pa.int64(), pa.int64()]
    assert rows_of(found) == [(-1, -1), (20512, 2930), (20513, 2930)]


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_are_found_by_themselves_and_by_nothing_else(engine: Engine, odd: str) -> None:
    schema = {"id": "string", "n": "int64"}
    engine.hold_rows("ids", schema, [(name, i) for i, name in enumerate(ODD)])
    engine.hold_rows("wanted", {"id": "string"}, [(odd,)])
    ids, wanted = ibis.table(schema, name="ids"), ibis.table({"id": "string"}, name="wanted")
    assert rows_of(engine.run(ids.semi_join(wanted, "id"))) == [(odd, ODD.index(odd))]
    assert rows_of(engine.run(ids.filter(ids.id == odd))) == [(odd, ODD.index(odd))]


def test_texts_are_ordered_by_their_code_points(engine: Engine) -> None:
    engine.hold_rows("ids", {"id": "string"}, [(name,) for name in ODD])
    ids = ibis.table({"id": "string"}, name="ids")
    found = engine.run(ids.order_by(ids.id.desc()).limit(4)).column("id").to_pylist()
    assert sorted(found, reverse=True) == sorted(ODD, reverse=True)[:4]


def test_an_empty_relation_has_its_columns(engine: Engine) -> None:
    engine.hold_rows("things", SCHEMA, [])
    things = ibis.table(SCHEMA, name="things")
    assert engine.relation("things").n_rows == 0
    assert engine.run(things).num_rows == 0
    summed = engine.run(things.group_by("id").agg(first=things.at.min(), n=things.n.sum()))
    assert summed.schema.types == [pa.string(), pa.timestamp("us"), pa.int64()]
    assert rows_of(engine.run(things.agg(n=things.count(), first=things.on.min()))) == [(0, None)]


def test_holding_a_name_again_replaces_what_stood_there(engine: Engine) -> None:
    engine.hold_rows("things", {"a": "int64"}, [(1,), (2,)])
    engine.hold_rows("things", {"b": "string"}, [("x",)])
    assert engine.relation("things").columns == {"b": "string"}
    assert rows_of(engine.run(ibis.table({"b": "string"}, name="things"))) == [("x",)]


def test_a_relation_may_be_named_like_anything(engine: Engine) -> None:
    for name in ("kept_goods", "two words", "select", "O'Brien"):
        engine.hold_rows(name, {"a": "int64"}, [(1,)])
        assert rows_of(engine.run(ibis.table({"a": "int64"}, name=name))) == [(1,)]
        engine.drop(name)


def test_what_is_kept_stays_when_its_source_has_changed(engine: Engine, held: Any) -> None:
    kept = engine.keep("kept", held.group_by("id").agg(n=held.n.sum(), since=held.at.min()))
    assert kept.columns == {"id": "string", "n": "int64", "since": "timestamp(6)"}
    assert kept.n_rows == 3
    engine.hold_rows("things", SCHEMA, [])
    found = engine.run(ibis.table(kept.columns, name="kept"))
    assert rows_of(found) == [
        ("a", 2**62 + 1, NOON),
        ("b", -3, datetime(2026, 2, 28, 23, 59, 59, 999_999)),  # noqa: DTZ001
        (None, None, None),
    ]


def test_what_is_kept_can_be_made_anew_from_itself(engine: Engine) -> None:
    schema = {"n": "int64"}
    engine.hold_rows("numbers", schema, [(1,), (2,), (3,)])
    engine.keep("kept", ibis.table(schema, name="numbers"))
    for left in (2, 1):
        kept = ibis.table(schema, name="kept")
        assert engine.keep("kept", kept.filter(kept.n <= left)).n_rows == left
    assert rows_of(engine.run(ibis.table(schema, name="kept"))) == [(1,)]


def test_keeping_what_cannot_be_made_leaves_what_stood_there(engine: Engine) -> None:
    schema = {"id": "string"}
    engine.hold_rows("ids", schema, [("12",), ("a word",)])
    ids = ibis.table(schema, name="ids")
    engine.keep("kept", ids)
    with pytest.raises(Exception, match=r"(?i)cast|convert"):
        engine.keep("kept", ids.select(id=ids.id.cast("int64")))
    assert engine.relation("kept").columns == schema
    assert engine.run(ibis.table(schema, name="kept")).num_rows == 2


def test_dropping_forgets_and_forgives(engine: Engine, held: Any) -> None:
    engine.keep("kept", held)
    engine.drop("kept", "things", "never there")
    engine.drop("kept")
    with pytest.raises(Exception, match="kept"):
        engine.relation("kept")


def test_arrow_tables_are_brought_to_plain_types(engine: Engine) -> None:
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array(["x", None], pa.string()),
            "at": pa.array([at, at + timedelta(microseconds=1)], pa.timestamp("us")),
            "is_it": pa.array([True, None]),
        }
    )
    held = engine.hold("arrow", table)
    assert held.columns == {"id": "string", "at": "timestamp(6)", "is_it": "boolean"}
    assert engine.run(ibis.table(held.columns, name="arrow")).schema == table.schema

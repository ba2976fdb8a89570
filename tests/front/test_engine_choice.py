"""Which engine a trace runs on, what it may take of the machine, and that it gives it all back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from front_answers import Run

import whence
from whence.engine import carrying
from whence.errors import UsageError
from whence.market import MarketSpec, make, write
from whence.pipeline import trace_dataset

LIMIT = "96MB"  # too little for OFTEN times the accesses, enough to work with
OFTEN = 8
SPEC = MarketSpec(orders=12_000, days=60, sources=1, victims=8, noise=4, seed=1)


@pytest.fixture(scope="module")
def as_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a market in CSV, which becomes tables of the engine's own; each access comes often."""
    folder = tmp_path_factory.mktemp("market") / "text"
    write(make(SPEC), folder, format="csv")
    log = folder / "accesses.csv"
    head, rows = log.read_text("utf-8").split("\n", 1)
    log.write_text(f"{head}\n{rows * OFTEN}", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--spark-master", "spark://here:7077"], "--spark-master is about Spark"),
        (["--spark-master", "spark://here:7077", "--engine", "duckdb"], "--spark-master is about"),
        (["--engine", "polars"], "--engine"),
        (["--engine", "spark", "--spark-master", "here:7077"], "spark://HOST:PORT"),
        (["--engine", "spark", "--spark-master", "local[few]"], "spark://HOST:PORT"),
    ],
)
def test_engines_and_masters_that_do_not_go_together_are_wrong_usage(
    command: Run, dataset: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    code, out, err = command("trace", dataset, "--out", tmp_path / "a", *options)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert not (tmp_path / "a").exists()


def test_the_library_refuses_the_same(dataset: Path) -> None:
    with pytest.raises(UsageError, match="spark_master is about Spark"):
        whence.trace(dataset, spark_master="local[1]")
    with pytest.raises(UsageError, match="duckdb, spark"):
        whence.trace(dataset, engine="polars")  # type: ignore[arg-type]


def test_a_large_table_that_spark_cannot_read_is_told_before_spark_is_started(
    command: Run, as_text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "HOLDABLE", 11_999)
    code, _, err = command("trace", as_text, "-q", "--out", tmp_path / "a", "--engine", "spark")
    line, advice = err.splitlines()
    assert code == 2
    assert "orders has 12,000 rows that Spark cannot read" in line
    assert "whence build" in advice
    assert not (tmp_path / "a").exists()


def test_victims_alone_need_no_spark(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)  # as if it were not installed
    reports = tmp_path / "reports.csv"
    rows = [f"V{i},2026-03-0{i}T10:00:00Z,2026-02-01T10:00:00Z,SH1" for i in range(1, 6)]
    reports.write_text("\n".join(["report_id,called_at,placed_at,shop_id", *rows]))
    given = {"reports": reports}
    assert trace_dataset(None, tables=given, engine="spark") == trace_dataset(None, tables=given)
    with pytest.raises(whence.errors.EngineError, match="Spark is not installed"):
        trace_dataset(dataset, engine="spark")


def test_what_does_not_fit_into_memory_stands_in_the_folder_given_and_goes_with_the_run(
    as_text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    room, spilled = tmp_path / "room", []

    def look(stage: str, _done: int, _total: int, /) -> None:
        if any(path.stat().st_size for path in room.rglob("duckdb_temp*")):
            spilled.append(stage)

    answer = trace_dataset(
        as_text, out="a", memory_limit=LIMIT, threads=1, temp_dir=room, on_progress=look
    )
    assert "touches" in spilled
    assert list(room.iterdir()) == []
    assert set(tmp_path.iterdir()) == {room, tmp_path / "a"}
    spilled.clear()
    assert trace_dataset(as_text, temp_dir=room, on_progress=look) == answer
    assert not spilled


@pytest.mark.parametrize(("number", "is_told"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_run_that_is_stopped_leaves_no_temporary_file(
    as_text: Path, tmp_path: Path, number: signal.Signals, *, is_told: bool
) -> None:
    (room := tmp_path / "room").mkdir()
    (place := tmp_path / "place").mkdir()
    options = ["--memory-limit", LIMIT, "--threads", "1", "--out", str(tmp_path / "answer")]
    options += ["--temp-dir", str(room)] if is_told else []
    started = subprocess.Popen(
        [sys.executable, "-c", "from whence.cli import main; main()", "trace", as_text, *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
        env=os.environ | {"TMPDIR": str(room), "WHENCE_LANG": "en"},
    )
    assert started.stderr is not None
    while "held the reported orders" not in (line := started.stderr.readline()):
        assert line  # the tables are in the engine from this line on
    assert list(room.rglob("duckdb_temp*"))
    started.send_signal(number)
    started.communicate(timeout=60)
    assert started.returncode == 128 + number
    assert list(room.iterdir()) == list(place.iterdir()) == []

"""When Spark cannot: one clear line, one line of advice, nothing of what was being read."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cluster import Cluster

from whence.engine import Spark
from whence.engine.parquet import ParquetFiles
from whence.engine.spark_faults import told_of
from whence.errors import EngineError

PHONE = "13800138000"


def start_fault(url: str = "local[1]", **options: object) -> EngineError:
    with pytest.raises(EngineError) as caught:
        Spark(url, **options)  # type: ignore[arg-type]
    assert caught.value.advice("zh")
    assert caught.value.advice("en")
    return caught.value


def modules_after(code: str) -> set[str]:
    told = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_a_run_on_duckdb_never_imports_spark() -> None:
    code = (
        "import ibis\nfrom whence.engine import DuckDB, Spark\n"
        "with DuckDB() as engine:\n"
        "    engine.hold_rows('a', {'n': 'int64'}, [(1,)])\n"
        "    engine.run(ibis.table({'n': 'int64'}, name='a'))"
    )
    found = modules_after(code)
    assert "duckdb" in found
    assert not found & {"pyspark", "py4j", "pandas"}


def test_spark_that_is_not_installed_is_told_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    error = start_fault()
    assert error.phrase == "engine.no-spark"
    assert "whence[spark]" in str(error.advice())


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_java_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str | None
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    if home is None:
        monkeypatch.delenv("JAVA_HOME", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        monkeypatch.setenv("JAVA_HOME", home)
    error = start_fault()
    assert error.phrase == "engine.no-java"
    assert "Java 17" in str(error.advice())


TRACE = "\n\tat org.apache.spark.sql.Thing.run(Thing.scala:1)\nCaused by: "
SAID = {
    "Task 3 failed 4 times: java.lang.OutOfMemoryError: Java heap space": "memory",
    "serialized results are bigger than spark.driver.maxResultSize (1024.0 MiB)": "memory",
    "Task failed: java.io.IOException: No space left on device": "disk",
    "Stage 4 has failed the maximum allowable number of times: FetchFailed(null)": "lost",
    "ExecutorLostFailure (executor 1 exited unrelated to the running tasks)": "lost",
    "Job 3 cancelled because SparkContext was shut down": "lost",
    "Answer from Java side is empty": "gone",
}  # what Spark says -> the phrase we say instead


@pytest.mark.parametrize("said", SAID)
def test_what_spark_says_becomes_one_clear_line(said: str) -> None:
    error = told_of(RuntimeError(f"{said}{TRACE}{PHONE}"), {})
    assert error.phrase == f"engine.spark-{SAID[said]}"
    for line in (error.text("en"), error.text("zh"), error.advice("en"), error.advice("zh")):
        assert line
        assert "\n" not in line
        assert "org.apache" not in line
        assert PHONE not in line


def test_what_nobody_foresaw_is_told_by_its_name_alone() -> None:
    error = told_of(
        RuntimeError(f"[CAST_INVALID_INPUT] The value '{PHONE}' is not a date.{TRACE}x"), {}
    )
    assert error.text() == "Spark could not finish the job: CAST_INVALID_INPUT"
    assert told_of(RuntimeError(PHONE), {}).text().endswith(": RuntimeError")


def test_a_file_that_a_worker_cannot_see_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a b.parquet"
    files = ParquetFiles(paths=(path,), columns={}, types={}, n_rows=0, is_hive=False)
    where = f"file://{tmp_path}/a%20b.parquet"
    said = f"[FAILED_READ_FILE.NO_HINT] Encountered error while reading file {where}.  SQLSTATE: K"
    for cause, phrase in (
        ("java.io.FileNotFoundException: no", "file-unseen"),
        ("java.io.IOException: can not read class PageHeader", "damaged-file"),
    ):
        error = told_of(RuntimeError(f"{said}{TRACE}{cause}"), {"orders": files})
        assert (error.phrase, error.facts["file"]) == (f"engine.{phrase}", "a b.parquet")


@pytest.mark.spark
@pytest.mark.usefixtures("no_session")
def test_a_master_that_is_not_there_is_told_and_nothing_is_started() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer
        url = f"spark://127.0.0.1:{held.getsockname()[1]}"
        error = start_fault(url)
    assert error.text() == f"no Spark master answered at {url} within 10 seconds"


@pytest.mark.spark
@pytest.mark.usefixtures("no_session")
def test_a_cluster_without_room_for_us_is_told_in_time(
    running_cluster: Cluster, tmp_path: Path
) -> None:
    error = start_fault(running_cluster.url, executor_memory="3g", temp_dir=tmp_path, workers_s=3)
    assert error.phrase == "engine.no-workers"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
@pytest.mark.usefixtures("no_session")
def test_a_session_ends_with_its_block_and_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    def interrupted(engine: Spark) -> None:
        with engine:
            engine.hold_rows("a", {"n": "int64"}, [(1,)])
            start_fault("local[1]")  # a second session beside it is refused
            raise KeyboardInterrupt

    for _ in range(2):  # and another can be opened afterwards
        engine = Spark("local[1]", temp_dir=tmp_path)
        java = engine._session.gateway.proc
        assert java.poll() is None
        with pytest.raises(KeyboardInterrupt):
            interrupted(engine)
        assert java.poll() is not None
        assert list(tmp_path.iterdir()) == []
        engine.close()


@pytest.mark.spark
@pytest.mark.usefixtures("installed")
def test_spark_is_quiet_on_the_terminal_even_when_a_job_fails(tmp_path: Path) -> None:
    code = (
        "import ibis, sys\n"
        "from whence.engine import Spark\n"
        "from whence.errors import EngineError\n"
        "with Spark('local[1]') as engine:\n"
        "    engine.hold_rows('a', {'s': 'string'}, [('13800138000x',)])\n"
        "    a = ibis.table({'s': 'string'}, name='a')\n"
        "    assert engine.run(a).num_rows == 1\n"
        "    try:\n"
        "        engine.run(a.select(n=a.s.cast('int64')))\n"
        "    except EngineError as error:\n"
        "        assert error.__suppress_context__\n"
        "        print(error)\n"
        "assert 'pandas' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert done.stderr == ""
    assert done.stdout == "Spark could not finish the job: CAST_INVALID_INPUT\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
@pytest.mark.parametrize("name", ["_part.parquet", ".part.parquet", "08:00.parquet"])
def test_a_file_that_spark_would_pass_over_in_silence_is_told(
    spark: Spark, tmp_path: Path, name: str
) -> None:
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / name)
    with pytest.raises(EngineError) as caught:
        spark.open_parquet("opened", [tmp_path / name], {"id": ("a", "string")})
    assert caught.value.facts == {"file": name}
    with pytest.raises(KeyError):
        spark.relation("opened")


@pytest.mark.spark
def test_a_sum_too_large_stops_and_does_not_wrap_round(spark: Spark) -> None:
    spark.hold_rows("large", {"n": "int64"}, [(2**63 - 1,), (1,)])
    large = ibis.table({"n": "int64"}, name="large")
    with pytest.raises(EngineError, match="ARITHMETIC_OVERFLOW") as caught:
        spark.run(large.agg(n=large.n.sum()))
    assert str(2**63) not in str(caught.value)

"""``whence trace`` as a user runs it, on both engines: the same answer, byte for byte."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cluster import Cluster

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("no_session")]
SAME = ("trace.json", "exposed.parquet", "candidates.parquet", "rejected.jsonl", "report.html")
ENTRANCE = "from whence.cli import main; main()"


def whence(*arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ENTRANCE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=os.environ | {"WHENCE_LANG": "en"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a market as a large one is written: Parquet in folders by day."""
    folder = tmp_path_factory.mktemp("streamed")
    options = ("--sources=2", "--victims=10", "--noise=6", "--seed=3", "--quiet")
    whence("market", "market", "--accesses=1e5", *options, cwd=folder)
    return folder / "market"


@pytest.fixture(scope="module")
def lake(market: Path) -> Path:
    whence("build", market, "lake", "--quiet", cwd=market.parent)
    return market.parent / "lake"


def on_spark(cluster: Cluster) -> Sequence[str]:
    return ("--engine=spark", f"--spark-master={cluster.url}")


@pytest.mark.parametrize("form", ["market", "lake"])
def test_the_answer_does_not_depend_on_the_engine(
    running_cluster: Cluster, request: pytest.FixtureRequest, tmp_path: Path, form: str
) -> None:
    source: Path = request.getfixturevalue(form)
    (room := tmp_path / "room").mkdir()
    (place := tmp_path / "place").mkdir()
    common = ("trace", source, "--quiet", f"--temp-dir={room}")
    told = whence(*common, "--out", tmp_path / "duckdb", cwd=place)
    other = whence(*common, "--out", tmp_path / "spark", *on_spark(running_cluster), cwd=place)
    assert told.replace("duckdb", "spark") == other
    assert "Suspects found" in told
    for name in SAME:
        mine, theirs = (tmp_path / engine / name for engine in ("duckdb", "spark"))
        assert mine.read_bytes() == theirs.read_bytes(), name
    assert list(room.iterdir()) == list(place.iterdir()) == []


def test_ctrl_c_on_spark_ends_with_130_and_leaves_nothing(
    running_cluster: Cluster, market: Path, tmp_path: Path
) -> None:
    (room := tmp_path / "room").mkdir()
    out = tmp_path / "answer"
    options = (f"--temp-dir={room}", "--out", str(out), *on_spark(running_cluster))
    started = subprocess.Popen(
        [sys.executable, "-c", ENTRANCE, "trace", str(market), *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"WHENCE_LANG": "en"},
        start_new_session=True,  # whoever runs the tests is not meant
    )
    assert started.stderr is not None
    while "held the reported orders" not in (line := started.stderr.readline()):
        assert line  # Spark is at work from this line on
    assert list(room.iterdir())
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does it: Java too
    _, errors = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "Traceback" not in errors
    assert not out.exists() or not list(out.iterdir())
    assert list(room.iterdir()) == []

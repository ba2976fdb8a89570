"""Workers killed in the middle of a job: it is done again elsewhere, or said to be impossible."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cluster import Cluster, cluster
from engine_world import rows_of

from whence.engine import DuckDB, Engine, Spark
from whence.errors import EngineError

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("no_session")]
N_SEEN = 12_000  # one clerk who saw so many orders: the pairs take two cores some seconds
PATIENCE_S = 3.0


@pytest.fixture
def own_cluster(no_session: None) -> Iterator[Cluster]:  # noqa: ARG001
    with cluster() as running:
        yield running


def pairs(engine: Engine, folder: Path) -> Any:
    """Open one clerk's orders as eight files, and return the count of their pairs."""
    columns = {"account_id": "string", "n": "int64"}
    if not folder.exists():
        folder.mkdir()
        for first in range(0, N_SEEN, N_SEEN // 8):
            numbers = list(range(first, first + N_SEEN // 8))
            table = pa.table({"account_id": ["clerk"] * len(numbers), "n": numbers})
            pq.write_table(table, folder / f"{first}.parquet")
    opened = {name: (name, kind) for name, kind in columns.items()}
    engine.open_parquet("seen", sorted(folder.iterdir()), opened)
    engine.hold_rows("again", columns, [("clerk", n) for n in range(N_SEEN)])
    seen = ibis.table(columns, name="seen")
    again = ibis.table(columns, name="again").rename(other="n")
    met = seen.join(again, "account_id")
    met = met.filter((met.n * 31 + met.other * 17) % 7 == 3)
    return met.group_by(digit=met.n % 10).agg(n=met.count(), most=met.other.max())


def when_busy(engine: Spark, act: Callable[[], None], n_tasks: int = 2) -> threading.Thread:
    """Start a thread that acts as soon as so many tasks are running."""

    def wait() -> None:
        tracker = engine._session.context.statusTracker()
        until = monotonic() + 60
        while monotonic() < until:
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            if sum(stage.numActiveTasks for stage in stages if stage) >= n_tasks:
                act()
                return
            sleep(0.05)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_job_goes_on_when_one_of_two_workers_is_killed(
    own_cluster: Cluster, duckdb: DuckDB, tmp_path: Path
) -> None:
    expected = rows_of(duckdb.run(pairs(duckdb, tmp_path / "seen")))
    killed = []

    def kill() -> None:
        own_cluster.kill_worker(0)
        killed.append(0)

    with Spark(own_cluster.url, executor_memory="700m") as engine:
        job = pairs(engine, tmp_path / "seen")
        killer = when_busy(engine, kill)
        kept = engine.keep("kept", job)
        killer.join()
        assert killed
        assert own_cluster.workers[0].poll() is not None
        assert rows_of(engine.run(ibis.table(kept.columns, name="kept"))) == expected
        assert rows_of(engine.run(job)) == expected


def test_what_was_kept_on_a_lost_worker_is_made_again(own_cluster: Cluster, tmp_path: Path) -> None:
    schema = {"id": "string", "n": "int64"}
    for part in range(8):
        ids = [f"O{part}-{i}" for i in range(500)]
        pq.write_table(pa.table({"id": ids, "n": range(500)}), tmp_path / f"{part}.parquet")
    with Spark(own_cluster.url, executor_memory="700m") as engine:
        opened = {name: (name, kind) for name, kind in schema.items()}
        engine.open_parquet("orders", sorted(tmp_path.iterdir()), opened)
        orders = ibis.table(schema, name="orders")
        engine.keep("odd", orders.filter(orders.n % 2 == 1))
        own_cluster.kill_worker(1)
        odd = ibis.table(schema, name="odd")
        found = engine.run(odd.agg(rows=odd.count(), n=odd.n.sum(), last=odd.id.max()))
        assert rows_of(found) == [(2000, 8 * 250 * 250, "O7-99")]


def test_a_cluster_without_workers_is_told_in_time_and_nothing_is_half_kept(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    def kill() -> None:
        for number in range(2):
            own_cluster.kill_worker(number)

    with Spark(own_cluster.url, executor_memory="700m", workers_s=30) as engine:
        job = pairs(engine, tmp_path / "seen")
        before = engine.keep(
            "kept", ibis.table({"account_id": "string", "n": "int64"}, name="again")
        )
        assert engine._session.watch is not None
        engine._session.watch._patience_s = PATIENCE_S  # now that workers have come
        killer = when_busy(engine, kill)
        with pytest.raises(EngineError) as caught:
            engine.keep("kept", job)
        killer.join()
        assert caught.value.phrase in {"engine.deserted", "engine.spark-lost"}
        assert caught.value.advice()
        assert engine.relation("kept") == before
        engine.drop("kept", "seen")

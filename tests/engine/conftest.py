"""Both engines for the tests: DuckDB anew for each, Spark on one cluster of two workers."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from cluster import Cluster, cluster

from whence.engine import DuckDB, Engine, Spark

EXECUTOR = "700m"  # of a worker's 1 GB


class Shelf:
    """The one Spark session that many tests share; PySpark allows no second one beside it."""

    def __init__(self) -> None:
        self._engine: Spark | None = None

    def engine(self, url: str) -> Spark:
        if self._engine is None:
            self._engine = Spark(url, driver_memory="1g", executor_memory=EXECUTOR, partitions=4)
        return self._engine

    def clear(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def require_spark() -> None:
    missing = [
        name
        for name, found in (("PySpark", find_spec("pyspark")), ("Java", shutil.which("java")))
        if found is None
    ]
    if missing:
        told = f"{' and '.join(missing)} not installed"
        if os.environ.get("WHENCE_FULL") == "1":
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def installed() -> None:
    """Spark and Java, or a reason to leave the test out; with WHENCE_FULL=1 they must be there."""
    require_spark()


@pytest.fixture(scope="session")
def running_cluster(installed: None) -> Iterator[Cluster]:  # noqa: ARG001  needs no value
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.clear()


@pytest.fixture
def spark(running_cluster: Cluster, shelf: Shelf) -> Spark:
    return shelf.engine(running_cluster.url)


@pytest.fixture
def no_session(installed: None, shelf: Shelf) -> None:  # noqa: ARG001
    """Make room for a session of the test's own."""
    shelf.clear()


@pytest.fixture
def duckdb() -> Iterator[DuckDB]:
    with DuckDB(threads=1) as engine:
        yield engine


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine

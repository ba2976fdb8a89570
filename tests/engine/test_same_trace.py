"""One market traced on both engines: the same findings, the same probabilities."""

from pathlib import Path

import pytest
from engine_world import carry

from whence import intake, tracing
from whence.engine import DuckDB, Spark
from whence.market import MarketSpec, make, write
from whence.model import Dataset, Trace

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "small"
    write(make(MarketSpec(orders=3000, days=60, sources=1, victims=8, noise=4, seed=1)), folder)
    return folder


def on_both(source: Path, duckdb: DuckDB, spark: Spark, scratch: Path) -> tuple[Trace, Trace]:
    dataset: Dataset = intake.read(source, engine=duckdb)
    large = (dataset.orders, dataset.accesses, dataset.logins, dataset.actors)
    carry(duckdb, large, spark, scratch)
    mine = tracing.trace(dataset, engine=duckdb)
    return mine, tracing.trace(dataset, engine=spark)


def test_a_market_is_traced_to_the_same_source_on_both_engines(
    market: Path, duckdb: DuckDB, spark: Spark, tmp_path: Path
) -> None:
    mine, other = on_both(market, duckdb, spark, tmp_path)
    assert mine.verdict == other.verdict == "suspects found"
    assert [f.suspect for f in mine.findings] == [f.suspect for f in other.findings]
    for here, there in zip(mine.findings, other.findings, strict=True):
        assert there.posterior == pytest.approx(here.posterior, abs=1e-9)
        assert (here.window, here.report_ids) == (there.window, there.report_ids)
    assert mine.exposed.equals(other.exposed)
    assert mine.candidates.equals(other.candidates)
    assert mine == other

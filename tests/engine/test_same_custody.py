"""Custody is the same on both engines: every table that tracing asks for, value for value."""

from pathlib import Path

import pytest
from engine_world import ODD, Twin, carry, odd_tables

from whence import intake, tracing
from whence.engine import DuckDB, Spark
from whence.model import AnalystPrior, Dataset, Finding, Suspect, Trace

pytestmark = pytest.mark.spark

WORLDS: dict[str, dict[str, bool]] = {
    "text ids": {},
    "integer ids": {"integer_ids": True},
    "no accesses": {"empty": True},
}


def twin_of(duckdb: DuckDB, spark: Spark, folder: Path, **world: bool) -> tuple[Dataset, Twin]:
    """Read an odd world with DuckDB, and open what it holds on Spark too."""
    dataset = intake.read_tables(odd_tables(**world), engine=duckdb)
    large = (dataset.orders, dataset.accesses, dataset.logins, dataset.actors)
    carry(duckdb, large, spark, folder)
    return dataset, Twin(duckdb, spark)


def traced(dataset: Dataset, twin: Twin) -> Trace:
    """Trace with all that asks something of the engine: also priors, of whom one is unknown."""
    priors = (
        AnalystPrior(kind="shop", id=ODD[0], factor=20.0),
        AnalystPrior(kind="shop", id="nobody's", factor=2.0),
    )
    return tracing.trace(dataset, engine=twin, settings=tracing.Settings(priors=priors))


@pytest.mark.parametrize("world", WORLDS)
def test_tracing_an_odd_world_asks_both_engines_the_same_and_gets_the_same(
    duckdb: DuckDB, spark: Spark, tmp_path: Path, world: str
) -> None:
    dataset, twin = twin_of(duckdb, spark, tmp_path, **WORLDS[world])
    trace = traced(dataset, twin)
    assert ODD[0] in {member.id for finding in trace.findings for member in members(finding)}
    assert trace.verdict == "suspects found"
    assert twin.not_empty >= 10


def members(finding: Finding) -> list[Suspect]:
    return [finding.suspect, *(member.suspect for member in finding.indistinguishable_from)]

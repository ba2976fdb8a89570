"""The real custody log with two planted leaks: 65,533 events on 7,554 tickets."""

from pathlib import Path

import pytest

from whence import intake, tracing
from whence.engine import DuckDB

DESK = Path(__file__).parents[3] / "shared" / "data" / "support_desk"
pytestmark = pytest.mark.skipif(not DESK.exists(), reason="../shared is absent")
# Data outside the product: its absence is no fault, also where everything must run.


@pytest.mark.parametrize(
    ("planted", "kind", "suspect"),
    [("planted-person", "person", "U0710"), ("planted-team", "team", "T019")],
)
def test_the_planted_suspect_comes_first_and_alone(planted: str, kind: str, suspect: str) -> None:
    with DuckDB() as engine:
        reports = {"reports": DESK / planted / "reports.csv"}
        dataset = intake.read(DESK, engine=engine, tables=reports)
        trace = tracing.trace(dataset, engine=engine)
    first, *others = trace.findings
    assert (first.suspect.kind, first.suspect.id) == (kind, suspect)
    assert first.posterior >= 0.9
    assert first.indistinguishable_from == ()
    assert all(finding.posterior < 0.5 for finding in others)
    top = trace.candidates.slice(0, 1).to_pylist()[0]
    assert (top["kind"], top["id"]) == (kind, suspect)

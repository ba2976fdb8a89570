"""However the orders are counted, the counts are the same: at once, by column, by named values."""

from typing import Any

import pytest

from whence.engine import choosing, counting
from whence.model import Trace
from whence.tracing import holdings, joint

LEAK = ("shop", "SH03", 15, 35)


def asked(world: Any, traced: Any) -> Trace:
    orders = world.held(*LEAK)[:28:2]
    trace: Trace = traced(world.noise(30).call(orders, after_days=5.0))
    return trace


def same(one: Trace, other: Trace) -> bool:
    return bool(
        one.candidates.equals(other.candidates)
        and one.exposed.equals(other.exposed)
        and one.findings == other.findings
    )


@pytest.fixture(params=["all counted", "what can matter counted"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "all counted":
        for room in (holdings, joint):
            monkeypatch.setattr(room, "FEW", 0)


@pytest.mark.usefixtures("few")
def test_orders_counted_at_once_are_those_counted_column_by_column(
    world: Any, traced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for most in (10**9, 0):
        monkeypatch.setattr(counting, "_MOST_GROUPS", most)
        found.append(asked(world, traced))
    assert same(*found)
    assert found[0].findings[0].suspect.id == "SH03"
    assert found[0].exposed.num_rows


@pytest.mark.usefixtures("few")
def test_naming_values_in_a_query_changes_nothing(
    world: Any, traced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for most in (2_000, 0):
        monkeypatch.setattr(choosing, "MOST_NAMED", most)
        found.append(asked(world, traced))
    assert same(*found)
    assert found[0].findings

"""A leak through an export of which the log holds only what was asked for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import whence

DAY_US = 86_400_000_000
START = int(np.datetime64("2026-01-01", "us").astype(np.int64))
CLERK, APP, REGION = "AP1-OPS", "AP1", "north"
FIRST, LAST, EXPORTED = 15, 35, 36  # days of the world


def _regions(world: Any) -> Any:
    names = np.array(["north", "east", "south", "west", "centre", "coast"])
    return names[np.random.default_rng(8).integers(0, len(names), len(world.placed))]


def _leaked(world: Any) -> dict[str, pa.Table]:
    """Return the world in which a clerk of an app exported one region's orders of three weeks."""
    region = _regions(world)
    day = (world.placed - START) / DAY_US
    taken = (world.app == APP) & (region == REGION) & (day >= FIRST) & (day < LAST)
    rng = np.random.default_rng(4)
    called = rng.choice(np.flatnonzero(taken), 14, replace=False)
    at_export = replace(world, seen=np.full_like(world.seen, START + EXPORTED * DAY_US))
    told = at_export.call(called, after_days=rng.uniform(1, 12, len(called)))
    party = {"party_id": CLERK, "kind": "clerk", "parent_id": APP}
    told = replace(told, seen=world.seen).noise(30).also("parties", party)
    tables = told.tables()
    orders: pa.Table = tables["orders"]
    return {**tables, "orders": orders.append_column("region", pa.array(region))}


def _export(**limits: str) -> pa.Table:
    days = {"accessed_at": EXPORTED, "placed_from": FIRST, "placed_until": LAST}
    moment = pa.timestamp("us", "UTC")
    times = {name: pa.array([START + day * DAY_US], moment) for name, day in days.items()}
    texts = {"account_id": CLERK, "party_id": APP} | limits
    return pa.table(times | {name: [text] for name, text in texts.items()})


@pytest.fixture(scope="module")
def leaked(world: Any) -> dict[str, pa.Table]:
    return _leaked(world)


def test_the_clerk_who_exported_is_named(leaked: dict[str, pa.Table], traced: Any) -> None:
    trace = traced(leaked | {"exports": _export(app_id=APP, region=REGION)})
    first, *others = trace.findings
    assert (first.suspect.kind, first.suspect.id) == ("clerk", CLERK)
    assert first.posterior > 0.9
    assert first.indistinguishable_from == ()
    assert all(finding.posterior < 0.5 for finding in others)
    seen = set(leaked["accesses"]["account_id"].to_pylist())
    assert CLERK not in seen


def test_without_the_exports_she_is_not(leaked: dict[str, pa.Table], traced: Any) -> None:
    trace = traced(leaked)
    assert CLERK not in {finding.suspect.id for finding in trace.findings}
    assert CLERK not in trace.candidates["id"].to_pylist()


def test_who_exported_other_orders_is_not_named(leaked: dict[str, pa.Table], traced: Any) -> None:
    trace = traced(leaked | {"exports": _export(app_id=APP, region="south")})
    assert CLERK not in {
        finding.suspect.id for finding in trace.findings if finding.posterior > 0.5
    }


def test_exports_are_given_as_arrow_tables_too(leaked: dict[str, pa.Table]) -> None:
    exports = _export(app_id=APP, region=REGION)
    answer = whence.trace(leaked | {"exports": exports})
    assert [finding.suspect.id for finding in answer.named] == [CLERK]
    n_logged = leaked["accesses"].num_rows
    assert answer.inputs.accesses > n_logged

"""Samples, logins, customers without an order number, what is exposed."""

from dataclasses import replace
from typing import Any

import numpy as np

from whence.model import DAY

CLERK = "SH02-C1"


def test_a_seized_sample_of_ten_rows_names_the_clerk(world: Any, traced: Any) -> None:
    held = world.held("clerk", CLERK, 20, 32)
    rows = [{"sample_id": "S1", "order_id": f"O{i:05}"} for i in held[::3][:10]]
    trace = traced(world.noise(12).also("samples", *rows))
    assert [f.suspect.id for f in trace.findings if f.posterior > 0.5] == [CLERK]


def test_a_sample_drawn_from_everywhere_names_nobody(world: Any, traced: Any) -> None:
    drawn = np.random.default_rng(2).choice(6_000, 10, replace=False)
    rows = [{"sample_id": "S1", "order_id": f"O{i:05}"} for i in drawn]
    trace = traced(world.noise(12).also("samples", *rows))
    assert [f for f in trace.findings if f.posterior > 0.5] == []


def test_a_thief_who_logged_in_as_the_customers_is_named_by_device(world: Any, traced: Any) -> None:
    rng = np.random.default_rng(4)
    victims = rng.choice(np.flatnonzero(world.placed < world.placed[3_000]), 10, replace=False)
    world = world.call(victims, after_days=rng.uniform(40, 50, 10), known_fields="login,password")
    logins = [
        {
            "customer_id": f"K{i:05}",
            "attempted_at": int(world.placed[0] + 31 * DAY + n * 60_000_000),
            "success": True,
            "device_id": "DEV-X",
            "ip": None,
        }
        for n, i in enumerate([*victims, *rng.choice(3_000, 60, replace=False)])
    ]
    trace = traced(world.noise(10).also("logins", *logins))
    assert [(f.suspect.kind, f.suspect.id) for f in trace.findings if f.posterior > 0.5] == [
        ("login_device", "DEV-X")
    ]


def test_reports_that_name_only_a_customer_count_too(world: Any, traced: Any) -> None:
    held = world.held("clerk", CLERK, 20, 32)
    leak = world.call(held[::4][:9], after_days=np.linspace(4, 20, 9))
    named_by_customer = tuple(
        {k: v for k, v in r.items() if k != "order_id"} | {"customer_id": "K" + r["order_id"][1:]}
        for r in leak.reports
    )
    trace = traced(replace(leak, reports=named_by_customer).noise(8))
    assert trace.findings[0].suspect.id == CLERK
    assert trace.inputs.reports_used == 17


def test_the_exposed_are_the_clerks_orders_and_their_calls_lie_ahead(
    world: Any, traced: Any
) -> None:
    held = world.held("clerk", CLERK, 20, 32)
    leak = world.call(held[::4][:10], after_days=np.linspace(4, 20, 10)).noise(8)
    trace = traced(leak)
    rows = trace.exposed.to_pylist()
    reported = {r["order_id"] for r in leak.reports}
    mine = {f"O{i:05}" for i in np.flatnonzero(world.clerk == CLERK)}
    assert rows
    assert {r["order_id"] for r in rows} <= mine - reported
    truly = {f"O{i:05}" for i in held} - reported
    assert len({r["order_id"] for r in rows} & truly) >= 0.8 * len(truly)
    chances = [r["probability"] for r in rows]
    assert chances == sorted(chances, reverse=True)
    assert all(r["call_due_from"] <= r["call_due_until"] for r in rows)
    end = trace.observed.end
    assert all(r["call_due_from"].timestamp() * 1e6 >= end - 1 for r in rows)

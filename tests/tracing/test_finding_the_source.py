"""Who is named, and who is not."""

from typing import Any

import numpy as np
import pytest

from whence.model import DAY, AnalystPrior, Trace

CLERK, SHOP = "SH02-C1", "SH02"


def names(trace: Trace, least: float = 0.5) -> list[str]:
    return [f.suspect.id for f in trace.findings if f.posterior >= least]


def posterior_of(trace: Trace, custodian_id: str) -> float:
    rows = trace.candidates.to_pylist()
    return float(next(row["posterior"] for row in rows if row["id"] == custodian_id))


@pytest.fixture(scope="module")
def leak(world: Any) -> Any:
    """Let a clerk's account leak twelve days of orders: eight calls, and twelve unrelated ones."""
    held = world.held("clerk", CLERK, 20, 32)
    delays = np.random.default_rng(1).lognormal(2.2, 0.6, 8)
    return world.call(held[:: max(1, len(held) // 8)][:8], after_days=delays).noise(12)


def test_a_leaking_clerk_is_named_and_not_the_whole_shop(leak: Any, traced: Any) -> None:
    trace = traced(leak)
    assert trace.verdict == "suspects found"
    assert names(trace) == [CLERK]
    assert trace.findings[0].suspect.kind == "clerk"
    assert trace.findings[0].suspect.parent_id == SHOP


def test_an_honest_market_names_nobody(world: Any, traced: Any) -> None:
    trace = traced(world.noise(40))
    assert trace.verdict == "nothing stands out"
    assert names(trace) == []


def test_the_shop_is_named_when_all_its_clerks_orders_are_called(world: Any, traced: Any) -> None:
    held = world.held("shop", SHOP, 20, 32)
    trace = traced(world.call(held[::5][:12], after_days=np.linspace(4, 20, 12)).noise(12))
    assert names(trace) == [SHOP]


def test_two_sources_are_found_together(leak: Any, traced: Any) -> None:
    held = leak.held("clerk", "SH05-C0", 5, 25)
    trace = traced(leak.call(held[:9], after_days=np.linspace(3, 25, 9)))
    assert sorted(names(trace)) == [CLERK, "SH05-C0"]


def test_a_mere_two_reports_name_nobody(world: Any, traced: Any) -> None:
    held = world.held("clerk", CLERK, 20, 32)
    assert names(traced(world.call(held[:2], after_days=8.0).noise(12))) == []


def test_no_report_is_too_few(world: Any, traced: Any) -> None:
    trace = traced(world)
    assert trace.verdict == "too few reports"
    assert trace.findings == ()


def test_an_access_after_the_call_is_no_source(leak: Any, traced: Any) -> None:
    from dataclasses import replace  # noqa: PLC0415

    late = tuple(
        {
            "order_id": report["order_id"],
            "account_id": "SH02-SNOOP",
            "party_id": SHOP,
            "accessed_at": report["called_at"] + 3_600_000_000,
        }
        for report in leak.reports
    )
    trace = traced(replace(leak, accesses=late))
    assert names(trace) == [CLERK]
    assert "SH02-SNOOP" not in trace.candidates.column("id").to_pylist()


def test_the_window_and_the_report_rate_hold_the_truth(leak: Any, traced: Any) -> None:
    finding = traced(leak).findings[0]
    day = 86_400_000_000
    start = int(np.datetime64("2026-01-01", "us").astype(np.int64))
    assert abs(finding.window.start - (start + 20 * day)) <= 6 * DAY
    assert abs(finding.window.end - (start + 32 * day)) <= 6 * DAY
    assert finding.report_rate.low <= 8 / finding.orders_in_window <= finding.report_rate.high
    assert finding.reports.explained == pytest.approx(8, abs=1.5)
    assert finding.reports.expected_by_chance < 2


def test_a_cleared_custodian_is_not_named_and_the_clearance_is_on_record(
    leak: Any, traced: Any
) -> None:
    clearance = AnalystPrior(kind="clerk", id=CLERK, factor=0.0, reason="account was locked")
    trace = traced(leak, priors=(clearance,))
    assert CLERK not in names(trace, 0.05)
    assert trace.priors == (clearance,)


def test_an_analysts_suspicion_raises_the_posterior(world: Any, traced: Any) -> None:
    held = world.held("clerk", CLERK, 20, 32)
    weak = world.call(held[:3], after_days=8.0).noise(12)
    suspicion = AnalystPrior(kind="clerk", id=CLERK, factor=50.0)
    plain = posterior_of(traced(weak), CLERK)
    assert posterior_of(traced(weak, priors=(suspicion,)), CLERK) > plain

"""Custodians that the reports cannot tell apart, and what would."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

CLERK = "SH02-C1"


def leak(world: Any, n: int = 9) -> Any:
    held = world.held("clerk", CLERK, 20, 32)
    return world.call(held[:: len(held) // n][:n], after_days=np.linspace(4, 20, n)).noise(10)


def test_equal_custody_is_one_finding_with_shares(world: Any, traced: Any) -> None:
    finding = traced(leak(world.shadowed(CLERK, "SH02-C9"))).findings[0]
    members = [finding.suspect.id, *(m.suspect.id for m in finding.indistinguishable_from)]
    assert sorted(members) == [CLERK, "SH02-C9"]
    assert finding.posterior > 0.9
    shares = [finding.share, *(m.share for m in finding.indistinguishable_from)]
    assert sum(shares) == pytest.approx(1.0)
    assert abs(finding.share - 0.5) < 0.1


def test_no_number_of_reports_settles_equal_custody(world: Any, traced: Any) -> None:
    (settling,) = traced(leak(world.shadowed(CLERK, "SH02-C9"))).findings[0].settling
    assert settling.reports_needed is None
    assert settling.overlap == 1.0


def test_a_tie_of_two_who_differ_tells_how_many_more_reports_settle_it(
    world: Any, traced: Any
) -> None:
    pair = world.shadowed(CLERK, "SH02-C9", share=0.9)
    seen_by_both = {row["order_id"] for row in pair.accesses}
    held = [i for i in world.held("clerk", CLERK, 20, 32) if f"O{i:05}" in seen_by_both]
    trace = traced(pair.call(held[::4][:8], after_days=np.linspace(4, 20, 8)).noise(10))
    (settling,) = trace.findings[0].settling
    assert settling.reports_needed is not None
    assert 1 <= settling.reports_needed <= 60
    assert 0.8 < settling.overlap <= 1.0


def test_one_report_that_the_other_did_not_hold_breaks_the_tie(world: Any, traced: Any) -> None:
    pair = world.shadowed(CLERK, "SH02-C9", share=0.9)
    seen_by_both = {row["order_id"] for row in pair.accesses}
    held = list(world.held("clerk", CLERK, 20, 32))
    alone = [i for i in held if f"O{i:05}" not in seen_by_both][:2]
    both = [i for i in held if f"O{i:05}" in seen_by_both][::4][:6]
    trace = traced(pair.call([*both, *alone], after_days=8.0).noise(10))
    assert trace.findings[0].suspect.id == CLERK
    assert trace.findings[0].indistinguishable_from == ()


def test_who_held_far_more_is_told_apart_by_the_reports_that_did_not_come(
    world: Any, traced: Any
) -> None:
    finding = traced(leak(world)).findings[0]
    assert finding.suspect.id == CLERK
    assert finding.indistinguishable_from == ()  # its shop and app held the reported orders too


def test_one_marked_call_settles_a_tie(world: Any, traced: Any) -> None:
    tied = leak(world.shadowed(CLERK, "SH02-C9"))
    mark = {
        "reading_id": "M1",
        "report_id": "V0000",
        "party_id": "SH02-C9",
        "log10_likelihood_ratio": 4.0,
    }
    finding = traced(tied.also("marks", mark)).findings[0]
    assert finding.suspect.id == "SH02-C9"
    assert finding.indistinguishable_from == ()


def test_what_the_caller_knew_settles_a_tie(world: Any, traced: Any) -> None:
    tied = leak(world.shadowed(CLERK, "SH02-C9", fields="name,phone"))
    told = tuple(r | {"known_fields": "name,phone,price,goods"} for r in tied.reports)
    # What the clerk herself saw is not recorded: unknown, not nothing.
    finding = traced(replace(tied, reports=told)).findings[0]
    assert finding.suspect.id == CLERK

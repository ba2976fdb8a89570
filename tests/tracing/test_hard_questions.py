"""What an opponent would try: odd observations, clearances, marks without logs, bunched calls."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from whence.errors import InputError, UsageError
from whence.model import AnalystPrior, Trace
from whence.tracing import Settings

CLERK, SHOP = "SH02-C1", "SH02"
DAY = 86_400_000_000
START = int(np.datetime64("2026-01-01", "us").astype(np.int64))


def leak(world: Any, n: int = 9) -> Any:
    held = world.held("clerk", CLERK, 20, 32)
    return world.call(held[:: len(held) // n][:n], after_days=np.linspace(4, 20, n)).noise(10)


def names(trace: Trace, least: float = 0.5) -> list[str]:
    return [f.suspect.id for f in trace.findings if f.posterior >= least]


def phrases(trace: Trace) -> list[str]:
    return [note.phrase for note in trace.notes]


@pytest.mark.parametrize("day", [20, 35, 50])
def test_an_honest_market_stays_empty_whenever_observation_ends(
    world: Any, traced: Any, day: int
) -> None:
    until = START + day * DAY
    honest = world.noise(40)
    trace = traced(honest, observed_until=until)
    assert names(trace) == []
    late = sum(report["called_at"] > until for report in honest.reports)
    assert trace.inputs.rejected["reports: called after the end of observation"] == late


def test_calls_that_all_come_in_one_week_accuse_nobody(world: Any, traced: Any) -> None:
    rng = np.random.default_rng(8)
    orders = rng.choice(np.flatnonzero(world.placed < START + 45 * DAY), 40, replace=False)
    called = START + 50 * DAY + rng.uniform(0, 7, 40) * DAY
    bunched = world.call(orders, after_days=(called - world.seen[orders]) / DAY)
    assert names(traced(bunched)) == []


def test_a_cleared_source_does_not_accuse_its_neighbours(world: Any, traced: Any) -> None:
    clearance = AnalystPrior(kind="Clerk", id=CLERK, factor=0.0)
    trace = traced(leak(world), priors=(clearance,))
    assert names(trace) == []
    assert "tracing.note-cleared" in phrases(trace)


def test_clearing_one_of_two_equals_leaves_the_other(world: Any, traced: Any) -> None:
    clearance = AnalystPrior(kind="clerk", id=CLERK, factor=0.0)
    trace = traced(leak(world.shadowed(CLERK, "SH02-C9")), priors=(clearance,))
    assert names(trace) == ["SH02-C9"]
    assert trace.findings[0].share == 1.0


def test_a_prior_for_nobody_is_told(world: Any, traced: Any) -> None:
    slip = AnalystPrior(kind="clerk", id="SH02-C77", factor=5.0)
    assert "tracing.note-prior-nobody" in phrases(traced(leak(world), priors=(slip,)))
    known = AnalystPrior(kind="clerk", id=CLERK, factor=5.0)
    assert "tracing.note-prior-nobody" not in phrases(traced(leak(world), priors=(known,)))


def test_a_mark_is_custody_whatever_the_logs_say(world: Any, traced: Any) -> None:
    marks = [
        {"reading_id": f"M{i}", "report_id": f"V{i:04}", "party_id": "GHOST"}
        | {"log10_likelihood_ratio": 5.0}
        for i in range(3)
    ]
    trace = traced(world.noise(12).also("marks", *marks))
    finding = next(f for f in trace.findings if f.suspect.id == "GHOST")
    assert finding.posterior > 0.9
    assert finding.orders_in_window >= finding.reports.in_window


def test_a_mark_finds_the_kind_of_its_party_in_the_columns(world: Any, traced: Any) -> None:
    mark = {"reading_id": "M1", "report_id": "V0000", "party_id": "WA3"}
    trace = traced(leak(world).also("marks", mark | {"log10_likelihood_ratio": 6.0}))
    kinds = {row["kind"] for row in trace.candidates.to_pylist() if row["id"] == "WA3"}
    assert kinds == {"warehouse"}


def test_a_neutral_second_reading_takes_nothing_back(world: Any, traced: Any) -> None:
    readings = [
        {"reading_id": f"M{i}", "report_id": "V0000", "party_id": "SH02-C9"}
        | {"log10_likelihood_ratio": strength}
        for i, strength in enumerate((4.0, 0.0))
    ]
    trace = traced(leak(world.shadowed(CLERK, "SH02-C9")).also("marks", *readings))
    assert trace.findings[0].suspect.id == "SH02-C9"
    assert trace.findings[0].indistinguishable_from == ()


def test_a_mark_in_a_sample_counts_for_its_party(world: Any, traced: Any) -> None:
    drawn = np.random.default_rng(2).choice(6_000, 6, replace=False)
    rows = [{"sample_id": "S1", "order_id": f"O{i:05}"} for i in drawn]
    mark = {"reading_id": "M1", "sample_id": "S1", "party_id": "GHOST"}
    marked = world.noise(12).also("samples", *rows)
    marked = marked.also("marks", mark | {"log10_likelihood_ratio": 7.0})
    assert "GHOST" in names(traced(marked))


def test_a_team_above_the_accounts_holds_what_they_saw(world: Any, traced: Any) -> None:
    """Let every first clerk of the even shops be trained by one agency, which leaks."""
    tables = leak(world).tables()
    parties = tables["parties"].to_pylist()
    for party in parties:
        if party["party_id"].endswith("-C1"):
            party["parent_id"] = "AGENCY"
    parties.append({"party_id": "AGENCY", "kind": "agency", "parent_id": None})
    tables["parties"] = pa.Table.from_pylist(parties)
    held = {row["kind"]: row for row in traced(tables).candidates.to_pylist()}
    assert held["agency"]["orders_held"] > 1_000


def test_a_party_of_another_kind_lends_its_name_to_nobody(world: Any, traced: Any) -> None:
    party = {"party_id": "AP0", "kind": "school", "parent_id": None, "name": "Not an app"}
    trace = traced(world.noise(20).also("parties", party))
    assert all(f.suspect.name is None for f in trace.findings)
    kinds = {row["kind"] for row in trace.candidates.to_pylist() if row["id"] == "AP0"}
    assert kinds == {"app"}


def test_twins_expose_as_much_as_one(world: Any, traced: Any) -> None:
    alone = traced(leak(world)).exposed.to_pylist()
    twins = traced(leak(world.shadowed(CLERK, "SH02-C9"))).exposed.to_pylist()
    one = {row["order_id"]: row["probability"] for row in alone}
    two = {row["order_id"]: row["probability"] for row in twins}
    both = sorted(set(one) & set(two))
    assert len(both) >= 0.8 * len(one)
    assert [two[i] for i in both] == pytest.approx([one[i] for i in both], abs=0.1)


def test_the_order_of_a_later_report_is_not_exposed(world: Any, traced: Any) -> None:
    base = leak(world)
    tables = base.tables()
    first = traced(tables).exposed.to_pylist()[0]
    order = int(first["order_id"][1:])
    customer = base.reports[0]["order_id"].replace("O", "K")
    orders = tables["orders"].to_pylist()
    orders[order]["customer_id"] = customer
    tables["orders"] = pa.Table.from_pylist(orders, schema=tables["orders"].schema)
    again = replace(base).call([order], after_days=12.0)
    tables["reports"] = again.tables()["reports"]
    later = traced(tables)
    assert later.inputs.rejected["reports: later report of the same customer"] == 1
    assert first["order_id"] not in later.exposed.column("order_id").to_pylist()


def test_each_custodian_stands_in_one_finding(world: Any, traced: Any) -> None:
    trace = traced(leak(world))
    members = [
        (s.kind, s.id)
        for f in trace.findings
        for s in (f.suspect, *(m.suspect for m in f.indistinguishable_from))
    ]
    assert len(members) == len(set(members))
    assert all(f.log10_bayes_factor > 0 for f in trace.findings)


def test_without_a_source_no_delay_is_claimed(world: Any, traced: Any) -> None:
    assert traced(world.noise(40)).delay is None
    assert traced(leak(world)).delay is not None


def test_orders_that_nobody_holds_stop_with_one_line(world: Any, traced: Any) -> None:
    tables = leak(world).tables()
    bare = {
        "orders": tables["orders"].select(["order_id", "placed_at"]),
        "reports": tables["reports"],
    }
    with pytest.raises(InputError, match="nothing says who held the orders"):
        traced(bare)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_worst_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UsageError):
        Settings(worst_share=share)

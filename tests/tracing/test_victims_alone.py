"""No orders, no logs: what a consumer body's reports can say."""

from typing import Any

import pyarrow as pa
import pytest

from whence import intake, tracing
from whence.engine import DuckDB
from whence.model import Trace
from whence.wording import LANGUAGES, say

DAY = 86_400_000_000
FIRST = 1_772_000_000_000_000


def reports(k: int, n: int) -> pa.Table:
    """Let k of n victims buy at shop SH-X; couriers are spread as they are in life."""
    rows: list[dict[str, Any]] = [
        {
            "report_id": f"R{i:03}",
            "placed_at": FIRST + i * DAY // 4,
            "called_at": FIRST + (i + 80) * DAY // 4,
            "shop_id": "SH-X" if i < k else f"SH-{i}",
            "carrier_id": ["ZT", "YT", "SF", "YD"][i % 4],
        }
        for i in range(n)
    ]
    table = pa.Table.from_pylist(rows)
    for name in ("placed_at", "called_at"):
        column = table.column(name).cast(pa.timestamp("us", "UTC"))
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def parties(**share: float) -> pa.Table:
    return pa.table(
        {
            "party_id": list(share),
            "kind": ["shop" for _ in share],
            "share": list(share.values()),
        }
    )


def traced(k: int, n: int, shares: pa.Table | None = None, **settings: Any) -> Trace:
    tables = {"reports": reports(k, n)} | ({"parties": shares} if shares is not None else {})
    with DuckDB(threads=1) as engine:
        dataset = intake.read_tables(tables, engine=engine)
        return tracing.trace(dataset, engine=engine, settings=tracing.Settings(**settings))


def test_ten_of_thirty_three_at_one_shop_stand_out_even_in_the_worst_case() -> None:
    trace = traced(10, 33)  # the published case: at least 10 of 30-odd bought at one shop
    (finding,) = [f for f in trace.findings if f.posterior >= 0.5]
    assert trace.basis == "victims alone"
    assert (finding.suspect.kind, finding.suspect.id) == ("shop", "SH-X")
    assert finding.reports.in_window == 10
    assert len(finding.report_ids) == 10
    assert finding.report_rate is None
    assert trace.exposed.num_rows == 0


def test_a_shop_that_sells_a_fifth_of_everything_is_not_named_for_a_third_of_the_victims() -> None:
    assert traced(10, 33, parties(**{"SH-X": 0.2})).verdict == "nothing stands out"


def test_a_courier_company_common_to_a_quarter_of_the_victims_is_not_named() -> None:
    named = [f.suspect.kind for f in traced(10, 33).findings if f.posterior >= 0.5]
    assert named == ["shop"]


def test_three_of_thirty_are_not_enough() -> None:
    assert traced(3, 30).verdict == "nothing stands out"


def test_two_reports_are_too_few() -> None:
    assert traced(2, 2).verdict == "too few reports"


def test_a_stated_worst_case_decides_where_no_share_is_known() -> None:
    assert traced(7, 33, worst_share=0.005).verdict == "suspects found"
    assert traced(7, 33, worst_share=0.3).verdict == "nothing stands out"


def test_the_answer_says_up_to_which_share_it_holds_and_what_cannot_be_concluded() -> None:
    trace = traced(10, 33)
    phrases = [note.phrase for note in trace.findings[0].why]
    assert phrases == ["tracing.victims-worst-share", "tracing.victims-holds-until"]
    limits = [note.phrase for note in trace.limits]
    assert "tracing.limit-victims-level" in limits
    assert "tracing.limit-victims-settle" in limits
    assert "tracing.limit-victims-worst" in limits
    for note in (*trace.findings[0].why, *trace.limits):
        for language in LANGUAGES:
            assert say(note.phrase, language, **note.facts)


def test_two_custodians_named_by_the_same_victims_are_one_finding() -> None:
    table = reports(10, 33).drop_columns("carrier_id")
    app = [f"AP-{row['shop_id']}" for row in table.to_pylist()]
    table = table.append_column("store_id", pa.array(app))
    with DuckDB(threads=1) as engine:
        dataset = intake.read_tables({"reports": table}, engine=engine)
        trace = tracing.trace(dataset, engine=engine, settings=tracing.Settings(worst_share=0.02))
    finding = trace.findings[0]
    tied = {finding.suspect.id, *(m.suspect.id for m in finding.indistinguishable_from)}
    assert tied == {"SH-X", "AP-SH-X"}
    assert [s.overlap for s in finding.settling] == [pytest.approx(1.0)]
    assert len([f for f in trace.findings if f.posterior >= 0.5]) == 1

"""One call with a mark settles between two branches what thirty reports could not."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from marks_world import KEY

from whence import intake, tracing
from whence.engine import DuckDB
from whence.marks import Book, read_alias, read_extension, readings_table, write
from whence.model import DAY, Finding

BOOK = Book(KEY)
START = 1_772_323_200_000_000  # 2026-03-01
N_ORDERS, N_DAYS = 3_000, 50
ONE, OTHER = "BR-ONE", "BR-TWO"
NUMBERS = {1: ONE, 2: OTHER, 3: "BR-THREE"}


def tables(marks: pa.Table | None = None) -> dict[str, pa.Table]:
    """Two branches saw the very same orders in the same week; thirty of these were called about."""
    rng = np.random.default_rng(5)
    placed = START + np.sort(rng.integers(0, N_DAYS * 86_400, N_ORDERS)) * 1_000_000
    ids = [f"O{i:04}" for i in range(N_ORDERS)]
    seen = np.flatnonzero(placed < START + 20 * DAY)[::6]
    accesses = [
        {"order_id": ids[i], "account_id": branch, "accessed_at": int(placed[i]) + DAY // 2 + late}
        for i in seen
        for branch, late in ((ONE, 0), (OTHER, 60_000_000))
    ]
    accesses += [
        {"order_id": ids[i], "account_id": f"BR-{i % 40}", "accessed_at": int(placed[i]) + DAY // 2}
        for i in rng.choice(N_ORDERS, 900, replace=False)
    ]
    victims = seen[-60:][::2]
    calls = [(ids[i], int(placed[i] + rng.uniform(3, 12) * DAY)) for i in victims]
    calls += [
        (ids[i], int(placed[i] + rng.uniform(3, 12) * DAY))
        for i in rng.choice(np.setdiff1d(np.arange(N_ORDERS), seen), 10, replace=False)
    ]
    found = {
        "orders": pa.table(
            {
                "order_id": ids,
                "placed_at": stamps(placed.tolist()),
                "shop_id": [f"SH{i % 20}" for i in range(N_ORDERS)],
            }
        ),
        "accesses": with_times(accesses, "accessed_at"),
        "parties": pa.Table.from_pylist(
            [{"party_id": f"BR-{i}", "kind": "branch"} for i in range(40)]
            + [{"party_id": each, "kind": "branch"} for each in NUMBERS.values()]
        ),
        "reports": with_times(
            [
                {"report_id": f"V{i:02}", "order_id": order_id, "called_at": at}
                for i, (order_id, at) in enumerate(calls)
            ],
            "called_at",
        ),
    }
    return found if marks is None else found | {"marks": marks}


def stamps(instants: list[int]) -> pa.Array:
    return pa.array(instants, pa.int64()).cast(pa.timestamp("us", "UTC"))


def with_times(rows: list[dict[str, Any]], at: str) -> pa.Table:
    table = pa.Table.from_pylist(rows)
    place = table.column_names.index(at)
    return table.set_column(place, at, stamps(table.column(at).to_pylist()))


def findings(marks: pa.Table | None = None) -> list[Finding]:
    with DuckDB(threads=1) as engine:
        dataset = intake.read_tables(tables(marks), engine=engine)
        return list(tracing.trace(dataset, engine=engine).findings)


def called_order(report: int) -> str:
    return str(tables()["reports"].column("order_id")[report])


def alias_of(number: int, order_id: str) -> str:
    marked = write(BOOK, number, [order_id], names=["王建国"])
    assert marked.names is not None
    return str(marked.names[0])


def members(finding: Finding) -> dict[str, float]:
    tied = {tied.suspect.id: tied.share for tied in finding.indistinguishable_from}
    return {finding.suspect.id: finding.share, **tied}


def test_thirty_reports_leave_the_two_branches_tied() -> None:
    (finding, *_) = findings()
    assert finding.reports.in_window >= 20
    assert set(members(finding)) == {ONE, OTHER}


@pytest.mark.parametrize(("number", "branch"), [(1, ONE), (2, OTHER)])
def test_the_alias_of_one_call_settles_between_them(number: int, branch: str) -> None:
    order_id = called_order(3)
    reading = read_alias(BOOK, order_id, alias_of(number, order_id), NUMBERS)
    (finding, *_) = findings(readings_table(reading, NUMBERS, report_id="V03"))
    assert finding.posterior > 0.99
    assert members(finding) == {branch: pytest.approx(1.0, abs=0.01)}


def test_the_extension_of_one_call_does_too() -> None:
    order_id = called_order(3)
    marked = write(BOOK, 2, [order_id], extensions=True)
    assert marked.extensions is not None
    reading = read_extension(BOOK, order_id, str(marked.extensions[0]), NUMBERS)
    (finding, *_) = findings(readings_table(reading, NUMBERS, report_id="V03"))
    assert members(finding) == {OTHER: pytest.approx(1.0, abs=0.01)}


def test_a_real_name_leaves_them_tied() -> None:
    order_id = called_order(3)
    reading = read_alias(BOOK, order_id, "周国富", NUMBERS)
    (finding, *_) = findings(readings_table(reading, NUMBERS, report_id="V03"))
    assert set(members(finding)) == {ONE, OTHER}


def test_a_table_of_readings_has_a_row_a_recipient_and_one_for_who_held_it_unmarked() -> None:
    reading = read_alias(BOOK, "O0001", alias_of(1, "O0001"), NUMBERS)
    table = readings_table(reading, NUMBERS, report_id="V03", unmarked=["platform", ONE])
    rows = {row["party_id"]: row for row in table.to_pylist()}
    assert set(rows) == {*NUMBERS.values(), "platform"}
    assert rows[ONE]["log10_likelihood_ratio"] > 3.5
    assert rows[ONE]["false_accusation_bound"] < 0.001
    assert rows[OTHER]["log10_likelihood_ratio"] < -0.7
    assert rows["platform"]["log10_likelihood_ratio"] < -0.7
    assert len(set(table["reading_id"].to_pylist())) == 4
    assert table["sample_id"].null_count == 4

"""trace.json: any reader of JSON gets what was written, and its bytes stand still."""

import json
import math
from dataclasses import replace

from front_answers import a_trace
from hypothesis import given, strategies as st

from whence.document import to_document, to_json
from whence.model import Trace

# Every key of the contract, docs/formats.md.
CONTRACT = {
    "": {
        "schema",
        "verdict",
        "inputs",
        "delay",
        "findings",
        "unexplained",
        "exposed",
        "candidates",
    },
    "inputs": {"orders", "accesses", "custodians", "reports", "reports_used", "rejected"},
    "delay": {"q10_days", "q50_days", "q90_days"},
    "unexplained": {"reports", "report_ids"},
    "exposed": {"orders", "path"},
    "candidates": {"custodians", "path"},
}
OF_A_FINDING = {
    "suspect",
    "posterior",
    "share",
    "indistinguishable_from",
    "log10_bayes_factor",
    "window",
    "orders_in_window",
    "reports",
    "report_rate",
    "report_ids",
    "why",
}


def test_every_key_of_the_contract_is_there() -> None:
    document = to_document(a_trace(tied=True))
    for part, keys in CONTRACT.items():
        held = document[part] if part else document
        assert keys <= set(held), part
    (finding,) = document["findings"]
    assert set(finding) >= OF_A_FINDING
    assert finding["suspect"] == {"kind": "shop", "id": "SH0", "name": None, "parent_id": None}
    assert finding["indistinguishable_from"][0]["share"] == 0.19
    assert finding["window"] == {"start": "2025-11-28T00:00:00Z", "end": "2025-12-08T00:00:00Z"}
    assert finding["report_rate"] == {"estimate": 0.014, "low": 0.007, "high": 0.024, "n": 12}


def test_reasons_are_english_sentences() -> None:
    document = to_document(a_trace())
    assert document["findings"][0]["why"] == ["a file could not be read or written by the engine"]


def test_an_answer_without_suspects_has_no_findings() -> None:
    document = to_document(a_trace(0))
    assert document["findings"] == []
    assert document["verdict"] == "nothing stands out"


def test_victims_alone_leave_null_what_means_nothing() -> None:
    trace = a_trace()
    bare = replace(
        trace.findings[0], window=None, orders_in_window=None, report_rate=None, timeline=None
    )
    document = to_document(
        replace(trace, basis="victims alone", findings=(bare,), delay=None, observed=None)
    )
    (finding,) = document["findings"]
    for key in ("window", "orders_in_window", "report_rate", "timeline"):
        assert finding[key] is None
    assert document["delay"] is None
    assert document["observed"] is None


numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(posterior=st.floats(0, 1), factor=numbers, n=st.integers(0, 3), tied=st.booleans())
def test_what_is_written_is_read_back(
    posterior: float, factor: float, n: int, *, tied: bool
) -> None:
    trace = _with_factor(a_trace(n, tied=tied, posterior=posterior), factor)
    document = json.loads(to_json(trace))
    assert document == to_document(trace)
    for finding in document["findings"]:
        assert math.isclose(finding["posterior"], posterior, rel_tol=1e-5, abs_tol=1e-300)
        value = finding["log10_bayes_factor"]
        assert (value is None) == (not math.isfinite(factor))


@given(value=st.floats(0.001, 1), relative=st.floats(-1e-12, 1e-12))
def test_a_sum_taken_in_another_order_rarely_shows(value: float, relative: float) -> None:
    once = float(f"{value:.3g}")  # away from the edge between two roundings
    again = to_document(a_trace(posterior=once * (1 + relative)))["findings"][0]["posterior"]
    assert again == to_document(a_trace(posterior=once))["findings"][0]["posterior"]


def _with_factor(trace: Trace, factor: float) -> Trace:
    found = tuple(replace(f, log10_bayes_factor=factor) for f in trace.findings)
    return replace(trace, findings=found)


def test_the_text_is_plain_json() -> None:
    text = to_json(a_trace())
    assert json.loads(text)["schema"] == "whence.trace/1"
    assert text.endswith("}\n")
    assert "NaN" not in text

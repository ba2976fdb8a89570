"""Laws of `whence diff`, for whatever two answers hold."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from diff_answers import a_finding, an_answer, between, exposed, ids_of, laid, weighed
from hypothesis import given, settings, strategies as st

from whence.comparison import FindingChange, read_answer, to_json
from whence.comparison.printed import to_document
from whence.model import AnalystPrior, Trace

MIRROR = {
    "new": "gone",
    "gone": "new",
    "became named": "lost its name",
    "lost its name": "became named",
}


POOL = [f"SH{i}" for i in range(6)]
REPORTS = [f"V{i}" for i in range(8)]


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Draw an answer: custodians stand in one finding each, so do reports; the rest is chance."""
    names = draw(st.permutations(POOL))
    sizes = draw(st.lists(st.integers(1, 2), max_size=3))
    ids = draw(st.permutations(REPORTS))
    findings = []
    for size in sizes:
        members, names = names[:size], names[size:]
        explained, ids = ids[:2], ids[2:]
        posterior = draw(st.sampled_from([0.06, 0.3, 0.5, 0.9, 0.998, 1.0]))
        factor = draw(st.sampled_from([1.0, 5.0]))
        findings.append(
            a_finding(
                *members,
                reports=tuple(sorted(explained)),
                posterior=posterior,
                factor=factor,
                in_window=tuple(draw(st.sampled_from([0.0, 0.5, 1.0])) for _ in range(10)),
                touched=tuple(draw(st.integers(0, 1)) for _ in range(10)),
            )
        )
    findings.sort(key=lambda f: (-f.posterior, f.suspect.id))
    listed = draw(st.lists(st.sampled_from("abcdef"), unique=True))
    orders = {
        name: (
            draw(st.sampled_from(POOL)),
            draw(st.integers(0, 12)),
            draw(st.sampled_from([0.2, 0.9])),
        )
        for name in listed
    }
    cleared = draw(st.sampled_from([*POOL, None]))
    return an_answer(
        *findings,
        unexplained=tuple(ids[: draw(st.integers(0, len(ids)))]),
        exposed=exposed(**orders),
        candidates=weighed(**{name: draw(st.floats(-1, 9)) for name in names[:2]}),
        priors=(AnalystPrior(kind="shop", id=cleared, factor=0.0),) if cleared else (),
    )


@settings(deadline=None, max_examples=60)
@given(trace=traces())
def test_nothing_changed_between_an_answer_and_itself(trace: Trace) -> None:
    document = to_document(between(trace, trace))
    assert document["changed"] is document["drifted"] is False
    for part in ("made", "inputs", "priors", "findings"):
        assert not document[part], part
    assert not any(document["reports"].values())
    assert document["exposed"]["newly_exposed"]["orders"] == 0
    assert document["findings_unchanged"] == len(trace.findings)


@settings(deadline=None, max_examples=100)
@given(before=traces(), after=traces())
def test_what_appears_one_way_disappears_the_other(before: Trace, after: Trace) -> None:
    forth, home = between(before, after), between(after, before)
    assert leads(forth.newly_named) == {(b, a) for a, b in leads(home.no_longer_named)}
    assert leads(forth.no_longer_named) == {(b, a) for a, b in leads(home.newly_named)}
    there, back = to_document(forth), to_document(home)
    assert there["changed"] == back["changed"]
    assert there["exposed"]["newly_exposed"] == back["exposed"]["no_longer_exposed"]
    assert there["exposed"]["no_longer_exposed"] == back["exposed"]["newly_exposed"]
    for here, other in (("new", "left"), ("became_explained", "became_unexplained")):
        assert ids_of(there["reports"][here]) == ids_of(back["reports"][other])
        assert ids_of(there["reports"][other]) == ids_of(back["reports"][here])
    assert ids_of(there["reports"]["moved"]) == ids_of(back["reports"]["moved"])
    assert len(there["findings"]) == len(back["findings"])
    for one in there["findings"]:
        (other,) = (
            f
            for f in back["findings"]
            if (f["before"], f["after"]) == (one["after"], one["before"])
        )
        assert {MIRROR.get(kind, kind) for kind in one["changes"]} == set(other["changes"])
        assert ids_of(one["newly_explained"]) == ids_of(other["no_longer_explained"])
        assert one["given_to"] == other["taken_from"]


def leads(changes: tuple[FindingChange, ...]) -> set[tuple[str, str]]:
    return {
        (c.before.lead.id if c.before else "", c.after.lead.id if c.after else "") for c in changes
    }


@settings(deadline=None, max_examples=40)
@given(before=traces(), after=traces(), seed=st.integers(0, 99))
def test_the_order_in_the_files_does_not_matter(before: Trace, after: Trace, seed: int) -> None:
    chance = random.Random(seed)

    def shuffled(trace: Trace) -> Trace:
        def rows(table: pa.Table) -> pa.Table:
            order = chance.sample(range(table.num_rows), table.num_rows)
            return table.take(pa.array(order, pa.int64()))

        findings = tuple(chance.sample(trace.findings, len(trace.findings)))
        return replace(
            trace,
            findings=findings,
            exposed=rows(trace.exposed),
            candidates=rows(trace.candidates),
            unexplained_report_ids=trace.unexplained_report_ids[::-1],
        )

    assert to_json(between(before, after)) == to_json(between(shuffled(before), shuffled(after)))


@settings(deadline=None, max_examples=30)
@given(trace=traces())
def test_an_answer_is_read_back_as_it_was_written(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = read_answer(laid(trace, Path(folder)))
    assert [found.lead for found in answer.findings] == [f.suspect for f in trace.findings]
    assert [found.window for found in answer.findings] == [f.window for f in trace.findings]
    assert [found.report_rate for found in answer.findings] == [
        f.report_rate for f in trace.findings
    ]
    assert answer.inputs == trace.inputs
    assert answer.observed == trace.observed
    assert answer.priors == trace.priors
    assert answer.unexplained == tuple(sorted(trace.unexplained_report_ids))
    assert set(answer.exposed) == set(trace.exposed.column("order_id").to_pylist())

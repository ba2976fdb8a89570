"""Parties, samples and marks."""

from pathlib import Path

import pytest
from intake_world import Answer, answer, at, fault, folder

from whence.model import MarkReading, Party, SampleRow

MARKS = "reading_id,report_id,sample_id,party_id,log10_likelihood_ratio,false_accusation_bound\n"


def _parties(tmp_path: Path, *rows: str) -> Answer:
    head = "party_id,kind,parent_id,name,fields,share\n"
    return answer(folder(tmp_path, parties=head + "".join(f"{row}\n" for row in rows)))


def test_a_party_is_what_is_known_beforehand(tmp_path: Path) -> None:
    found = _parties(tmp_path, 'S1,Shop,P1,Towels,"name，phone",0.25', "P1,platform,,,,")
    assert tuple(found.dataset.parties) == (
        Party(party_id="P1", kind="platform"),
        Party(
            party_id="S1",
            kind="shop",
            parent_id="P1",
            name="Towels",
            fields=frozenset({"name", "phone"}),
            share=0.25,
        ),
    )


def test_parties_that_cannot_be_used_are_set_aside(tmp_path: Path) -> None:
    rows = ["S1,shop,,,,", "S1,shop,,,,", "S2,shop,,,,", "S2,app,,,,", ",shop,,,,", "S3,,,,,"]
    found = _parties(tmp_path, *rows)
    assert [party.party_id for party in found.dataset.parties] == ["S1"]
    assert found.ids == [
        ("parties", "S2", "conflicting duplicate"),
        ("parties", "S2", "conflicting duplicate"),
        ("parties", "S1", "duplicate party"),
        ("parties", "S3", "missing kind"),
        ("parties", "row 6", "missing party_id"),
    ]


def test_a_share_is_above_0_and_at_most_1(tmp_path: Path) -> None:
    found = _parties(tmp_path, "A,shop,,,,1", "B,shop,,,,0", "C,shop,,,,1.1", "D,shop,,,,35%")
    assert [party.share for party in found.dataset.parties] == [1.0, None, None, 0.35]
    assert found.rejected == {"parties: share not between 0 and 1": 2}


def test_parents_that_are_not_listed_are_told(tmp_path: Path) -> None:
    found = _parties(tmp_path, "A,shop,P9,,,", "B,shop,P9,,,", "C,clerk,A,,,")
    assert found.note("note-unknown-parents") == {"n": 2}
    assert found.dataset.parties[0].parent_id == "P9"


@pytest.mark.parametrize(
    ("rows", "parties"),
    [(["A,x,A,,,"], "A > A"), (["D,x,B,,,", "C,x,A,,,", "B,x,C,,,", "A,x,B,,,"], "A > B > C > A")],
)
def test_a_party_above_itself_stops(rows: list[str], parties: str, tmp_path: Path) -> None:
    head = "party_id,kind,parent_id,name,fields,share\n"
    error = fault(folder(tmp_path, parties=head + "".join(f"{row}\n" for row in rows)))
    assert error.phrase == "intake.cycle"
    assert error.facts["parties"] == parties


def _samples(tmp_path: Path, text: str, marks: str | None = None) -> Answer:
    return answer(folder(tmp_path, samples=text, marks=marks or MARKS))


def test_a_sample_row_is_its_order(tmp_path: Path) -> None:
    text = "sample_id,order_id,acquired_at\nX,O2,2026-04-01\nX,O1,2026-04-01\n"
    found = _samples(tmp_path, text)
    end_of_day = at("2026-04-02T00:00") - 1
    assert found.dataset.samples == (
        SampleRow(sample_id="X", order_id="O1", acquired_at=end_of_day),
        SampleRow(sample_id="X", order_id="O2", acquired_at=end_of_day),
    )


def test_a_row_without_an_order_id_is_matched_by_all_it_says(tmp_path: Path) -> None:
    text = (
        "placed_at,amount,goods,shop_id,region,customer_id\n"
        "2026-03-01 16:00:00+08:00,¥39.90,,,,\n"  # O1
        ",15.00,soap,,west,\n"  # O5; O2 cost as much in the east
        ",,,,,C3\n"  # O3
        ",15,soap,,,\n"  # O2 or O5
        ",15,soap,S9,,\n"
        ",cheap,soap,,west,\n"
    )
    found = _samples(tmp_path, text)
    assert [(row.sample_id, row.order_id) for row in found.dataset.samples] == [
        ("S1", "O1"),
        ("S1", "O3"),
        ("S1", "O5"),
    ]
    assert found.ids == [
        ("samples", "S1: row 6", "fits no order"),
        ("samples", "S1: row 7", "fits no order"),
        ("samples", "S1: row 5", "fits several orders"),
    ]


def test_rows_shown_false_unknown_or_repeated_are_set_aside(tmp_path: Path) -> None:
    text = (
        "sample_id,order_id,verified,acquired_at\nX,O1,confirmed,\nX,O1,unreachable,\n"
        "X,O2,false,\nX,O9,,\nX,O3,,whenever\nX,O4,,2026-03-01T00:00:00Z\nY,O1,,\n"
    )
    found = _samples(tmp_path, text)
    assert [(row.sample_id, row.order_id) for row in found.dataset.samples] == [
        ("X", "O1"),
        ("Y", "O1"),
    ]
    assert found.ids == [
        ("samples", "X: O1", "duplicate sample row"),
        ("samples", "X: O9", "fits no order"),
        ("samples", "X: O4", "sample before the order"),
        ("samples", "X: O2", "shown false"),
        ("samples", "X: O3", "unreadable time"),
    ]


def test_a_repeated_sample_row_keeps_the_earliest_day_it_was_had(tmp_path: Path) -> None:
    days = ("", "2026-04-03", "2026-04-01", "2026-04-02")
    text = "order_id,acquired_at\n" + "".join(f"O1,{day}\n" for day in days)
    (row,) = _samples(tmp_path, text).dataset.samples
    assert row.acquired_at == at("2026-04-02T00:00") - 1


def test_a_sample_that_shares_no_column_fits_no_order(tmp_path: Path) -> None:
    found = _samples(tmp_path, "phone,price\n13800138000,5\n")
    assert found.dataset.samples == ()
    assert found.rejected == {"samples: fits no order": 1}


def test_a_mark_is_a_likelihood_ratio_of_a_report_or_sample(tmp_path: Path) -> None:
    rows = "M2,,X,S2,-1.5,\nM1,R1,,S1,6,1e-9\n"
    found = _samples(tmp_path, "sample_id,order_id\nX,O1\n", MARKS + rows)
    assert found.dataset.marks == (
        MarkReading(
            reading_id="M1",
            party_id="S1",
            log10_likelihood_ratio=6.0,
            report_id="R1",
            false_accusation_bound=1e-9,
        ),
        MarkReading(reading_id="M2", party_id="S2", log10_likelihood_ratio=-1.5, sample_id="X"),
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("M,R9,,S1,6,", "unknown report"),
        ("M,,Y,S1,6,", "unknown sample"),
        ("M,,,S1,6,", "missing report_id"),
        ("M,R1,,,6,", "missing party_id"),
        ("M,R1,,S1,,", "missing log10_likelihood_ratio"),
        ("M,R1,,S1,inf,", "unreadable number"),
        ("M,R1,,S1,nan,", "unreadable number"),
        ("M,R1,,S1,much,", "unreadable number"),
        ("M,R1,,S1,6,2", "unreadable number"),
    ],
)
def test_a_mark_that_cannot_be_used_is_set_aside(row: str, reason: str, tmp_path: Path) -> None:
    found = answer(folder(tmp_path, marks=MARKS + row))
    assert found.dataset.marks == ()
    assert found.ids == [("marks", "M", reason)]


def test_readings_count_once_and_conflicting_ones_not_at_all(tmp_path: Path) -> None:
    rows = "A,R1,,S1,6,\nA,R1,,S1,6,\nB,R1,,S1,6,\nB,R1,,S2,6,\n"
    found = answer(folder(tmp_path, marks=MARKS + rows))
    assert [mark.reading_id for mark in found.dataset.marks] == ["A"]
    assert found.rejected == {"marks: conflicting duplicate": 2, "marks: duplicate reading": 1}

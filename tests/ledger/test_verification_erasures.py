"""Facts may be gone where an erasure says so, and are missed where none does."""

import random
from dataclasses import replace

import pytest
from attested_world import (
    NOON,
    Ledger,
    a_ledger,
    an_entry,
    attested,
    facts_of,
    last_length_of,
    stored,
)
from hypothesis import given, strategies as st

from whence.errors import IntegrityError
from whence.ledger.entries import PERSON, Entry, opened, packed
from whence.ledger.gaps import ERASURE_KIND, NAMED, Gaps, Named, named_entries, read_named_entries
from whence.ledger.verification import StoredEntry


@pytest.fixture(scope="module")
def plain() -> Ledger:
    return a_ledger(100, every=40)


@pytest.fixture(scope="module")
def lived() -> Ledger:
    return a_ledger(120, every=20, rotated_at=33, lost_at=71, erased=[5, 6, 7, 40], erased_at=50)


def test_facts_that_an_erasure_names_may_be_gone(lived: Ledger) -> None:
    assert attested(lived).n_erased == 4


def test_facts_that_no_erasure_names_are_missed(lived: Ledger) -> None:
    for seq in (4, 41, 51, 119):
        entries = list(lived.entries)
        entries[seq] = entries[seq]._replace(openings=b"")
        with pytest.raises(IntegrityError, match=f"entry {seq} the first"):
            attested(lived.but(entries=entries))


def test_one_fact_of_several_is_missed_too(plain: Ledger) -> None:
    _, leaf, openings = plain.entries[12]
    shorter = openings[: last_length_of(openings)]
    assert len(facts_of(shorter)) == len(facts_of(openings)) - 1
    entries = [*plain.entries[:12], StoredEntry(12, leaf, shorter), *plain.entries[13:]]
    with pytest.raises(IntegrityError, match="1 entries lack facts"):
        attested(plain.but(entries=entries))


@pytest.mark.parametrize(
    ("kind", "taken", "holds"),
    [
        ("reveal", {"order_id", PERSON}, True),
        ("reveal", {"account_id"}, False),
        ("reveal", {"order_id", "fields"}, False),
        ("reveal", {"form"}, False),
        ("reveal", {"rule"}, True),  # a reveal has none to keep
        ("refusal", {"order_id", PERSON, "form"}, True),
        ("refusal", {"purpose"}, False),
        ("refusal", {"rule"}, False),
        ("release", {"party_id"}, False),
        ("release", {"n"}, False),
        ("note", {"account_id", PERSON}, True),  # nobody knows what it had
    ],
)
def test_an_erasure_that_takes_who_acted_is_refused(
    plain: Ledger, kind: str, taken: set[str], *, holds: bool
) -> None:
    entry = stored(100, replace(an_entry(100, random.Random(7)), kind=kind))
    left = [opening for opening in opened(*entry).openings if opening[1] not in taken]
    facts = {NAMED: named_entries({100: len(left)})}
    erasure = stored(101, Entry(kind=ERASURE_KIND, at=NOON, facts=facts))
    for shown in (entry, entry._replace(openings=packed(left))):
        entries = [*plain.entries, shown, erasure]
        if holds or shown is entry:
            attested(plain.but(entries=entries))
        else:
            with pytest.raises(IntegrityError, match=r"no erasure takes .* entry 100 the first"):
                attested(plain.but(entries=entries))


@pytest.mark.parametrize(
    ("seqs", "named"), [([], ""), ([4], "4"), ([3, 4, 9], "3-4,9"), ([9, 1, 2, 3, 2], "1-3,9")]
)
def test_an_erasure_names_entries_briefly(seqs: list[int], named: str) -> None:
    assert named_entries(seqs) == named
    if named:
        read = read_named_entries(10, {NAMED: named})
        assert [seq for run, _ in read for seq in run] == sorted(set(seqs))


@given(left=st.dictionaries(st.integers(0, 60), st.integers(0, 2)))
def test_what_an_erasure_names_is_read_back_as_it_was(left: dict[int, int]) -> None:
    for said, expected in ((left, left), (list(left), dict.fromkeys(left))):
        if left:
            read = read_named_entries(61, {NAMED: named_entries(said)})
            assert {seq: n for run, n in read for seq in run} == expected


def test_an_erasure_may_say_how_many_facts_it_left() -> None:
    left = {3: 5, 4: 5, 5: 6, 9: 0}
    named = named_entries(left)
    assert named == "3-4:5,5:6,9:0"
    read = read_named_entries(10, {NAMED: named})
    assert {seq: n for run, n in read for seq in run} == left


def test_then_none_of_the_facts_left_can_go_unseen(plain: Ledger) -> None:
    _, leaf, openings = plain.entries[12]
    shorter = openings[: last_length_of(openings)]
    shortest = shorter[: last_length_of(shorter)]
    n_left = len(facts_of(shorter))
    for said, kept, holds in (
        ({12: n_left}, shorter, True),
        ({12: n_left}, shortest, False),
        ([12], shortest, True),  # it did not say
        ([11, 13], shorter, False),
    ):
        erasure = Entry(kind=ERASURE_KIND, at=NOON, facts={NAMED: named_entries(said)})
        entries = [
            *plain.entries[:12],
            StoredEntry(12, leaf, kept),
            *plain.entries[13:],
            stored(100, erasure),
        ]
        erased = plain.but(entries=entries)
        if holds:
            assert attested(erased).n_erased == 1
        else:
            with pytest.raises(IntegrityError, match="entry 12 the first"):
                attested(erased)


def test_the_last_erasure_of_an_entry_counts(plain: Ledger) -> None:
    """Two persons of one entry, erased one after the other."""
    _, leaf, openings = plain.entries[12]
    shorter = openings[: last_length_of(openings)]
    n_left = len(facts_of(shorter))
    erasures = [
        stored(seq, Entry(kind=ERASURE_KIND, at=NOON, facts={NAMED: named_entries({12: n})}))
        for seq, n in ((100, n_left + 1), (101, n_left))
    ]
    entries = [*plain.entries[:12], StoredEntry(12, leaf, shorter), *plain.entries[13:], *erasures]
    assert attested(plain.but(entries=entries)).n_erased == 1


@pytest.mark.parametrize(
    "text", [None, 7, "", "4,", "9-4", "4-", "-4", "10", "4-10", "x", "٤", "4:", "4:x", "4:1:2"]
)
def test_an_erasure_that_names_nothing_before_it_is_refused(text: object) -> None:
    with pytest.raises(IntegrityError, match="entry 10"):
        read_named_entries(10, {NAMED: text})


def test_an_erasure_of_very_many_costs_no_more_than_what_is_missing() -> None:
    gaps = Gaps()
    gaps.lacks(3, 0)
    gaps.name([Named(range(10**15), None)])
    assert gaps.n_named == 1
    gaps.verify()


def test_an_erasure_cannot_be_erased(lived: Ledger) -> None:
    entries = list(lived.entries)
    assert ERASURE_KIND.encode() in entries[50].leaf
    entries[50] = entries[50]._replace(openings=b"")
    with pytest.raises(IntegrityError, match="entry 50"):
        attested(lived.but(entries=entries))

"""What is stored of an entry: a leaf that stays, openings that can go, and nobody in the clear."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from ledger_world import BEGAN, LI, reveal, without_persons

from whence.errors import IntegrityError, UsageError
from whence.ledger.entries import (
    PERSON,
    Entry,
    Sealed,
    glimpse,
    opened,
    packed,
    person_digest,
    persons_in,
    seal,
)

KEY = bytes(range(32))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.one_of(TEXT, INTEGERS, st.booleans(), st.none())
FACTS = st.dictionaries(TEXT.filter(lambda name: name != PERSON), VALUES, max_size=6)
ENTRIES = st.builds(
    Entry,
    kind=TEXT.filter(bool),
    at=INTEGERS,
    facts=FACTS,
    case=st.none() | TEXT,
    persons=st.lists(TEXT | st.integers(0, 9), max_size=3).map(tuple),
)


def sealed(entry: Entry) -> Sealed:
    (one,) = seal([entry], KEY)
    return one


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(ENTRIES)
def test_an_entry_is_read_back_as_it_was_recorded(entry: Entry) -> None:
    kept = sealed(entry)
    read = opened(7, kept.leaf, kept.openings)
    assert [read.entry] == without_persons([entry])
    assert list(map(type, read.entry.facts.values())) == list(map(type, entry.facts.values()))
    assert read.is_whole
    assert read.persons == kept.persons == tuple(persons_in(kept.openings))
    seen = glimpse(7, kept.leaf, kept.openings)
    assert (seen.at, seen.kind, seen.persons) == (entry.at, entry.kind, kept.persons)


@given(ENTRIES)
def test_a_leaf_is_canonical_json_over_salted_digests(entry: Entry) -> None:
    kept = sealed(entry)
    read = opened(0, kept.leaf, kept.openings)
    digests = [
        base64.b64encode(hashlib.sha256(salt + canonical([name, value])).digest()).decode()
        for salt, name, value in read.openings
    ]
    assert all(len(salt) == 16 for salt, _, _ in read.openings)
    body = {"v": 1, "kind": entry.kind, "at": entry.at, "case": entry.case}
    assert kept.leaf == canonical(body | {"facts": sorted(digests)})
    assert len(digests) == len(entry.facts) + len(set(map(str, entry.persons)))


def test_nothing_of_a_fact_or_a_person_stands_in_a_leaf() -> None:
    entry = reveal(17)
    leaf = sealed(entry).leaf
    for word in (LI, *map(str, entry.facts.values()), *entry.facts):
        assert word.encode() not in leaf
    assert b"reveal" in leaf  # the kind does


def test_the_same_entry_twice_has_no_digest_in_common() -> None:
    first, second = (set(json.loads(sealed(reveal(1)).leaf)["facts"]) for _ in range(2))
    assert not first & second


def test_a_person_is_known_by_the_key_of_the_index_alone() -> None:
    assert person_digest(KEY, 7) == person_digest(KEY, "7")
    assert person_digest(KEY, 7) != person_digest(KEY, 8)
    assert person_digest(KEY, 7) != person_digest(KEY[::-1], 7)
    kept = sealed(reveal(1))
    assert kept.persons == (person_digest(KEY, LI),)
    assert LI.encode() not in kept.openings


@given(ENTRIES, st.data())
def test_erased_openings_leave_the_leaf_valid(entry: Entry, data: st.DataObject) -> None:
    kept = sealed(entry)
    whole = opened(0, kept.leaf, kept.openings)
    left = (
        data.draw(st.lists(st.sampled_from(whole.openings), unique=True)) if whole.openings else []
    )
    read = opened(0, kept.leaf, packed(left))
    assert read.n_facts == len(whole.openings)
    assert set(read.openings) == set(left)
    assert read.is_whole == (len(left) == len(whole.openings))


@given(ENTRIES, st.data())
def test_no_change_of_a_byte_of_the_openings_passes(entry: Entry, data: st.DataObject) -> None:
    kept = sealed(entry)
    if not kept.openings:
        return
    at = data.draw(st.integers(0, len(kept.openings) - 1))
    changed = bytearray(kept.openings)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IntegrityError):
        opened(0, kept.leaf, bytes(changed))
    with pytest.raises(IntegrityError):
        glimpse(0, kept.leaf, bytes(changed))


def test_an_opening_of_another_entry_is_no_opening_of_this() -> None:
    mine, other = sealed(reveal(1)), sealed(reveal(1))
    for openings in (other.openings, mine.openings + other.openings, 2 * mine.openings):
        with pytest.raises(IntegrityError, match="entry 3"):
            opened(3, mine.leaf, openings)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(kind="", at=BEGAN),
        Entry(kind="note", at=True),
        Entry(kind="note", at=BEGAN, facts={"share": 0.5}),  # type: ignore[dict-item]
        Entry(kind="note", at=BEGAN, facts={"list": []}),  # type: ignore[dict-item]
        Entry(kind="note", at=BEGAN, facts={7: "seven"}),  # type: ignore[dict-item]
        Entry(kind="note", at=BEGAN, facts={PERSON: "x"}),
        Entry(kind="note", at=2**63),
        Entry(kind="note", at=BEGAN, facts={"n": -(2**63) - 1}),
        Entry(kind="note", at=BEGAN, facts={"half": "\ud800"}),
        Entry(kind="note", at=BEGAN, case="\ud800"),
    ],
)
def test_what_has_no_one_form_is_refused(entry: Entry) -> None:
    with pytest.raises(UsageError):
        sealed(entry)


@pytest.mark.parametrize("leaf", [b"", b"{}", b"[]", b'{"v":2}', b"\xff", b'{"at":"1"}'])
def test_a_leaf_of_no_known_form_is_told(leaf: bytes) -> None:
    with pytest.raises(IntegrityError, match="entry 5"):
        opened(5, leaf, b"")

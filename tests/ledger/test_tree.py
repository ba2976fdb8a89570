"""The tree of a ledger is the one that RFC 9162 defines, however it was grown."""

import json
from pathlib import Path
from typing import Any

import pytest
import rfc9162
from hypothesis import given, settings, strategies as st

from whence.errors import IntegrityError
from whence.ledger.tree import EMPTY_ROOT, CompactRange, leaf_hash, node_hash, root_of

VECTORS = Path(__file__).parent / "vectors" / "merkle.json"


@pytest.fixture(scope="module")
def published() -> Any:
    return json.loads(VECTORS.read_text("utf-8"))


def leaves_of(n: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(n)]


def hashes_of(n: int) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves_of(n)]


def test_hashes_are_those_published(published: Any) -> None:
    hasher = published["hasher"]
    assert hasher["empty_root"] == EMPTY_ROOT.hex()
    assert [leaf_hash(bytes.fromhex(leaf)).hex() for leaf, _ in hasher["leaves"]] == [
        expected for _, expected in hasher["leaves"]
    ]
    for left, right, expected in hasher["nodes"]:
        assert node_hash(bytes.fromhex(left), bytes.fromhex(right)).hex() == expected


def test_roots_are_those_published(published: Any) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in published["leaves"]]
    grown = [root_of(leaves[:size]).hex() for size in range(1, len(leaves) + 1)]
    assert grown == published["roots"]


def test_a_leaf_cannot_pass_for_a_node_nor_left_for_right() -> None:
    left, right = leaf_hash(b"Hello"), leaf_hash(b"World")
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) != node_hash(right, left)


def test_every_size_has_the_root_that_the_recursive_definition_gives() -> None:
    grown = CompactRange()
    assert grown.root() == rfc9162.mth([])
    for size in range(1, 300):
        grown.append([leaf_hash(b"entry %d" % (size - 1))])
        assert grown.root() == rfc9162.mth(leaves_of(size))


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.integers(0, 90), max_size=8))
def test_how_leaves_come_in_does_not_matter(batches: list[int]) -> None:
    hashes, grown = hashes_of(sum(batches)), CompactRange()
    for n in batches:
        grown.append(hashes[grown.size : grown.size + n])
    assert grown.size == sum(batches)
    assert grown.root() == rfc9162.mth(leaves_of(grown.size))


@settings(max_examples=60, deadline=None)
@given(before=st.integers(0, 200), more=st.integers(0, 200))
def test_an_append_returns_every_node_it_completed_and_no_other(before: int, more: int) -> None:
    leaves = leaves_of(before + more)
    grown = CompactRange(before, range_of(before).hashes)
    made = grown.append(hashes_of(before + more)[before:])
    found = {
        (level, first + i): hash_
        for level, (first, row) in enumerate(made)
        for i, hash_ in enumerate(row)
    }
    expected = {
        (level, index): rfc9162.mth(leaves[index << level : (index + 1) << level])
        for level in range(9)
        for index in range(before >> level, (before + more) >> level)
    }
    assert found == expected


def range_of(size: int) -> CompactRange:
    grown = CompactRange()
    grown.append(hashes_of(size))
    return grown


def test_a_copy_grows_on_its_own() -> None:
    grown = range_of(5)
    copied = grown.copy()
    copied.append(hashes_of(9)[5:])
    assert grown.root() == rfc9162.mth(leaves_of(5))
    assert copied.root() == rfc9162.mth(leaves_of(9))


@pytest.mark.parametrize(("size", "n"), [(5, 1), (5, 3), (0, 1), (8, 0), (-1, 0), (-1, 1)])
def test_an_edge_that_cannot_be_one_is_refused(size: int, n: int) -> None:
    with pytest.raises(IntegrityError):
        CompactRange(size, hashes_of(n))


def test_an_edge_that_can_be_one_is_taken_up() -> None:
    hashes = hashes_of(5)
    complete = node_hash(node_hash(*hashes[:2]), node_hash(*hashes[2:4]))
    assert CompactRange(5, [complete, hashes[4]]).root() == rfc9162.mth(leaves_of(5))

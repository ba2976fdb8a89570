"""A proof convinces of what is so, and of nothing else: RFC 9162, 2.1.3 to 2.1.5."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc9162
from hypothesis import given, settings, strategies as st

from whence.errors import IntegrityError, UsageError
from whence.ledger.proofs import (
    consistency_proof,
    inclusion_proof,
    nodes_of,
    verify_consistency,
    verify_inclusion,
)
from whence.ledger.tree import EMPTY_ROOT, leaf_hash, node_hash, root_of

VECTORS = json.loads((Path(__file__).parent / "vectors" / "merkle.json").read_text("utf-8"))
PUBLISHED = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]
OTHER = leaf_hash(b"nothing of this tree")


def unhex(proof: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(hash_) for hash_ in proof)


def leaves_of(n: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(n)]


def hashes_of(leaves: list[bytes]) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves]


def root_at(size: int) -> bytes:
    return bytes.fromhex(VECTORS["roots"][size - 1])


def spoilt(proof: tuple[bytes, ...], *roots: bytes) -> Iterator[tuple[bytes, ...]]:
    """Yield the proof with one thing wrong, as the published tests do, and each bit of a byte."""
    for extra in (b"", OTHER, *roots):
        yield (*proof, extra)
        yield (extra, *proof)
    for i, hash_ in enumerate(proof):
        yield (*proof[:i], *proof[i + 1 :])
        yield (*proof[:i], OTHER, *proof[i:])
        yield (*proof[:i], hash_[:-1], *proof[i + 1 :])
        for bit in range(8):
            yield (*proof[:i], bytes([hash_[0] ^ 1 << bit]) + hash_[1:], *proof[i + 1 :])
    for i in range(len(proof) - 1):
        yield (*proof[:i], proof[i + 1], proof[i], *proof[i + 2 :])


def holds(verify: Any, *claim: Any) -> bool:
    try:
        verify(*claim)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=str)
def test_published_inclusion_proofs_are_made_and_hold(case: Any) -> None:
    index, size, proof = case["index"], case["size"], unhex(case["proof"])
    assert inclusion_proof(index, size, nodes_of(hashes_of(PUBLISHED))) == proof
    claim = leaf_hash(PUBLISHED[index]), index, size, proof, root_at(size)
    assert holds(verify_inclusion, *claim)


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=str)
def test_a_spoilt_inclusion_proof_does_not_hold(case: Any) -> None:
    index, size, proof = case["index"], case["size"], unhex(case["proof"])
    leaf, root = leaf_hash(PUBLISHED[index]), root_at(size)
    for place in (index - 1, index + 1, index ^ 2):
        assert not holds(verify_inclusion, leaf, place, size, proof, root)
    for other_size in (size * 2, size // 2):
        assert not holds(verify_inclusion, leaf, index, other_size, proof, root)
    for other_root in (EMPTY_ROOT, OTHER, b""):
        assert not holds(verify_inclusion, leaf, index, size, proof, other_root)
    for other_leaf in (b"WrongLeaf", b"", OTHER):
        assert not holds(verify_inclusion, other_leaf, index, size, proof, root)
    for wrong in spoilt(proof, root):
        assert not holds(verify_inclusion, leaf, index, size, wrong, root)


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=str)
def test_published_consistency_proofs_are_made_and_hold(case: Any) -> None:
    old, new, proof = case["old"], case["new"], unhex(case["proof"])
    assert consistency_proof(old, new, nodes_of(hashes_of(PUBLISHED))) == proof
    assert holds(verify_consistency, old, new, root_at(old), root_at(new), proof)


@pytest.mark.parametrize("case", VECTORS["consistency"][1:], ids=str)
def test_a_spoilt_consistency_proof_does_not_hold(case: Any) -> None:
    old, new, proof = case["old"], case["new"], unhex(case["proof"])
    before, after = root_at(old), root_at(new)
    for size in (old - 1, old + 1, old ^ 2):
        assert not holds(verify_consistency, size, new, before, after, proof)
    for size in (new * 2, new // 2):
        assert not holds(verify_consistency, old, size, before, after, proof)
    for roots in ((OTHER, after), (before, OTHER), (after, before), (b"", after)):
        assert not holds(verify_consistency, old, new, *roots, proof)
    for wrong in ((), *spoilt(proof, before, after)):
        assert not holds(verify_consistency, old, new, before, after, wrong)


def test_a_part_of_a_tree_cannot_pass_for_a_tree_of_its_own() -> None:
    """Climbing on beyond the top of the smaller tree would reach the larger one's root."""
    hashes = hashes_of(leaves_of(8))
    left, right = root_of(hashes[:4]), hashes[4:]
    proof = inclusion_proof(3, 4, nodes_of(right))
    assert holds(verify_inclusion, right[3], 3, 4, proof, root_of(right))
    assert not holds(verify_inclusion, right[3], 3, 4, (*proof, left), root_of(hashes))
    grew = consistency_proof(3, 4, nodes_of(right))
    roots = root_of(right[:3]), root_of(right)
    assert holds(verify_consistency, 3, 4, *roots, grew)
    under = [node_hash(left, root) for root in roots]
    assert not holds(verify_consistency, 3, 4, *under, (*grew, left))


def test_equal_trees_and_the_empty_tree_need_no_proof() -> None:
    root = root_at(3)
    assert holds(verify_consistency, 3, 3, root, root, ())
    assert holds(verify_consistency, 0, 3, EMPTY_ROOT, root, ())
    assert holds(verify_consistency, 0, 0, EMPTY_ROOT, EMPTY_ROOT, ())


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root", "proof"),
    [
        (3, 3, root_at(3), OTHER, ()),  # one size, two trees
        (3, 3, root_at(3), root_at(3), (OTHER,)),
        (0, 3, OTHER, root_at(3), ()),  # an empty tree has one root only
        (0, 0, OTHER, OTHER, ()),
        (0, 3, EMPTY_ROOT, root_at(3), (OTHER,)),
        (3, 2, root_at(3), root_at(2), ()),  # back in time
        (-1, 2, root_at(3), root_at(2), ()),
        (1, 2, root_at(1), root_at(2), ()),
    ],
)
def test_what_needs_no_proof_still_has_to_fit(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: tuple[bytes, ...]
) -> None:
    assert not holds(verify_consistency, old, new, old_root, new_root, proof)


def test_the_example_of_the_rfc_has_the_proofs_it_shows() -> None:
    """Section 2.1.5: seven leaves, and nodes called by letters."""
    hashes = hashes_of(leaves_of(7))
    a, b, c, d, e, f, j = hashes
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, level = node_hash(g, h), node_hash(i, j)  # the RFC's k and l
    nodes = nodes_of(hashes)
    assert root_of(hashes) == node_hash(k, level)
    assert inclusion_proof(0, 7, nodes) == (b, h, level)
    assert inclusion_proof(3, 7, nodes) == (c, g, level)
    assert inclusion_proof(4, 7, nodes) == (f, j, k)
    assert inclusion_proof(6, 7, nodes) == (i, k)
    assert consistency_proof(3, 7, nodes) == (c, d, g, level)
    assert consistency_proof(4, 7, nodes) == (level,)
    assert consistency_proof(6, 7, nodes) == (i, j, k)


def test_every_small_tree_proves_all_its_leaves_and_all_that_it_grew_out_of() -> None:
    leaves = leaves_of(40)
    nodes = nodes_of(hashes_of(leaves))
    for size in range(1, 41):
        root = rfc9162.mth(leaves[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, nodes)
            assert list(proof) == rfc9162.path(index, leaves[:size])
            verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, nodes)
            assert list(proof) == rfc9162.proof(old, leaves[:size])
            verify_consistency(old, size, rfc9162.mth(leaves[:old]), root, proof)


@settings(max_examples=80, deadline=None)
@given(size=st.integers(1, 500), data=st.data())
def test_trees_of_any_size_agree_with_the_definition(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    nodes, root = nodes_of(hashes_of(leaves)), rfc9162.mth(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, nodes)
    assert list(proof) == rfc9162.path(index, leaves)
    assert holds(verify_inclusion, leaf_hash(leaves[index]), index, size, proof, root)
    assert not holds(verify_inclusion, OTHER, index, size, proof, root)
    old = data.draw(st.integers(1, size))
    grew = consistency_proof(old, size, nodes)
    before = rfc9162.mth(leaves[:old])
    assert list(grew) == rfc9162.proof(old, leaves)
    assert holds(verify_consistency, old, size, before, root, grew)
    assert not holds(verify_consistency, old, size, OTHER, root, grew)


@settings(max_examples=80, deadline=None)
@given(size=st.integers(2, 200), data=st.data())
def test_a_history_that_was_rewritten_has_no_proof(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:changed], b"another", *leaves[changed + 1 :]]
    before, after = rfc9162.mth(leaves[:old]), rfc9162.mth(rewritten)
    for tree in (leaves, rewritten):
        proof = consistency_proof(old, size, nodes_of(hashes_of(tree)))
        assert not holds(verify_consistency, old, size, before, after, proof)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(UsageError):
        inclusion_proof(index, size, nodes_of(hashes_of(leaves_of(3))))
    assert not holds(verify_inclusion, OTHER, index, size, (), OTHER)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_tree_that_never_was_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(UsageError):
        consistency_proof(old, new, nodes_of(hashes_of(leaves_of(3))))

"""Proofs over a ledger's tree: a leaf is in it, and a tree grew out of an earlier one.

RFC 9162, 2.1.3 and 2.1.4. Proofs are made from the complete nodes that a store kept and verified
from hashes alone; ``verify_*`` returns None or raises IntegrityError.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from whence.errors import IntegrityError, UsageError
from whence.ledger.tree import EMPTY_ROOT, HASH_BYTES, CompactRange, node_hash

# (level, index) -> the hash of that complete subtree of 2**level leaves
Nodes: TypeAlias = Callable[[int, int], bytes]


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the proof that leaf ``index`` is in the tree of ``size`` leaves (2.1.3.1).

    Raises UsageError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise UsageError("ledger.no-such-leaf", index=index, size=size)
    return _path(index, 0, size, nodes)


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the proof that the tree of ``new`` leaves begins with that of ``old`` (2.1.4.1).

    Empty where there is nothing to prove: the sizes are equal, or the old tree has no leaf.
    Raises UsageError where the old tree is larger than the new one.
    """
    if not 0 <= old <= new:
        raise UsageError("ledger.no-such-tree", old=old, size=new)
    if old in {0, new}:
        return ()
    return _subproof(old, 0, new, nodes, whole=True)


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check a proof that a leaf stands at an index of the tree with this root (2.1.3.2).

    Size and root belong together and come from one checkpoint: the RFC's check climbs as many
    steps as the size asks for, and sizes that ask for as many cannot be told apart by it.
    """
    if not 0 <= index < size:
        raise IntegrityError("ledger.inclusion-fails", index=index, size=size)
    place, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        if not last or len(sibling) != HASH_BYTES:
            raise IntegrityError("ledger.inclusion-fails", index=index, size=size)
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    if last or computed != root:
        raise IntegrityError("ledger.inclusion-fails", index=index, size=size)


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check a proof that the tree of ``new`` leaves begins with that of ``old`` (2.1.4.2)."""
    if not _is_consistent(old, new, old_root, new_root, proof):
        raise IntegrityError("ledger.consistency-fails", old=old, size=new)


def nodes_of(leaf_hashes: Sequence[bytes]) -> Nodes:
    """Return the nodes of a tree whose leaves are at hand."""
    made = CompactRange().append(leaf_hashes)
    return lambda level, index: made[level][1][index]


def _is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    if not 0 <= old <= new or any(len(hash_) != HASH_BYTES for hash_ in proof):
        return False
    if old == new:
        return not proof and old_root == new_root and (new > 0 or new_root == EMPTY_ROOT)
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    hashes = list(proof)
    if not old & (old - 1):  # a complete tree is a node of the new one, and not sent
        hashes.insert(0, old_root)
    if not hashes:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_computed = new_computed = hashes[0]
    for sibling in hashes[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            old_computed = node_hash(sibling, old_computed)
            new_computed = node_hash(sibling, new_computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_computed = node_hash(new_computed, sibling)
        place, last = place >> 1, last >> 1
    return not last and old_computed == old_root and new_computed == new_root


def _path(index: int, begin: int, end: int, nodes: Nodes) -> tuple[bytes, ...]:
    """PATH(m, D[begin:end)): the siblings from a leaf to the root, lowest first."""
    if end - begin == 1:
        return ()
    middle = begin + _split(end - begin)
    if index < middle:
        return (*_path(index, begin, middle, nodes), _root(middle, end, nodes))
    return (*_path(index, middle, end, nodes), _root(begin, middle, nodes))


def _subproof(old: int, begin: int, end: int, nodes: Nodes, *, whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF(m, D[begin:end), b): ``whole`` is the RFC's b, the old root is known already."""
    if old == end:
        return () if whole else (_root(begin, end, nodes),)
    middle = begin + _split(end - begin)
    if old <= middle:
        left = _subproof(old, begin, middle, nodes, whole=whole)
        return (*left, _root(middle, end, nodes))
    right = _subproof(old, middle, end, nodes, whole=False)
    return (*right, _root(begin, middle, nodes))


def _root(begin: int, end: int, nodes: Nodes) -> bytes:
    """MTH(D[begin:end)) of a subtree that begins where a tree of its size may."""
    size = end - begin
    if not size & (size - 1):
        level = size.bit_length() - 1
        return nodes(level, begin >> level)
    middle = begin + _split(size)
    return node_hash(_root(begin, middle, nodes), _root(middle, end, nodes))


def _split(size: int) -> int:
    """Return the largest power of two below a size: where the RFC parts a list."""
    return 1 << ((size - 1).bit_length() - 1)

"""The Merkle tree over a ledger's leaves: RFC 9162, 2.1.1, grown by its right edge.

A tree of n leaves is what the RFC's recursive definition makes of them. Its right edge, the
*compact range*, is one hash for each bit set in n: enough to append and to tell the root.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from whence.errors import IntegrityError

LEAF, NODE = b"\x00", b"\x01"  # RFC 9162, 2.1.1: no leaf can pass for a node
EMPTY_ROOT: Final = sha256(b"").digest()  # RFC 9162, 2.1.1: the hash of an empty list

HASH_BYTES: Final = 32


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf's bytes."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(NODE + left + right).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over the leaves with these hashes."""
    grown = CompactRange()
    grown.append(leaf_hashes)
    return grown.root()


class CompactRange:
    """The right edge of a tree: its size, and the roots of its complete subtrees, largest first.

    ``CompactRange(size, hashes)`` takes up a tree where it was left; the number of hashes is that
    of the bits set in the size, else IntegrityError.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count():
            raise IntegrityError("ledger.edge-damaged", n=len(hashes), size=size)
        self.size = size
        self._edge: dict[int, bytes] = dict(zip(_levels(size), hashes, strict=True))

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first."""
        return tuple(self._edge[level] for level in _levels(self.size))

    def copy(self) -> "CompactRange":
        """Return a range that grows on its own from here."""
        return CompactRange(self.size, self.hashes)

    def append(self, leaf_hashes: Iterable[bytes]) -> list[tuple[int, list[bytes]]]:
        """Grow the tree by leaves, and return every complete node that this made, by level.

        Element k is ``(index of the first, their hashes)`` at level k: complete subtrees of
        2**k leaves, the leaves themselves at level 0. Who keeps them can prove later.
        """
        level, first, row = 0, self.size, list(leaf_hashes)
        self.size += len(row)
        made = []
        while row:
            made.append((first, row))
            paired = [self._edge.pop(level), *row] if first & 1 else row
            if len(paired) & 1:
                self._edge[level] = paired[-1]
            children = iter(paired)  # read twice in a step; an odd one at the end stays behind
            row = [sha256(NODE + a + b).digest() for a, b in zip(children, children, strict=False)]
            level, first = level + 1, first >> 1
        return made

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.size:
            return EMPTY_ROOT
        *larger, root = self.hashes
        for left in reversed(larger):
            root = node_hash(left, root)
        return root


def _levels(size: int) -> list[int]:
    """Return the levels of the complete subtrees of a tree, largest first: the bits of its size."""
    return [level for level in reversed(range(size.bit_length())) if size >> level & 1]

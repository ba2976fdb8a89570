"""The tree's hashes as they are stored: tiles that grow at the right edge, and are read back.

A tile holds 256 neighbouring hashes of tree levels 0, 8, 16 ... (C2SP tlog-tiles); what lies
between two of these levels is computed from one tile when it is asked for.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from whence.errors import IntegrityError
from whence.ledger.proofs import Nodes
from whence.ledger.storage import TILE_HASHES, TILE_HEIGHT, Reading, State, Tile
from whence.ledger.tree import HASH_BYTES, CompactRange, root_of

_TILE_BYTES: Final = TILE_HASHES * HASH_BYTES


def grown(
    reading: Reading, state: State, leaf_hashes: Sequence[bytes]
) -> tuple[CompactRange, list[Tile]]:
    """Return the tree with more leaves, and the tiles that are new or grew by them."""
    tree = CompactRange(state.size, state.edge)
    made = tree.append(leaf_hashes)
    tiles: list[Tile] = []
    for level, (first, hashes) in enumerate(made[::TILE_HEIGHT]):
        number, n_before = divmod(first, TILE_HASHES)
        joined = b"".join(hashes)
        if n_before:
            joined = _stored(reading, level, number, n_before) + joined
        tiles += [
            Tile(level, number + at // _TILE_BYTES, joined[at : at + _TILE_BYTES])
            for at in range(0, len(joined), _TILE_BYTES)
        ]
    return tree, tiles


def nodes_in(reading: Reading) -> Nodes:
    """Return the complete nodes of a stored tree; one tile is read once."""
    held: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        tier, below = divmod(level, TILE_HEIGHT)
        number, offset = divmod(index << below, TILE_HASHES)
        n_needed = offset + (1 << below)
        if (tier, number) not in held:
            held[tier, number] = _stored(reading, tier, number, 0)
        hashes = held[tier, number][offset * HASH_BYTES : n_needed * HASH_BYTES]
        if len(hashes) != HASH_BYTES << below:
            raise IntegrityError("ledger.tiles-changed", level=tier)
        return root_of(split(hashes))

    return node


def split(hashes: bytes) -> list[bytes]:
    """Return hashes that stand joined, one by one."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def verify_stored_tree(reading: Reading, size: int, root: bytes) -> None:
    """See that the tiles are those of the tree with this size and root.

    The hashes of the leaves give the root; those above must be what these give. Raises
    IntegrityError where one is not.
    """
    tree = CompactRange()
    above: dict[int, list[bytes]] = {}
    for hashes in _level(reading, 0, size):
        made = tree.append(split(hashes))
        for level, (_, nodes) in enumerate(made[TILE_HEIGHT::TILE_HEIGHT], 1):
            above.setdefault(level, []).extend(nodes)
    if tree.root() != root:
        raise IntegrityError("ledger.tiles-changed", level=0)
    for level, nodes in above.items():
        if b"".join(_level(reading, level, len(nodes))) != b"".join(nodes):
            raise IntegrityError("ledger.tiles-changed", level=level)


def _level(reading: Reading, level: int, n_hashes: int) -> Iterator[bytes]:
    """Yield the hashes of a level, tile by tile, all of them there and no more."""
    n_left = n_hashes
    if n_left:
        for tile in reading.tiles(level, 0, (n_hashes - 1) // TILE_HASHES):
            n_here = min(n_left, TILE_HASHES)
            if len(_hashes(tile)) != n_here * HASH_BYTES:
                raise IntegrityError("ledger.tiles-changed", level=level)
            n_left -= n_here
            yield tile.hashes
    if n_left:
        raise IntegrityError("ledger.tiles-changed", level=level)


def _stored(reading: Reading, level: int, number: int, n_hashes: int) -> bytes:
    """Return a stored tile's hashes, the first ``n_hashes`` of them where that is not 0."""
    tiles = list(reading.tiles(level, number, number))
    hashes = _hashes(tiles[0]) if tiles else b""
    wanted = n_hashes * HASH_BYTES
    if not hashes or len(hashes) < wanted:
        raise IntegrityError("ledger.tiles-changed", level=level)
    return hashes[:wanted] if wanted else hashes


def _hashes(tile: Tile) -> bytes:
    """Return a tile's hashes, seen to be bytes."""
    if type(tile.hashes) is not bytes:
        raise IntegrityError("ledger.tiles-changed", level=tile.level)
    return tile.hashes

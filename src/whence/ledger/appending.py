"""Appending: entries get their numbers, the tree its leaves, the indexes their rows, at once."""

from collections.abc import Sequence
from typing import Final

from whence.ledger.entries import Recorded, Sealed, opened
from whence.ledger.gaps import ERASURE_KIND
from whence.ledger.nodes import grown
from whence.ledger.storage import Reading, Row, State, Writing
from whence.ledger.succession import KEY_KIND
from whence.ledger.tree import leaf_hash

RELEASE_KIND: Final = "release"
# Kinds that are few and that somebody looks for: who signs, what was erased, what was released.
INDEXED: Final = frozenset({KEY_KIND, ERASURE_KIND, RELEASE_KIND})


def append(step: Writing, sealed: Sequence[Sealed]) -> range:
    """Add entries to a step under way, and return their numbers."""
    state = step.state()
    numbered = list(enumerate(sealed, state.size))
    if not numbered:
        return range(state.size, state.size)
    tree, tiles = grown(step, state, [leaf_hash(entry.leaf) for entry in sealed])
    step.add(
        (Row(seq, entry.leaf, entry.openings) for seq, entry in numbered),
        ((person, seq) for seq, entry in numbered for person in entry.persons),
        ((entry.kind, seq) for seq, entry in numbered if entry.kind in INDEXED),
    )
    latest = max(entry.at for entry in sealed)
    last_at = latest if state.last_at is None else max(latest, state.last_at)
    step.put(State(size=tree.size, edge=tree.hashes, last_at=last_at), tiles)
    return range(state.size, tree.size)


def recorded(reading: Reading, seqs: Sequence[int]) -> list[Recorded]:
    """Return the entries with these numbers, in this order; those that are gone are left out."""
    return [opened(*row) for seq in seqs for row in reading.rows(seq, seq + 1)]

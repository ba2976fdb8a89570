"""A stored ledger held against itself: entries and checkpoints, and all that is kept beside them.

``verification`` says what attests the entries. Here the rest of the storage is held against the
entries in the same pass: tiles, the right edge, the indexes of persons and kinds. What proofs and
answers are made from is then what the entries say.
"""

import secrets
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from whence.errors import IntegrityError
from whence.ledger.appending import INDEXED
from whence.ledger.entries import persons_in
from whence.ledger.nodes import verify_stored_tree
from whence.ledger.storage import Reading, Row, State
from whence.ledger.verification import Attested, examine
from whence.model import Instant
from whence.model.progress import Progress, no_progress

_SUM_BYTES: Final = 16
_INDEXED: Final = tuple(f'"kind":"{kind}","v":1}}'.encode() for kind in sorted(INDEXED))


def check(
    reading: Reading,
    checkpoints: Sequence[str],
    *,
    origin: str,
    fingerprint: str | None = None,
    kept: str | None = None,
    on_progress: Progress = no_progress,
) -> Attested:
    """Check a storage whole, in flat memory; return what attests it, and up to where.

    Raises IntegrityError where anything does not hold.
    """
    reading.verify_form()
    state = reading.state()
    _verify_ends(reading, state)
    beside = _Beside()
    attested = examine(
        beside.watched(reading, state.size),
        checkpoints,
        origin=origin,
        fingerprint=fingerprint,
        kept=kept,
        n_entries=state.size,
        on_progress=on_progress,
    )
    if attested.size != state.size or attested.root != state.root:
        raise IntegrityError("ledger.edge-changed", size=state.size, found=attested.size)
    if beside.last_at != state.last_at:
        raise IntegrityError("ledger.edge-changed", size=state.size, found=attested.size)
    beside.verify_indexes(reading)
    verify_stored_tree(reading, state.size, attested.root)
    return attested


def _verify_ends(reading: Reading, state: State) -> None:
    """See that the entries there are are those counted; what lies between is read."""
    expected = (0, state.size - 1) if state.size else None
    if (found := reading.ends()) != expected:
        low, high = found or (0, -1)
        raise IntegrityError("ledger.size-changed", size=state.size, low=low, high=high)


class _Beside:
    """What the indexes must say, gathered while entries go by.

    An index is compared as a sum of keyed digests of its rows, in any order and in flat memory. The
    key is drawn for this check alone, so nobody can have prepared rows that add up to the same.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_SUM_BYTES)
        self._persons = 0
        self._kinds: set[tuple[str, int]] = set()
        self.last_at: Instant | None = None

    def watched(self, reading: Reading, size: int) -> Iterator[Row]:
        """Yield all entries in order, noting what the indexes must say about them."""
        last_at = -(1 << 63)
        for row in reading.rows(0, size):
            seq, leaf, openings = row
            for person in persons_in(openings):
                self._persons += self._digest(person, seq)
            if leaf.endswith(_INDEXED):
                self._kinds.add((_kind_of(leaf), seq))
            last_at = max(last_at, _at_of(seq, leaf))
            yield row
        self.last_at = last_at if size else None

    def verify_indexes(self, reading: Reading) -> None:
        """See that the indexes hold the rows gathered, and no others."""
        found = sum(self._digest(*row) for row in _persons(reading))
        kinds = reading.kinds()
        if found != self._persons or len(kinds) != len(self._kinds) or set(kinds) != self._kinds:
            raise IntegrityError("ledger.indexes-changed")

    def _digest(self, person: bytes, seq: int) -> int:
        row = person + seq.to_bytes(8, "big", signed=True)
        return int.from_bytes(blake2b(row, digest_size=_SUM_BYTES, key=self._key).digest(), "big")


def _persons(reading: Reading) -> Iterator[tuple[bytes, int]]:
    for person, seq in reading.persons():
        if type(person) is not bytes or type(seq) is not int:
            raise IntegrityError("ledger.indexes-changed")
        yield person, seq


def _kind_of(leaf: bytes) -> str:
    return leaf.rsplit(b'"', 4)[1].decode()


def _at_of(seq: int, leaf: bytes) -> Instant:
    try:
        return int(leaf[len(b'{"at":') : leaf.index(b",")])
    except ValueError:
        raise IntegrityError("ledger.entry-changed", seq=seq) from None

"""Single changes to a ledger, as somebody makes them who holds its store.

He has no key. What he changes he makes fit as well as he can: digests, order and numbers.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from attested_world import Ledger, an_entry, stored

from whence.ledger.verification import StoredEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampered:
    """A ledger with one change: entries as before up to ``first``, then ``middle``, then ``rest``.

    ``rest`` is the place in the honest ledger where the stream goes on, its numbers moved by
    ``shift``; None where it ends. Checkpoints are the honest ones up to ``n_same_checkpoints``.
    ``kept`` is one kept elsewhere.
    """

    first: int
    middle: tuple[StoredEntry, ...] = ()
    rest: int | None = None
    shift: int = 0
    checkpoints: list[str]
    n_same_checkpoints: int
    kept: str | None = None

    def entries(self, honest: Ledger, start: int) -> Iterator[StoredEntry]:
        """Yield the entries from a number on, which is not behind the change."""
        yield from chain(honest.entries[start : self.first], self.middle)
        if self.rest is not None:
            for entry in honest.entries[self.rest :]:
                yield entry._replace(seq=entry.seq + self.shift) if self.shift else entry


Change = Callable[[Ledger, Random], Tampered]


def in_place(ledger: Ledger, first: int, *entries: StoredEntry) -> Tampered:
    """Return the ledger with some entries in the place of as many."""
    return Tampered(
        first=first,
        middle=entries,
        rest=first + len(entries),
        checkpoints=ledger.checkpoints,
        n_same_checkpoints=len(ledger.checkpoints),
    )


def any_entry(ledger: Ledger, chance: Random) -> StoredEntry:
    """Return an entry that has its facts; the first of all is never one of the others."""
    while not (entry := chance.choice(ledger.entries)).openings:
        pass
    return entry


def flipped(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def flip_a_bit_of_a_leaf(ledger: Ledger, chance: Random) -> Tampered:
    entry = chance.choice(ledger.entries)
    return in_place(ledger, entry.seq, entry._replace(leaf=flipped(entry.leaf, chance)))


def flip_a_bit_of_an_opening(ledger: Ledger, chance: Random) -> Tampered:
    entry = any_entry(ledger, chance)
    return in_place(ledger, entry.seq, entry._replace(openings=flipped(entry.openings, chance)))


def change_a_fact_and_its_leaf(ledger: Ledger, chance: Random) -> Tampered:
    entry = any_entry(ledger, chance)
    return in_place(ledger, entry.seq, with_another_fact(entry, chance))


def change_the_time_of_a_leaf(ledger: Ledger, chance: Random) -> Tampered:
    entry = chance.choice(ledger.entries)
    body = json.loads(entry.leaf)
    body["at"] += chance.choice((-1, 1)) * chance.randint(1, 10**12)
    return in_place(ledger, entry.seq, entry._replace(leaf=canonical(body)))


def put_another_entry_in_its_place(ledger: Ledger, chance: Random) -> Tampered:
    seq = chance.randrange(len(ledger.entries))
    return in_place(ledger, seq, stored(seq, an_entry(seq, chance)))


def drop_an_entry(ledger: Ledger, chance: Random) -> Tampered:
    """Drop it; the entries behind it move up, or a gap is left in the numbers."""
    seq = chance.randrange(len(ledger.entries))
    return Tampered(
        first=seq,
        rest=seq + 1,
        shift=chance.choice((-1, 0)),
        checkpoints=ledger.checkpoints,
        n_same_checkpoints=len(ledger.checkpoints),
    )


def swap_two_entries(ledger: Ledger, chance: Random) -> Tampered:
    """Neighbours half of the time, as when a clerk wants to have been the second."""
    size = len(ledger.entries)
    a = chance.randrange(size - 1)
    b = chance.choice((a + 1, chance.randrange(a + 1, min(size, a + 200))))
    between = ledger.entries[a + 1 : b]
    left, right = ledger.entries[a], ledger.entries[b]
    return in_place(ledger, a, right._replace(seq=a), *between, left._replace(seq=b))


def insert_an_entry(ledger: Ledger, chance: Random) -> Tampered:
    """Insert a new one, or one there already; those behind it move down, or keep numbers."""
    seq = chance.randrange(len(ledger.entries))
    new = chance.choice((stored(seq, an_entry(seq, chance)), chance.choice(ledger.entries)))
    return Tampered(
        first=seq,
        middle=(new._replace(seq=seq),),
        rest=seq,
        shift=chance.choice((1, 0)),
        checkpoints=ledger.checkpoints,
        n_same_checkpoints=len(ledger.checkpoints),
    )


def take_facts_away(ledger: Ledger, chance: Random) -> Tampered:
    """Take some or all openings away, and no erasure names the entry."""
    entry = any_entry(ledger, chance)
    kept = pieces_of(entry.openings)
    for _ in range(chance.randint(1, len(kept))):
        kept.pop(chance.randrange(len(kept)))
    return in_place(ledger, entry.seq, entry._replace(openings=packed(kept)))


def cut_behind_a_known_checkpoint(ledger: Ledger, chance: Random) -> Tampered:
    """Cut the end off, and the checkpoints over it; somebody kept a later one."""
    every = len(ledger.entries) // len(ledger.checkpoints)
    size = chance.randrange(len(ledger.entries))
    n_left = size // every
    return Tampered(
        first=size,
        checkpoints=ledger.checkpoints[:n_left],
        n_same_checkpoints=n_left,
        kept=chance.choice(ledger.checkpoints[n_left:]),
    )


def go_back_to_an_older_checkpoint(ledger: Ledger, chance: Random) -> Tampered:
    """Tell anew what followed an older checkpoint; somebody kept a newer one."""
    every = len(ledger.entries) // len(ledger.checkpoints)
    n_left = chance.randrange(len(ledger.checkpoints))
    newer = chance.randrange(n_left, min(n_left + 3, len(ledger.checkpoints)))
    seq = chance.randrange(n_left * every, (newer + 1) * every)
    return Tampered(
        first=seq,
        middle=(stored(seq, an_entry(seq, chance)),),
        rest=seq + 1,
        checkpoints=ledger.checkpoints[:n_left],
        n_same_checkpoints=n_left,
        kept=ledger.checkpoints[newer],
    )


def put_an_older_checkpoint_under_a_newer_one(ledger: Ledger, chance: Random) -> Tampered:
    """Put it in the newer one's place, or give it the newer one's size or signatures."""
    newer = chance.randrange(1, len(ledger.checkpoints))
    old, new = ledger.checkpoints[chance.randrange(newer)], ledger.checkpoints[newer]
    (origin, old_size, old_root, *_), (_, new_size, _, blank, *lines) = (
        old.split("\n"),
        new.split("\n"),
    )
    shown = chance.choice(
        (
            old,
            "\n".join((origin, new_size, old_root, blank, *lines)),
            "\n".join((origin, old_size, old_root, blank, *lines)),
        )
    )
    return Tampered(
        first=len(ledger.entries),
        checkpoints=[*ledger.checkpoints[:newer], shown, *ledger.checkpoints[newer + 1 :]],
        n_same_checkpoints=newer,
    )


CHANGES: tuple[Change, ...] = (
    flip_a_bit_of_a_leaf,
    flip_a_bit_of_an_opening,
    change_a_fact_and_its_leaf,
    change_the_time_of_a_leaf,
    put_another_entry_in_its_place,
    drop_an_entry,
    swap_two_entries,
    insert_an_entry,
    cut_behind_a_known_checkpoint,
    go_back_to_an_older_checkpoint,
    put_an_older_checkpoint_under_a_newer_one,
)


def with_another_fact(entry: StoredEntry, chance: Random) -> StoredEntry:
    """Return an entry with one fact changed, and the digest of its leaf to match."""
    pieces = pieces_of(entry.openings)
    at = chance.randrange(len(pieces))
    name, value = json.loads(pieces[at][16:])
    other = f"{value}?" if isinstance(value, str) else chance.randrange(10**6, 10**9)
    pieces[at] = pieces[at][:16] + canonical([name, other])
    body = json.loads(entry.leaf)
    body["facts"] = sorted(
        base64.b64encode(hashlib.sha256(piece).digest()).decode() for piece in pieces
    )
    return entry._replace(leaf=canonical(body), openings=packed(pieces))


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pieces_of(openings: bytes) -> list[bytes]:
    pieces, at = [], 0
    while at < len(openings):
        start, at = at + 4, at + 4 + int.from_bytes(openings[at : at + 4], "big")
        pieces.append(openings[start:at])
    return pieces


def packed(pieces: list[bytes]) -> bytes:
    return b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)

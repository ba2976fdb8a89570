"""A ledger in memory as a store would hand it out: entries, checkpoints, and the keys of its life.

A shop's staff look up orders; the key is rotated once and lost once; a person's facts were erased.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whence.ledger.checkpoints import Checkpoint, sign_checkpoint
from whence.ledger.entries import Entry, opened, packed, seal
from whence.ledger.gaps import ERASURE_KIND, KEPT, NAMED, named_entries
from whence.ledger.keys import fingerprint
from whence.ledger.notes import SigningKey, VerifierKey
from whence.ledger.succession import (
    KEY_KIND,
    KeyChange,
    key_facts,
    read_key_change,
    signers_needed,
)
from whence.ledger.tree import CompactRange, leaf_hash
from whence.ledger.verification import Attested, StoredEntry, examine
from whence.model import SECOND

ORIGIN = "shop.example/orders"
INDEX_KEY = bytes(32)
NOON = 1_772_884_800 * SECOND  # 2026-03-07T12:00:00Z
KINDS = ("reveal", "reveal", "reveal", "refusal", "release", "note")
CASES = (None, None, "2026-17", 'case "seven"', "案件\\7")


def signing_key(seed: int) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
    public = private.public_key().public_bytes_raw()
    return SigningKey(verifier=VerifierKey(name=ORIGIN, public=public), private=private)


FIRST, ROTATED_TO, AFTER_LOSS, STRANGERS = (signing_key(seed) for seed in range(1, 5))
PRINTS = {key: fingerprint(key.verifier) for key in (FIRST, ROTATED_TO, AFTER_LOSS, STRANGERS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    entries: list[StoredEntry]
    checkpoints: list[str]
    n_erased: int = 0

    def but(
        self, *, entries: list[StoredEntry] | None = None, checkpoints: list[str] | None = None
    ) -> "Ledger":
        return replace(
            self,
            entries=self.entries if entries is None else entries,
            checkpoints=self.checkpoints if checkpoints is None else checkpoints,
        )


def an_entry(seq: int, chance: random.Random) -> Entry:
    clerk = f"SH{chance.randrange(900):05}-C{chance.randrange(9)}"
    return Entry(
        kind=chance.choice(KINDS),
        at=NOON + seq * SECOND,
        case=chance.choice(CASES),
        facts={
            "account_id": clerk,
            "party_id": clerk.partition("-")[0],
            "fields": chance.choice(("phone", "name,phone", "姓名")),
            "purpose": "deliver",
            "form": chance.choice(("masked", "clear", None)),
            "rule": None,
            "order_id": f"O{chance.randrange(10**9):09}",
            "n": chance.randrange(100),
        },
        persons=(f"C{chance.randrange(5_000)}",),
    )


def stored(seq: int, entry: Entry) -> StoredEntry:
    (sealed,) = seal([entry], INDEX_KEY)
    return StoredEntry(seq, sealed.leaf, sealed.openings)


def erased_but_who_acted(entry: StoredEntry) -> StoredEntry:
    left = (opening for opening in opened(*entry).openings if opening[1] in KEPT)
    return entry._replace(openings=packed(left))


def a_ledger(
    size: int,
    *,
    every: int,
    rotated_at: int | None = None,
    lost_at: int | None = None,
    erased: Sequence[int] = (),
    erased_at: int | None = None,
    seed: int = 1,
    clock: Callable[[int], int] = lambda at: at,
) -> Ledger:
    """Make a ledger with a checkpoint after ``every`` entries, and one at its end."""
    chance = random.Random(seed)
    entries: list[StoredEntry] = []
    special = {0: (None, FIRST, False), rotated_at: (FIRST, ROTATED_TO, False)}
    special[lost_at] = (ROTATED_TO if rotated_at else FIRST, AFTER_LOSS, True)
    for seq in range(size):
        entry = an_entry(seq, chance)
        if seq in special:
            old, new, lost = special[seq]
            facts = key_facts(old.verifier if old else None, new.verifier, lost=lost)
            entry = Entry(kind=KEY_KIND, at=entry.at, facts=facts)
        elif seq == erased_at:
            facts = {NAMED: named_entries(erased)}
            entry = Entry(kind=ERASURE_KIND, at=entry.at, facts=facts)
        elif seq in erased and entry.kind == "release":  # about nobody, so never erased from
            entry = replace(entry, kind="note")
        entries.append(stored(seq, replace(entry, at=clock(entry.at))))
    for seq in erased:
        entries[seq] = erased_but_who_acted(entries[seq])
    return Ledger(entries=entries, checkpoints=signed(entries, every), n_erased=len(erased))


def signed(entries: Sequence[StoredEntry], every: int) -> list[str]:
    """Sign the checkpoints that an honest ledger of these entries has."""
    grown, changes, notes = CompactRange(), list[KeyChange](), []
    keys = {key.verifier: key for key in PRINTS}
    for start in range(0, len(entries), every):
        some = entries[start : start + every]
        for seq, leaf, openings in some:
            if b'"kind":"key"' in leaf:
                changes.append(read_key_change(seq, facts_of(openings)))
        grown.append([leaf_hash(entry.leaf) for entry in some])
        needed = signers_needed(changes, since=start, size=grown.size)
        notes.append(checkpoint(grown, [keys[key] for key in needed]))
    return notes


def checkpoint(grown: CompactRange, keys: Sequence[SigningKey], origin: str = ORIGIN) -> str:
    return sign_checkpoint(Checkpoint(origin=origin, size=grown.size, root=grown.root()), keys)


def facts_of(openings: bytes) -> dict[str, object]:
    """Return the facts in packed openings, read here on its own: 4 bytes of length, 16 of salt."""
    facts, at = dict[str, object](), 0
    while at < len(openings):
        start, at = at + 4, at + 4 + int.from_bytes(openings[at : at + 4], "big")
        name, value = json.loads(openings[start + 16 : at])
        facts[name] = value
    return facts


def attested(
    ledger: Ledger, *, fingerprint: str | None = None, kept: str | None = None
) -> Attested:
    return examine(
        iter(ledger.entries), ledger.checkpoints, origin=ORIGIN, fingerprint=fingerprint, kept=kept
    )


def resealed(ledger: Ledger, seq: int) -> list[StoredEntry]:
    """Return the entries with one told anew, its leaf and openings in order."""
    entry = an_entry(seq, random.Random(99))
    return [*ledger.entries[:seq], stored(seq, entry), *ledger.entries[seq + 1 :]]


def grown_over(entries: list[StoredEntry]) -> CompactRange:
    grown = CompactRange()
    grown.append([leaf_hash(entry.leaf) for entry in entries])
    return grown


def last_length_of(openings: bytes) -> int:
    at = last = 0
    while at < len(openings):
        last, at = at, at + 4 + int.from_bytes(openings[at : at + 4], "big")
    return last

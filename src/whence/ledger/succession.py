"""Which key signs after which: keys are announced by entries, rotated, and sometimes lost.

The first entry of a ledger announces its first key. A rotation is an entry that names the old key
and the new one; the next checkpoint carries the signatures of both, so that who trusts the old
key may trust the new one. For a lost key the entry says so and the old signature is missing:
trust in the old key ends there, and only the new key attests what follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from whence.errors import InputError, IntegrityError, UsageError
from whence.ledger.keys import fingerprint
from whence.ledger.notes import SigningKey, VerifierKey, read_verifier_key

KEY_KIND: Final = "key"  # the kind of the entries that announce keys
FIRST, ROTATED, LOST = "first", "rotated", "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Entry ``seq`` announces a key: after ``old`` (None for the first), which may be lost."""

    seq: int
    old: VerifierKey | None
    new: VerifierKey
    lost: bool = False


def key_facts(
    old: VerifierKey | None, new: VerifierKey, *, lost: bool = False
) -> dict[str, str | None]:
    """Return the facts of the entry that announces ``new``: ``old``, ``new`` and ``why``."""
    why = FIRST if old is None else LOST if lost else ROTATED
    return {"old": old.text if old else None, "new": new.text, "why": why}


def read_key_change(seq: int, facts: Mapping[str, object]) -> KeyChange:
    """Return what a key entry announces; IntegrityError where its facts are gone or no keys."""
    old, new, why = (facts.get(name) for name in ("old", "new", "why"))
    if not isinstance(new, str) or not isinstance(old, str | None):
        raise IntegrityError("ledger.key-entry-unreadable", seq=seq)
    if (why != FIRST and why not in {ROTATED, LOST}) or (old is None) != (why == FIRST):
        raise IntegrityError("ledger.key-entry-unreadable", seq=seq)
    try:
        read = None if old is None else read_verifier_key(old)
        return KeyChange(seq=seq, old=read, new=read_verifier_key(new), lost=why == LOST)
    except InputError as error:
        raise IntegrityError("ledger.key-entry-unreadable", seq=seq) from error


def verify_follows(changes: Sequence[KeyChange], change: KeyChange) -> None:
    """Check that a change begins where the earlier ones ended, with a key not used before."""
    current = changes[-1].new if changes else None
    if change.old != current or any(change.new == earlier.new for earlier in changes):
        raise IntegrityError("ledger.key-does-not-follow", seq=change.seq)


def signers_needed(
    changes: Sequence[KeyChange], *, since: int, size: int
) -> tuple[VerifierKey, ...]:
    """Return the keys that must sign the checkpoint of ``size`` entries, the one in force last.

    ``since`` is the size of the checkpoint before it, 0 for the first. Both sides of every
    rotation announced in between must sign, but for keys that were lost in between.
    """
    announced = [change for change in changes if change.seq < size]
    recent = [change for change in announced if change.seq >= since]
    lost = [change.old for change in recent if change.lost]
    both = [key for change in recent if not change.lost for key in (change.old, change.new)]
    needed = [key for key in both if key is not None and key not in lost]
    if announced:
        needed.append(announced[-1].new)
    return tuple(key for i, key in enumerate(needed) if key not in needed[i + 1 :])


def keys_to_sign(
    changes: Sequence[KeyChange], keys: Sequence[SigningKey], *, since: int, size: int
) -> tuple[SigningKey, ...]:
    """Return those of the keys at hand that must sign a checkpoint (see ``signers_needed``).

    Raises UsageError where one is not at hand, or the ledger has announced none.
    """
    at_hand = {key.verifier: key for key in keys}
    needed = signers_needed(changes, since=since, size=size)
    missing = [key for key in needed if key not in at_hand]
    if missing or not needed:
        ids = ", ".join(key.id.hex() for key in missing) or "-"
        raise UsageError("ledger.key-missing", ids=ids, hint="ledger.key-missing-hint")
    return tuple(at_hand[key] for key in needed)


def verify_signers(
    needed: Sequence[VerifierKey], signers: Sequence[VerifierKey], *, size: int
) -> None:
    """Check that the checkpoint of ``size`` entries has the signatures it needs."""
    missing = [key for key in needed if key not in signers]
    if missing:
        ids = ", ".join(key.id.hex() for key in missing)
        raise IntegrityError("ledger.signature-missing", size=size, ids=ids)


def vouched_for(changes: Sequence[KeyChange], trusted: str) -> tuple[VerifierKey, ...]:
    """Return the keys that a fingerprint vouches for: its own, and those rotated to from there.

    Empty where no key of the ledger has this fingerprint. A lost key ends the chain.
    """
    chain: list[VerifierKey] = []
    for change in changes:
        if fingerprint(change.new) == trusted or (
            chain and change.old == chain[-1] and not change.lost
        ):
            chain.append(change.new)
    return tuple(chain)

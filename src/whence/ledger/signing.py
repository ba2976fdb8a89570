"""Signing checkpoints, and changing the key that signs: what the ledger says about its own keys."""

from dataclasses import dataclass
from typing import Final

from whence.errors import UsageError
from whence.ledger.appending import append, recorded
from whence.ledger.checkpoints import Checkpoint, sign_checkpoint
from whence.ledger.entries import Entry, seal
from whence.ledger.keys import fingerprint, load_keys, make_key
from whence.ledger.storage import Kept, Reading, Writing
from whence.ledger.succession import (
    KEY_KIND,
    KeyChange,
    key_facts,
    keys_to_sign,
    read_key_change,
    verify_follows,
)
from whence.model import Instant
from whence.workspace import Workspace

_NO_PERSONS: Final = b""  # entries about keys are about nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A checkpoint just signed: its note, its size, and the fingerprint of the key in force."""

    note: str
    size: int
    fingerprint: str


def key_changes(reading: Reading) -> list[KeyChange]:
    """Return the keys that a ledger has announced, first to last.

    Raises IntegrityError where they do not follow one another.
    """
    changes: list[KeyChange] = []
    for entry in recorded(reading, reading.seqs_of_kind(KEY_KIND)):
        change = read_key_change(entry.seq, entry.entry.facts)
        verify_follows(changes, change)
        changes.append(change)
    return changes


def announce_first_key(step: Writing, workspace: Workspace, now: Instant) -> Signed:
    """Make the key of a new ledger, its first entry and its first checkpoint."""
    made = make_key(workspace.keys, workspace.name)
    _announce(step, key_facts(None, made.verifier), now)
    return sign(step, workspace, now)


def change_key(step: Writing, workspace: Workspace, now: Instant, *, lost: bool) -> Signed:
    """Make another key, announce it, and sign a checkpoint with it.

    The old key signs too, unless it is ``lost``: trust in it then ends here. Raises UsageError
    where it is not at hand and not lost, or where it is called lost and lies there.
    """
    current = key_changes(step)[-1].new
    at_hand = {key.verifier for key in load_keys(workspace.keys, workspace.name)}
    if lost and current in at_hand:
        raise UsageError(
            "ledger.key-not-lost", hint="ledger.key-not-lost-hint", id=current.id.hex()
        )
    if not lost and current not in at_hand:
        raise UsageError("ledger.key-missing", ids=current.id.hex(), hint="ledger.key-missing-hint")
    made = make_key(workspace.keys, workspace.name)
    _announce(step, key_facts(current, made.verifier, lost=lost), now)
    return sign(step, workspace, now)


def sign(step: Writing, workspace: Workspace, now: Instant) -> Signed:
    """Sign a checkpoint of all entries there are, and keep it; one that is there is not kept twice.

    Raises UsageError where a key that must sign is not at hand.
    """
    state, kept, changes = step.state(), step.checkpoints(), key_changes(step)
    keys = keys_to_sign(
        changes,
        load_keys(workspace.keys, workspace.name),
        since=kept[-1].size if kept else 0,
        size=state.size,
    )
    checkpoint = Checkpoint(origin=workspace.name, size=state.size, root=state.root)
    if kept and kept[-1].size == state.size:
        note = kept[-1].note
    else:
        note = sign_checkpoint(checkpoint, keys)
        step.keep(Kept(size=state.size, made_at=now, note=note))
    return Signed(note=note, size=state.size, fingerprint=fingerprint(keys[-1].verifier))


def _announce(step: Writing, facts: dict[str, str | None], now: Instant) -> None:
    append(step, seal([Entry(kind=KEY_KIND, at=now, facts=facts)], _NO_PERSONS))

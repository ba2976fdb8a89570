"""Proofs that stand alone: one entry, its way to a signed checkpoint, and the key to check it by.

A file of JSON, ``whence.proof/1``. Whoever has the fingerprint of the ledger's key verifies it
without the ledger: openings belong to the leaf, the leaf to the tree, the tree to the checkpoint,
its signature to the key. Openings of whom the entry is about stay at home.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.errors import InputError, IntegrityError, OutputError, UsageError, WhenceError
from whence.ledger import checkpoint_files
from whence.ledger.appending import recorded
from whence.ledger.checkpoints import read_checkpoint, signers_of_checkpoint
from whence.ledger.entries import PERSON, Opening, Recorded, opened, packed
from whence.ledger.keys import fingerprint
from whence.ledger.nodes import nodes_in
from whence.ledger.notes import VerifierKey, read_verifier_key
from whence.ledger.proofs import inclusion_proof, verify_inclusion
from whence.ledger.signing import key_changes
from whence.ledger.storage import Reading
from whence.ledger.tree import leaf_hash
from whence.workspace import Workspace

SCHEMA: Final = "whence.proof/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An entry and all that shows it was recorded: verified by ``verify_proof``.

    ``path`` are the hashes from the leaf to the root of ``checkpoint``, a signed note; ``keys``
    are those that signed it; ``stamp`` is the reply of a time-stamp authority over the note.
    """

    seq: int
    leaf: bytes
    openings: tuple[Opening, ...]
    path: tuple[bytes, ...]
    checkpoint: str
    keys: tuple[VerifierKey, ...]
    stamp: bytes | None = None

    def to_json(self) -> str:
        """Return the proof as it stands in a file."""
        document = {
            "schema": SCHEMA,
            "seq": self.seq,
            "leaf": self.leaf.decode(),
            "openings": [
                {"salt": _to_text(salt), "name": name, "value": value}
                for salt, name, value in self.openings
            ],
            "path": [_to_text(hash_) for hash_ in self.path],
            "checkpoint": self.checkpoint,
            "keys": [key.text for key in self.keys],
            "stamp": None if self.stamp is None else _to_text(self.stamp),
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a proof shows: the entry, under a checkpoint of ``size`` entries of ``origin``."""

    recorded: Recorded
    origin: str
    size: int
    stamp: bytes | None
    checkpoint: str


def proof_of(reading: Reading, workspace: Workspace, seq: int) -> Proof:
    """Return the proof of an entry under the latest checkpoint.

    Raises UsageError where there is no such entry, or no checkpoint covers it yet.
    """
    size, kept = reading.state().size, reading.checkpoints()
    if not 0 <= seq < size:
        raise UsageError("ledger.no-such-leaf", index=seq, size=size)
    if not kept or kept[-1].size <= seq:
        raise UsageError("ledger.not-signed-yet", hint="ledger.not-signed-yet-hint", seq=seq)
    note = kept[-1].note
    known = [change.new for change in key_changes(reading)]
    (entry,) = recorded(reading, [seq])
    return Proof(
        seq=seq,
        leaf=entry.leaf,
        openings=tuple(opening for opening in entry.openings if opening[1] != PERSON),
        path=inclusion_proof(seq, kept[-1].size, nodes_in(reading)),
        checkpoint=note,
        keys=signers_of_checkpoint(read_checkpoint(note), known, origin=workspace.name),
        stamp=checkpoint_files.stamp_of(workspace.checkpoints, note),
    )


def write_proof(path: Path, proof: Proof) -> None:
    """Write a proof into a file; OutputError where it cannot be written."""
    partly = path.with_name(path.name + ".part")
    try:
        partly.write_text(proof.to_json(), "utf-8")
        partly.replace(path)
    except OSError as error:
        partly.unlink(missing_ok=True)
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=path,
            reason=error.strerror or type(error).__name__,
        ) from error


def read_proof(path: Path) -> Proof:
    """Return the proof in a file, nothing verified; InputError where it holds none."""
    try:
        held: Any = json.loads(path.read_text("utf-8"))
        _verify_schema(held["schema"])
        return Proof(
            seq=_number(held["seq"]),
            leaf=held["leaf"].encode(),
            openings=tuple(
                (_from_text(each["salt"]), str(each["name"]), each["value"])
                for each in held["openings"]
            ),
            path=tuple(_from_text(hash_) for hash_ in held["path"]),
            checkpoint=str(held["checkpoint"]),
            keys=tuple(read_verifier_key(text) for text in held["keys"]),
            stamp=None if held["stamp"] is None else _from_text(held["stamp"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise InputError("ledger.no-proof", file=path.name) from error


def verify_proof(proof: Proof, trusted: str) -> Proven:
    """Check a proof by the fingerprint of the key that is trusted; return what it shows.

    Raises IntegrityError where it does not hold, or another key signed it.
    """
    keys = [key for key in proof.keys if fingerprint(key) == trusted]
    if not keys:
        signed = ", ".join(fingerprint(key) for key in proof.keys) or "-"
        raise IntegrityError(
            "ledger.proof-other-key", hint="ledger.proof-other-key-hint", keys=signed
        )
    try:
        signed_checkpoint = read_checkpoint(proof.checkpoint)
    except WhenceError as error:
        raise IntegrityError("ledger.proof-no-checkpoint") from error
    checkpoint = signed_checkpoint.checkpoint
    signers_of_checkpoint(signed_checkpoint, keys, origin=keys[0].name)
    leaf = leaf_hash(proof.leaf)
    verify_inclusion(leaf, proof.seq, checkpoint.size, proof.path, checkpoint.root)
    return Proven(
        recorded=opened(proof.seq, proof.leaf, packed(proof.openings)),
        origin=checkpoint.origin,
        size=checkpoint.size,
        stamp=proof.stamp,
        checkpoint=proof.checkpoint,
    )


def _verify_schema(schema: object) -> None:
    if schema != SCHEMA:
        raise ValueError(schema)


def _number(value: Any) -> int:  # noqa: ANN401  whatever the file holds
    if type(value) is not int:
        raise TypeError
    return value


def _to_text(data: bytes) -> str:
    return b64encode(data).decode()


def _from_text(text: str) -> bytes:
    return b64decode(text, validate=True)

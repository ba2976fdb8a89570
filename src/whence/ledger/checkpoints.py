"""Checkpoints: what a ledger was at one size, signed (C2SP tlog-checkpoint).

The text of the note is the origin (the name of the log), the number of entries and the root of
their tree, one a line. Whoever keeps a checkpoint elsewhere can prove a later ledger false.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from whence.errors import InputError, IntegrityError
from whence.ledger.notes import Note, SigningKey, VerifierKey, read_note, sign_note, signers_of
from whence.ledger.tree import HASH_BYTES

MAX_SIZE: Final = 2**63 - 1  # what a signed 64-bit column holds
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A ledger of ``size`` entries has this root; ``extensions`` are lines nobody checks."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note's text: what is signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(
            f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as read from its note, and the note: nothing is verified yet."""

    checkpoint: Checkpoint
    note: Note


def sign_checkpoint(checkpoint: Checkpoint, keys: Sequence[SigningKey]) -> str:
    """Return the signed note of a checkpoint."""
    if _parsed(checkpoint.text) != checkpoint:
        raise InputError("ledger.bad-checkpoint")
    return sign_note(checkpoint.text, keys)


def read_checkpoint(message: str | bytes) -> SignedCheckpoint:
    """Return a checkpoint and its signatures, unverified; InputError where it is none."""
    note = read_note(message)
    return SignedCheckpoint(checkpoint=_parsed(note.text), note=note)


def signers_of_checkpoint(
    signed: SignedCheckpoint, known: Sequence[VerifierKey], *, origin: str
) -> tuple[VerifierKey, ...]:
    """Return which known keys signed a checkpoint of this origin; IntegrityError if none did."""
    if signed.checkpoint.origin != origin:
        raise IntegrityError("ledger.other-origin", found=signed.checkpoint.origin, expected=origin)
    return signers_of(signed.note, known)


def verify_checkpoint(
    signed: SignedCheckpoint, known: Sequence[VerifierKey], *, origin: str
) -> None:
    """Check that a known key signed this checkpoint, and that it is of this origin."""
    signers_of_checkpoint(signed, known, origin=origin)


def _parsed(text: str) -> Checkpoint:
    """Return the checkpoint a note's text writes; InputError where it writes none."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):  # noqa: PLR2004  three lines and the end
        raise InputError("ledger.bad-checkpoint")
    origin, size, encoded, *extensions = lines
    try:
        root = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise InputError("ledger.bad-checkpoint") from error
    one_spelling = base64.b64encode(root).decode() == encoded
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE or len(root) != HASH_BYTES:
        raise InputError("ledger.bad-checkpoint")
    if not one_spelling:
        raise InputError("ledger.bad-checkpoint")
    return Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(extensions))

"""Signed notes: a text, a blank line, and one line for each signature (C2SP signed-note).

::

    shop.example/orders
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — shop.example/orders Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeO...

Only Ed25519, type 0x01 of the specification. A key is known by its name and its id together; a
signature of a key that is not known is ignored, a note without a good one of a known key refused.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from whence.errors import InputError, IntegrityError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = b"\x01"  # signed-note, Signature types
KEY_BYTES: Final = 32  # RFC 8032: an Ed25519 public key
ID_BYTES: Final = 4
MAX_SIGNATURES: Final = 100  # at least 16, says signed-note; 100, says Go's sumdb/note
MAX_BYTES: Final = 1_000_000  # signatures of 5 kB each, 100 of them, and the text
_DASH: Final = "— "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VERIFIER_KEY: Final = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public half of a key: the name it signs under, and 32 bytes of Ed25519."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise InputError("ledger.bad-key-name", name=self.name)
        if len(self.public) != KEY_BYTES:
            raise InputError("ledger.bad-verifier-key")

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, 0x01, public key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        """``NAME+ID+KEY``: the id in hex, type byte and key in base64."""
        return f"{self.name}+{self.id.hex()}+{_to_base64(ED25519 + self.public)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """Both halves of a key. It is never printed: its secret half stays out of its text."""

    verifier: VerifierKey
    private: "Ed25519PrivateKey"

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier.text})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line: who says it signed, and what it wrote."""

    name: str
    id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {_to_base64(self.id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as read: its text with the last newline, and its signatures, good or not."""

    text: str
    signatures: tuple[Signature, ...]


def is_key_name(name: str) -> bool:
    """Return whether a key may be called so: not empty, no space, no plus, no control character."""
    plain = not any(letter.isspace() for letter in name) and not _CONTROL.search(name)
    return bool(name) and plain and "+" not in name and _is_encodable(name)


def read_verifier_key(text: str) -> VerifierKey:
    """Return the key that ``NAME+ID+KEY`` writes; InputError where it writes none."""
    match = _VERIFIER_KEY.fullmatch(text)
    key = _from_base64(match[3]) if match else None
    if not match or key is None or key[:1] != ED25519 or not is_key_name(match[1]):
        raise InputError("ledger.bad-verifier-key")
    read = VerifierKey(name=match[1], public=key[1:])
    if read.id.hex() != match[2]:
        raise InputError("ledger.bad-verifier-key")
    return read


def sign_note(text: str, keys: Sequence[SigningKey], *, others: Sequence[Signature] = ()) -> str:
    """Return the note of a text, signed with keys; signatures of others come first and are kept.

    Raises UsageError where the text cannot be a note's: no newline at its end, control characters.
    """
    if not text.endswith("\n") or _CONTROL.search(text) or not _is_encodable(text):
        raise UsageError("ledger.bad-note-text")
    signing = {(key.verifier.name, key.verifier.id) for key in keys}
    signatures = [
        signature for signature in others if (signature.name, signature.id) not in signing
    ]
    for key in keys:
        signed = key.private.sign(text.encode())
        signatures.append(Signature(name=key.verifier.name, id=key.verifier.id, signature=signed))
    if not 0 < len(signatures) <= MAX_SIGNATURES:
        raise UsageError("ledger.bad-signature-count", n=len(signatures), limit=MAX_SIGNATURES)
    return text + "\n" + "".join(signature.line for signature in signatures)


def read_note(message: str | bytes) -> Note:
    """Return a note's parts, nothing verified; InputError where it is no note.

    The text may hold blank lines: the last one parts it from the signatures.
    """
    try:
        data = message if isinstance(message, bytes) else message.encode()
        note = data.decode()
    except UnicodeError as error:
        raise InputError("ledger.bad-note") from error
    text, blank, lines = note.rpartition("\n\n")
    malformed = len(data) > MAX_BYTES or _CONTROL.search(note)
    if malformed or not blank or not lines.endswith("\n"):
        raise InputError("ledger.bad-note")
    signatures = tuple(_read_line(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise InputError("ledger.bad-note")
    return Note(text=text + "\n", signatures=signatures)


def signers_of(note: Note, known: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return which of the known keys signed a note, each once, in the order of the note.

    Raises IntegrityError where the signature of a known key does not hold, or none is there.
    """
    found: list[VerifierKey] = []
    for signature in note.signatures:
        for key in known:
            if (key.name, key.id) == (signature.name, signature.id):
                _verify_signature(note.text, signature, key)
                if key not in found:
                    found.append(key)
    if not found:
        raise IntegrityError("ledger.no-known-signature", n=len(note.signatures))
    return tuple(found)


def verify_note(note: Note, known: Sequence[VerifierKey]) -> None:
    """Check that a known key signed a note, and that no signature of a known key is bad."""
    signers_of(note, known)


def _verify_signature(text: str, signature: Signature, key: VerifierKey) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  it costs start-up time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise IntegrityError("ledger.bad-signature", name=key.name, id=key.id.hex()) from error


def _read_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    decoded = _from_base64(encoded)
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise InputError("ledger.bad-note")
    if decoded is None or len(decoded) <= ID_BYTES:
        raise InputError("ledger.bad-note")
    return Signature(name=name, id=decoded[:ID_BYTES], signature=decoded[ID_BYTES:])


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes | None:
    """Return what standard base64 writes, or None; one spelling only, also of the last bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _to_base64(data) == text else None


def _is_encodable(text: str) -> bool:
    """Return whether a text is UTF-8 when written: no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

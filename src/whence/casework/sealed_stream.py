"""Bytes sealed in pieces, so that a recording of two gigabytes needs no more memory than a note.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance, CRYPTO 2015) over AES-256-GCM. A sealed stream is::

    "whence.sealed/1" newline || salt, 32 bytes || sealed pieces of 1 MiB, the last one shorter

The salt makes a key of its own for each stream (HKDF-SHA-256, RFC 5869), so a nonce is the number
of the piece and whether it is the last: pieces cannot be cut off, moved, or taken from elsewhere.
"""

import os
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Final

from whence.errors import IntegrityError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"whence.sealed/1\n"
SALT_BYTES: Final = 32
KEY_BYTES: Final = 32
PIECE: Final = 1 << 20
_TAG_BYTES: Final = 16
_COUNTER_BYTES: Final = 11  # with the mark of the last piece: 96 bits, NIST SP 800-38D
_ABOUT: Final = b"whence.casework/1 seal"


def seal_stream(pieces: Iterable[bytes], secret: bytes, into: IO[bytes]) -> None:
    """Seal bytes given in pieces of any length, and write them."""
    salt = os.urandom(SALT_BYTES)
    cipher = _cipher(secret, salt)
    into.write(MAGIC + salt)
    number = 0
    held = b""
    for piece in _evenly(pieces):
        if held:
            into.write(cipher.encrypt(_nonce(number, is_last=False), held, None))
            number += 1
        held = piece
    into.write(cipher.encrypt(_nonce(number, is_last=True), held, None))


def open_stream(sealed: IO[bytes], secret: bytes, name: str) -> Iterator[bytes]:
    """Yield the bytes of a sealed stream, piece by piece, each seen to be as it was sealed.

    Raises IntegrityError with the stream's name where anything was cut, changed or moved; what was
    yielded before is still what was sealed.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  costs start-up time

    head = sealed.read(len(MAGIC) + SALT_BYTES)
    if len(head) != len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
        raise IntegrityError("case.seal-broken", hint="case.seal-broken-hint", name=name)
    cipher = _cipher(secret, head[len(MAGIC) :])
    number, held = 0, sealed.read(PIECE + _TAG_BYTES)
    while True:
        coming = sealed.read(PIECE + _TAG_BYTES)
        try:
            piece = cipher.decrypt(_nonce(number, is_last=not coming), held, None)
        except (InvalidTag, ValueError):
            # Neither bytes nor cause go on: what failed to open is nobody's business.
            raise IntegrityError(
                "case.seal-broken", hint="case.seal-broken-hint", name=name
            ) from None
        yield piece
        if not coming:
            return
        number, held = number + 1, coming


def _evenly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of one length, the last one shorter, none empty."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        while len(gathered) >= PIECE:
            yield bytes(gathered[:PIECE])
            del gathered[:PIECE]
    if gathered:
        yield bytes(gathered)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + (b"\x01" if is_last else b"\x00")


def _cipher(secret: bytes, salt: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=_ABOUT).derive(secret))

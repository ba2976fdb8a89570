"""The keys that sign a ledger's checkpoints: where they lie, and how people compare them.

A key is ``keys/ledger-ID.pem``, PKCS 8, readable by its owner alone; ID is that of its signatures.
People compare its fingerprint.
"""

import base64
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.disk import verify_private, write_secret
from whence.errors import InputError, OutputError, UsageError
from whence.ledger.notes import SigningKey, VerifierKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX: Final = "ledger-"
_GROUP: Final = 4  # letters in a row that the eye takes in at once
FINGERPRINT_BYTES: Final = 20  # 160 bits: 8 groups of base32; a second key needs 2**160 trials


def make_key(folder: Path, name: str) -> SigningKey:
    """Make a signing key for a ledger's origin and store it in a folder, durably.

    Raises OutputError where the folder cannot be written.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  costs start-up time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    made = _signing_key(Ed25519PrivateKey.generate(), name)
    pem = made.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = key_path(folder, made.verifier)
    try:
        write_secret(path, pem)
    except OSError as error:
        raise OutputError("ledger.key-unwritable", folder=folder) from error
    return made


def load_keys(folder: Path, name: str) -> tuple[SigningKey, ...]:
    """Return the signing keys in a folder, in the order of their file names.

    Raises UsageError where others than the owner may read one, InputError where one is no
    Ed25519 key or its file is called after another key.
    """
    return tuple(_load(path, name) for path in sorted(folder.glob(f"{PREFIX}*.pem")))


def key_path(folder: Path, key: VerifierKey) -> Path:
    """Return where a key's file lies."""
    return folder / f"{PREFIX}{key.id.hex()}.pem"


def fingerprint(key: VerifierKey) -> str:
    """Return the text that a person compares: SHA-256 of the public key, 160 bits of it.

    ``ABCD-EFGH-...``: eight groups of four in base32 (RFC 4648): one case, no 0 and 1 beside O and
    I, and 32 letters where the whole digest would take 64 in hex; who has to compare more, errs
    more.
    """
    digest = sha256(key.public).digest()[:FINGERPRINT_BYTES]
    letters = base64.b32encode(digest).decode()
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def read_fingerprint(text: str) -> str:
    """Return a fingerprint as we write it; case, spaces and hyphens do not matter.

    Raises UsageError where the text is no fingerprint: one that is cut short proves little.
    """
    letters = "".join(text.replace("-", " ").split()).upper()
    try:
        complete = len(base64.b32decode(letters)) == FINGERPRINT_BYTES
    except ValueError:
        complete = False
    if not complete:
        raise UsageError("ledger.bad-fingerprint", hint="ledger.bad-fingerprint-hint")
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def _load(path: Path, name: str) -> SigningKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  costs start-up time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    try:
        verify_private(path, hint="ledger.key-open-hint")
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError("ledger.key-unreadable", file=path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("ledger.key-unreadable", file=path)
    loaded = _signing_key(private, name)
    if path != key_path(path.parent, loaded.verifier):
        raise InputError("ledger.key-misnamed", file=path, id=loaded.verifier.id.hex())
    return loaded


def _signing_key(private: "Ed25519PrivateKey", name: str) -> SigningKey:
    public = private.public_key().public_bytes_raw()
    return SigningKey(verifier=VerifierKey(name=name, public=public), private=private)

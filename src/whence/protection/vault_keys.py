"""The keys that wrap the vault's key versions: a key file, or a server that keeps them.

``keys/vault.key`` holds one key a line, ``ID KEY`` in hex, the one in force first. There are two
only while a rotation is under way. Lose the file and no field opens again: keep a copy elsewhere.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from whence.disk import OWNER_ONLY, to_disk, verify_private
from whence.errors import InputError, IntegrityError, OutputError, UsageError

FILE: Final = "vault.key"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_BYTES: Final = 4  # tells keys of one installation apart; says nothing about a random key


class Wrapping(Protocol):
    """What wraps and unwraps the vault's key versions."""

    def wrap(self, version: int, secret: bytes) -> bytes:
        """Wrap a key version with the wrapping key in force."""

    def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """Unwrap a key version. Raises IntegrityError where it does not open."""

    def renew(self) -> None:
        """Put a new wrapping key in force; older ones still unwrap."""

    def rewrap(self, version: int, wrapped: bytes) -> bytes:
        """Wrap a key version anew, with the wrapping key in force."""

    def retire(self) -> None:
        """Destroy older wrapping keys, where that is ours to do: nothing needs them any more."""


class KeyFile:
    """Wrapping keys in a file that its owner alone may read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._keys: dict[str, bytes] = {}

    @classmethod
    def make(cls, folder: Path) -> "KeyFile":
        """Make the file with one key, unless it is there already.

        Raises OutputError where it cannot be written.
        """
        made = cls(folder)
        if not made._path.exists():
            made._write({_id(key): key for key in [secrets.token_bytes(_KEY_BYTES)]})
        return made

    def wrap(self, version: int, secret: bytes) -> bytes:
        """Wrap with the first key of the file."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        key_id, key = next(iter(self._read().items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, secret, _about(version))
        return bytes.fromhex(key_id) + nonce + sealed

    def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """Unwrap with the key of the file that wrapped it."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  costs start-up time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        key_id, rest = wrapped[:_ID_BYTES].hex(), wrapped[_ID_BYTES:]
        # Another process may have put a new key in force since the file was read.
        key = self._keys.get(key_id) or self._read().get(key_id)
        if key is None:
            raise IntegrityError(
                "protection.other-key", hint="protection.wrong-key-hint", file=FILE, id=key_id
            )
        try:
            return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _about(version))
        except (InvalidTag, ValueError):
            raise IntegrityError(
                "protection.wrong-key",
                hint="protection.wrong-key-hint",
                file=FILE,
                id=key_id,
                version=version,
            ) from None

    def renew(self) -> None:
        """Put a new key first; those before stay behind it."""
        key = secrets.token_bytes(_KEY_BYTES)
        self._write({_id(key): key} | self._read())

    def rewrap(self, version: int, wrapped: bytes) -> bytes:
        """Unwrap and wrap."""
        return self.wrap(version, self.unwrap(version, wrapped))

    def retire(self) -> None:
        """Keep the first key alone."""
        key_id, key = next(iter(self._read().items()))
        self._write({key_id: key})

    def _read(self) -> dict[str, bytes]:
        try:
            verify_private(self._path, hint="protection.key-open-hint")
            lines = self._path.read_text("ascii").split("\n")
            pairs = [line.split() for line in lines if line.strip()]
            self._keys = {key_id: bytes.fromhex(key) for key_id, key in pairs}
        except FileNotFoundError:
            raise UsageError(
                "protection.no-key", hint="protection.no-key-hint", file=self._path
            ) from None
        except (OSError, ValueError):
            raise InputError("protection.key-unreadable", file=self._path) from None
        if not self._keys or any(_id(key) != key_id for key_id, key in self._keys.items()):
            raise InputError("protection.key-unreadable", file=self._path)
        return self._keys

    def _write(self, keys: dict[str, bytes]) -> None:
        """Replace the file in one step that has reached the disk."""
        beside = self._path.with_name(f"{FILE}.{secrets.token_hex(4)}")
        try:
            opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(opened, "w", encoding="ascii") as file:
                file.writelines(f"{key_id} {key.hex()}\n" for key_id, key in keys.items())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            to_disk(self._path.parent)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise OutputError("protection.unwritable", file=self._path) from error
        self._keys = keys


def _id(key: bytes) -> str:
    return sha256(b"whence.vault.key-id\0" + key).digest()[:_ID_BYTES].hex()


def _about(version: int) -> bytes:
    return f"whence.vault.key/1\0{version}".encode()

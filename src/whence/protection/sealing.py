"""One field sealed, opened, and looked up: the cryptography of the vault, and nothing else.

A key **version** is 32 random bytes. From it come, by HKDF-SHA-256 (RFC 5869), the key that seals
and, field by field, the key of its blind index. A sealed field is::

    nonce, 12 bytes || AES-256-GCM ciphertext with its tag of 16 bytes

The text is padded to a multiple of 32 bytes first, so that a name is as long as any other. Bound
to it as associated data are the key version, the field and the order: moved to another order, it
does not open.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import TYPE_CHECKING, Final

from whence.errors import IntegrityError
from whence.protection.masks_accounts import email_key
from whence.protection.masks_numbers import phone_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12  # 96 bits, NIST SP 800-38D, 8.2.2: random
DIGEST_BYTES: Final = 16  # of the index: 2**-64 of a clash among 2**32 values
# With random nonces a key may seal 2**32 texts (NIST SP 800-38D, 8.3).
MOST_SEALED: Final = 2**32
_BLOCK: Final = 32
_END: Final = b"\x80"  # ISO/IEC 7816-4: a mark, then zeros
_ABOUT: Final = "whence.vault/1"

# How values of an indexed field are made equal before they are compared.
NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    "phone": phone_key,
    "email": email_key,
    "id_number": lambda text: "".join(sign for sign in text.upper() if sign.isalnum()),
    "bank_card": lambda text: "".join(sign for sign in text if sign.isdigit()),
    "login": lambda text: text.strip().casefold(),
}


class VersionKey:
    """One version of the vault's keys, opened: it seals, opens, and finds."""

    def __init__(self, version: int, secret: bytes) -> None:
        self.version = version
        self._secret = secret
        self._index_keys: dict[str, bytes] = {}

    def seal(self, items: Iterable[tuple[str, str, str]]) -> list[bytes]:
        """Seal texts, given as order, field, text."""
        listed = list(items)
        nonces = os.urandom(NONCE_BYTES * len(listed))
        encrypt = self._cipher.encrypt
        sealed = []
        at = 0
        for order_id, field, text in listed:
            nonce = nonces[at : at + NONCE_BYTES]
            at += NONCE_BYTES
            sealed.append(nonce + encrypt(nonce, _padded(text), self._bound(order_id, field)))
        return sealed

    def open(self, order_id: str, field: str, sealed: bytes) -> str:
        """Open a sealed field.

        Raises IntegrityError where it was cut or changed, or belongs to another order, field or
        key.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  costs start-up time

        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:  # what is shorter than nonce and tag is a ValueError or has no tag that fits
            text = self._cipher.decrypt(nonce, rest, self._bound(order_id, field))
            return text[: text.rindex(_END)].decode()
        except (InvalidTag, ValueError):
            # Neither text nor cause goes on: what failed to open is nobody's business.
            raise IntegrityError(
                "protection.seal-broken",
                hint="protection.seal-broken-hint",
                order=order_id,
                field=field,
                version=self.version,
            ) from None

    def digest(self, field: str, text: str) -> bytes | None:
        """Return what stands for a value in the blind index of a field, None for an empty one."""
        plain = NORMAL[field](text)
        if not plain:
            return None
        key = self._index_keys.get(field)
        if key is None:
            key = self._index_keys[field] = self._derived(f"index:{field}")
        return hmac_digest(key, plain.encode("utf-8", "surrogatepass"), sha256)[:DIGEST_BYTES]

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        return AESGCM(self._derived("seal"))

    def _derived(self, use: str) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        info = f"{_ABOUT} {self.version} {use}".encode()
        return HKDF(SHA256(), SECRET_BYTES, salt=None, info=info).derive(self._secret)

    def _bound(self, order_id: str, field: str) -> bytes:
        """Return the associated data; the field's length keeps it apart from the order."""
        bound = f"{_ABOUT}\0{self.version}\0{len(field)}\0{field}{order_id}"
        return bound.encode("utf-8", "surrogatepass")


def _padded(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass") + _END
    return data + bytes(-len(data) % _BLOCK)

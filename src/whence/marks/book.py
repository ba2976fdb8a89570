"""The code book: which value of a field a recipient is handed for an order.

Recipients are numbers 0, 1, 2 ... For a field of q values recipient n's is P(n mod q), where P is a
permutation drawn by the key, the field, the order and n // q. So of the first q recipients no two
share a value of an order, nothing has to be kept but the key, and a value read is turned back into
the recipient. Fields of a few values (how an address is spelled) are drawn for each recipient on
her own: of two values a permutation would tell everyone her neighbour's.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.errors import UsageError
from whence.marks.permutation import DIGEST, shuffle
from whence.model import OrderId

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint16]

KEY_BYTES: Final = 32
LOCALES: Final = ("zh", "en")
NAME, EXTENSION, ADDRESS = "name", "extension", "address"
CANARY: Final = "canary"  # extensions of planted orders, by their serial
FIELDS: Final = (NAME, EXTENSION, ADDRESS)
VALUES: Final = 10_000  # of a name and of an extension: q
WORDS: Final = 16  # 16-bit words for the slots of one address: two AES blocks
MOST_RECIPIENTS: Final = 1 << 28  # n // q must fit 16 bits
_INFO: Final = b"whence marks 1 "  # HKDF's info: another use or version has another key
_BLOCK: Final = 16
_WORDS_IN_BLOCK: Final = 8
_CHUNK: Final = 1 << 15


class Book:
    """The code of one installation: a secret key, and how names and addresses are written."""

    def __init__(self, key: bytes, locale: str = "zh") -> None:
        if len(key) != KEY_BYTES:
            raise UsageError("marks.bad-key", expected=KEY_BYTES, found=len(key))
        if locale not in LOCALES:
            raise UsageError("marks.bad-locale", locale=locale)
        self.locale = locale
        self._key = key
        self._orders = self._derived(b"orders", 32)
        self._ciphers = {use: self._cipher(use) for use in (*FIELDS, CANARY)}

    def digests(self, order_ids: Sequence[OrderId]) -> Bytes:
        """Return what stands for each order in the code: (n, 11) bytes; 17 and "17" are one."""
        keyed = blake2b(key=self._orders, digest_size=DIGEST)
        found = bytearray()
        for order_id in order_ids:
            one = keyed.copy()
            one.update(str(order_id).encode())
            found += one.digest()
        return np.frombuffer(bytes(found), dtype=np.uint8).reshape(-1, DIGEST)

    def values(self, field: str, digests: Bytes, numbers: Ints) -> Ints:
        """Return the value of a field for each order and recipient, 0 to q - 1."""
        tweaks, points = np.divmod(_checked(numbers), VALUES)
        return shuffle(self._ciphers[field], digests, tweaks, points, VALUES, back=False)

    def numbers(self, field: str, digests: Bytes, values: Ints, blocks: Ints) -> Ints:
        """Return whose value of a field each is, among recipients q * block to q * (block + 1)."""
        points = shuffle(self._ciphers[field], digests, blocks, values, VALUES, back=True)
        return points + blocks * VALUES

    def words(self, digests: Bytes, numbers: Ints) -> Words:
        """Return 16 independent words for each order and recipient: (n, 16).

        A slot of q spellings takes ``word * q >> 16``.
        """
        found = np.empty((len(numbers), WORDS), dtype=np.uint16)
        _checked(numbers)
        for start in range(0, len(numbers), _CHUNK):
            part = slice(start, start + _CHUNK)
            n = len(numbers[part])
            block = np.zeros((n, 2, _BLOCK), dtype=np.uint8)
            block[:, :, :DIGEST] = digests[part][:, None, :]
            block[:, 1, DIGEST] = 1
            block.view(">u4")[:, :, 3] = numbers[part][:, None]
            made = self._ciphers[ADDRESS].update(block.tobytes())
            found[part] = np.frombuffer(made, dtype=">u2").reshape(n, WORDS)
        return found

    def seed(self, *parts: object) -> list[int]:
        """Return a seed for drawing what is no mark, the same each time."""
        text = "\x1f".join(map(str, parts)).encode()
        drawn = blake2b(text, key=self._derived(b"draw", 32), digest_size=32).digest()
        return [int(word) for word in np.frombuffer(drawn, dtype="<u4")]

    def _cipher(self, use: str) -> "CipherContext":
        from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415  start-up
        from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.modes import ECB  # noqa: PLC0415

        # ECB is a plain AES call for each block: a pseudo-random function of orders and rounds.
        return Cipher(AES(self._derived(use.encode(), 16)), ECB()).encryptor()  # noqa: S305

    def _derived(self, use: bytes, length: int) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        kdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=_INFO + use)
        return kdf.derive(self._key)


def _checked(numbers: Ints) -> Ints:
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < MOST_RECIPIENTS):
        raise UsageError("marks.bad-number", most=MOST_RECIPIENTS)
    return numbers

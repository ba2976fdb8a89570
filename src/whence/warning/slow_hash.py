"""The slow hash of an order number and a phone together: Argon2id, RFC 9106.

Order numbers can be counted through, so their hashes alone hide nothing. Together with the phone
there is too much to count, and where somebody knows the phone already each order number tried
costs him the time and memory of one hash.
"""

import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Final

HASH_BYTES: Final = 32
VALUE_BYTES: Final = 16  # two of 2**64 values agree by chance once; nobody has that many orders
SALT_BYTES: Final = 16  # RFC 9106, 3.1
_CHINA: Final = re.compile(r"(?:00)?86(1\d{10})")  # a mobile number with its country before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one hash costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int


# RFC 9106, 4, the second recommended, but for its lanes: with more than one, hashes that several
# threads make at a time wait for each other's lanes for ever (seen in cryptography 50.0, OpenSSL).
USUAL: Final = Cost(memory_kib=65_536, passes=3, lanes=1)
WEAKEST: Final = Cost(memory_kib=19_456, passes=2, lanes=1)  # OWASP's least for Argon2id
STRONGEST: Final = Cost(memory_kib=262_144, passes=8, lanes=1)  # what a phone can still do


def slow_hash(order_id: str, phone: str, salt: bytes, cost: Cost) -> bytes:
    """Return the hash of an order of a phone: 32 bytes, the same however both were written."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  start-up

    kdf = Argon2id(
        salt=salt,
        length=HASH_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(f"{plain_order(order_id)}\n{plain_phone(phone)}".encode())


def value_of(hashed: bytes, build: bytes) -> bytes:
    """Return what stands in a list for a hash: other values in each build of the list.

    So two builds cannot be laid beside each other to see what was added, and the slow part need
    not be done again.
    """
    return digest(hashed, b"whence self-check value\n" + build, sha256)[:VALUE_BYTES]


def prefix_of(hashed: bytes, bits: int) -> int:
    """Return the first bits of a hash: all that a server gets to know of who asks."""
    return int.from_bytes(hashed, "big") >> (8 * HASH_BYTES - bits)


def plain_order(order_id: str) -> str:
    """Return an order number in one spelling: no blanks, one width, one case."""
    return "".join(unicodedata.normalize("NFKC", order_id).split()).casefold()


def plain_phone(phone: str) -> str:
    """Return a phone as its digits, without China's country number before a mobile number."""
    text = unicodedata.normalize("NFKC", phone)
    digits = "".join(letter for letter in text if letter.isdecimal())
    found = _CHINA.fullmatch(digits)
    return found[1] if found else digits

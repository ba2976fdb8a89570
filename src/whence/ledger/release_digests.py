"""What a release's table says of an order, and the digests that bind it to the ledger.

``releases/ID.parquet`` has one row an order. ``row`` is SHA-256(salt || canonical JSON of the row
as it left; an empty cell is null): it shows what was handed out. ``digest`` is SHA-256(salt ||
canonical JSON ``[order_id, customer_id, row in hex]``), so that none of these can be changed or
exchanged; the root of the tree over the digests, in their order, stands in the ledger. An erased
row keeps its digest alone, which tells nothing without its salt, and the root still holds.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from whence.ledger.tree import HASH_BYTES

SALT_BYTES: Final = 16
ROW_BYTES: Final = HASH_BYTES
ERASED: Final = ("order_id", "customer_id", "salt", "row")  # what a row loses
COLUMNS: Final = (*ERASED, "digest")


def row_of(salt: bytes, row: Mapping[str, str | None]) -> bytes:
    """Return what a table says of one row as it left."""
    as_left = {name: cell or None for name, cell in row.items()}
    return sha256(salt + _canonical(as_left)).digest()


def digest_of(salt: bytes, order_id: str, customer_id: str | None, row: bytes) -> bytes:
    """Return the digest of one row of a table: whose order left, and as what."""
    return sha256(salt + _canonical([order_id, customer_id, row.hex()])).digest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

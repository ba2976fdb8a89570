"""A stepped wedge: everybody is told, and chance alone decides in which order.

Where a budget lets only so many notices out a day, somebody waits in any case. Drawing that order
at random makes those told on a day and those still waiting alike in all but the notice, so that
their calls can be compared (Hussey and Hughes 2007). The order follows from a recorded seed and
the ids, so anyone can draw it again: nobody chose it, and nobody is left out of it.
"""

from collections.abc import Iterable
from hashlib import sha256
from hmac import digest
from typing import Final

MOST_SEED: Final = 2**63 - 1  # what a signed 64-bit column holds


def drawn_order(customer_ids: Iterable[str], *, seed: int, case_id: str) -> list[str]:
    """Return the ids in the order that the seed draws; it does not depend on the order given."""
    key = f"whence wedge\n{seed}\n{case_id}".encode()
    return sorted(set(customer_ids), key=lambda one: (digest(key, one.encode(), sha256), one))


def order_digest(customer_ids: Iterable[str]) -> str:
    """Return what stands in the ledger for an order: SHA-256 over the ids, one a line."""
    return sha256("".join(f"{one}\n" for one in customer_ids).encode()).hexdigest()

"""Every party and account of the market under one number, with what it can see."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

FIELDS_OF_KIND: Final = {
    "carrier": "name,phone,address,shipping_status",
    "branch": "name,phone,address,shipping_status",
    "courier": "name,phone,address,shipping_status",
    "shop": "order_id,placed_at,goods,price,name,phone,address,refund_status,shipping_status",
    "clerk": "order_id,placed_at,goods,price,name,phone,address,refund_status,shipping_status",
    "aftersales": "order_id,placed_at,goods,price,name,phone,refund_status",
    "app": "order_id,placed_at,goods,price,name,phone,address,shipping_status",
    "warehouse": "order_id,goods,name,phone,address,shipping_status",
    "operator": "order_id,goods,name,phone,address",
    "support": "order_id,placed_at,goods,price,name,phone,refund_status,shipping_status,"
    "payment_method",
    "agent": "order_id,placed_at,goods,price,name,phone,refund_status,shipping_status,"
    "payment_method",
    "login_device": "order_id,placed_at,goods,price,name,phone,address,login,password,"
    "refund_status,shipping_status,payment_method",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Parties and accounts, numbered kind by kind.

    ``first[kind] + i`` is the number of the i-th of its kind; ``parent`` is -1 where there is none.
    """

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    parent: Ints
    first: dict[str, int]

    def count(self, kind: str) -> int:
        """Return how many there are of a kind."""
        return self.kinds.count(kind)

    def ancestors(self, number: int) -> list[int]:
        """Return the numbers above one, nearest first."""
        found = []
        above = int(self.parent[number])
        while above >= 0:
            found.append(above)
            above = int(self.parent[above])
        return found

    def table(self) -> pa.Table:
        """Return the ``parties`` table."""
        n = len(self.ids)
        parents = [self.ids[above] if above >= 0 else None for above in self.parent.tolist()]
        return pa.table(
            {
                "party_id": pa.array(self.ids, pa.string()),
                "kind": pa.array(self.kinds, pa.string()),
                "parent_id": pa.array(parents, pa.string()),
                "name": pa.nulls(n, pa.string()),
                "fields": pa.array([FIELDS_OF_KIND[kind] for kind in self.kinds], pa.string()),
                "share": pa.nulls(n, pa.float64()),
            }
        )


class RosterBuilder:
    """Numbers parties as they come; ``built`` closes the list."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._kinds: list[str] = []
        self._parent: list[int] = []
        self._first: dict[str, int] = {}

    def first(self, kind: str) -> int:
        """Return the number of the first of a kind that is already listed."""
        return self._first[kind]

    def id_of(self, number: int) -> str:
        """Return the id of a number that is already given."""
        return self._ids[number]

    def add(self, kind: str, ids: list[str], parents: list[int] | None = None) -> None:
        """List all of one kind; ``parents`` are numbers already given."""
        self._first[kind] = len(self._ids)
        self._ids += ids
        self._kinds += [kind] * len(ids)
        self._parent += parents if parents is not None else [-1] * len(ids)

    def built(self) -> Roster:
        """Return the list."""
        return Roster(
            ids=tuple(self._ids),
            kinds=tuple(self._kinds),
            parent=np.array(self._parent, dtype=np.int64),
            first=self._first,
        )

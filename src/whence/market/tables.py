"""The market as tables in the public formats."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market import identifiers
from whence.market.companies import GOODS, REGIONS
from whence.market.custody import Key, World
from whence.market.handling import ACTIONS, field_texts
from whence.market.logins import AGENTS
from whence.market.truth import Planted

Ints: TypeAlias = NDArray[np.int64]

_PIECE: Final = 8_000_000  # rows at once
_FIRST_ASN = 64_512  # the first number for private use, RFC 6996


def instants(seconds: Ints) -> pa.Array:
    """Return seconds since 1970 as instants."""
    return pa.array(seconds * 1_000_000, pa.timestamp("us", "UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Texts of everything that the arrays hold as numbers."""

    roster: pa.Array
    customers: pa.Array

    @classmethod
    def of(cls, world: World, rng: np.random.Generator) -> "Names":
        """Name customers at random, parties by their roster."""
        n = world.orders.n_customers
        slot = 10**9 // n
        numbers = rng.permutation(n) * slot + rng.integers(0, slot, n)
        return cls(
            roster=pa.array(world.companies.roster.ids, pa.string()),
            customers=identifiers.numbered("C", numbers, 9),
        )

    def of_key(self, world: World, key: Key) -> Planted:
        """Return a custodian by kind and id."""
        kind, index = key
        if kind == "login_device":
            return Planted(kind=kind, id=identifiers.device_ids(_one(index))[0].as_py())
        if kind == "login_ip":
            return Planted(kind=kind, id=identifiers.customer_addresses(_one(index))[0].as_py())
        return Planted(
            kind=kind, id=self.roster[world.companies.roster.first[kind] + index].as_py()
        )


def _one(number: int) -> Ints:
    return np.array([number], dtype=np.int64)


def orders_table(world: World, names: Names) -> pa.Table:
    """Return the ``orders`` table."""
    orders = world.orders
    first = world.companies.roster.first
    words = np.zeros((orders.n, 2), dtype=np.int64)  # 128-bit integers, low word first
    words[:, 0] = orders.cents
    amount = pa.Array.from_buffers(pa.decimal128(10, 2), orders.n, [None, pa.py_buffer(words)])
    columns = {
        "order_id": orders.ids,
        "placed_at": instants(orders.placed_at),
        "customer_id": names.customers.take(pa.array(orders.customer)),
        "amount": amount,
        "region": pa.array(list(REGIONS)).take(pa.array(orders.region)),
        "goods": pa.array([name for name, _ in GOODS]).take(pa.array(orders.goods)),
    }
    for kind, index in (
        ("shop", orders.shop),
        ("app", orders.app),
        ("warehouse", orders.warehouse),
        ("branch", orders.branch),
    ):
        columns[f"{kind}_id"] = names.roster.take(pa.array(first[kind] + index))
    return pa.table(columns)


def picked(values: pa.Array, index: NDArray[np.integer[Any]]) -> pa.ChunkedArray:
    """Return values by index, in pieces: one array holds no more than 2 GB of text."""
    pieces = range(0, max(len(index), 1), _PIECE)
    return pa.chunked_array(
        [values.take(pa.array(index[at : at + _PIECE])) for at in pieces], values.type
    )


def accesses_table(world: World, names: Names) -> pa.Table:
    """Return the ``accesses`` table."""
    accesses, roster = world.accesses, world.companies.roster
    texts, shown = field_texts(roster.kinds)
    # People of one office share its address; each account has a device, an app's server none.
    is_courier = np.array([kind == "courier" for kind in roster.kinds])
    everyone = np.arange(len(roster.ids), dtype=np.int64)
    office = np.where(is_courier | (roster.parent < 0), everyone, roster.parent)
    on_server = np.array([kind == "app" for kind in roster.kinds])
    devices = pa.array(identifiers.device_ids(everyone + (1 << 30)).to_pylist(), mask=on_server)
    return pa.table(
        {
            "order_id": picked(world.orders.ids, accesses.order),
            "account_id": picked(names.roster, accesses.account),
            "accessed_at": instants(accesses.at),
            "party_id": picked(names.roster, accesses.party),
            "action": picked(pa.array(ACTIONS), accesses.action),
            "fields": picked(pa.array(texts), shown[accesses.account, accesses.action]),
            "ip": picked(identifiers.office_addresses(office), accesses.account),
            "device_id": picked(devices, accesses.account),
        }
    )


def logins_table(world: World, names: Names) -> pa.Table:
    """Return the ``logins`` table."""
    logins = world.logins
    return pa.table(
        {
            "customer_id": names.customers.take(pa.array(logins.customer)),
            "attempted_at": instants(logins.at),
            "success": pa.array(logins.success),
            "ip": identifiers.customer_addresses(logins.ip),
            "asn": pa.array(_FIRST_ASN + logins.asn),
            "country": pa.array(["CN"]).take(pa.array(np.zeros(logins.n, dtype=np.int64))),
            "device_id": identifiers.device_ids(logins.device),
            "user_agent": pa.array(AGENTS).take(pa.array(logins.agent)),
        }
    )

"""What was shown and handed out of two customers: reveals, refusals, releases, their tables."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
from ledger_world import BEGAN, LI, SHOP, WANG, House, reveal

from whence.ledger import Entry, Ledger, Value
from whence.ledger.release_digests import digest_of, row_of
from whence.ledger.tree import root_of

COURIER = "SF-021"


def release(shop: House, release_id: str, orders: list[tuple[str, str]], at: int = 900) -> Entry:
    """Hand orders to the courier: their table, and the entry to record."""
    salts = [os.urandom(16) for _ in orders]
    rows = [
        row_of(salt, {"order_id": order}) for salt, (order, _) in zip(salts, orders, strict=True)
    ]
    digests = [
        digest_of(salt, *order, row) for salt, order, row in zip(salts, orders, rows, strict=True)
    ]
    columns = {
        "order_id": pa.array([order for order, _ in orders], pa.string()),
        "customer_id": pa.array([customer for _, customer in orders], pa.string()),
        "salt": pa.array(salts, pa.binary(16)),
        "row": pa.array(rows, pa.binary(32)),
        "digest": pa.array(digests, pa.binary(32)),
    }
    pq.write_table(pa.table(columns), shop.workspace.releases / f"{release_id}.parquet")
    facts: dict[str, Value] = {
        "release_id": release_id,
        "party_id": COURIER,
        "account_id": "SH00156-C1",
        "purpose": "deliver",
        "fields": "name,phone,address",
        "n_orders": len(orders),
        "table": f"{release_id}.parquet",
        "root": root_of(digests).hex(),
    }
    return Entry(kind="release", at=BEGAN + at * 1_000_000, facts=facts)


def fill(shop: House, ledger: Ledger) -> None:
    """Li's orders are shown, refused and released; so are Wang's."""
    facts = {"account_id": "SH00156-C9", "party_id": SHOP, "order_id": "O000000001"}
    facts |= {"fields": "address", "purpose": "advertise", "rule": "protection.no-purpose"}
    refusal = Entry(kind="refusal", at=BEGAN + 700_000_000, facts=facts, persons=(LI,))
    note = Entry(kind="note", at=BEGAN, facts={"text": "asked by phone"}, persons=(LI, WANG))
    ledger.append([reveal(1), reveal(2, WANG), reveal(3, form="masked"), refusal, note])
    orders = [("O000000001", LI), ("O000000002", WANG), ("O000000003", LI)]
    ledger.append([release(shop, "R-1", orders), release(shop, "R-2", orders[1:2], at=950)])

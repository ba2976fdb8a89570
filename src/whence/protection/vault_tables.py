"""The vault's tables: how they are laid out, which row an order has, which orders were erased."""

import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from hashlib import sha256
from json import dumps
from typing import Final

from whence.protection import key_ring

VERSION: Final = 1
LAYOUT: Final = (
    key_ring.LAYOUT
    + """;
CREATE TABLE orders (
    row INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    customer_id TEXT
) STRICT;
CREATE INDEX orders_customer ON orders (customer_id) WHERE customer_id IS NOT NULL;
CREATE TABLE sealed (
    row INTEGER NOT NULL,
    field TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (row, field)
) STRICT, WITHOUT ROWID;
CREATE TABLE blind (
    field TEXT NOT NULL,
    digest BLOB NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (field, digest, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX blind_row ON blind (row, field);
CREATE TABLE erased (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE salt (salt BLOB NOT NULL) STRICT"""
)


def rows_of(step: sqlite3.Connection, owners: Mapping[str, str | None]) -> dict[str, int]:
    """Return the rows of orders, made where they are new; whose they are is what was said last."""
    step.executemany(
        "INSERT INTO orders (order_id, customer_id) VALUES (?, ?) ON CONFLICT (order_id) DO UPDATE "
        "SET customer_id = excluded.customer_id WHERE excluded.customer_id IS NOT NULL",
        owners.items(),
    )
    found = step.execute(
        "SELECT order_id, row FROM orders WHERE order_id IN (SELECT value FROM json_each(?))",
        (dumps(list(owners)),),
    )
    return dict(found.fetchall())


def erased_among(step: sqlite3.Connection, order_ids: Iterable[str]) -> set[str]:
    """Return the orders among these that were erased before."""
    if step.execute("SELECT 1 FROM erased LIMIT 1").fetchone() is None:
        return set()
    salt = _salt(step)
    query = "SELECT 1 FROM erased WHERE digest = ?"
    return {
        order_id
        for order_id in order_ids
        if step.execute(query, (_digest(salt, order_id),)).fetchone()
    }


def keep_out(step: sqlite3.Connection, order_ids: Iterable[str]) -> None:
    """Remember orders as erased, by digests that only who knows an id can test."""
    salt = _salt(step)
    digests = ((_digest(salt, order_id),) for order_id in order_ids)
    step.executemany("INSERT OR IGNORE INTO erased VALUES (?)", digests)


def _salt(step: sqlite3.Connection) -> bytes:
    row = step.execute("SELECT salt FROM salt").fetchone()
    if row is None:
        row = (secrets.token_bytes(32),)
        step.execute("INSERT INTO salt VALUES (?)", row)
    salt: bytes = row[0]
    return salt


def _digest(salt: bytes, order_id: str) -> bytes:
    return sha256(salt + order_id.encode("utf-8", "surrogatepass")).digest()

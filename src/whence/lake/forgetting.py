"""Deleting persons or orders from a lake, and keeping them out (PIPL 47).

Their rows are cut out of every file that has them, the new files are named in one step, and the old
ones are removed at once. What is left is a salted digest of each order's id, so that a day that is
delivered again does not bring it back. Who can guess an order's id can test it against its digest;
the digest tells nothing else.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from whence import intake
from whence.engine import DuckDB, literal
from whence.errors import UsageError
from whence.lake import counts, manifest as manifest_room, parts
from whence.lake.manifest import BUILDING, File, Manifest

_SALT_BYTES: Final = 16
_BY_ORDER: Final = ("orders", "custody", "touches", "reports", "samples")
_BY_CUSTOMER: Final = ("orders", "logins", "reports", "samples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was deleted: orders, touches of them, and rows of the small tables."""

    orders: int
    touches: int
    other_rows: int


def forget(
    lake: Path,
    *,
    customers: Sequence[str] = (),
    orders: Sequence[str] = (),
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Path | None = None,
) -> Forgotten:
    """Delete customers with all their orders, or single orders, from a lake.

    Raises UsageError when nobody is named; InputError and OutputError as ``build`` does.
    """
    if not customers and not orders:
        raise UsageError("lake.forget-nobody", hint="lake.forget-nobody-hint")
    manifest_room.read(lake)  # before a lock is laid where there is no lake
    with manifest_room.locked(lake):
        before = manifest_room.read(lake)
        manifest_room.sweep(lake, before)
        (lake / BUILDING).mkdir(exist_ok=True)
        with DuckDB(memory_limit=memory_limit, threads=threads, temp_dir=temp_dir) as engine:
            gone = _orders_of(engine, lake, before, customers, orders)
            after, cut = _cut(engine, lake, before, customers, gone)
        if after != before:
            manifest_room.write(lake, replace(after, generation=before.generation + 1))
        (lake / intake.REJECTED).unlink(missing_ok=True)  # it may name what is to go
        # The old files still hold what was to go, so they do not wait for the next build.
        manifest_room.sweep(lake, after)
    small = sum(n for table, n in cut.items() if table not in {"orders", "custody", "touches"})
    return Forgotten(orders=cut["orders"], touches=cut["custody"], other_rows=small)


def _orders_of(
    engine: DuckDB, lake: Path, held: Manifest, customers: Sequence[str], orders: Sequence[str]
) -> list[str]:
    """Return the ids, as text, of all orders that are to go."""
    named = set(orders)
    if customers and held.customer_type is not None and held.of("orders"):
        rows = parts.stored_rows(lake, held.of("orders"))
        found = engine.rows(
            f"SELECT order_id::VARCHAR FROM {rows} "
            f"WHERE customer_id::VARCHAR IN ({_list(customers)})"
        )
        named |= {str(order_id) for (order_id,) in found}
    return sorted(named)


def _cut(
    engine: DuckDB, lake: Path, before: Manifest, customers: Sequence[str], gone: Sequence[str]
) -> tuple[Manifest, dict[str, int]]:
    """Write every file anew that has rows to go; return the manifest and how many went."""
    after, cut = before, dict.fromkeys(before.files, 0) | {"orders": 0, "custody": 0}
    number = before.generation + 1
    for table in before.files:
        conditions = []
        if gone and table in _BY_ORDER:
            conditions.append(("order_id", gone))
        if customers and table in _BY_CUSTOMER:
            conditions.append(("customer_id", list(customers)))
        if not conditions:
            continue
        kept: list[File] = []
        for at, file in enumerate(before.of(table)):
            rows = parts.stored_rows(lake, [file])
            matches = _matching(engine, rows, conditions)
            ((n,),) = engine.rows(f"SELECT count(*) FROM {rows} WHERE {matches}")
            if not n:
                kept.append(file)
                continue
            cut[table] += int(str(n))
            if table == "orders":
                after = counts.discounted(
                    engine, lake, after, f"{rows} WHERE {matches}", number, at
                )
            folder = Path(file.path).parent
            path = f"{folder.as_posix()}/{number:06}-{at:04}.parquet"
            new = parts.write(
                engine, lake, path, f"SELECT * FROM {rows} WHERE NOT ({matches}) ORDER BY ALL"
            )
            kept += [new] if new is not None else []
        after = after.with_files(table, kept)
    salt = before.salt or secrets.token_hex(_SALT_BYTES)
    digests = set(before.forgotten) | set(_digests(engine, salt, gone))
    persons = set(before.forgotten_customers) | set(_digests(engine, salt, customers))
    after = replace(
        after,
        forgotten=tuple(sorted(digests)),
        forgotten_customers=tuple(sorted(persons)),
        salt=salt,
    )
    if cut["orders"]:
        after = counts.with_cells(engine, lake, after, after.custodians, number)
    return after, cut


def _matching(engine: DuckDB, rows: str, conditions: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the condition that a row is one of those to go; columns it lacks match nothing."""
    described = {str(row[0]) for row in engine.rows(f"DESCRIBE SELECT * FROM {rows}")}
    found = [
        f'coalesce("{column}"::VARCHAR IN ({_list(ids)}), false)'
        for column, ids in conditions
        if column in described
    ]
    return " OR ".join(found) or "false"


def _digests(engine: DuckDB, salt: str, ids: Iterable[str]) -> list[str]:
    """Return the salted digests by which orders are known again."""
    found = []
    for order_id in ids:
        ((digest,),) = engine.rows(f"SELECT sha256({literal(salt + order_id)})")
        found.append(str(digest))
    return found


def _list(ids: Iterable[str]) -> str:
    return ", ".join(map(literal, ids))

"""A release: orders handed to one recipient, no more than the register allows, and on record.

The order of things is what keeps the record whole: first everything is made ready, then the table
of what it holds and its routes are written, then the ledger says it happened, and only then do the
rows leave. Stopped before the ledger, nothing left; stopped after it, the record tells of rows that
may not have left, never the other way round.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whence.errors import InputError, OutputError, RefusedError
from whence.ledger import Entry
from whence.marks import Book, Planted, canaries, dialled
from whence.model import DAY, Instant
from whence.protection import planted as planted_room, released, routes
from whence.protection.handing import (
    Column,
    Form,
    Grant,
    Handed,
    hand_out,
    missing_fields,
    texts,
)
from whence.protection.register import Register, verify_clock
from whence.workspace import Workspace

if TYPE_CHECKING:
    from whence.ledger import Ledger

ROUTES: Final = "routes"  # the folder of routes, below that of releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: who hands out to whom, for what, which fields."""

    party_id: str
    purpose: str
    account_id: str
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release that is on record: its rows as they leave, and how each field left."""

    release_id: str
    rows: pa.Table
    forms: Mapping[str, Form]
    n_orders: int
    n_canaries: int
    seq: int
    root: bytes
    routes: pa.Table | None


def release(
    workspace: Workspace,
    rows: pa.Table,
    order: Order,
    *,
    register: Register,
    ledger: "Ledger",
    book: Book,
    now: Instant,
    file: str,
    hand_over: Callable[["Release"], None],
) -> Release:
    """Put a release on record and hand its rows over.

    ``rows`` has ``order_id``, each order once, and a column for every field; ``customer_id`` where
    the person is known. ``file`` names it in messages. ``hand_over`` is called last, with what
    leaves. Raises RefusedError, which is on record too, where the register or the clock forbids it;
    InputError for rows that cannot be released; OutputError where the record cannot be written.
    """
    try:
        verify_clock(now, ledger.last_at)
        permit = register.permit(order.party_id, order.purpose, order.fields, now)
    except RefusedError as refusal:
        ledger.append([_refusal(order, refusal, now)])
        raise
    recipient = permit.recipient
    grant = Grant(
        number=recipient.number,
        kind=recipient.kind,
        fields=tuple(permit.fields),
        clear=frozenset(recipient.clear),
        marks=frozenset(recipient.marks),
        locale=workspace.locale,
    )
    _verify_rows(rows, grant, file)
    made = _made(workspace, rows, grant, book, n_canaries=recipient.canaries, now=now)
    return _recorded(workspace, made, order, grant, ledger=ledger, now=now, hand_over=hand_over)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A release that is ready and not yet on record."""

    release_id: str
    rows: pa.Table
    held: pa.Table
    routes: routes.Routes | None
    planted: tuple[Planted, ...]


def _made(
    workspace: Workspace,
    rows: pa.Table,
    grant: Grant,
    book: Book,
    *,
    n_canaries: int,
    now: Instant,
) -> _Made:
    release_id = f"R-{token_hex(6)}"
    handed = hand_out(rows, grant, book)
    found = _routes(workspace, handed, release_id, now)
    columns = dict(handed.columns)
    if found is not None:
        columns["phone"] = [
            dialled(relay, extension, workspace.locale) if had else None
            for relay, extension, had in zip(
                found.relays, handed.extensions, texts(rows, "phone"), strict=True
            )
        ]
    leaving = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    customers: Column = [None] * rows.num_rows
    if "customer_id" in rows.column_names:
        customers = texts(rows, "customer_id")
    planted: tuple[Planted, ...] = ()
    if n_canaries:
        leaving, customers, planted = _with_canaries(
            workspace, leaving, customers, grant, book, n_canaries
        )
    return _Made(
        release_id=release_id,
        rows=leaving,
        held=released.table_of(leaving, customers),
        routes=found,
        planted=planted,
    )


def _with_canaries(
    workspace: Workspace,
    leaving: pa.Table,
    customers: Column,
    grant: Grant,
    book: Book,
    count: int,
) -> tuple[pa.Table, Column, tuple[Planted, ...]]:
    """Return the rows with canaries among them, by order id: none of them stands apart."""
    own = frozenset(leaving.column("order_id").to_pylist())
    made = canaries(
        book,
        grant.number,
        count,
        own_numbers=workspace.canary_numbers,
        own_addresses=workspace.canary_addresses,
        like=leaving,
        planted=planted_room.load(workspace.releases),
        taken=lambda order_ids: [each for each in order_ids if each in own],
        masks={name: grant.masked(name) for name in grant.fields if grant.form(name) == "masked"},
    )
    whole = pa.concat_tables([leaving, made.table])
    nobody: Column = [None] * count
    order = pc.sort_indices(whole, [("order_id", "ascending")])
    whose: Column = pa.array([*customers, *nobody], pa.string()).take(order).to_pylist()
    return whole.take(order), whose, made.planted


def _recorded(
    workspace: Workspace,
    made: _Made,
    order: Order,
    grant: Grant,
    *,
    ledger: "Ledger",
    now: Instant,
    hand_over: Callable[[Release], None],
) -> Release:
    root = released.root(made.held)
    path = released.keep(workspace.releases, made.release_id, made.held)
    if made.planted:
        planted_room.keep(workspace.releases, made.release_id, made.planted)
    if made.routes is not None:
        _keep_routes(workspace.releases / ROUTES, made.release_id, made.routes)
    entry = Entry(
        kind="release",
        at=now,
        facts={
            "release_id": made.release_id,
            "party_id": order.party_id,
            "number": grant.number,
            "party_kind": grant.kind,
            "account_id": order.account_id,
            "purpose": order.purpose,
            "fields": ",".join(grant.fields),
            "forms": ",".join(grant.form(name) for name in grant.fields),
            "n_orders": made.rows.num_rows - len(made.planted),
            "n_canaries": len(made.planted),
            "marks": ",".join(sorted(grant.marked)),
            "table": path.name,
            "root": root.hex(),
        },
    )
    (seq,) = ledger.append([entry])
    done = Release(
        release_id=made.release_id,
        rows=made.rows,
        forms={name: grant.form(name) for name in grant.fields},
        n_orders=made.rows.num_rows - len(made.planted),
        n_canaries=len(made.planted),
        seq=seq,
        root=root,
        routes=None if made.routes is None else made.routes.table,
    )
    hand_over(done)
    return done


def _routes(
    workspace: Workspace, handed: Handed, release_id: str, now: Instant
) -> routes.Routes | None:
    if not handed.extensions:
        return None
    if not workspace.relay_numbers:
        raise InputError("release.no-relays", hint="release.no-relays-hint")
    return routes.route(
        handed.extensions,
        [order_id or "" for order_id in handed.columns["order_id"]],
        workspace.relay_numbers,
        routes.in_use(workspace.releases / ROUTES, now),
        release_id=release_id,
        until=now + workspace.route_days * DAY,
    )


def _keep_routes(folder: Path, release_id: str, found: routes.Routes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(found.table, folder / f"{release_id}.parquet", compression="zstd")
    except OSError as error:
        raise OutputError("release.unwritable", file=f"{release_id}.parquet") from error


def _verify_rows(rows: pa.Table, grant: Grant, file: str) -> None:
    """Raise InputError for rows that lack a field, an order id, or have an order twice."""
    absent = missing_fields(rows, ("order_id", *grant.fields))
    if absent:
        raise InputError(
            "intake.sheet-missing",
            hint="intake.sheet-missing-hint",
            file=file,
            columns=", ".join(absent),
        )
    if not rows.num_rows:
        raise InputError("release.nothing-to-release", file=file)
    order_ids = texts(rows, "order_id")
    n_empty = sum(1 for order_id in order_ids if not order_id)
    n_twice = len(order_ids) - len(set(order_ids))
    if n_empty:
        raise InputError("release.orders-without-id", file=file, n=n_empty)
    if n_twice:
        raise InputError("release.orders-twice", file=file, n=n_twice)


def _refusal(order: Order, refusal: RefusedError, now: Instant) -> Entry:
    return Entry(
        kind="refusal",
        at=now,
        facts={
            "party_id": order.party_id,
            "account_id": order.account_id,
            "order_id": None,
            "fields": ",".join(order.fields or ()),
            "purpose": order.purpose,
            "rule": refusal.phrase,
        },
    )

"""Logins to customers' accounts: the successful ones, as the relation ``logins``."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear, keep
from whence.errors import InputError
from whence.intake import glance, times, values
from whence.intake.raw import RawTable, column_error, reading, release, take_rejects
from whence.intake.sources import plain_source

if TYPE_CHECKING:
    from whence.engine import DuckDB, Relation
    from whence.intake.orders import Orders
    from whence.intake.setaside import SetAside

CHECKED: Final = "logins_checked"
ACCOUNT: Final = "account alone"
_YES: Final = (
    "'true', 't', '1', 'yes', 'y', 'ok', 'success', 'successful', 'succeeded', '成功', '是'"
)
_NO: Final = (
    "'false', 'f', '0', 'no', 'n', 'fail', 'failed', 'failure', 'denied', 'blocked', '失败', '否'"
)


def check_logins(
    raw: RawTable, orders: "Orders", *, engine: "DuckDB", zone: str, aside: "SetAside"
) -> "Relation | None":
    """Check the logins and keep the successful ones of customers.

    A login to a staff account says which account, not which orders; it is told and not used.
    Without a customer in the orders there is nothing to join with: None.
    """
    if not {"customer_id", "account_id"} & set(raw.types):
        raise InputError(
            "intake.missing-columns",
            hint="intake.missing-columns-hint",
            file=raw.file,
            table=raw.table,
            columns="customer_id",
        )
    if orders.customer_type is None:
        aside.note("intake.note-logins-unused", file=raw.file)
        return None
    is_view = raw.is_lasting and raw.types["attempted_at"] != "VARCHAR"
    with reading(raw):
        if is_view and (columns := _typed(raw, orders.customer_type, zone)):
            n_good = glance.good_logins(raw.query, columns, engine)
            if n_good is not None:
                aside.n_zoneless += n_good[0] if _is_zoneless(raw, zone) else 0
                chosen = ", ".join(f'{value.given} AS "{name}"' for name, value in columns.items())
                query = f'SELECT {chosen} FROM ({raw.query}) WHERE "success"'
                keep(engine, "logins", query, is_view=True)
                relation = engine.relation("logins", n_rows=n_good[1])
                source = plain_source(raw, relation.columns, zone, only="success")
                return replace(relation, source=source)
        keep(engine, CHECKED, _checked(raw, orders.customer_type, zone), is_view=is_view)
        take_rejects(raw, engine, aside)
        n_usable = _tell_faults(engine, aside)
        query = (
            f"SELECT customer_id, attempted_at, ip, device_id FROM {CHECKED} "
            "WHERE fault IS NULL AND succeeded"
        )
        keep(engine, "logins", query, is_view=is_view)
        if not is_view:
            clear(engine, CHECKED)
            release(raw, engine)
        return engine.relation("logins", n_rows=n_usable)


def _typed(raw: RawTable, customer_type: str, zone: str) -> dict[str, values.Value] | None:
    """Return the select list of a log whose columns have the types they should, else None."""
    kinds = raw.types
    if kinds.get("success") != "BOOLEAN" or "customer_id" not in kinds:
        return None
    attempted = times.time('"attempted_at"', kinds["attempted_at"], zone)
    if attempted is None or not all(map(values.is_readable, kinds.values())):
        return None
    columns = {
        "customer_id": values.key('"customer_id"', kinds["customer_id"], customer_type),
        "attempted_at": values.Value(attempted.instant, attempted.instant),
    }
    for name in ("ip", "device_id"):
        missing = values.Value("NULL::VARCHAR", "NULL::VARCHAR")
        columns[name] = values.text(f'"{name}"', kinds[name]) if name in kinds else missing
    return columns


def _is_zoneless(raw: RawTable, zone: str) -> bool:
    attempted = times.time('"attempted_at"', raw.types["attempted_at"], zone)
    return attempted is not None and attempted.zoneless != "false"


def _checked(raw: RawTable, customer_type: str, zone: str) -> str:
    attempted = times.time('"attempted_at"', raw.types["attempted_at"], zone)
    if attempted is None:
        raise column_error(raw, "attempted_at", "timestamp")
    texts = {}
    for name in ("customer_id", "account_id", "ip", "device_id", "success"):
        kind = raw.types.get(name)
        if kind is not None and not values.is_readable(kind):
            raise column_error(raw, name, "text or number")
        texts[name] = values.text(f'"{name}"', kind).careful if kind else "NULL::VARCHAR"
    customer = raw.types.get("customer_id")
    key = (
        values.key('"customer_id"', customer, customer_type).careful
        if customer
        else f"NULL::{customer_type}"
    )
    tidied = times.tidy('"attempted_at"', raw.types["attempted_at"])
    return (
        "SELECT * EXCLUDE (was_time, was_customer), CASE "
        f"WHEN was_customer IS NULL AND account IS NOT NULL THEN '{ACCOUNT}' "
        "WHEN was_customer IS NULL THEN 'missing customer_id' "
        "WHEN customer_id IS NULL THEN 'unknown customer' "
        "WHEN was_time IS NULL THEN 'missing attempted_at' "
        f"WHEN NOT {times.plausible('attempted_at')} THEN 'unreadable time' "
        "WHEN succeeded IS NULL THEN 'unreadable success' END AS fault "
        f"FROM (SELECT {key} AS customer_id, {texts['customer_id']} AS was_customer, "
        f"{texts['account_id']} AS account, {attempted.instant} AS attempted_at, "
        f'"attempted_at" AS was_time, {attempted.zoneless} AS zoneless, '
        f"{texts['ip']} AS ip, {texts['device_id']} AS device_id, "
        f"CASE WHEN lower({texts['success']}) IN ({_YES}) THEN true "
        f"WHEN lower({texts['success']}) IN ({_NO}) THEN false END AS succeeded "
        f'FROM (SELECT * REPLACE ({tidied} AS "attempted_at") FROM ({raw.query})))'
    )


def _tell_faults(engine: "DuckDB", aside: "SetAside") -> int:
    """Set unusable logins aside, named by their customer; return how many are used."""
    found = engine.rows(
        "SELECT coalesce(fault, ''), count(*), count(*) FILTER (zoneless), "
        f"count(*) FILTER (succeeded) FROM {CHECKED} GROUP BY 1 ORDER BY 1"
    )
    n_usable = 0
    for fault, n, n_zoneless, n_succeeded in found:
        if fault == ACCOUNT:
            aside.note("intake.note-account-logins", n=n)
        elif fault:
            ids = (
                f"SELECT coalesce(customer_id::VARCHAR, '') FROM {CHECKED} WHERE fault = '{fault}'"
            )
            aside.rows_of("logins", str(fault), int(str(n)), ids, engine)
        else:
            n_usable = int(str(n_succeeded))
            aside.n_zoneless += int(str(n_zoneless))
    return n_usable

"""Who is who: the small relations that name custodians, their kinds and those above them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from whence.engine.branches import (
    ANCESTRY,
    COLUMNS,
    HOMES,
    KINDS,
    PAIR,
    CustodyTables,
    holders_of,
    marked_schema,
    table_of,
    union,
    values_of,
)
from whence.engine.columns import table_of_rows
from whence.model import Dataset

if TYPE_CHECKING:
    from whence.engine.protocol import Engine

UNKNOWN: Final = {"custodian_id": "string"}


def prepare(dataset: Dataset, engine: "Engine") -> CustodyTables:
    """Hold the small naming relations in the engine: kinds, ancestry, and who a pair counts for.

    An account or party that ``parties`` does not list takes the kind of the order column that
    holds its id, if there is one; else it is an ``account`` or a ``party``.
    """
    if dataset.orders is None:
        msg = "custody needs an orders table"
        raise ValueError(msg)
    tables = CustodyTables(
        orders=dataset.orders,
        accesses=dataset.accesses,
        logins=dataset.logins,
        actors=dataset.actors,
        touches=dataset.touches,
        days=dataset.days,
        cells=dataset.cells,
        columns=dataset.custodian_columns,
        has_marks=bool(dataset.marks),
    )
    listed = dataset.parties.rows
    named = table_of_rows(KINDS, []) if listed is None else listed.select([*KINDS])
    engine.hold("known_kinds", named)
    marked = sorted({mark.party_id for mark in dataset.marks})
    found = _kinds_from_columns(tables, engine, marked)
    if found:
        more = table_of_rows(KINDS, sorted(found.items()))
        engine.hold("known_kinds", pa.concat_tables([named, more]))
    kinds = {name: party.kind for name, party in dataset.parties.named(marked).items()} | found
    engine.hold_rows("marked", marked_schema(tables), _marked(dataset, kinds))
    columns = [(column.column, column.kind) for column in tables.columns]
    engine.hold_rows("custodian_columns", COLUMNS, columns)
    engine.hold("ancestry", _ancestry(listed))
    engine.hold("homes", _homes(listed))
    if tables.actors is not None:
        engine.keep("holders", holders_of(tables.actors))
    return tables


def _kinds_from_columns(
    tables: CustodyTables, engine: "Engine", marked: Sequence[str]
) -> dict[str, str]:
    """Return kinds for ids that occur in accesses or marks and in exactly one custodian column.

    Those in ``known_kinds`` are known already.
    """
    seen = []
    if tables.actors is not None:
        actors = table_of(tables.actors)
        seen += [actors.select(custodian_id=actors[name]) for name in PAIR]
    if marked:
        engine.hold_rows("marked_ids", UNKNOWN, [(name,) for name in marked])
        seen.append(ibis.table(UNKNOWN, name="marked_ids"))
    if not seen:
        return {}
    every = union(seen)
    every = every.filter(every.custodian_id.notnull()).distinct()
    known = ibis.table(KINDS, name="known_kinds").rename(custodian_id="party_id")
    if not engine.keep("unknown_ids", every.anti_join(known, "custodian_id")).n_rows:
        return {}
    wanted = ibis.table(UNKNOWN, name="unknown_ids")
    found: dict[str, set[str]] = {}
    for column in tables.columns:
        held = values_of(tables, column.column).select("custodian_id").distinct()
        for custodian_id in (
            engine.run(held.semi_join(wanted, "custodian_id")).column(0).to_pylist()
        ):
            found.setdefault(str(custodian_id), set()).add(column.kind)
    return {
        custodian_id: next(iter(kinds)) for custodian_id, kinds in found.items() if len(kinds) == 1
    }


def _marked(dataset: Dataset, kinds: Mapping[str, str]) -> list[tuple[object, str, str]]:
    """Return custody by marks: a copy with a party's mark was handed to it, whatever logs say."""
    of_report = {r.report_id: [o.order_id for o in r.orders] for r in dataset.reports}
    of_sample: dict[str, list[object]] = {}
    for row in dataset.samples:
        of_sample.setdefault(row.sample_id, []).append(row.order_id)
    found = set()
    for mark in dataset.marks:
        kind = kinds.get(mark.party_id, "party")
        orders = of_report.get(mark.report_id or "", []) + of_sample.get(mark.sample_id or "", [])
        found |= {(order_id, kind, mark.party_id) for order_id in orders}
    return sorted(found, key=str)


def _ancestry(listed: pa.Table | None) -> pa.Table:
    """Return (kind, id, ancestor's kind, ancestor's id) for every level above each party.

    No party stands above itself.
    """
    if listed is None:
        return table_of_rows(ANCESTRY, [])
    own = listed.select(["kind", "party_id"]).rename_columns(["kind", "custodian_id"])
    ids = listed.column("party_id").combine_chunks()
    parent = pc.index_in(listed.column("parent_id"), value_set=ids).combine_chunks()
    levels, above = [table_of_rows(ANCESTRY, [])], parent
    while above.null_count < len(above):
        row = pc.indices_nonzero(pc.is_valid(above))
        raised = own.take(above.take(row)).rename_columns(["ancestor_kind", "ancestor_id"])
        columns = [*own.take(row).columns, *raised.columns]
        levels.append(pa.table(columns, schema=levels[0].schema))
        above = parent.take(above)
    return pa.concat_tables(levels)


def _homes(listed: pa.Table | None) -> pa.Table:
    """Return the party that each party belongs to: ``account_id``, ``home_id``."""
    if listed is None:
        return table_of_rows(HOMES, [])
    housed = listed.filter(pc.is_valid(listed.column("parent_id")))
    return housed.select(["party_id", "parent_id"]).rename_columns([*HOMES])

"""Who is who: the small relations that name custodians, their kinds and those above them."""

from collections.abc import Mapping, Set as AbstractSet
from typing import TYPE_CHECKING

import ibis

from whence.engine.branches import (
    ANCESTRY,
    HOMES,
    KINDS,
    CustodyTables,
    holders_of,
    marked_schema,
    table_of,
    values_of,
)
from whence.model import Dataset, Party

if TYPE_CHECKING:
    from whence.engine.protocol import Engine


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
        days=dataset.days,
        cells=dataset.cells,
        columns=dataset.custodian_columns,
    )
    kinds = {party.party_id: party.kind for party in dataset.parties}
    marked = {mark.party_id for mark in dataset.marks}
    kinds |= _kinds_from_columns(tables, engine, known=kinds, also=marked)
    engine.hold_rows("known_kinds", KINDS, sorted(kinds.items()))
    engine.hold_rows("marked", marked_schema(tables), _marked(dataset, kinds))
    engine.hold_rows("ancestry", ANCESTRY, sorted(_ancestry(dataset)))
    homes = sorted((p.party_id, p.parent_id) for p in dataset.parties if p.parent_id is not None)
    engine.hold_rows("homes", HOMES, homes)
    if tables.actors is not None:
        engine.keep("holders", holders_of(tables.actors))
    return tables


def _kinds_from_columns(
    tables: CustodyTables, engine: "Engine", *, known: Mapping[str, str], also: AbstractSet[str]
) -> dict[str, str]:
    """Return kinds for ids that occur in accesses or marks and in exactly one custodian column."""
    ids = set(also)
    if tables.actors is not None:
        seen = engine.run(table_of(tables.actors).select("account_id", "party_id"))
        ids |= {
            str(name) for i in range(2) for name in seen.column(i).to_pylist() if name is not None
        }
    unknown = sorted(ids - set(known))
    if not unknown:
        return {}
    engine.hold_rows("unknown_ids", {"custodian_id": "string"}, [(name,) for name in unknown])
    wanted = ibis.table({"custodian_id": "string"}, name="unknown_ids")
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


def _ancestry(dataset: Dataset) -> set[tuple[str, str, str, str]]:
    """Return (kind, id, ancestor's kind, ancestor's id) for every level above each party."""
    by_id: dict[str, Party] = {party.party_id: party for party in dataset.parties}
    found = set()
    for party in dataset.parties:
        above = by_id.get(party.parent_id or "")
        seen = {party.party_id}
        while above is not None and above.party_id not in seen:
            found.add((party.kind, party.party_id, above.kind, above.party_id))
            seen.add(above.party_id)
            above = by_id.get(above.parent_id or "")
    return found

"""From the engine that checked a dataset to the one that traces it.

Large tables are not carried: the other engine opens the same files. What has no files that every
engine reads alike (text, rows set aside, moved clocks, tables in memory) is handed over whole, as
long as it is small enough to go through this process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import ibis

from whence.engine.parquet import examine
from whence.engine.protocol import Relation
from whence.errors import EngineError

if TYPE_CHECKING:
    from whence.engine.duck import DuckDB
    from whence.engine.protocol import Engine
    from whence.model import Dataset, ParquetSource, Table

HOLDABLE: Final = 5_000_000  # rows; as Arrow some 0.5 GB of accesses, and twice that on their way
_ALONG: Final = "{name}_opened"  # files that have more rows than the relation
_UNLIKE: Final = frozenset({"engine.no-column", "engine.column-type", "engine.other-schema"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How each relation of a dataset reaches another engine: opened from files, or handed over."""

    opened: Mapping[str, "ParquetSource"]
    handed: Mapping[str, "Table"]

    @property
    def too_large(self) -> "Table | None":
        """The first relation that is neither in files that others read nor small."""
        return next((t for t in self.handed.values() if t.n_rows > HOLDABLE), None)


def load_of(dataset: "Dataset") -> Load:
    """Look at the files' footers, and decide for each relation; no row is read.

    Raises EngineError for a damaged file.
    """
    opened, handed = {}, {}
    for name, table in _relations(dataset).items():
        source = table.source
        if source is not None and _is_alike(source):
            opened[name] = source
        else:
            handed[name] = table
    return Load(opened=opened, handed=handed)


def carried(dataset: "Dataset", load: Load, checked: "DuckDB", to: "Engine") -> "Dataset":
    """Return the dataset with its relations in another engine, under the same names."""
    found = {}
    for name, table in _relations(dataset).items():
        if name in load.opened:
            relation = _opened(name, load.opened[name], to)
        else:
            relation = to.hold(name, checked.fetch(f'FROM "{name}"'))
        # A lake counts accesses, and keeps the first touches alone.
        found[name] = Relation(name, relation.columns, table.n_rows)
    return replace(dataset, **found)  # type: ignore[arg-type]


def _relations(dataset: "Dataset") -> "dict[str, Table]":
    named = {
        "orders": dataset.orders,
        "accesses": dataset.accesses,
        "logins": dataset.logins,
        "actors": dataset.actors,
        "touches": dataset.touches,
        "days": dataset.days,
        "cells": dataset.cells,
    }
    return {name: table for name, table in named.items() if table is not None}


def _is_alike(source: "ParquetSource") -> bool:
    """Tell whether the files are of one kind that every engine reads alike."""
    try:
        examine(source.paths, _columns(source), is_hive=source.is_hive)
    except EngineError as error:
        if error.phrase in _UNLIKE:
            return False
        raise
    return True


def _opened(name: str, source: "ParquetSource", to: "Engine") -> Relation:
    if source.only is None:
        return to.open_parquet(name, source.paths, source.columns, is_hive=source.is_hive)
    along = _ALONG.format(name=name)
    whole = to.open_parquet(along, source.paths, _columns(source), is_hive=source.is_hive)
    rows = ibis.table(dict(whole.columns), name=along)
    return to.keep(name, rows.filter(rows[source.only]).select(*source.columns))


def _columns(source: "ParquetSource") -> dict[str, tuple[str | None, str]]:
    """Return the columns to open: ours, and the one that tells which rows count."""
    only = {} if source.only is None else {source.only: (source.only, "boolean")}
    return {**source.columns, **only}

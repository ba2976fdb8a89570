"""Parties: what is known beforehand about custodians, and who stands above whom."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from whence.errors import InputError
from whence.intake import values
from whence.intake.cells import ROW
from whence.intake.records import once, text_columns
from whence.model import FIELDS, Parties

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

_TEXTS: Final = ("party_id", "kind", "parent_id", "name", "fields", "share")
_PER_CENT: Final = "%％"


def check_parties(raw: "RawTable", *, engine: "DuckDB", aside: "SetAside") -> Parties:
    """Return the parties, one each. Raises InputError if a party stands above itself."""
    rows = _once(_named(text_columns(raw, texts=_TEXTS, engine=engine), aside), aside)
    rows = rows.sort_by("party_id")
    ids, parents = rows.column("party_id"), rows.column("parent_id")
    unknown = UnknownNames()
    found = pa.table(
        {
            "party_id": ids,
            "kind": _kinds(rows.column("kind")),
            "parent_id": parents,
            "name": rows.column("name"),
            "fields": _fields(rows.column("fields"), unknown),
            "share": _shares(rows, aside),
        }
    )
    unknown.tell("parties", aside)
    above = pc.index_in(parents, value_set=ids.combine_chunks())
    _refuse_cycles(ids, above, raw.file)
    n_orphans = above.null_count - parents.null_count
    if n_orphans:
        aside.note("intake.note-unknown-parents", n=n_orphans)
    return Parties(found)


def _named(rows: pa.Table, aside: "SetAside") -> pa.Table:
    """Return the rows that say who and of what kind; the others are set aside."""
    is_named = pc.and_(pc.is_valid(rows.column("party_id")), pc.is_valid(rows.column("kind")))
    for row in rows.filter(pc.invert(is_named)).to_pylist():
        missing = next(name for name in ("party_id", "kind") if row[name] is None)
        aside.row("parties", row["party_id"] or f"row {row[ROW]}", f"missing {missing}")
    return rows.filter(is_named)


def _once(rows: pa.Table, aside: "SetAside") -> pa.Table:
    """Return each party's row once; of conflicting rows none."""
    counted = rows.group_by("party_id").aggregate([("party_id", "count")])
    if counted.num_rows == rows.num_rows:
        return rows
    several = counted.filter(pc.greater(counted.column("party_id_count"), 1)).column("party_id")
    is_one_of_several = pc.is_in(rows.column("party_id"), value_set=several.combine_chunks())
    kept = once(
        rows.filter(is_one_of_several).to_pylist(),
        key=lambda row: row["party_id"],
        content=lambda row: [row[name] for name in _TEXTS],
        identical=lambda row: aside.row("parties", row["party_id"], "duplicate party"),
        conflicting=lambda row: aside.row("parties", row["party_id"], "conflicting duplicate"),
    )
    chosen = pa.array([row[ROW] for row in kept], pa.int64())
    is_chosen = pc.is_in(rows.column(ROW), value_set=chosen)
    return rows.filter(pc.or_(pc.invert(is_one_of_several), is_chosen))


class UnknownNames:
    """Field names that are none of ours, counted and never repeated."""

    def __init__(self) -> None:
        self.n = 0
        self._read: dict[str, tuple[frozenset[str], int]] = {}  # few cells differ from each other

    def known(self, cell: str | None, *, n_rows: int = 1) -> frozenset[str] | None:
        """Return the fields a cell of so many rows names; None if it names none that we know."""
        if cell is None:
            return None
        if cell not in self._read:
            names = values.names_in(cell)
            found = frozenset(names) & frozenset(FIELDS)
            self._read[cell] = found, sum(name not in found for name in names)
        found, n_unknown = self._read[cell]
        self.n += n_unknown * n_rows
        return found or None

    def tell(self, table: str, aside: "SetAside") -> None:
        """Tell how many there were, if any."""
        if self.n:
            aside.note("intake.note-unknown-fields", table=table, n=self.n)


def _fields(column: pa.ChunkedArray, unknown: UnknownNames) -> pa.Array:
    """Return what each cell names of our fields, comma-separated; few cells differ."""
    coded = column.combine_chunks().dictionary_encode()
    n_rows = np.bincount(coded.indices.drop_null().to_numpy(), minlength=len(coded.dictionary))
    known = [
        unknown.known(cell, n_rows=int(n))
        for cell, n in zip(coded.dictionary.to_pylist(), n_rows, strict=True)
    ]
    texts = [None if names is None else ",".join(sorted(names)) for names in known]
    return pa.array(texts, pa.string()).take(coded.indices)


def _kinds(column: pa.ChunkedArray) -> pa.Array:
    """Return kinds in small letters."""
    coded = column.combine_chunks().dictionary_encode()
    small = [kind.casefold() for kind in coded.dictionary.to_pylist()]
    return pa.array(small, pa.string()).take(coded.indices)


def _shares(rows: pa.Table, aside: "SetAside") -> pa.Array:
    """Return known shares of all orders; those that cannot be one are told and left out."""
    found = np.full(rows.num_rows, np.nan)
    said = pc.indices_nonzero(pc.is_valid(rows.column("share"))).to_pylist()
    for at in said:
        cell = rows.column("share")[at].as_py()
        number = as_number(cell.rstrip(_PER_CENT))
        if number is not None and cell.endswith(tuple(_PER_CENT)):
            number /= 100
        if number is None or not 0 < number <= 1:
            aside.row("parties", rows.column("party_id")[at].as_py(), "share not between 0 and 1")
        else:
            found[at] = number
    return pa.array(found, pa.float64(), from_pandas=True)


def as_number(cell: str) -> float | None:
    """Return a finite number, or None."""
    try:
        number = float(cell.strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refuse_cycles(ids: pa.ChunkedArray, above: pa.ChunkedArray, file: str) -> None:
    """Raise InputError for parties that stand above themselves; ``above``: whose row is the parent.

    Who has an ancestor beyond as many steps as there are parties walks in a circle.
    """
    parents = above.fill_null(-1).to_numpy()
    far = parents
    for _ in range(len(parents).bit_length()):
        far = np.where(far >= 0, far[far], -1)  # twice as many steps as before
    caught = np.flatnonzero(far >= 0)
    if not len(caught):
        return
    path: list[int] = []
    at = int(caught[0])
    while at not in path:
        path.append(at)
        at = int(parents[at])
    cycle = [str(ids[i].as_py()) for i in path[path.index(at) :]]
    raise InputError(
        "intake.cycle",
        hint="intake.cycle-hint",
        file=file,
        parties=" > ".join(_shortest(cycle)),
    )


def _shortest(path: Sequence[str]) -> list[str]:
    """Return a cycle from its smallest member on, so that it always reads the same."""
    first = path.index(min(path))
    return [*path[first:], *path[:first], path[first]]

"""Exports that a log holds only as a predicate, and the orders that fit them.

"Account U exported shop X's orders placed from day A to day B, at time T" names no order. Each row
is such a sentence: an order fits if it was placed by the time of the export, within the span, and
agrees with every column the row fills in. Rows are few, the orders that fit may be millions: the
rows become records, the orders stay in the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear, columns_of, keep
from whence.errors import InputError
from whence.intake import values
from whence.intake.accesses import COLUMNS, Accesses
from whence.intake.cells import ROW
from whence.intake.records import Record, once, records
from whence.intake.samples import as_column
from whence.model import Instant, OrderId

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.orders import Orders
    from whence.intake.raw import RawTable
    from whence.intake.setaside import SetAside

EXPORTED: Final = "exported"  # accesses that exports amount to
LOGGED: Final = "accesses_logged"  # accesses of the log, where there are both
_WANTED: Final = "wanted"
_ACTORS_BEFORE: Final = "actors_logged"

_NOT_COMPARED: Final[str] = "export names a column that is not compared"
_TIMES: Final = ("accessed_at", "exported_at")  # when it was exported, under either name
_BOUNDS: Final = ("placed_from", "placed_until", "placed_at")
_OWN: Final = frozenset({"export_id", "account_id", "party_id", "fields", ROW, *_TIMES, *_BOUNDS})
_TYPES: Final = {"VARCHAR": "string", "BIGINT": "int64", "DOUBLE": "float64"}
_ALWAYS: Final = {
    **dict.fromkeys(("export", "accessed_at", "first", "last"), "int64"),
    **dict.fromkeys(("account_id", "party_id", "fields"), "string"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    """What one row says: who, when, and which orders; the same of two rows is one export.

    ``until``: the last instant at which it can have been made, after ``accessed_at`` where only
    its day is known. ``first`` and ``last`` bound when the orders were placed, None where open.
    """

    account_id: str
    party_id: str | None
    fields: str | None
    accessed_at: Instant
    until: Instant
    first: Instant | None
    last: Instant | None
    limits: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the orders that it fills in."""
        return tuple(name for name, _ in self.limits)


@dataclass(frozen=True, slots=True)
class _Row:
    """A usable row: how it is named, its id if it has one, and what it says."""

    name: str
    export_id: str | None
    export: _Export


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """An export on its way to the engine: its number, its bounds closed, its cells as ids."""

    number: int
    export: _Export
    first: Instant
    last: Instant
    cells: tuple[OrderId | float, ...]


def check_exports(
    raw: "RawTable",
    orders: "Orders",
    logged: Accesses | None,
    *,
    engine: "DuckDB",
    zone: str,
    aside: "SetAside",
) -> Accesses:
    """Return the accesses of the log, if there is one, with those that exports amount to.

    The relation ``accesses`` becomes a view of both, ``actors`` counts both. Raises InputError
    where no column says when the exports were made.
    """
    if not set(_TIMES) & set(raw.types):
        raise InputError(
            "intake.missing-columns",
            hint="intake.missing-columns-hint",
            file=raw.file,
            table=raw.table,
            columns=_TIMES[0],
        )
    exports = _exports(raw, orders, engine, zone, aside)
    _fit(exports, orders, engine)
    ((n_fitting,),) = engine.rows(f"SELECT count(DISTINCT export) FROM {EXPORTED}")
    n_empty = len(exports) - int(str(n_fitting))
    if n_empty:
        aside.note("intake.note-empty-exports", n=n_empty)
    return _with_log(logged, engine)


def _exports(
    raw: "RawTable", orders: "Orders", engine: "DuckDB", zone: str, aside: "SetAside"
) -> list[_Export]:
    """Return the usable rows, each once."""
    limits = [name for name in raw.types if name not in _OWN]
    absent = [name for name in limits if name not in orders.table.columns]
    rows = records(
        raw,
        texts=("export_id", "account_id", "party_id", "fields", *limits),
        instants=(*_TIMES, *_BOUNDS),
        engine=engine,
        zone=zone,
        aside=aside,
        spans=(*_TIMES, *_BOUNDS),
    )
    good = []
    unknown: set[str] = set()
    for row in rows:
        reason = _fault(row, limits, absent)
        if reason:
            aside.row("exports", _name(row), reason)
        else:
            good.append(_Row(_name(row), row.texts.get("export_id"), _export(row, limits)))
        if reason == _NOT_COMPARED:
            unknown.update(name for name in absent if name in row.texts)
    if unknown:
        aside.note("intake.note-export-columns", columns=", ".join(sorted(unknown)))
    return _each_once(good, aside)


def _each_once(rows: Sequence[_Row], aside: "SetAside") -> list[_Export]:
    """Return what rows say, once; of rows of one id that contradict each other nothing."""
    named = once(
        [row for row in rows if row.export_id is not None],
        key=lambda row: row.export_id,
        content=lambda row: row.export,
        identical=lambda row: aside.row("exports", row.name, "duplicate export"),
        conflicting=lambda row: aside.row("exports", row.name, "conflicting duplicate"),
    )
    nameless = [row for row in rows if row.export_id is None]
    kept = once(
        [*sorted(named, key=lambda row: row.name), *nameless],
        key=lambda row: row.export,
        content=lambda row: row.export,
        identical=lambda row: aside.row("exports", row.name, "duplicate export"),
        conflicting=lambda row: aside.row("exports", row.name, "conflicting duplicate"),
    )
    return [row.export for row in kept]


def _name(row: Record) -> str:
    return row.texts.get("export_id", row.place)


def _fault(row: Record, limits: Sequence[str], absent: Sequence[str]) -> str | None:
    if "account_id" not in row.texts:
        return "missing account_id"
    if row.unreadable:
        return "unreadable time"
    if not any(name in row.instants for name in _TIMES):
        return "missing accessed_at"
    if any(name in row.texts for name in absent):
        return _NOT_COMPARED
    if not any(name in row.instants for name in _BOUNDS) and not any(
        name in row.texts for name in limits
    ):
        return "export names no orders"
    return None


def _export(row: Record, limits: Sequence[str]) -> _Export:
    at = next(name for name in _TIMES if name in row.instants)
    first = [row.instants[name] for name in ("placed_from", "placed_at") if name in row.instants]
    last = [row.ends[name] for name in ("placed_until", "placed_at") if name in row.ends]
    fields = ",".join(values.names_in(row.texts.get("fields", "")))
    return _Export(
        account_id=row.texts["account_id"],
        party_id=row.texts.get("party_id"),
        fields=fields or None,
        accessed_at=row.instants[at],
        until=row.ends[at],
        first=max(first, default=None),
        last=min(last, default=None),
        limits=tuple(sorted((name, row.texts[name]) for name in limits if name in row.texts)),
    )


def _fit(exports: Sequence[_Export], orders: "Orders", engine: "DuckDB") -> None:
    """Keep the orders that fit each export; exports that fill in the same columns go at once."""
    types = columns_of(engine, "orders")
    clear(engine, EXPORTED)
    engine.execute(
        f"CREATE TABLE {EXPORTED} (order_id {orders.id_type}, account_id VARCHAR, "
        "accessed_at TIMESTAMP, party_id VARCHAR, fields VARCHAR, export BIGINT)"
    )
    ((earliest, latest),) = engine.rows(
        "SELECT epoch_us(min(placed_at)), epoch_us(max(placed_at)) FROM orders"
    )
    if earliest is None:
        return
    groups: dict[tuple[str, ...], list[_Fitting]] = {}
    for fitting in _closed(exports, types, int(str(earliest)), int(str(latest))):
        groups.setdefault(fitting.export.columns, []).append(fitting)
    for columns, members in groups.items():
        _fit_group(columns, members, types, engine)
    clear(engine, _WANTED)


def _closed(
    exports: Sequence[_Export], types: Mapping[str, str], earliest: Instant, latest: Instant
) -> Iterator[_Fitting]:
    """Bound each export by the orders there are, and leave out those that none can fit."""
    for number, export in enumerate(exports):
        first = earliest if export.first is None else max(export.first, earliest)
        last = min(export.until, latest if export.last is None else min(export.last, latest))
        cells = [as_column(text, types[name]) for name, text in export.limits]
        known = tuple(cell for cell in cells if cell is not None)
        if first <= last and len(known) == len(cells):
            yield _Fitting(number=number, export=export, first=first, last=last, cells=known)


def _fit_group(
    columns: Sequence[str], members: Sequence[_Fitting], types: Mapping[str, str], engine: "DuckDB"
) -> None:
    """Join the orders with exports that fill in the same columns.

    The engine joins by equality at the cost of what comes out, by a range alone at the cost of all
    pairs. So time is cut into stretches as long as the mean span: an export lies in about three at
    most, and only orders of the same stretch are compared with it.
    """
    engine.hold_rows(
        _WANTED,
        _ALWAYS | {f"k_{name}": _TYPES[types[name]] for name in columns},
        [
            (
                *(fitting.number, fitting.export.accessed_at, fitting.first, fitting.last),
                *(fitting.export.account_id, fitting.export.party_id, fitting.export.fields),
                *fitting.cells,
            )
            for fitting in members
        ],
    )
    length = sum(m.last - m.first for m in members) // len(members) + 1
    equal = "".join(f' AND o."{name}" = e."k_{name}"' for name in columns)
    first, last = min(m.first for m in members), max(m.last for m in members)
    engine.execute(
        f"INSERT INTO {EXPORTED} SELECT o.order_id, e.account_id, "
        "greatest(make_timestamp(e.accessed_at), o.placed_at), e.party_id, e.fields, e.export "
        f"FROM orders AS o JOIN (SELECT *, unnest(range(first // {length}, last // {length} + 1)) "
        f"AS stretch FROM {_WANTED}) AS e ON epoch_us(o.placed_at) // {length} = e.stretch{equal} "
        "AND o.placed_at >= make_timestamp(e.first) AND o.placed_at <= make_timestamp(e.last) "
        f"WHERE o.placed_at >= make_timestamp({first}) AND o.placed_at <= make_timestamp({last})"
    )


def _with_log(logged: Accesses | None, engine: "DuckDB") -> Accesses:
    """Make ``accesses`` a view of the log and of what was exported, ``actors`` their pairs."""
    names = ", ".join(COLUMNS)
    rows = f"SELECT {names} FROM {EXPORTED}"
    pairs = (
        "SELECT account_id, party_id, count(*) AS n, min(accessed_at) AS first_at, "
        f"max(accessed_at) AS last_at FROM {EXPORTED} GROUP BY account_id, party_id"
    )
    ((n,),) = engine.rows(f"SELECT count(*) FROM {EXPORTED}")
    n_rows = int(str(n))
    if logged is not None:
        is_view = engine.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'accesses'")
        engine.execute(f"ALTER {'VIEW' if is_view else 'TABLE'} accesses RENAME TO {LOGGED}")
        engine.execute(f"ALTER TABLE actors RENAME TO {_ACTORS_BEFORE}")
        rows = f"SELECT {names} FROM {LOGGED} UNION ALL {rows}"
        pairs = (
            "SELECT account_id, party_id, sum(n)::BIGINT AS n, min(first_at) AS first_at, "
            f"max(last_at) AS last_at FROM (FROM {_ACTORS_BEFORE} UNION ALL {pairs}) "
            "GROUP BY account_id, party_id"
        )
        n_rows += logged.table.n_rows
    keep(engine, "accesses", rows, is_view=True)
    keep(engine, "actors", pairs, is_view=False)
    clear(engine, _ACTORS_BEFORE)
    return Accesses(
        table=engine.relation("accesses", n_rows=n_rows), actors=engine.relation("actors")
    )

"""Any file form as rows the engine can query, under our own column names.

What follows (checking, converting) then no longer asks in which form a table came. Columns that
no check uses are left in the file: nobody's name, phone number or story is read along.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from whence.engine import DuckDB, quoted
from whence.engine.files import (
    ROW_KEYS,
    UnreadableFileError,
    clear,
    columns_of,
    csv_rejects,
    csv_scan,
    file_faults,
    json_cell,
    json_keys,
    json_scan,
    parquet_scan,
    row_number,
)
from whence.errors import InputError
from whence.intake.cells import ROW, Places, csv_cells, excel_cells, json_cells
from whence.intake.contract import LARGE
from whence.intake.mapping import columns_wanted
from whence.intake.setaside import SetAside
from whence.intake.text import TextFile, as_utf8, broken_quote, header_of, unreadable

if TYPE_CHECKING:
    from whence.intake.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A table as it came: a query for its wanted columns, and their types as the engine has them.

    ``is_lasting``: the rows are typed and can be read again at little cost (Parquet, memory), so a
    view over them will do. ``rejects`` names where the engine notes lines it could not read. Of
    Parquet files there are the ``paths``, and ``names``: our name of a column -> its name there.
    """

    table: str
    file: str
    query: str
    types: Mapping[str, str] = field(default_factory=dict)
    is_lasting: bool = False
    is_held: bool = False
    rejects: str | None = None
    paths: tuple[Path, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    is_hive: bool = False

    @property
    def relation(self) -> str:
        """The name under which its rows are held, where they are."""
        return f"raw_{self.table}"


def open_place(
    place: "Place",
    renamed: Mapping[str, str],
    *,
    holders: Collection[str] | None,
    engine: DuckDB,
    scratch: Path,
    aside: SetAside,
) -> RawTable:
    """Open a table where it stands, with the columns of custodians named by ``holders``.

    Raises InputError for damaged files and missing columns, EngineError where a decoded copy
    finds no room.
    """
    places = partial(columns_wanted, place.table, renamed=renamed, file=place.file, holders=holders)
    if place.form == "parquet":
        return _parquet(place, places, engine)
    if place.form == "xlsx":
        cells = excel_cells(place.paths[0], places)
        return hold(place.table, cells, file=place.file, engine=engine)
    text = as_utf8(place.paths[0], scratch)
    if not text.encoding.startswith("utf-8"):
        aside.note("intake.note-encoding", file=place.file, encoding=text.encoding.upper())
    if place.table in LARGE:
        scan = _large_csv if place.form == "csv" else _large_json
        return scan(place, places, text, engine)
    if place.form == "csv":
        cells = csv_cells(text, places)
    else:
        cells, broken = json_cells(text, places)
        for number in broken:
            aside.row(place.table, f"row {number}", "unreadable row")
    return hold(place.table, cells, file=place.file, engine=engine)


def open_memory(
    table: str, rows: pa.Table, *, holders: Collection[str] | None, engine: DuckDB
) -> RawTable:
    """Open a table that stands in memory."""
    wanted = columns_wanted(table, rows.column_names, {}, file=table, holders=holders)
    picked = pa.table([rows.column(at) for at in wanted.values()], names=list(wanted))
    if table not in LARGE:
        numbers = pa.array(range(1, rows.num_rows + 1), pa.int64())
        picked = picked.append_column(ROW, numbers)
    return hold(table, picked, file=table, engine=engine, is_lasting=True)


def hold(
    table: str, rows: pa.Table, *, file: str, engine: DuckDB, is_lasting: bool = False
) -> RawTable:
    """Keep a table's rows in the engine as they came."""
    name = f"raw_{table}"
    clear(engine, name)
    engine.hold(name, rows)
    return RawTable(
        table=table,
        file=file,
        query=f"SELECT * FROM {name}",
        types=columns_of(engine, name),
        is_lasting=is_lasting,
        is_held=True,
    )


@contextmanager
def reading(raw: RawTable) -> Iterator[None]:
    """Say which file is damaged when the engine finds out while reading it."""
    try:
        with file_faults():
            yield
    except UnreadableFileError:
        raise unreadable(raw.file) from None


def take_rejects(raw: RawTable, engine: DuckDB, aside: SetAside) -> None:
    """Set aside the lines that the engine could not read, by their number.

    Raises InputError where an open quote has swallowed good rows: they would be lost in silence.
    """
    if not raw.rejects:
        return
    for line, is_open in csv_rejects(engine, raw.rejects):
        if is_open:
            raise broken_quote(raw.file, line)
        aside.row(raw.table, f"row {line}", "unreadable row")


def release(raw: RawTable, engine: DuckDB) -> None:
    """Drop rows that were held only to be converted."""
    if raw.is_held:
        clear(engine, raw.relation)


def _parquet(place: "Place", places: Places, engine: DuckDB) -> RawTable:
    with_rows = place.table not in LARGE
    scan = parquet_scan(place.paths, is_hive=place.is_hive, with_rows=with_rows)
    try:
        with file_faults():
            types = columns_of(engine, scan)
    except UnreadableFileError:
        raise unreadable(place.file) from None
    header = [name for name in types if not (with_rows and name in ROW_KEYS)]
    wanted = places(header)
    chosen = {ours: quoted(header[at]) for ours, at in wanted.items()}
    kinds = {ours: types[header[at]] for ours, at in wanted.items()}
    if with_rows:
        chosen[ROW] = row_number()
        kinds[ROW] = "BIGINT"
    return RawTable(
        table=place.table,
        file=place.file,
        query=_select(chosen, scan),
        types=kinds,
        is_lasting=True,
        paths=place.paths,
        names={ours: header[at] for ours, at in wanted.items()},
        is_hive=place.is_hive,
    )


def _large_csv(place: "Place", places: Places, text: TextFile, engine: DuckDB) -> RawTable:
    header, delimiter, n_blank = header_of(text)
    wanted = places(header)
    rejects = f"rejects_{place.table}"
    clear(engine, rejects, f"{rejects}_scan")
    scan = csv_scan(
        text.path,
        n_columns=len(header),
        delimiter=delimiter,
        n_blank=n_blank,
        rejects=rejects,
    )
    return RawTable(
        table=place.table,
        file=place.file,
        query=_select({ours: f"c{at}" for ours, at in wanted.items()}, scan),
        types=dict.fromkeys(wanted, "VARCHAR"),
        rejects=rejects,
    )


def _large_json(place: "Place", places: Places, text: TextFile, engine: DuckDB) -> RawTable:
    scan = json_scan(text.path)
    try:
        with file_faults():
            header = json_keys(engine, scan)
    except UnreadableFileError:
        raise unreadable(place.file) from None
    wanted = places(header)
    return RawTable(
        table=place.table,
        file=place.file,
        query=_select({ours: json_cell(header[at]) for ours, at in wanted.items()}, scan),
        types=dict.fromkeys(wanted, "VARCHAR"),
    )


def _select(columns: Mapping[str, str], scan: str) -> str:
    chosen = ", ".join(f"{sql} AS {quoted(ours)}" for ours, sql in columns.items())
    return f"SELECT {chosen or 'NULL AS nothing'} FROM {scan}"


def column_error(raw: RawTable, column: str, expected: str) -> InputError:
    """Return the error for a column whose type cannot be what it should."""
    return InputError(
        "intake.wrong-type", file=raw.file, column=column, type=raw.types[column], expected=expected
    )

"""One table file of any form with the columns it has: orders to hand out, waybills, found samples.

A dataset's tables are checked against their contract and never read further than that; here
somebody points at a file because of what it holds, names and addresses too. Nothing is checked
but that the file can be read, and nothing of it goes into a message.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pyarrow as pa

from whence.errors import InputError
from whence.intake.cells import ROW, csv_cells, excel_cells, json_cells
from whence.intake.places import place_of
from whence.intake.text import as_utf8, unreadable

Places: TypeAlias = Callable[[Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file's rows: its columns under plain names (or ours), then ``row_in_file``.

    Text files and workbooks give text, Parquet the types it holds. ``encoding`` is told where the
    text was not UTF-8, ``unreadable_rows`` are the lines that are no record.
    """

    file: str
    table: pa.Table
    encoding: str | None = None
    unreadable_rows: tuple[int, ...] = ()

    def require(self, *columns: str) -> None:
        """Raise InputError where one of these columns is missing."""
        missing = [column for column in columns if column not in self.table.column_names]
        if missing:
            raise InputError(
                "intake.sheet-missing",
                hint="intake.sheet-missing-hint",
                file=self.file,
                columns=", ".join(missing),
            )


def read_sheet(
    path: Path, *, renamed: Mapping[str, str] | None = None, only: Collection[str] | None = None
) -> Sheet:
    """Read a file: ``renamed`` is our name of a column -> its name there, ``only`` those wanted.

    Names are compared without blanks around them and in any case. Raises InputError for a file
    that is none, is damaged or has a column twice.
    """
    theirs = {_plain(name): ours for ours, name in (renamed or {}).items()}

    def places(header: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for at, written in enumerate(header):
            name = theirs.get(_plain(written), _plain(written))
            if not name or (only is not None and name not in only):
                continue
            if name in found:
                raise InputError("intake.column-twice", file=place.file, column=name)
            found[name] = at
        absent = sorted(set(theirs.values()) - set(found))
        if absent:
            raise InputError("intake.sheet-missing", file=place.file, columns=", ".join(absent))
        return found

    place = place_of("orders", path)
    if place.form == "parquet":
        return Sheet(file=place.file, table=_parquet(path, place.file, places))
    if place.form == "xlsx":
        return Sheet(file=place.file, table=excel_cells(path, places))
    with TemporaryDirectory(prefix="whence-") as scratch:
        text = as_utf8(path, Path(scratch))
        broken: list[int] = []
        if place.form == "csv":
            rows = csv_cells(text, places)
        else:
            rows, broken = json_cells(text, places)
    is_other = not text.encoding.startswith("utf-8")
    return Sheet(
        file=place.file,
        table=rows,
        encoding=text.encoding.upper() if is_other else None,
        unreadable_rows=tuple(broken),
    )


def _parquet(path: Path, file: str, places: Places) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415  a tenth of a second

    try:
        whole = pq.ParquetDataset(path)
        wanted = places(whole.schema.names)
        rows = whole.read([whole.schema.names[at] for at in wanted.values()])
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file) from error
    arrays = [_plain_values(column) for column in rows.columns]
    numbers = pa.array(range(1, rows.num_rows + 1), pa.int64())
    return pa.table([numbers, *arrays], names=[ROW, *wanted])


def _plain_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of a folder's name, which comes as a dictionary, as its values."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").casefold()

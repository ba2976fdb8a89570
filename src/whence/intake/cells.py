"""Small files cell by cell: CSV, JSON Lines and Excel as text columns that know their row.

Observations are few, often typed by hand, and each row of them counts: so they are read in
Python, where a ragged row can be completed and a damaged one named by its number.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from math import isnan
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from whence.intake.text import TextFile, broken_quote, header_of, opened, unreadable

ROW: Final = "row_in_file"  # as a person counts: a spreadsheet's header is row 1
_LONGEST_CELL: Final = 1 << 27

Places: TypeAlias = Callable[[Sequence[str]], Mapping[str, int]]  # header -> our column -> position


def csv_cells(text: TextFile, places: Places) -> pa.Table:
    """Read the wanted columns of a CSV file; short rows are filled with nothing.

    Raises InputError where a quote is opened and never closed: rows would vanish in it.
    """
    names, delimiter, n_blank = header_of(text)
    wanted = places(names)
    places_of = list(wanted.values())
    rows: list[tuple[int, list[str | None]]] = []
    csv.field_size_limit(_LONGEST_CELL)
    number = n_blank + 1
    with opened(text) as lines:
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for number, record in enumerate(records, start=1):
                if number <= n_blank + 1 or not any(map(str.strip, record)):
                    continue
                n = len(record)
                rows.append((number, [record[at] if at < n else None for at in places_of]))
        except csv.Error as error:
            raise broken_quote(text.file, number + 1) from error
    return _table(list(wanted), rows)


def json_cells(text: TextFile, places: Places) -> tuple[pa.Table, list[int]]:
    """Read a JSON Lines file; return the lines that are no JSON object beside it."""
    objects: list[tuple[int, dict[str, object]]] = []
    broken = []
    with opened(text) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            found = _json_object(line)
            if found is None:
                broken.append(number)
            else:
                objects.append((number, found))
    names = sorted({key for _, found in objects for key in found})
    wanted = places(names)
    rows = [
        (number, [_text(found.get(names[at])) for at in wanted.values()])
        for number, found in objects
    ]
    return _table(list(wanted), rows), broken


def excel_cells(path: Path, places: Places) -> pa.Table:
    """Read the first sheet of a workbook; its first row that is not empty names the columns."""
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheet = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise unreadable(path.name) from error
    filled = [
        (number, row)
        for number, row in enumerate(sheet, start=1)
        if any(_text(cell) for cell in row)
    ]
    header = [_text(cell) or "" for cell in filled[0][1]] if filled else []
    wanted = places(header)
    rows = [(number, [_text(row[at]) for at in wanted.values()]) for number, row in filled[1:]]
    return _table(list(wanted), rows)


def _json_object(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {_whole(key): cell for key, cell in found.items()} if "\\u" in line else found


def _whole(text: str) -> str:
    """Return a text with half characters replaced: JSON can escape one, UTF-8 cannot hold it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text(cell: object) -> str | None:
    """Return a typed cell as the text that a CSV file would have in its place, None if empty."""
    match cell:
        case bool():
            text = "true" if cell else "false"
        case float():  # Excel and many JSON writers keep integers as floats
            text = str(int(cell)) if cell.is_integer() else str(cell)
            text = "" if isnan(cell) else text
        case datetime() | date() | time():
            text = cell.isoformat()
        case str():
            text = cell if cell.isascii() else _whole(cell)
        case list():
            text = ",".join(filter(None, map(_text, cell)))
        case dict():
            text = json.dumps(cell, sort_keys=True)
        case _:
            text = "" if cell is None else str(cell)
    return text or None


def _table(columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str | None]]]) -> pa.Table:
    by_column = list(zip(*(cells for _, cells in rows), strict=True))
    arrays = [pa.array(cells, pa.string()) for cells in by_column]
    if not rows:
        arrays = [pa.array([], pa.string()) for _ in columns]
    numbers = pa.array([number for number, _ in rows], pa.int64())
    return pa.table([numbers, *arrays], names=[ROW, *columns])

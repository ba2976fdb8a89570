"""Tables that grow day by day: ``TABLE/day=2026-01-07/part-0.parquet``, one folder a UTC day.

Rows wait until there are enough of a day for row groups of a sensible size; a day's file is closed
once nothing more can come for it.
"""

from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Columns: TypeAlias = tuple[NDArray[Any], ...]  # of one length

_ENOUGH: Final = 200_000  # rows of a day that are written at once
_MOST: Final = 250_000  # rows of a row group
_LEVEL: Final = 1  # of zstd: the next ones cost more time than they save room


class Sheet(Protocol):
    """What a table's rows are while they wait, and how they become a table."""

    def sorted(self, columns: Columns) -> Columns:
        """Return rows of one day in the order of time."""

    def encoded(self, day: int, columns: Columns) -> pa.Table:
        """Return sorted rows of one day, counted from the first, as a table."""


class DayFiles:
    """Writes one table's days; ``part`` tells its files from those of other lanes."""

    def __init__(self, folder: Path, part: int, first_day: np.datetime64, sheet: Sheet) -> None:
        self.n_rows = 0
        self._folder = folder
        self._part = part
        self._first_day = first_day
        self._sheet = sheet
        self._waiting: dict[int, list[Columns]] = {}
        self._n_waiting: dict[int, int] = {}
        self._open: dict[int, pq.ParquetWriter] = {}

    def add(self, day: int, rows: Columns) -> None:
        """Add rows to a day, counted from the first."""
        self._waiting.setdefault(day, []).append(rows)
        self._n_waiting[day] = self._n_waiting.get(day, 0) + len(rows[0])
        if self._n_waiting[day] >= _ENOUGH:
            self._write(day)

    def close_before(self, day: int) -> None:
        """Finish the days before this one."""
        for earlier in sorted(each for each in self._waiting if each < day):
            self._write(earlier)
            del self._waiting[earlier]
        for earlier in sorted(each for each in self._open if each < day):
            self._open.pop(earlier).close()

    def close(self) -> None:
        """Finish every day."""
        self.close_before(max((*self._waiting, *self._open), default=0) + 1)

    def _write(self, day: int) -> None:
        parts = self._waiting[day]
        if not parts:
            return
        self._waiting[day] = []
        n = self._n_waiting[day]
        self._n_waiting[day] = 0
        columns = tuple(np.concatenate(column) for column in zip(*parts, strict=True))
        columns = self._sheet.sorted(columns)
        size = -(-n // -(-n // _MOST))
        for at in range(0, n, size):
            group = self._sheet.encoded(day, tuple(column[at : at + size] for column in columns))
            self._writer(day, group.schema).write_table(group, row_group_size=size)
        self.n_rows += n

    def _writer(self, day: int, schema: pa.Schema) -> pq.ParquetWriter:
        if day not in self._open:
            folder = self._folder / f"day={self._first_day + day}"
            folder.mkdir(parents=True, exist_ok=True)
            times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
            self._open[day] = pq.ParquetWriter(
                folder / f"part-{self._part}.parquet",
                schema,
                compression="zstd",
                compression_level=_LEVEL,
                store_schema=False,  # a plain table: that columns were dictionaries is our affair
                use_dictionary=[
                    field.name for field in schema if pa.types.is_dictionary(field.type)
                ],
                column_encoding=dict.fromkeys(times, "DELTA_BINARY_PACKED"),
                write_statistics=times,
                store_decimal_as_integer=True,
            )
        return self._open[day]

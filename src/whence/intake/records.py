"""The few rows of an observation table as records: texts and instants, with their place."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import pyarrow as pa

from whence.engine import quoted
from whence.intake import times, values
from whence.intake.cells import ROW
from whence.intake.raw import RawTable, column_error, reading
from whence.model import Instant

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.setaside import SetAside

DAY_END: Final = frozenset({"called_at", "acquired_at"})
# A date alone: the call can have come at any time of that day, and so can what it tells of.


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: its texts and instants by column; ``unreadable`` names times given but not read.

    ``ends``: of times that may be a whole day, the last instant; else the instant itself.
    """

    row: int
    texts: dict[str, str] = field(default_factory=dict)
    instants: dict[str, Instant] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    ends: dict[str, Instant] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """How the row is named where it has no id."""
        return f"row {self.row}"

    @property
    def content(self) -> tuple[object, ...]:
        """What the row says, for comparing it with another."""
        return (
            tuple(sorted(self.texts.items())),
            tuple(sorted(self.instants.items())),
            tuple(sorted(self.unreadable)),
        )


def records(
    raw: RawTable,
    *,
    texts: Iterable[str],
    instants: Iterable[str],
    engine: "DuckDB",
    zone: str,
    aside: "SetAside",
    spans: Iterable[str] = (),
) -> list[Record]:
    """Return the rows of a table, in the order of the file as far as the engine keeps it.

    Only the columns asked for are read, and of them those that the table has. ``spans``: instants
    of which a date alone stands for the whole day.
    """
    names = [name for name in texts if name in raw.types]
    moments = [name for name in instants if name in raw.types]
    days = [name for name in spans if name in moments]
    with reading(raw):
        rows = engine.rows(_query(raw, names, moments, days, zone))
    found = []
    first_end = len(names) + 4 * len(moments)
    for number, *cells in rows:
        given = cells[: len(names)]
        timed = [cells[at : at + 4] for at in range(len(names), first_end, 4)]
        read = {
            name: int(str(us))
            for name, (us, _, _, _) in zip(moments, timed, strict=True)
            if us is not None
        }
        missed = {
            name
            for name, (us, was_given, _, _) in zip(moments, timed, strict=True)
            if us is None and was_given
        }
        ends = {
            name: int(str(us))
            for name, us in zip(days, cells[first_end:], strict=True)
            if name in read
        }
        aside.n_zoneless += sum(bool(zoneless) for _, _, zoneless, _ in timed)
        aside.n_dates += sum(
            bool(alone)
            for name, (_, _, _, alone) in zip(moments, timed, strict=True)
            if name in DAY_END
        )
        said = {
            name: str(cell) for name, cell in zip(names, given, strict=True) if cell is not None
        }
        found.append(
            Record(
                row=int(str(number)),
                texts=said,
                instants=read,
                unreadable=frozenset(missed),
                ends=ends,
            )
        )
    return sorted(found, key=lambda record: record.row)


def text_columns(raw: RawTable, *, texts: Sequence[str], engine: "DuckDB") -> "pa.Table":
    """Return text columns of a table, by row; those that it does not have are null.

    For a table of many rows, of which few are looked at one by one.
    """
    names = [name for name in texts if name in raw.types]
    chosen = ", ".join(f"{_text(raw, name)} AS {quoted(name)}" for name in names)
    with reading(raw):
        found = engine.fetch(
            f"SELECT {', '.join(filter(None, [quoted(ROW), chosen]))} FROM ({raw.query})"
        )
    found = found.sort_by(ROW)
    nothing = pa.nulls(found.num_rows, pa.string())
    return pa.table(
        {ROW: found.column(ROW)}
        | {name: found.column(name) if name in names else nothing for name in texts}
    )


T = TypeVar("T")


def once(
    found: Sequence[T],
    *,
    key: Callable[[T], Hashable],
    content: Callable[[T], object],
    identical: Callable[[T], None],
    conflicting: Callable[[T], None],
) -> list[T]:
    """Return each key's row once; of conflicting rows none, so that their order never matters."""
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for row in found:
        groups[key(row)].append(row)
    kept = []
    for rows in groups.values():
        if len(rows) > 1 and any(content(row) != content(rows[0]) for row in rows):
            for row in rows:
                conflicting(row)
            continue
        kept.append(rows[0])
        for row in rows[1:]:
            identical(row)
    return kept


def _query(
    raw: RawTable, names: Sequence[str], moments: Sequence[str], days: Sequence[str], zone: str
) -> str:
    chosen = [quoted(ROW), *(_text(raw, name) for name in names)]
    tidied = []
    for name in moments:
        kind = raw.types[name]
        column = f'"{name}"'
        time = times.time(column, kind, zone, is_day_end=name in DAY_END)
        if time is None:
            raise column_error(raw, name, "timestamp")
        tidied.append(f"{times.tidy(column, kind)} AS {column}")
        micros = f"CASE WHEN {times.plausible(time.instant)} THEN epoch_us({time.instant}) END"
        chosen += [micros, f"{column} IS NOT NULL", time.zoneless, time.date_only]
    for name in days:
        time = times.time(f'"{name}"', raw.types[name], zone, is_day_end=True)
        chosen.append(f"epoch_us({time.instant})" if time else "NULL")
    source = raw.query
    if tidied:
        source = f"SELECT * REPLACE ({', '.join(tidied)}) FROM ({source})"
    return f"SELECT {', '.join(chosen)} FROM ({source})"


def _text(raw: RawTable, name: str) -> str:
    """Return a column as text, with care."""
    if not values.is_readable(raw.types[name]):
        raise column_error(raw, name, "text or number")
    return values.text(quoted(name), raw.types[name]).careful

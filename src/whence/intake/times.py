"""Every way in which a time may be written, as naive UTC microseconds.

Text: ISO 8601 with or without a zone, blanks or ``T`` between, ``-`` or ``/`` or 年月日 within the
date, a date alone, and epoch numbers of 10, 13 or 16 digits. Typed: timestamps of any unit with or
without a zone, dates, numbers. Clock changes: a time that occurs twice is the first of the two, one
that is skipped is read with the offset before; both are the engine's rule, neither stops anything.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whence.engine import literal
from whence.errors import InputError
from whence.intake.values import BLANKS

if TYPE_CHECKING:
    from whence.engine import DuckDB

_DATE: Final = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK: Final = r"[T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_ZONE: Final = r"(Z|[+-]\d{2}(:?\d{2})?)"
_TIDY: Final = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
_NUMBER: Final = r"\d{10}(\.\d{1,6})?|\d{13}(\.\d{1,6})?|\d{16}"
_EPOCHS: Final = {10: 1_000_000, 13: 1_000, 16: 1}  # digits -> microseconds in one unit
_NUMBERS: Final = frozenset({"BIGINT", "UBIGINT", "HUGEINT", "INTEGER", "UINTEGER", "DOUBLE"})
_EARLIEST, _LATEST = "TIMESTAMP '1970-01-01'", "TIMESTAMP '2200-01-01'"
# What lies outside is a placeholder (0001-01-01) or a unit mistaken, not a time of an order.


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time as SQL: the instant, whether it came without a zone, whether as a date alone."""

    instant: str
    zoneless: str = "false"
    date_only: str = "false"


def check_zone(zone: str, engine: "DuckDB") -> None:
    """Raise InputError unless the engine knows the zone by this name."""
    if not engine.rows(f"SELECT 1 FROM pg_timezone_names() WHERE name = {literal(zone)}"):
        raise InputError("intake.unknown-zone", hint="intake.unknown-zone-hint", timezone=zone)


def tidy(column: str, kind: str) -> str:
    """Return a column as ``time`` reads it; to be computed once, a layer below.

    Null where nothing was given, so that what is missing is told from what is unreadable.
    """
    if kind != "VARCHAR":
        return column
    marks = f"translate(upper(trim({column}, {literal(BLANKS)})), '年月日', '-- ')"
    zone = f"regexp_replace(trim({marks}), '\\s*(Z|[+-]\\d{{2}}:?\\d{{2}})$', '\\1')"
    tidied = f"nullif(regexp_replace({zone}, '\\s*(UTC|GMT)$', 'Z'), '')"
    return f"CASE WHEN regexp_full_match({column}, '{_TIDY}') THEN {column} ELSE {tidied} END"


def time(column: str, kind: str, zone: str, *, is_day_end: bool = False) -> Time | None:
    """Return a tidied column as a time, or None if its type can be none.

    ``is_day_end``: a date alone means the end of that day in the zone, not its beginning.
    """
    given = f"{column} IS NOT NULL"
    match kind:
        case "TIMESTAMP WITH TIME ZONE":
            found = Time(instant=_naive(column))
        case "TIMESTAMPTZ_NS":
            found = Time(instant=_naive(f"{column}::TIMESTAMPTZ"))
        case "TIMESTAMP":
            found = Time(instant=_utc(column, zone), zoneless=given)
        case "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS":
            found = Time(instant=_utc(f"{column}::TIMESTAMP", zone), zoneless=given)
        case "DATE":
            day = _day(column, zone, is_day_end=is_day_end)
            found = Time(instant=day, zoneless=given, date_only=given)
        case "VARCHAR":
            found = _written(column, zone, is_day_end=is_day_end)
        case _ if kind in _NUMBERS or kind.startswith("DECIMAL"):
            found = Time(instant=_epoch_number(column))
        case _:
            return None
    return found


def plausible(instant: str) -> str:
    """Return the condition that an instant can be one of an order, an access or a call."""
    return f"coalesce({instant} >= {_EARLIEST} AND {instant} < {_LATEST}, false)"


def _written(column: str, zone: str, *, is_day_end: bool) -> Time:
    zoned, local, alone, number = (
        f"regexp_full_match({column}, {literal(pattern)})"
        for pattern in (_DATE + _CLOCK + _ZONE, _DATE + _CLOCK, _DATE, _NUMBER)
    )
    day = _day(f"try_cast({column} AS DATE)", zone, is_day_end=is_day_end)
    instant = (
        f"CASE WHEN {zoned} THEN {_naive(f'try_cast({column} AS TIMESTAMPTZ)')} "
        f"WHEN {local} THEN {_utc(f'try_cast({column} AS TIMESTAMP)', zone)} "
        f"WHEN {alone} THEN {day} "
        f"WHEN {number} THEN {_epoch_number(f'try_cast({column} AS DECIMAL(23, 6))')} END"
    )
    return Time(
        instant=instant,
        zoneless=f"coalesce({local} OR {alone}, false)",
        date_only=f"coalesce({alone}, false)",
    )


def _naive(zoned: str) -> str:
    return f"make_timestamp(epoch_us({zoned}))"  # arithmetic alone, eight times timezone()


def _utc(local: str, zone: str) -> str:
    return local if zone == "UTC" else _naive(f"timezone({literal(zone)}, {local})")


def _day(day: str, zone: str, *, is_day_end: bool) -> str:
    if not is_day_end:
        return _utc(f"try_cast({day} AS TIMESTAMP)", zone)
    next_day = _utc(f"try_cast({day} + 1 AS TIMESTAMP)", zone)
    return f"{next_day} - INTERVAL 1 MICROSECOND"


def _epoch_number(column: str) -> str:
    cases = " ".join(
        f"WHEN {column} >= {10 ** (digits - 1)} AND {column} < {10**digits} "
        f"THEN make_timestamp(({column} * {unit})::BIGINT)"
        for digits, unit in _EPOCHS.items()
    )
    return f"CASE {cases} END"

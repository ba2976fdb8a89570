"""Figures that somebody stated, a report in the news or a platform, held against the tables.

A file in TOML: ``reports``, ``[loss]`` by currency, and for each table its ``rows`` and ``parts``.
What differs is told with both numbers. The stated parts are added up too: a printed table may fail
by itself.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from whence.casework.tables import Check, Table, Tables
from whence.errors import InputError

_REPORTS, _LOST = "reports", "lost"
_KEYS: Final = frozenset({"rows", "parts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """One figure as stated, and as counted. ``what`` is a row's key, or ``rows``, ``sum``.

    ``table`` is empty for figures of the whole: ``reports``, and ``lost`` with its currency.
    """

    table: str
    what: str
    stated: Decimal
    counted: Decimal


def read_stated(path: Path) -> dict[str, Any]:
    """Return what a file states; InputError where it is no such file."""
    try:
        stated = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise InputError("tables.bad-stated", file=path.name) from error
    for name, held in stated.items():
        if name == _REPORTS:
            _number(held, path.name)
        elif not isinstance(held, dict) or (name != _LOST and set(held) - _KEYS):
            raise InputError("tables.bad-stated", file=path.name)
        else:
            parts = held if name == _LOST else held.get("parts", {})
            if not isinstance(parts, dict):
                raise InputError("tables.bad-stated", file=path.name)
            for figure in (*parts.values(), *([held["rows"]] if "rows" in held else [])):
                _number(figure, path.name)
    return stated


def compared(tables: Tables, stated: Mapping[str, Any]) -> tuple[Tables, tuple[Differs, ...]]:
    """Return the tables, those flagged that differ from what is stated, and the differences."""
    unknown = set(stated) - {_REPORTS, _LOST} - {table.name for table in tables.tables}
    if unknown:
        raise InputError("tables.no-such-table", tables=", ".join(sorted(unknown)))
    found = [*_of_whole(tables, stated)]
    flagged = []
    for table in tables.tables:
        differing = list(_of_table(table, stated.get(table.name, {}), stated.get(_REPORTS)))
        found += differing
        flagged.append(_flagged(table) if differing else table)
    return replace(tables, tables=tuple(flagged)), tuple(found)


def _of_whole(tables: Tables, stated: Mapping[str, Any]) -> Iterator[Differs]:
    if _REPORTS in stated:
        yield from _differs("", _REPORTS, stated[_REPORTS], tables.n_reports)
    for currency, amount in stated.get(_LOST, {}).items():
        counted = tables.lost.get(currency, Decimal(0))
        yield from _differs("", f"{_LOST} {currency}", amount, counted)


def _of_table(table: Table, stated: Mapping[str, Any], reports: object) -> Iterator[Differs]:
    if "rows" in stated:
        yield from _differs(table.name, "rows", stated["rows"], table.n_named)
    parts = stated.get("parts", {})
    for key, figure in parts.items():
        counted = sum(row.n for row in table.rows if row.key == key)
        yield from _differs(table.name, key, figure, counted)
    if parts and not table.takes_several:
        whole = table.of if reports is None else reports
        total = sum((Decimal(str(figure)) for figure in parts.values()), Decimal(0))
        yield from _differs(table.name, "sum", total, whole)


def _differs(table: str, what: str, stated: object, counted: object) -> Iterator[Differs]:
    one, other = Decimal(str(stated)), Decimal(str(counted))
    if one != other:
        yield Differs(table=table, what=what, stated=one, counted=other)


def _flagged(table: Table) -> Table:
    checks: list[Check] = [
        replace(check, because=(*check.because, "stated")) for check in table.checks
    ]
    return replace(table, checks=tuple(checks))


def _number(value: object, file: str) -> None:
    try:
        is_number = not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except ArithmeticError:
        is_number = False
    if not is_number:
        raise InputError("tables.bad-stated", file=file)

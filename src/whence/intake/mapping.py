"""A user's own column names: the mapping file, and which column of a file is which of ours."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from whence.errors import InputError
from whence.intake.contract import CONTRACTS, has_custodians, is_known, is_read

Mappings: TypeAlias = Mapping[str, Mapping[str, str]]  # table -> our column -> theirs


def read_mapping(path: Path | None, custodians: Collection[str] = ()) -> Mappings:
    """Read a mapping file: a section a table, ``ours = "theirs"`` a line.

    Raises InputError for a file that is no TOML, and for tables and columns that do not exist.
    """
    if path is None:
        return {}
    try:
        sections = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:  # TOML and decoding errors are ValueErrors
        raise _bad(path) from error
    for table, columns in sections.items():
        if table not in CONTRACTS:
            raise InputError(
                "intake.mapping-table", file=path.name, table=table, tables=", ".join(CONTRACTS)
            )
        if not isinstance(columns, dict):
            raise _bad(path)
        for ours, theirs in columns.items():
            if not isinstance(theirs, str):
                raise _bad(path)
            if not (is_known(table, ours) or ours in custodians):
                raise InputError("intake.mapping-column", file=path.name, table=table, column=ours)
    return sections


def columns_wanted(
    table: str,
    header: Sequence[str],
    renamed: Mapping[str, str],
    *,
    file: str,
    holders: Collection[str] | None = None,
) -> dict[str, int]:
    """Return which of a file's columns are read: our name -> position in the header.

    ``holders`` are the columns of custodians to be read, under whatever name the user has given
    them; None stands for every column that is named like one.

    Names are compared without blanks around them and in any case. What the mapping says wins
    over a column that bears our name by itself. Columns no check uses are not in the answer.
    """
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(_plain(name), []).append(index)
    taken = set()
    found = {}
    asked = {_plain(name): name for name in holders or ()} if has_custodians(table) else {}

    def is_ours(name: str) -> bool:
        return _plain(name) in asked or is_read(table, name, any_holder=holders is None)

    for ours, theirs in renamed.items():
        at = places.get(_plain(theirs))
        if at is None:
            raise InputError(
                "intake.mapped-column-missing",
                hint="intake.mapped-column-missing-hint",
                file=file,
                column=theirs,
                table=table,
            )
        taken.update(at)
        if is_ours(ours):
            found[ours] = _only(at, ours, file)
    for theirs, at in places.items():
        name = asked.get(theirs, theirs)
        if is_ours(name) and name not in found and not taken.issuperset(at):
            found[name] = _only(at, name, file)
    _require(table, found, file)
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _require(table: str, found: Mapping[str, int], file: str) -> None:
    missing = [column for column in CONTRACTS[table].required if column not in found]
    if missing:
        raise InputError(
            "intake.missing-columns",
            hint="intake.missing-columns-hint",
            file=file,
            table=table,
            columns=", ".join(missing),
        )


def _only(at: Sequence[int], column: str, file: str) -> int:
    if len(at) > 1:
        raise InputError("intake.column-twice", file=file, column=column)
    return at[0]


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").casefold()


def _bad(path: Path) -> InputError:
    return InputError("intake.bad-mapping", hint="intake.bad-mapping-hint", file=path.name)

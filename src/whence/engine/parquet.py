"""Whether Parquet files are all there, whole and of one kind, before an engine reads them.

The footers alone are read. What both engines would read alike passes; what one of them refuses, or
reads otherwise than the other, is told here once, with the file and the column.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from whence.errors import EngineError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PARTITION: Final = "partition"  # a column that the folders name, not the files
NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"  # Hive's spelling of null in a folder's name
_INTEGERS: Final = frozenset({"int8", "int16", "int32", "int64"})
_TIMES: Final = frozenset(
    {"date", "int96", "zoned milliseconds", "zoned microseconds", "milliseconds", "microseconds"}
)
_READABLE: Final = {
    "string": _INTEGERS | {"string", PARTITION},
    "int64": _INTEGERS,
    "boolean": frozenset({"boolean"}),
    "timestamp(6)": _TIMES,
}  # what we want -> what files may have; nanoseconds and unsigned integers stop Spark


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One column of ours as the files have it: its name there, its type there, and ours."""

    name: str
    stored: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFiles:
    """Files that are whole and of one kind, in a fixed order.

    ``types`` has our columns with our types; those that ``columns`` lacks are null in each row.
    """

    paths: tuple[Path, ...]
    columns: Mapping[str, Stored]
    types: Mapping[str, str]
    n_rows: int
    is_hive: bool

    def chosen(self, spelled: Mapping[str, str], quoted: Callable[[str], str]) -> list[str]:
        """Return the select list of our columns, in an engine's spelling of types and names."""
        found = []
        for ours, kind in self.types.items():
            stored = self.columns.get(ours)
            value = "NULL" if stored is None else quoted(stored.name)
            found.append(f"CAST({value} AS {spelled[kind]}) AS {quoted(ours)}")
        return found


def examine(
    paths: Sequence[Path], columns: Mapping[str, tuple[str | None, str]], *, is_hive: bool
) -> ParquetFiles:
    """Read the footers of files and return what they have in common.

    ``columns``: our name -> (name in the files or None, type wanted). Raises EngineError for a file
    that is damaged, lacks a column, has it in a type that cannot be read alike everywhere, or in
    another type than the first file.
    """
    if not paths:
        msg = "no files to open"
        raise ValueError(msg)
    ordered = tuple(sorted(path.absolute() for path in paths))
    found: dict[str, Stored] = {}
    n_rows = 0
    for path in ordered:
        footer = _footer(path, ordered)
        n_rows += footer.num_rows
        types = _types(footer)
        if is_hive:
            types |= dict.fromkeys(partitions_of(path), PARTITION)
        for ours, (name, kind) in columns.items():
            if name is None:
                continue
            facts = {"file": told(path, ordered), "column": name}
            stored = types.get(name)
            if stored is None:
                raise EngineError("engine.no-column", **facts)
            if stored not in _READABLE[kind]:
                raise EngineError("engine.column-type", found=stored, wanted=kind, **facts)
            first = found.setdefault(ours, Stored(name=name, stored=stored, kind=kind))
            if stored != first.stored:
                raise EngineError(
                    "engine.other-schema",
                    found=stored,
                    expected=first.stored,
                    first=told(ordered[0], ordered),
                    **facts,
                )
    kinds = {ours: kind for ours, (_, kind) in columns.items()}
    return ParquetFiles(paths=ordered, columns=found, types=kinds, n_rows=n_rows, is_hive=is_hive)


def partitions_of(path: Path) -> dict[str, str]:
    """Return what the folders directly above a file say, as written: ``shop_id=SH%2012``.

    Only names that both engines take apart alike count: one ``=`` with something on either side.
    """
    found: dict[str, str] = {}
    for folder in path.parents:
        name, equals, value = folder.name.partition("=")
        if not (name and equals and value) or "=" in value:
            break
        found.setdefault(name, value)
    return found


def partition_root(path: Path) -> Path:
    """Return the folder above those that name a file's partition."""
    return path.parents[len(partitions_of(path))]


def decoded(value: str) -> str:
    """Return a partition's value as it was before it became a folder's name."""
    return unquote(value)


def told(path: Path, among: Sequence[Path]) -> str:
    """Return a file's name as a person tells it apart from the others, without where it stands."""
    if len(among) == 1:
        return path.name
    return str(path.relative_to(os.path.commonpath([other.parent for other in among])))


def damaged(path: Path, among: Sequence[Path]) -> EngineError:
    """Return the error that names a damaged file."""
    return EngineError(
        "engine.damaged-file", hint="engine.damaged-file-hint", file=told(path, among)
    )


def _footer(path: Path, among: Sequence[Path]) -> "pq.FileMetaData":
    import pyarrow as pa  # noqa: PLC0415  not needed before there are files
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        raise damaged(path, among) from None


def _types(footer: "pq.FileMetaData") -> dict[str, str]:
    columns = (footer.schema.column(i) for i in range(footer.num_columns))
    return {
        column.path: "list" if column.max_repetition_level else _type(column)
        for column in columns
        if "." not in column.path or column.path == column.name
    }


def _type(column: Any) -> str:  # noqa: ANN401  pyarrow is untyped
    """Return the type of a column as the file itself says it, in a few plain words."""
    logical = json.loads(column.logical_type.to_json())
    match logical["Type"]:
        case "String":
            return "string"
        case "Int":
            sign = "int" if logical["isSigned"] else "uint"
            return f"{sign}{logical['bitWidth']}"
        case "Timestamp":
            zone = "zoned " if logical["isAdjustedToUTC"] else ""
            return zone + str(logical["timeUnit"])
        case "None":
            physical = str(column.physical_type)
            return {"BYTE_ARRAY": "string"}.get(physical, physical.lower())
        case other:
            return str(other).lower()

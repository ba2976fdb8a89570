"""Parquet files as Spark reads them: one frame with our columns in our types.

Spark has its own ideas about file names, folders that name partitions, and types; each is met here.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from whence.engine.columns import table_of_rows
from whence.engine.parquet import (
    NO_VALUE,
    PARTITION,
    ParquetFiles,
    decoded,
    partition_root,
    partitions_of,
)

SPELLED: Final = {
    "string": "string",
    "int64": "bigint",
    "float64": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp(6)": "timestamp_ntz",
}  # the expression layer's spelling -> Spark's
_STORED: Final = {
    "string": "string",
    PARTITION: "string",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "boolean": "boolean",
    "date": "date",
    "int96": "timestamp",
    "zoned milliseconds": "timestamp",
    "zoned microseconds": "timestamp",
    "milliseconds": "timestamp_ntz",
    "microseconds": "timestamp_ntz",
}  # a type as a Parquet file says it -> how Spark reads it


def quoted(name: str) -> str:
    """Return an identifier as Spark's SQL, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def scan(spark: Any, files: ParquetFiles) -> Any:  # noqa: ANN401
    """Return the frame over files: one scan for each folder that holds partitions."""
    roots: dict[Path | None, list[Path]] = {}
    for path in files.paths:
        roots.setdefault(partition_root(path) if files.is_hive else None, []).append(path)
    frames = [_scan_below(spark, root, paths, files) for root, paths in roots.items()]
    first, *rest = frames
    for frame in rest:
        first = first.unionByName(frame)
    return first


def _scan_below(spark: Any, root: Path | None, paths: Sequence[Path], files: ParquetFiles) -> Any:  # noqa: ANN401
    stored = {column.name: _STORED[column.stored] for column in files.columns.values()}
    schema = ", ".join(f"{quoted(name)} {kind}" for name, kind in stored.items())
    reader = spark.read.schema(schema)
    if root is None:
        reader = reader.option("recursiveFileLookup", "true")  # folders then say nothing
    else:
        reader = reader.option("basePath", f"file://{root}")
    frame = reader.parquet(*(f"file://{_plain(path)}" for path in paths))
    for column in files.columns.values():
        if column.stored == PARTITION:
            frame = _mended(spark, frame, column.name, paths)
    return frame.selectExpr(*files.chosen(SPELLED, quoted))


def _mended(spark: Any, frame: Any, name: str, paths: Sequence[Path]) -> Any:  # noqa: ANN401
    """Return a frame whose partition values are what they were before they named folders.

    Spark undoes ``%E4%B8%AD`` byte by byte, into three wrong letters instead of 中.
    """
    written = {partitions_of(path)[name] for path in paths} - {NO_VALUE}
    wrong = {_undone(value): decoded(value) for value in written}
    wrong = {undone: right for undone, right in wrong.items() if undone != right}
    if not wrong:
        return frame
    known, right = _aside("known", frame.columns), _aside("right", frame.columns)
    table = table_of_rows({known: "string", right: "string"}, sorted(wrong.items()))
    names = spark.createDataFrame(table).hint("broadcast")
    joined = frame.join(names, frame[quoted(name)] == names[known], "left")
    value = f"coalesce({quoted(right)}, {quoted(name)}) AS {quoted(name)}"
    others = [quoted(column) for column in frame.columns if column != name]
    return joined.selectExpr(value, *others)


def _plain(path: Path) -> str:
    """Return a path in which no character means a pattern."""
    return re.sub(r"([*?\[\]{}\\^,])", r"\\\1", str(path))


def _undone(value: str) -> str:
    """Return what Spark makes of a partition's value: each ``%`` and its two digits one letter."""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), value)


def _aside(name: str, taken: Sequence[str]) -> str:
    """Return a column name that is not taken."""
    while name in taken:
        name += "_"
    return name

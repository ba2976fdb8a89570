"""Parquet files opened on DuckDB: the view over them, and which of them turned out damaged."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from whence.engine.duck import quoted
from whence.engine.files import parquet_scan
from whence.errors import EngineError

if TYPE_CHECKING:
    from whence.engine.duck import DuckDB
    from whence.engine.parquet import ParquetFiles

_TYPES: Final = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp(6)": "TIMESTAMP",
}


def select(files: "ParquetFiles") -> str:
    """Return the query of a view over files: our columns, in our types.

    A zoned time becomes UTC, since UTC is the engine's own zone.
    """
    chosen = ", ".join(files.chosen(_TYPES, quoted))
    return f"SELECT {chosen} FROM {parquet_scan(files.paths, is_hive=files.is_hive)}"


def first_damaged(engine: "DuckDB", files: "ParquetFiles") -> Path | None:
    """Return the first file whose columns cannot be read through, None if all can.

    The engine does not always name the file it stumbled over, so each is read again by itself.
    """
    # Hashes, since the greatest value alone would come from the footer.
    wanted = ", ".join(f"max(hash({quoted(column.name)}))" for column in files.columns.values())
    for path in files.paths:
        try:
            engine.rows(f"SELECT {wanted} FROM {parquet_scan([path], is_hive=files.is_hive)}")
        except (duckdb.Error, EngineError):
            return path
    return None

"""How DuckDB reads files: scans as SQL, and faults of files told apart from faults of ours.

A scan is a text for a FROM clause. Text files are read as text throughout, so that an id keeps its
leading zeros; partition values of a Hive folder too, for the same reason.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from whence.engine.duck import literal, quoted
from whence.errors import EngineError

if TYPE_CHECKING:
    from whence.engine.duck import DuckDB

_FILE: Final = "whence_file"
ROW_KEYS: Final = (_FILE, "file_row_number")  # where a row of a Parquet scan stands


class UnreadableFileError(Exception):
    """A file turned out to be damaged or not what its name says; holds nothing of its contents."""


@contextmanager
def file_faults() -> Iterator[None]:
    """Turn what the engine says about a damaged file into one error without its contents.

    The engine's own message may quote cells, so it is not kept, not even as a cause.
    """
    try:
        yield
    except EngineError as error:
        if error.phrase == "engine.unreadable":
            raise UnreadableFileError from None
        raise
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
        raise  # our own SQL is wrong, not the file
    except duckdb.Error:
        raise UnreadableFileError from None


def csv_scan(path: Path, *, n_columns: int, delimiter: str, n_blank: int, rejects: str) -> str:
    """Return a scan of a CSV file with a header: text columns ``c0``, ``c1`` ...

    ``n_blank`` lines stand above the header. Rows that do not have the header's columns are left
    out and kept in the relation ``rejects``. The file must be UTF-8, plain or compressed.
    """
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(n_columns))
    skip = f"skip={n_blank}, " if n_blank else ""
    return (
        f"read_csv([{_path(path)}], columns={{{columns}}}, auto_detect=false, header=true, {skip}"
        f"delim={literal(delimiter)}, quote='\"', escape='\"', {_compression(path)}"
        f"store_rejects=true, rejects_table={literal(rejects)}, "
        f"rejects_scan={literal(rejects + '_scan')})"
    )


def csv_rejects(engine: "DuckDB", rejects: str) -> list[tuple[int, bool]]:
    """Return the lines that a CSV scan left out, and forget them.

    With each stands whether a quote was left open there and has swallowed the lines that follow.
    """
    found = engine.rows(
        "SELECT line, bool_or(error_type = 'UNQUOTED VALUE' "
        "AND contains(rtrim(csv_line, chr(10) || chr(13)), chr(10))) "
        f"FROM {quoted(rejects)} GROUP BY line ORDER BY line"
    )
    clear(engine, rejects, f"{rejects}_scan")
    return [(int(str(line)), bool(is_open)) for line, is_open in found]


def json_scan(path: Path) -> str:
    """Return a scan of a JSON Lines file: one column ``json``, null where a line is none."""
    return (
        f"read_json_objects([{_path(path)}], format='newline_delimited', "
        f"{_compression(path)}ignore_errors=true)"
    )


def json_keys(engine: "DuckDB", scan: str) -> list[str]:
    """Return every key that occurs in a JSON Lines file, sorted."""
    found = engine.rows(
        f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM {scan} "
        "WHERE json_type(json) = 'OBJECT' ORDER BY key"
    )
    return [str(key) for (key,) in found]


def json_cell(key: str) -> str:
    """Return one value of a JSON object as text; ``1001.0`` is the integer it stands for."""
    path = literal('$."' + key + '"')
    return (
        f"CASE json_type(json, {path}) WHEN 'DOUBLE' "
        f"THEN regexp_replace(json ->> {path}, '\\.0+$', '') ELSE json ->> {path} END"
    )


def parquet_scan(paths: Sequence[Path], *, is_hive: bool, with_rows: bool = False) -> str:
    """Return a scan of Parquet files; ``with_rows`` adds the columns ``ROW_KEYS``."""
    files = ", ".join(_path(path) for path in paths)
    options = f"hive_partitioning={str(is_hive).lower()}, binary_as_string=true"
    if is_hive:
        options += ", hive_types_autocast=false"
    if len(paths) > 1:
        options += ", union_by_name=true"
    if with_rows:
        options += f", filename={literal(_FILE)}, file_row_number=true"
    return f"read_parquet([{files}], {options})"


def row_number() -> str:
    """Return a row's number, from 1, over all files of a Parquet scan made ``with_rows``.

    The engine's own number begins anew in each file, so it names no row of a folder.
    """
    return f"row_number() OVER (ORDER BY {', '.join(map(quoted, ROW_KEYS))})"


def columns_of(engine: "DuckDB", scan: str) -> dict[str, str]:
    """Return the columns of a scan or relation: name -> DuckDB's own type."""
    return {str(row[0]): str(row[1]) for row in engine.rows(f"DESCRIBE SELECT * FROM {scan}")}


def keep(engine: "DuckDB", name: str, query: str, *, is_view: bool) -> None:
    """Keep a query's rows under a name, as a table or only as a view, replacing what was there."""
    clear(engine, name)
    engine.execute(f"CREATE {'VIEW' if is_view else 'TABLE'} {quoted(name)} AS {query}")


def clear(engine: "DuckDB", *names: str) -> None:
    """Drop tables and views, if they are there."""
    for name in names:
        try:
            engine.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        except duckdb.CatalogException:  # it is a view
            engine.execute(f"DROP VIEW IF EXISTS {quoted(name)}")


def _path(path: Path) -> str:
    """Return a path as SQL in which no character means a pattern."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _compression(path: Path) -> str:
    kinds = {".gz": "gzip", ".zst": "zstd"}
    return f"compression='{kinds.get(path.suffix.lower(), 'none')}', "

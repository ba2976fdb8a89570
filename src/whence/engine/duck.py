"""DuckDB behind the engine's few verbs: hold relations, run a query, copy to Parquet."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb

from whence.engine.columns import as_declared, declared, table_of_rows
from whence.engine.machine import PrivateFolder, half_of_memory
from whence.engine.parquet import ParquetFiles, damaged, examine
from whence.engine.protocol import Relation
from whence.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa

_T = TypeVar("_T")

_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp(6)",
    "DATE": "date",
}  # DuckDB's spelling -> the expression layer's; other types never leave intake
_SPELLED = {kind: spelled for spelled, kind in _TYPES.items()}


def quoted(name: str) -> str:
    """Return an identifier as SQL, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class DuckDB:
    """An embedded engine for one run.

    Insertion order is not kept, times are UTC, and nothing is fetched: extensions that are not
    built in stay out. ``memory_limit`` is half of the machine's memory where none is given. What
    does not fit goes to a folder of the run's own, made in ``temp_dir`` or where the system keeps
    temporary files, and gone when the engine is closed.
    """

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        temp_dir: Path | None = None,
    ) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
            "memory_limit": memory_limit or half_of_memory(),
        }
        if threads is not None:
            settings["threads"] = threads
        self._opened: dict[str, ParquetFiles] = {}
        self._compiled: dict[Hashable, str] = {}
        self._folder = PrivateFolder(temp_dir)
        settings["temp_directory"] = str(self._folder.path)  # its own: .tmp where one stands
        try:
            self._connection = duckdb.connect(config=settings)
        except BaseException:
            self._folder.remove()
            raise
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")  # the bars are the entrance's

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def temp_dir(self) -> Path:
        """The folder for this run's temporary files."""
        return self._folder.path

    def execute(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        self._run(sql)

    def fetch(self, sql: str) -> "pa.Table":
        """Run a query and return its rows as Arrow."""
        return self._guarded(lambda: self._connection.sql(sql).to_arrow_table())

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Run a query whose few rows are wanted as Python values."""
        return self._run(sql).fetchall()

    def hold(self, name: str, table: "pa.Table") -> Relation:
        """Keep an Arrow table in the engine under a name, replacing what stood there."""
        arriving = "arriving"
        self._connection.register(arriving, table)
        try:
            self._store(name, f"FROM {arriving}")
        finally:
            self._connection.unregister(arriving)
        return self.relation(name)

    def hold_rows(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Relation:
        """Keep a few rows of Python values in the engine; ``schema`` is column -> type."""
        return self.hold(name, table_of_rows(schema, rows))

    def keep(self, name: str, expression: object) -> Relation:
        """Run an expression and keep its rows in the engine under a name."""
        columns = declared(expression)
        chosen = ", ".join(
            f"CAST({quoted(column)} AS {_SPELLED[kind]}) AS {quoted(column)}"
            for column, kind in columns.items()
        )  # a sum of integers has 128 bits here
        query = f"SELECT {chosen} FROM ({self._spelled(expression)})"
        self._reading(lambda: self._store(name, query))
        return self.relation(name)

    def run(self, expression: object) -> "pa.Table":
        """Compile an expression for this engine and return its rows as Arrow."""
        query = self._spelled(expression)
        return as_declared(self._reading(lambda: self.fetch(query)), expression)

    def open_parquet(
        self,
        name: str,
        paths: Sequence[Path],
        columns: Mapping[str, tuple[str | None, str]],
        *,
        is_hive: bool = False,
    ) -> Relation:
        """Open Parquet files as a view, without reading their rows; see ``Engine``."""
        from whence.engine import opened  # noqa: PLC0415  it is written with this file's SQL

        files = examine(paths, columns, is_hive=is_hive)
        self.drop(name)
        self._run(f"CREATE VIEW {quoted(name)} AS {opened.select(files)}")
        self._opened[name] = files
        return Relation(name, dict(files.types), files.n_rows)

    def drop(self, *names: str) -> None:
        """Forget tables and views, if they are there."""
        for name in names:
            self._opened.pop(name, None)
            try:
                self._run(f"DROP TABLE IF EXISTS {quoted(name)}")
            except duckdb.CatalogException:  # it is a view
                self._run(f"DROP VIEW IF EXISTS {quoted(name)}")

    def close(self) -> None:
        """Give back the memory and the temporary files."""
        try:
            self._connection.close()
        finally:
            self._folder.remove()

    def relation(self, name: str, *, n_rows: int | None = None) -> Relation:
        """Describe a relation that stands in the engine, counting its rows if nobody has yet."""
        described = self.rows(f"DESCRIBE {quoted(name)}")
        columns = {str(row[0]): _TYPES.get(str(row[1]), str(row[1]).lower()) for row in described}
        if n_rows is None:
            ((counted,),) = self.rows(f"SELECT count(*) FROM {quoted(name)}")
            n_rows = int(str(counted))
        return Relation(name, columns, n_rows)

    def _spelled(self, expression: Any) -> str:  # noqa: ANN401  Ibis is untyped
        """Return an expression as SQL; one that comes again is not compiled again."""
        import ibis  # noqa: PLC0415  a second to import

        key = expression.op()
        if key not in self._compiled:
            self._compiled[key] = str(ibis.to_sql(expression, dialect="duckdb", pretty=False))
        return self._compiled[key]

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._guarded(lambda: self._connection.execute(sql))

    def _store(self, name: str, query: str) -> None:
        """Keep a query's rows as a table, in place of the table or view of that name."""
        making = "making"
        self._run(f"CREATE OR REPLACE TABLE {making} AS {query}")
        self.drop(name)
        self._run(f"ALTER TABLE {making} RENAME TO {quoted(name)}")

    def _reading(self, run: Callable[[], _T]) -> _T:
        """Run a query over opened files, and say which of them is damaged if one is."""
        from whence.engine import opened  # noqa: PLC0415

        try:
            return run()
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
            raise  # our own SQL is wrong, not a file
        except (duckdb.Error, EngineError) as error:
            if not isinstance(error, EngineError) or error.phrase == "engine.unreadable":
                for files in self._opened.values():
                    path = opened.first_damaged(self, files)
                    if path is not None:
                        raise damaged(path, files.paths) from None
            raise

    @staticmethod
    def _guarded(run: Callable[[], _T]) -> _T:
        try:
            return run()
        except duckdb.OutOfMemoryException as error:
            raise EngineError("engine.out-of-memory", hint="engine.out-of-memory-hint") from error
        except duckdb.IOException as error:
            raise EngineError("engine.unreadable", hint="engine.unreadable-hint") from error

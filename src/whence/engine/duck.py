"""DuckDB behind the engine's few verbs: hold relations, run a query, copy to Parquet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import duckdb

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


@dataclass(frozen=True, slots=True)
class Relation:
    """A named table or view in the engine (fulfils ``model.Table``)."""

    name: str
    columns: Mapping[str, str]
    n_rows: int


def quoted(name: str) -> str:
    """Return an identifier as SQL, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _arrow_type(kind: str) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415

    return {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "date": pa.date32(),
        "timestamp(6)": pa.timestamp("us"),
    }[kind]


def _narrowed(table: "pa.Table") -> "pa.Table":
    """Return sums of integers as 64 bits: DuckDB makes them 128, and hands out decimals."""
    import pyarrow as pa  # noqa: PLC0415

    fields = [
        pa.field(field.name, pa.int64()) if pa.types.is_decimal(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


class DuckDB:
    """An embedded engine for one run; its temporary files go with it.

    Insertion order is not kept, times are UTC, and nothing is fetched: extensions that are not
    built in stay out.
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
        }
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if threads is not None:
            settings["threads"] = threads
        if temp_dir is not None:
            settings["temp_directory"] = str(temp_dir)
        self._temp_dir = temp_dir
        self._connection = duckdb.connect(config=settings)
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
        self._connection.close()

    @property
    def temp_dir(self) -> Path | None:
        """The folder for temporary files, None where the system's own is used."""
        return self._temp_dir

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
            self._run(f"CREATE OR REPLACE TABLE {quoted(name)} AS FROM {arriving}")
        finally:
            self._connection.unregister(arriving)
        return self.relation(name)

    def hold_rows(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Relation:
        """Keep a few rows of Python values in the engine; ``schema`` is column -> type."""
        import pyarrow as pa  # noqa: PLC0415  not needed before there are rows

        types = pa.schema([(column, _arrow_type(kind)) for column, kind in schema.items()])
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        arrays = [
            pa.array(values, field.type) for values, field in zip(columns, types, strict=True)
        ]
        return self.hold(name, pa.table(arrays, schema=types))

    def run(self, expression: object) -> "pa.Table":
        """Compile an expression for this engine and return its rows as Arrow."""
        import ibis  # noqa: PLC0415  a second to import

        return _narrowed(self.fetch(str(ibis.to_sql(expression, dialect="duckdb"))))

    def relation(self, name: str, *, n_rows: int | None = None) -> Relation:
        """Describe a relation that stands in the engine, counting its rows if nobody has yet."""
        described = self.rows(f"DESCRIBE {quoted(name)}")
        columns = {str(row[0]): _TYPES.get(str(row[1]), str(row[1]).lower()) for row in described}
        if n_rows is None:
            ((counted,),) = self.rows(f"SELECT count(*) FROM {quoted(name)}")
            n_rows = int(str(counted))
        return Relation(name, columns, n_rows)

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._guarded(lambda: self._connection.execute(sql))

    @staticmethod
    def _guarded(run: Callable[[], _T]) -> _T:
        try:
            return run()
        except duckdb.OutOfMemoryException as error:
            raise EngineError("engine.out-of-memory", hint="engine.out-of-memory-hint") from error
        except duckdb.IOException as error:
            raise EngineError("engine.unreadable", hint="engine.unreadable-hint") from error

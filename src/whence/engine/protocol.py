"""What every engine can do: the few verbs that all neutral code speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from whence.model import ParquetSource

if TYPE_CHECKING:
    import pyarrow as pa


MOST_NAMED: Final = 2_000  # values in one query; parsing more costs what skipping saves


@dataclass(frozen=True, slots=True)
class Relation:
    """A named table or view in the engine (fulfils ``model.Table``)."""

    name: str
    columns: Mapping[str, str]
    n_rows: int
    source: ParquetSource | None = None


class Engine(Protocol):
    """Relations held under names, and expressions run over them.

    What goes in and comes out is the same on every engine, value for value and type for type: text,
    64-bit integers, dates, and times in UTC microseconds without a zone. Rows come in any order.
    Floats must not be summed in an engine, since their sum depends on the order of rows.

    Every verb raises EngineError where memory, disk, a file or a worker gives out; a relation then
    stands as it stood before.
    """

    def hold(self, name: str, table: "pa.Table") -> Relation:
        """Keep an Arrow table in the engine under a name, replacing what stood there."""

    def hold_rows(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Relation:
        """Keep a few rows of Python values in the engine; ``schema`` is column -> type."""

    def keep(self, name: str, expression: object) -> Relation:
        """Run an expression and keep its rows in the engine under a name."""

    def run(self, expression: object) -> "pa.Table":
        """Run an expression and return its rows as Arrow, with the types it declares."""

    def open_parquet(
        self,
        name: str,
        paths: Sequence[Path],
        columns: Mapping[str, tuple[str | None, str]],
        *,
        is_hive: bool = False,
    ) -> Relation:
        """Open Parquet files as a view, without reading their rows.

        ``columns``: our name -> (name in the files, type: ``string``, ``int64``, ``boolean`` or
        ``timestamp(6)``); without a name, the column is null in each row. With ``is_hive`` a column
        may also be named by the files' folders. Raises EngineError, naming file and column, for
        files that are damaged or not of one kind.
        """

    def relation(self, name: str) -> Relation:
        """Describe a relation that stands in the engine."""

    def drop(self, *names: str) -> None:
        """Forget relations, if they are there."""

    def close(self) -> None:
        """Give back everything the engine holds: memory, files, processes."""

    def __enter__(self) -> Self:
        """Return the engine itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the engine."""

"""Apache Spark behind the engine's few verbs, for tables that one machine cannot hold.

Small relations are handed over as local data, which Spark joins by sending them to every worker.
Large ones are read where they stand: every worker must see the files under the same path.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from whence.engine import spark_session
from whence.engine.columns import as_declared, as_plain, declared, kinds_of, table_of_rows
from whence.engine.parquet import ParquetFiles, examine, told
from whence.engine.protocol import Relation
from whence.engine.spark_faults import told_of
from whence.engine.spark_parquet import SPELLED, quoted, scan
from whence.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa

_T = TypeVar("_T")


class Spark:
    """A Spark session for one run; its Java process and temporary files go with it.

    ``master_url``: ``local[N]`` or ``spark://HOST:PORT``. Memory is written as Spark writes it
    (``4g``). ``partitions``: into how many parts grouped and joined rows are dealt, at most; Spark
    takes 200. ``workers_s``: how long to go on without any worker.
    """

    def __init__(
        self,
        master_url: str = "local[*]",
        *,
        driver_memory: str | None = None,
        executor_memory: str | None = None,
        partitions: int | None = None,
        temp_dir: Path | None = None,
        workers_s: float = spark_session.WORKERS_S,
    ) -> None:
        self._relations: dict[str, Relation] = {}
        self._opened: dict[str, ParquetFiles] = {}
        self._kept: dict[str, Any] = {}
        self._is_closed = False
        self._workers_s = workers_s
        self._session = spark_session.start(
            master_url,
            driver_memory=driver_memory,
            executor_memory=executor_memory,
            partitions=partitions,
            temp_dir=temp_dir,
            workers_s=workers_s,
        )
        _acquaint_ibis()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(is_interrupted=isinstance(error, KeyboardInterrupt))

    def hold(self, name: str, table: "pa.Table") -> Relation:
        """Keep an Arrow table in the engine under a name, replacing what stood there."""
        plain = as_plain(table)
        frame = self._guarded(lambda: self._session.spark.createDataFrame(plain))
        return self._named(Relation(name, kinds_of(plain), plain.num_rows), frame)

    def hold_rows(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Relation:
        """Keep a few rows of Python values in the engine; ``schema`` is column -> type."""
        return self.hold(name, table_of_rows(schema, rows))

    def keep(self, name: str, expression: object) -> Relation:
        """Run an expression and keep its rows in the engine under a name.

        They are kept in the workers' memory and on their disks. Those of a worker that is lost are
        made again from what they were made of.
        """
        from pyspark import StorageLevel  # noqa: PLC0415

        columns = declared(expression)
        chosen = [
            f"CAST({quoted(c)} AS {SPELLED[kind]}) AS {quoted(c)}" for c, kind in columns.items()
        ]

        def kept() -> tuple[Any, int]:
            frame = self._session.spark.sql(_compiled(expression)).selectExpr(*chosen)
            frame = frame.persist(StorageLevel.MEMORY_AND_DISK)
            try:
                return frame, int(frame.count())
            except BaseException:
                self._forget(frame)
                raise

        frame, n_rows = self._guarded(kept)
        relation = self._named(Relation(name, columns, n_rows), frame)
        self._kept[name] = frame
        return relation

    def run(self, expression: object) -> "pa.Table":
        """Compile an expression for this engine and return its rows as Arrow."""
        query = _compiled(expression)
        rows = self._guarded(lambda: self._session.spark.sql(query).toArrow())
        return as_declared(rows, expression)

    def open_parquet(
        self,
        name: str,
        paths: Sequence[Path],
        columns: Mapping[str, tuple[str | None, str]],
        *,
        is_hive: bool = False,
    ) -> Relation:
        """Open Parquet files as a view, without reading their rows; see ``Engine``."""
        files = examine(paths, columns, is_hive=is_hive)
        for path in files.paths:
            if path.name.startswith(("_", ".")) or ":" in path.name:
                # Spark passes over the first in silence, and takes the second for an address.
                raise EngineError(
                    "engine.spark-name",
                    hint="engine.spark-name-hint",
                    file=told(path, files.paths),
                )
        frame = self._guarded(lambda: scan(self._session.spark, files))
        relation = self._named(Relation(name, dict(files.types), files.n_rows), frame)
        self._opened[name] = files
        return relation

    def relation(self, name: str) -> Relation:
        """Describe a relation that stands in the engine; KeyError where there is none."""
        return self._relations[name]

    def drop(self, *names: str) -> None:
        """Forget relations, if they are there."""
        for name in names:
            if self._relations.pop(name, None) is not None:
                self._guarded(lambda name=name: self._session.spark.catalog.dropTempView(name))  # type: ignore[misc]
            self._let_go(name)

    def close(self) -> None:
        """End the session; its Java process and files go with it."""
        self._close(is_interrupted=False)

    def _close(self, *, is_interrupted: bool) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._session.close(is_interrupted=is_interrupted)

    def _named(self, relation: Relation, frame: Any) -> Relation:  # noqa: ANN401
        self._guarded(lambda: frame.createOrReplaceTempView(quoted(relation.name)))
        self._let_go(relation.name)
        self._relations[relation.name] = relation
        return relation

    def _let_go(self, name: str) -> None:
        self._opened.pop(name, None)
        frame = self._kept.pop(name, None)
        if frame is not None:
            self._forget(frame)

    def _forget(self, frame: Any) -> None:  # noqa: ANN401
        self._guarded(frame.unpersist)

    def _guarded(self, run: Callable[[], _T]) -> _T:
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark.errors import AnalysisException, PySparkException  # noqa: PLC0415

        try:
            return run()
        except AnalysisException:
            raise  # our own SQL is wrong
        except (PySparkException, Py4JError, ConnectionError, EOFError) as error:
            watch = self._session.watch
            if watch is not None and watch.is_deserted:
                raise EngineError(
                    "engine.deserted",
                    hint="engine.deserted-hint",
                    seconds=round(self._workers_s),
                ) from None
            raise told_of(error, self._opened) from None


def _compiled(expression: object) -> str:
    import ibis  # noqa: PLC0415  a second to import

    return str(ibis.to_sql(expression, dialect="pyspark"))


def _acquaint_ibis() -> None:
    """Give Ibis' compiler the one setting that it would take from a backend of its own."""
    import ibis  # noqa: PLC0415
    from ibis.config import Config  # noqa: PLC0415

    class Settings(Config):  # type: ignore[misc]
        treat_nan_as_null: bool = False

    if ibis.options.pyspark is None:
        ibis.options.pyspark = Settings()

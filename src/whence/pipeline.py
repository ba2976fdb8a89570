"""The whole story on one page: read a dataset, trace it, lay the answer in a folder.

The answer is written beside the old one first, then moved over it file by file, ``trace.json``
last: a run that fails or is stopped leaves what stood there before, and no file is ever half
written. Moving takes milliseconds, and Ctrl-C waits for it. What ends the process outright just
then (a power cut, ``kill -9``) can leave files of the new answer beside the old ``trace.json``.
"""

import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from whence.document import CANDIDATES, EXPOSED, to_json, write_table
from whence.errors import OutputError, UsageError
from whence.model import Dataset, Rejected, Trace
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import DuckDB, Engine
    from whence.tracing import Settings
    from whence.wording import Language

DOCUMENT: Final = "trace.json"
REJECTED: Final = "rejected.jsonl"
REPORT: Final = "report.html"
AnyPath: TypeAlias = str | os.PathLike[str]
EngineName: TypeAlias = Literal["duckdb", "spark"]
_MASTER: Final = re.compile(r"local(\[(\d+|\*)\])?|spark://\S+")  # those that tests run on
FILES: Final = (EXPOSED, CANDIDATES, REJECTED, REPORT, DOCUMENT)  # trace.json names the others


def trace_dataset(
    source: "AnyPath | Mapping[str, pa.Table] | None",
    *,
    out: AnyPath | None = None,
    tables: Mapping[str, AnyPath] | None = None,
    mapping: AnyPath | None = None,
    timezone: str = "UTC",
    custodians: Sequence[str] | None = None,
    settings: "Settings | None" = None,
    language: "Language" = "en",
    engine: EngineName = "duckdb",
    spark_master: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: AnyPath | None = None,
    on_progress: Progress = no_progress,
) -> Trace:
    """Trace a dataset: a folder, a mapping of Arrow tables, or single files in ``tables``.

    ``tables`` (name -> file) wins over the folder's own files; ``mapping`` is a TOML file that
    renames columns. Both are about files, so neither goes with a mapping of Arrow tables.

    With ``out`` the answer is also written there: ``trace.json``, ``exposed.parquet``,
    ``candidates.parquet``, ``rejected.jsonl`` and ``report.html`` in ``language``. The same input
    gives the same bytes, whatever the order of rows, the number of threads and the engine.

    DuckDB reads and checks in any case. With ``spark`` the trace itself runs there: at
    ``spark_master``, or on this machine. Every worker must see the files under the same path.

    Raises UsageError for options that do not go together, InputError where the dataset cannot be
    used, EngineError where memory or disk give out, OutputError where ``out`` cannot be written.
    """
    # Half a second of imports that `import whence` must not pay.
    from whence import tracing  # noqa: PLC0415
    from whence.engine import DuckDB  # noqa: PLC0415

    for option, given in (("tables", tables), ("mapping", mapping)):
        if given and isinstance(source, Mapping):
            raise UsageError("pipeline.tables-in-memory", option=option)
    _check_engine(engine, spark_master)
    folder = _path(out)
    if folder is not None:
        _check_room_for(folder)
    scratch = _path(temp_dir)
    settings = settings or tracing.Settings()
    with ExitStack() as stack:
        if folder is not None:
            stack.enter_context(_pages_ahead())
        checked = DuckDB(memory_limit=memory_limit, threads=threads, temp_dir=scratch)
        stack.enter_context(checked)
        dataset = _read(
            source, checked, tables or {}, _path(mapping), timezone, custodians, on_progress
        )
        dataset = tracing.observed(dataset, settings)
        tracer: Engine = checked
        if engine == "spark" and dataset.orders is not None:  # victims alone need no engine
            master = spark_master or f"local[{threads or '*'}]"
            on_progress("spark", 0, 0)
            tracer, dataset = _on_spark(stack, dataset, checked, master, memory_limit, scratch)
        answer = tracing.trace(dataset, engine=tracer, settings=settings, on_progress=on_progress)
    if folder is not None:
        write_answer(answer, dataset.rejected_rows, folder, language, on_progress)
    return answer


def _read(
    source: "AnyPath | Mapping[str, pa.Table] | None",
    engine: "DuckDB",
    tables: Mapping[str, AnyPath],
    mapping: Path | None,
    timezone: str,
    custodians: Sequence[str] | None,
    on_progress: Progress,
) -> Dataset:
    """Read and check what is to be traced: tables in memory, a lake, or a dataset's files."""
    from whence import intake, lake  # noqa: PLC0415

    if isinstance(source, Mapping):
        return intake.read_tables(
            source,
            engine=engine,
            timezone=timezone,
            custodians=custodians,
            on_progress=on_progress,
        )
    folder = _path(source)
    files = {name: Path(path) for name, path in tables.items()}
    if folder is not None and lake.is_lake(folder):
        if custodians:
            raise UsageError("lake.custodians-built", hint="lake.custodians-built-hint")
        return lake.open_lake(
            folder,
            engine=engine,
            tables=files,
            mapping=mapping,
            timezone=timezone,
            on_progress=on_progress,
        )
    return intake.read(
        folder,
        engine=engine,
        tables=files,
        mapping=mapping,
        timezone=timezone,
        custodians=custodians,
        on_progress=on_progress,
    )


def _on_spark(
    stack: ExitStack,
    dataset: Dataset,
    checked: "DuckDB",
    master: str,
    memory_limit: str | None,
    scratch: Path | None,
) -> "tuple[Engine, Dataset]":
    """Start Spark, to be closed with the stack, and carry a checked dataset there.

    The engine that checked it is closed then: its memory is Spark's.
    """
    from whence.engine import Spark, carrying, machine  # noqa: PLC0415

    load = carrying.load_of(dataset)
    if (table := load.too_large) is not None:
        raise UsageError(
            "pipeline.spark-needs-parquet",
            hint="pipeline.spark-needs-parquet-hint",
            table=table.name,
            n=f"{table.n_rows:,}",
            most=f"{carrying.HOLDABLE:,}",
        )
    spark = Spark(master, driver_memory=machine.java_memory(memory_limit), temp_dir=scratch)
    stack.enter_context(spark)
    dataset = carrying.carried(dataset, load, checked, spark)
    checked.close()
    return spark, dataset


@contextmanager
def _pages_ahead() -> Iterator[None]:
    """Load what draws the page while the block runs: the engine seldom needs this process."""
    from whence import pages  # noqa: PLC0415

    ahead = threading.Thread(target=pages.warm_up, name="pages")
    ahead.start()
    try:
        yield
    finally:
        ahead.join()


def _check_engine(engine: str, spark_master: str | None) -> None:
    if engine not in get_args(EngineName):
        raise UsageError("pipeline.unknown-engine", engines=", ".join(get_args(EngineName)))
    if spark_master is not None and engine != "spark":
        raise UsageError("pipeline.master-alone", hint="pipeline.master-alone-hint")
    if spark_master is not None and not _MASTER.fullmatch(spark_master):
        raise UsageError("pipeline.bad-master")


def write_answer(
    answer: Trace,
    rejected: Iterable[Rejected],
    out: Path,
    language: "Language" = "en",
    on_progress: Progress = no_progress,
) -> None:
    """Lay the answer's files in a folder, over those of an earlier run.

    Raises OutputError where they cannot be written; the earlier files then still stand.
    Ctrl-C while they are being moved takes effect when all are in place.
    """
    _check_room_for(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Inside `out`, so that moving a file never crosses a file system.
        writing = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
        try:
            _write_all(answer, rejected, writing, language, on_progress)
            with _uninterrupted():
                for name in FILES:
                    (writing / name).replace(out / name)
        finally:
            shutil.rmtree(writing, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            "pipeline.not-written", hint="pipeline.not-written-hint", folder=out.name, reason=reason
        ) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and a polite kill wait until the block is done, then pass them on."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    came: list[int] = []
    former = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not None:  # one that is not Python's cannot be put back
                former[number] = signal.signal(number, lambda at, _frame: came.append(at))
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for at in came:
            signal.raise_signal(at)


def _write_all(
    answer: Trace,
    rejected: Iterable[Rejected],
    folder: Path,
    language: "Language",
    on_progress: Progress,
) -> None:
    from whence import pages  # noqa: PLC0415  charts take a second to import
    from whence.intake import as_lines  # noqa: PLC0415

    for done, name in enumerate(FILES):
        on_progress("write", done, len(FILES))
        path = folder / name
        if name == EXPOSED:
            write_table(answer.exposed, path)
        elif name == CANDIDATES:
            write_table(answer.candidates, path)
        elif name == REJECTED:
            path.write_text(as_lines(rejected), "utf-8")
        elif name == REPORT:
            path.write_text(pages.render(answer, language), "utf-8")
        else:
            path.write_text(to_json(answer), "utf-8")
    on_progress("write", len(FILES), len(FILES))


def _path(given: AnyPath | None) -> Path | None:
    return None if given is None else Path(given)


def _check_room_for(out: Path) -> None:
    """Say before the long work, not after it, that a folder cannot be written."""
    if out.exists() and not out.is_dir():
        raise OutputError("pipeline.out-is-file", hint="pipeline.out-is-file-hint", folder=out.name)
    above = (out.absolute(), *out.absolute().parents)
    standing = next(folder for folder in above if folder.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        raise OutputError(
            "pipeline.no-room",
            hint="pipeline.not-written-hint",
            folder=out.name,
            standing=standing.name,
        )
    taken = next((name for name in FILES if (out / name).is_dir()), None)
    if taken:
        raise OutputError(
            "pipeline.name-taken", hint="pipeline.out-is-file-hint", folder=out.name, name=taken
        )

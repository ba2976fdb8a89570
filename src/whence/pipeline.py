"""The whole story on one page: read a dataset, trace it, lay the answer in a folder.

The answer is written beside the old one first and moved over it file by file, so that a run that
fails or is stopped leaves what stood there before and never half a file.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.document import CANDIDATES, EXPOSED, to_json
from whence.errors import OutputError
from whence.model import Rejected, Trace
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.tracing import Settings
    from whence.wording import Language

DOCUMENT: Final = "trace.json"
REJECTED: Final = "rejected.jsonl"
REPORT: Final = "report.html"
FILES: Final = (EXPOSED, CANDIDATES, REJECTED, REPORT, DOCUMENT)  # trace.json names the others


def trace_dataset(
    source: "Path | Mapping[str, pa.Table] | None",
    *,
    out: Path | None = None,
    tables: Mapping[str, Path] | None = None,
    mapping: Path | None = None,
    timezone: str = "UTC",
    custodians: Sequence[str] | None = None,
    settings: "Settings | None" = None,
    language: "Language" = "en",
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Path | None = None,
    on_progress: Progress = no_progress,
) -> Trace:
    """Trace a dataset: a folder, a mapping of Arrow tables, or single files in ``tables``.

    With ``out`` the answer is also written there: ``trace.json``, ``exposed.parquet``,
    ``candidates.parquet``, ``rejected.jsonl`` and ``report.html`` in ``language``. The same input
    gives the same bytes, whatever the order of rows and the number of threads.

    Raises InputError where the dataset cannot be used, EngineError where memory or disk give
    out, OutputError where ``out`` cannot be written.
    """
    # Half a second of imports that `import whence` must not pay.
    from whence import intake, tracing  # noqa: PLC0415
    from whence.engine import DuckDB  # noqa: PLC0415

    if out is not None:
        _check_room_for(out)
    with DuckDB(memory_limit=memory_limit, threads=threads, temp_dir=temp_dir) as engine:
        if source is None or isinstance(source, Path):
            dataset = intake.read(
                source,
                engine=engine,
                tables=tables,
                mapping=mapping,
                timezone=timezone,
                custodians=custodians,
                on_progress=on_progress,
            )
        else:
            dataset = intake.read_tables(
                source,
                engine=engine,
                timezone=timezone,
                custodians=custodians,
                on_progress=on_progress,
            )
        answer = tracing.trace(
            dataset,
            engine=engine,
            settings=settings or tracing.Settings(),
            on_progress=on_progress,
        )
    if out is not None:
        write_answer(answer, dataset.rejected_rows, out, language, on_progress)
    return answer


def write_answer(
    answer: Trace,
    rejected: Iterable[Rejected],
    out: Path,
    language: "Language" = "en",
    on_progress: Progress = no_progress,
) -> None:
    """Lay the answer's files in a folder, over those of an earlier run.

    Raises OutputError where they cannot be written; the earlier files then still stand.
    """
    _check_room_for(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Inside `out`, so that moving a file never crosses a file system.
        writing = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
        try:
            _write_all(answer, rejected, writing, language, on_progress)
            for name in FILES:
                (writing / name).replace(out / name)
        finally:
            shutil.rmtree(writing, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            "pipeline.not-written", hint="pipeline.not-written-hint", folder=out.name, reason=reason
        ) from error


def _write_all(
    answer: Trace,
    rejected: Iterable[Rejected],
    folder: Path,
    language: "Language",
    on_progress: Progress,
) -> None:
    from whence import pages  # noqa: PLC0415  charts take a second to import

    for done, name in enumerate(FILES):
        on_progress("write", done, len(FILES))
        path = folder / name
        if name == EXPOSED:
            _write_parquet(answer.exposed, path)
        elif name == CANDIDATES:
            _write_parquet(answer.candidates, path)
        elif name == REJECTED:
            path.write_text(_rejected_lines(rejected), "utf-8")
        elif name == REPORT:
            path.write_text(pages.render(answer, language), "utf-8")
        else:
            path.write_text(to_json(answer), "utf-8")
    on_progress("write", len(FILES), len(FILES))


def _rejected_lines(rejected: Iterable[Rejected]) -> str:
    rows = sorted((row.table, row.id, row.reason) for row in rejected)
    return "".join(
        json.dumps({"table": table, "id": row_id, "reason": reason}, ensure_ascii=False) + "\n"
        for table, row_id, reason in rows
    )


def _write_parquet(table: "pa.Table", path: Path) -> None:
    """Write a table so that equal rows give equal bytes, and any engine can read it.

    Outside the product times carry their zone; inside they are UTC without one.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    fields = [
        field.with_type(pa.timestamp("us", tz="UTC"))
        if pa.types.is_timestamp(field.type)
        else field
        for field in table.schema
    ]
    plain = table.replace_schema_metadata(None).cast(pa.schema(fields)).combine_chunks()
    pq.write_table(plain, path, compression="zstd", compression_level=3, row_group_size=1 << 20)


def _check_room_for(out: Path) -> None:
    """Say before the long work, not after it, that a folder cannot be written."""
    if out.exists() and not out.is_dir():
        raise OutputError("pipeline.out-is-file", hint="pipeline.out-is-file-hint", folder=out.name)
    standing = next(
        folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists()
    )
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        raise OutputError(
            "pipeline.no-room",
            hint="pipeline.not-written-hint",
            folder=out.name,
            standing=standing.name,
        )

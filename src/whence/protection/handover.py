"""The file that a recipient gets: written whole or not at all, and never over an earlier one."""

import csv
import json
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from whence.errors import OutputError, UsageError

FORMS: Final = (".csv", ".parquet", ".jsonl")


def verify_free(path: Path) -> None:
    """Raise UsageError for a form that is not written, or a file that is there already."""
    if path.suffix.lower() not in FORMS:
        raise UsageError("release.no-form", file=path.name)
    if path.exists():
        raise UsageError("release.out-exists", hint="release.out-exists-hint", file=path.name)


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write rows in the form that the name's ending says; OutputError where that fails."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".parquet":
            pq.write_table(rows, part, compression="zstd")
        else:
            _write_text(rows, part, is_csv=path.suffix.lower() == ".csv")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError("release.unwritable", file=path.name) from error


def _write_text(rows: pa.Table, path: Path, *, is_csv: bool) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        records = csv.writer(file, lineterminator="\n")
        if is_csv:
            records.writerow(rows.column_names)
        for batch in rows.to_batches():
            cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            if is_csv:
                records.writerows(cells)
            else:
                for record in cells:
                    named = dict(zip(rows.column_names, record, strict=True))
                    file.write(f"{json.dumps(named, ensure_ascii=False, default=str)}\n")

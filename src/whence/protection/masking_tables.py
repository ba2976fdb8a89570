"""A table masked, column by column; what is not named stays as it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from whence.errors import InputError, OutputError, UsageError
from whence.intake.cells import ROW
from whence.intake.sheets import Sheet
from whence.model.progress import Progress, no_progress
from whence.protection.masking import MASKED, mask

STAGE: Final = "masking"
FORMS: Final = (".csv", ".parquet")


def mask_table(
    sheet: Sheet, fields: Sequence[str], locale: str, *, on_progress: Progress = no_progress
) -> pa.Table:
    """Return a table with these columns masked.

    Raises UsageError for a field that has no mask, InputError for a column that is not there.
    """
    strange = [name for name in fields if name not in MASKED]
    if strange or not fields:
        known = ", ".join(sorted(MASKED))
        raise UsageError("protection.no-mask", fields=", ".join(strange) or "–", known=known)
    sheet.require(*fields)
    table = sheet.table.drop_columns([ROW])
    for done, name in enumerate(fields):
        on_progress(STAGE, done, len(fields))
        at = table.column_names.index(name)
        try:
            cells = table.column(name).cast(pa.string()).to_pylist()
        except pa.ArrowException as error:
            raise InputError("protection.no-text", file=sheet.file, column=name) from error
        masked = [cell and mask(name, cell, locale) for cell in cells]
        table = table.set_column(at, name, pa.array(masked, pa.string()))
    return table


def verify_form(path: Path) -> None:
    """Raise UsageError for a file whose name asks for a form that is not written."""
    if path.suffix not in FORMS:
        raise UsageError("protection.out-form", file=path.name, forms=", ".join(FORMS))


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet or CSV, by the file's name; a file that is there is replaced whole.

    Raises OutputError where it cannot be written.
    """
    partly = path.with_name(f"{path.name}.part")
    try:
        if path.suffix == ".csv":
            from pyarrow import csv  # noqa: PLC0415  where it is used

            csv.write_csv(table, partly)
        else:
            import pyarrow.parquet as pq  # noqa: PLC0415  a tenth of a second

            pq.write_table(table, partly, compression="zstd")
        partly.replace(path)
    except (OSError, pa.ArrowException) as error:
        partly.unlink(missing_ok=True)
        raise OutputError("protection.unwritable", file=path.name) from error

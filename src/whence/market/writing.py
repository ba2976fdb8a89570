"""Writing a market to a folder, as a dataset with ``truth.json`` beside it."""

import csv
import json
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from whence.errors import OutputError
from whence.market.folder import LARGE, PEOPLE, SMALL, TRUTH, make_ready
from whence.market.gangs import gangs_for, write_gangs
from whence.market.making import Market
from whence.market.people import people_of


def write(
    market: Market,
    out: Path,
    *,
    format: Literal["parquet", "csv", "jsonl"] = "parquet",  # noqa: A002  the option's name
    people: str | None = None,
    gangs: int = 0,
) -> None:
    """Write the market's tables and its truth; the same market gives the same bytes.

    ``format`` is that of the large tables; parties and reports are always CSV, to be looked at.
    ``people``, a locale, adds whose orders they are: ``people.parquet``. ``gangs``, a count, adds
    what victims remember of the other side: ``contacts.csv``, and its truth ``gangs.json``.

    A folder that holds a market, and nothing else, is overwritten. Raises OutputError when the
    folder holds anything else or cannot be written.
    """
    try:
        make_ready(out)
        for name in LARGE:
            table: pa.Table = getattr(market, name)
            path = out / f"{name}.{format}"
            if format == "csv":
                pc_csv.write_csv(_as_text(table), path)
            elif format == "jsonl":
                _write_lines(_as_text(table), path)
            else:
                pq.write_table(table, path, compression="zstd")
        if people is not None:
            rows = people_of(market.orders, locale=people, seed=market.truth.spec.seed)
            pq.write_table(rows, out / PEOPLE, compression="zstd")
        for name in SMALL:
            write_small(getattr(market, name), out / f"{name}.csv")
        if gangs:
            told = market.reports.column("report_id").to_pylist()
            write_gangs(gangs_for(told, gangs, market.truth.spec.seed), out)
        (out / TRUTH).write_text(market.truth.to_json(), "utf-8")
    except OSError as error:
        raise OutputError("market.unwritable", hint="market.unwritable-hint", path=out) from error


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with its instants as ISO 8601 text."""
    for index, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            whole = table.column(index).cast(pa.timestamp("s", "UTC"))
            text = pc.strftime(whole, format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(index, column.name, text)
    return table


def _write_lines(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for batch in table.to_batches():
            lines = (
                json.dumps(row, ensure_ascii=False, default=float) for row in batch.to_pylist()
            )
            file.writelines(f"{line}\n" for line in lines)


def write_small(table: pa.Table, path: Path) -> None:
    """Write a table to be looked at, as CSV."""
    table = _as_text(table)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table.column_names)
        rows.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))

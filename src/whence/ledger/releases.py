"""The tables of releases: which orders of whom left with which, until they are erased.

``releases/ID.parquet`` has one row an order (release_digests.py). An erased row keeps its digest,
so that the root in the ledger still holds, and loses the rest.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from whence.disk import to_disk
from whence.errors import InputError, OutputError
from whence.ledger.release_digests import COLUMNS, ERASED

if TYPE_CHECKING:
    import pyarrow as pa

_FORM: Final = ".parquet"
_BATCH: Final = 65_536


def tables(folder: Path) -> list[Path]:
    """Return the tables of a folder of releases, by name."""
    return sorted(folder.glob(f"*{_FORM}"))


def orders_of(path: Path, customer_id: str | int) -> list[str]:
    """Return a customer's orders in a release's table, in the order of its rows."""
    return orders_and_erased(path, customer_id)[0]


def orders_and_erased(path: Path, customer_id: str | int) -> tuple[list[str], int]:
    """Return a customer's orders in a release's table, and how many rows of it are erased."""
    import pyarrow.compute as pc  # noqa: PLC0415  a tenth of a second

    held = _read(path, ["order_id", "customer_id"])
    hers = held.filter(_is_hers(held, customer_id))
    orders = [str(order_id) for order_id in pc.drop_null(hers.column("order_id")).to_pylist()]
    return orders, held.column("order_id").null_count


def order_ids(path: Path) -> Iterator[list[Any]]:
    """Yield the orders of a release's table in batches; None for an erased one."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=["order_id"]):
                yield batch.column(0).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError("ledger.release-unreadable", file=path.name) from error


def rows(path: Path) -> Iterator[list[tuple[Any, ...]] | None]:
    """Yield the rows of a release's table in batches, in the order of ``COLUMNS``.

    Yields None, and no more, where these are not the columns it has.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(path) as file:
            if tuple(file.schema_arrow.names) != COLUMNS:
                yield None
                return
            for batch in file.iter_batches(_BATCH):
                cells = (column.to_pylist() for column in batch.columns)
                yield list(zip(*cells, strict=True))
    except (pa.ArrowException, OSError) as error:
        raise InputError("ledger.release-unreadable", file=path.name) from error


def erase_rows(path: Path, customer_id: str | int) -> int:
    """Erase a customer's rows from a release's table, and return how many there were.

    The table is replaced in one step, so that it is the one before or the one after.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    held = _read(path)
    hers = _is_hers(held, customer_id)
    n_rows = int(pc.sum(hers).as_py() or 0)
    if not n_rows:
        return 0
    cut = held
    for name in ERASED:
        at = held.column_names.index(name)
        kind = held.schema.field(at)
        column = pc.if_else(hers, pa.scalar(None, kind.type), held.column(at))
        cut = cut.set_column(at, kind, column)
    partly = path.with_suffix(".part")
    try:
        pq.write_table(cut, partly, compression="zstd")
        to_disk(partly)
        partly.replace(path)
        to_disk(path.parent)
    except OSError as error:
        partly.unlink(missing_ok=True)
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=path,
            reason=error.strerror or type(error).__name__,
        ) from error
    return n_rows


def _read(path: Path, columns: list[str] | None = None) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        held = pq.read_table(path, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise InputError("ledger.release-unreadable", file=path.name) from error
    if not {"order_id", "customer_id"} <= set(held.column_names):
        raise InputError("ledger.release-unreadable", file=path.name)
    return held


def _is_hers(held: "pa.Table", customer_id: str | int) -> Any:  # noqa: ANN401  an Arrow mask
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    same = pc.equal(pc.cast(held.column("customer_id"), pa.string()), str(customer_id))
    return pc.fill_null(same, fill_value=False)

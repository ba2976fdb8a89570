"""The changed exposed orders as a file: whom to warn now, and who need not be warned any more."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.comparison.orders import OrderChange, OrderChanges
from whence.errors import OutputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

FORMS: Final = (".parquet", ".csv")


def verify_form(path: Path) -> None:
    """Raise UsageError where a file's name does not say Parquet or CSV."""
    if path.suffix.casefold() not in FORMS:
        raise UsageError("comparison.orders-form", file=path.name, forms=", ".join(FORMS))


def write_orders(orders: OrderChanges, path: Path) -> None:
    """Write the changed orders as Parquet or CSV, by the file's name.

    Raises UsageError for another form and OutputError where the file cannot be written; what
    stood there then still stands.
    """
    import pyarrow.csv as pc  # noqa: PLC0415  help and wrong usage do without
    import pyarrow.parquet as pq  # noqa: PLC0415

    verify_form(path)
    table = _table(orders.changed)
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            writing = Path(folder) / path.name
            if path.suffix.casefold() == ".csv":
                pc.write_csv(table, writing, pc.WriteOptions(quoting_style="needed"))
            else:
                pq.write_table(table, writing, compression="zstd", compression_level=3)
            writing.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("comparison.not-written", file=path.name, reason=reason) from error


def _table(changed: tuple[OrderChange, ...]) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    given = [side.order_id for o in changed for side in (o.before, o.after) if side]
    ids = pa.array([order.order_id for order in changed], pa.string())
    if given and all(isinstance(order_id, int) for order_id in given):
        ids = ids.cast(pa.int64())
    befores, afters = [o.before for o in changed], [o.after for o in changed]
    text, number = pa.string(), pa.float64()
    return pa.table(
        {
            "order_id": ids,
            "change": pa.array([order.change for order in changed], text),
            "probability_before": pa.array([e and e.probability for e in befores], number),
            "probability_after": pa.array([e and e.probability for e in afters], number),
            "suspect_before": pa.array([e and e.suspect_id for e in befores], text),
            "suspect_after": pa.array([e and e.suspect_id for e in afters], text),
            "because": pa.array([order.why for order in changed], text),
        }
    )

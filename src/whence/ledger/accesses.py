"""The ledger as the table ``accesses`` of docs/formats.md, so that a trace runs on it.

A reveal is one access, a release one for each of its orders, by the recipient. A masked reveal
showed that there is such an order and nothing of its fields, so its ``fields`` are ``order_id``.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from whence.errors import OutputError, UsageError
from whence.ledger import releases
from whence.ledger.appending import RELEASE_KIND
from whence.ledger.entries import Entry, opened
from whence.ledger.history import REVEAL_KIND
from whence.ledger.storage import Reading
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

STAGE: Final = "export"
COLUMNS: Final = (
    "order_id",
    "account_id",
    "party_id",
    "accessed_at",
    "action",
    "fields",
    "purpose",
)
_CLEAR, _MASKED, _EXPORT = "decrypt", "view", "export"  # actions, docs/formats.md
_HIDDEN: Final = "masked"  # the form of a field that a release does not show
_BATCH: Final = 65_536  # rows of a row group: some 10 MB
# Kinds end a leaf (entries.py); the many entries of others are passed over unread.
_SHOWN: Final = tuple(f'"kind":"{kind}","v":1}}'.encode() for kind in (REVEAL_KIND, RELEASE_KIND))

Access = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many accesses were written, and how many were left out because they were erased."""

    n_accesses: int
    n_erased: int


def export(
    reading: Reading, folder: Path, path: Path, *, on_progress: Progress = no_progress
) -> Exported:
    """Write the table into a Parquet file; a file that is there is replaced in one step.

    Raises UsageError for another form, OutputError where it cannot be written.
    """
    if path.suffix != ".parquet":
        raise UsageError("ledger.export-form", file=path.name)
    import pyarrow.parquet as pq  # noqa: PLC0415  a tenth of a second

    partly = path.with_name(path.name + ".part")
    n_accesses = n_erased = 0
    schema = _schema()
    try:
        with pq.ParquetWriter(partly, schema, compression="zstd") as writer:
            for batch in _batches(_accesses(reading, folder, on_progress)):
                whole = [row for row in batch if row[0] is not None and row[1] is not None]
                writer.write_table(_table(whole, schema))
                n_accesses += len(whole)
                n_erased += len(batch) - len(whole)
        partly.replace(path)
    except OSError as error:
        partly.unlink(missing_ok=True)
        raise OutputError(
            "ledger.not-written",
            hint="ledger.not-written-hint",
            place=path,
            reason=os.strerror(error.errno) if error.errno else type(error).__name__,
        ) from error
    except BaseException:
        partly.unlink(missing_ok=True)
        raise
    return Exported(n_accesses=n_accesses, n_erased=n_erased)


def _accesses(reading: Reading, folder: Path, on_progress: Progress) -> Iterator[Access]:
    size = reading.state().size
    for seq, leaf, openings in reading.rows(0, size):
        if not seq % _BATCH:
            on_progress(STAGE, seq, size)
        if leaf.endswith(_SHOWN):
            entry = opened(seq, leaf, openings).entry
            if entry.kind == REVEAL_KIND:
                yield _revealed(entry)
            else:
                yield from _released(entry, folder)


def _revealed(entry: Entry) -> Access:
    facts = entry.facts
    is_clear = facts.get("form") == "clear"
    return (
        _text(facts.get("order_id")),
        _text(facts.get("account_id")),
        _text(facts.get("party_id")),
        entry.at,
        _CLEAR if is_clear else _MASKED,
        _text(facts.get("fields")) if is_clear else "order_id",
        _text(facts.get("purpose")),
    )


def _legible(entry: Entry) -> str | None:
    """Return the fields of a release that did not leave masked; all where it does not say."""
    fields, forms = (_text(entry.facts.get(name)) for name in ("fields", "forms"))
    if fields is None or forms is None:
        return fields
    pairs = zip(fields.split(","), forms.split(","), strict=False)
    return ",".join(name for name, form in pairs if form != _HIDDEN) or "order_id"


def _released(entry: Entry, folder: Path) -> Iterator[Access]:
    facts = entry.facts
    recipient = _text(facts.get("party_id"))
    shown = (_EXPORT, _legible(entry), _text(facts.get("purpose")))
    for orders in releases.order_ids(folder / Path(str(facts.get("table"))).name):
        for order_id in orders:
            yield (_text(order_id), recipient, recipient, entry.at, *shown)


def _batches(accesses: Iterator[Access]) -> Iterator[list[Access]]:
    batch: list[Access] = []
    for access in accesses:
        batch.append(access)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _schema() -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415

    kinds = dict.fromkeys(COLUMNS, pa.string()) | {"accessed_at": pa.timestamp("us", "UTC")}
    return pa.schema(kinds)


def _table(rows: list[Access], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(cells, kind) for cells, kind in zip(columns, schema.types, strict=True)]
    return pa.table(arrays, schema=schema)


def _text(value: object) -> str | None:
    return None if value is None else str(value)

"""The tables of releases held against the ledger: each is the one whose root an entry has.

Without that the entries would hold while the tables beside them say that other orders of other
people left. A table is read in batches, so that this too takes flat memory.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.errors import InputError, IntegrityError
from whence.ledger import releases
from whence.ledger.appending import RELEASE_KIND, recorded
from whence.ledger.attested import ReleasesChecked
from whence.ledger.entries import Recorded
from whence.ledger.gaps import ERASURE_KIND, read_named_entries
from whence.ledger.release_digests import ROW_BYTES, SALT_BYTES, digest_of
from whence.ledger.storage import Reading, Storage
from whence.ledger.tree import HASH_BYTES, CompactRange
from whence.model.progress import Progress, no_progress

STAGE: Final = "verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that holds: how many rows it has, how many of them erased, the root over them."""

    n_rows: int
    n_erased: int
    root: bytes


def check_releases(
    storage: Storage,
    entries: Sequence[Recorded],
    folder: Path,
    *,
    on_progress: Progress = no_progress,
) -> ReleasesChecked:
    """Check the tables of the releases with these entries, and that no more was erased than said.

    Raises IntegrityError, naming the release, for a table that is missing, was changed, or lacks
    rows that no erasure accounts for.
    """
    unmatched = [path.name for path in releases.tables(folder)]
    named = _by_table(entries)
    n_rows, erased = 0, dict[int, int]()
    for done, (name, entry) in enumerate(named.items()):
        on_progress(STAGE, done, len(named))
        table = _verified(folder / name, entry)
        n_rows += table.n_rows
        if table.n_erased:
            erased[entry.seq] = table.n_erased
    # An erasure is recorded before rows go: read after the tables, what is recorded covers them.
    with storage.reading() as reading:
        _verify_erased(erased, _said_erased(reading, erased), entries)
    return ReleasesChecked(
        n_tables=len(named),
        n_rows=n_rows,
        n_erased_rows=sum(erased.values()),
        unmatched=tuple(name for name in unmatched if name not in named),
    )


def release_entries(reading: Reading) -> list[Recorded]:
    """Return the entries of releases, in their order."""
    return recorded(reading, reading.seqs_of_kind(RELEASE_KIND))


def verify_release(folder: Path, entry: Recorded) -> Path:
    """Check the table of one release, and return where it is; IntegrityError where it fails."""
    ((name, _),) = _by_table([entry]).items()
    _verified(folder / name, entry)
    return folder / name


def release_id_of(entry: Recorded) -> str:
    """Return what a release is called: its id, or its entry's number where it has none."""
    return str(entry.entry.facts.get("release_id") or entry.seq)


def _by_table(entries: Iterable[Recorded]) -> dict[str, Recorded]:
    """Return entries by the name of their table; each has one of its own, in the folder."""
    named: dict[str, Recorded] = {}
    for entry in entries:
        name = entry.entry.facts.get("table")
        if not isinstance(name, str) or Path(name).name != name or name in named:
            raise IntegrityError(
                "ledger.release-without-table", release=release_id_of(entry), seq=entry.seq
            )
        named[name] = entry
    return named


def _verified(path: Path, entry: Recorded) -> _Table:
    release = release_id_of(entry)
    if not path.is_file():
        raise IntegrityError("ledger.release-missing", release=release, file=path.name)
    try:
        table = _read(path, release)
    except InputError as error:
        raise IntegrityError("ledger.release-changed", release=release, file=path.name) from error
    if table is None or table.root.hex() != entry.entry.facts.get("root"):
        raise IntegrityError("ledger.release-changed", release=release, file=path.name)
    return table


def _read(path: Path, release: str) -> _Table | None:
    """Return what a table comes to; None where it has not the columns of one."""
    edge, n_erased = CompactRange(), 0
    for batch in releases.rows(path):
        if batch is None:
            return None
        for number, row in enumerate(batch, edge.size):
            order_id, customer_id, salt, shown, digest = row
            if order_id is customer_id is salt is shown is None and _is(digest, HASH_BYTES):
                n_erased += 1
            elif not (
                type(order_id) is str
                and _is(salt, SALT_BYTES)
                and _is(shown, ROW_BYTES)
                and digest == digest_of(salt, order_id, customer_id, shown)
            ):
                raise IntegrityError("ledger.release-row-changed", release=release, row=number)
        edge.append(row[-1] for row in batch)
    return _Table(n_rows=edge.size, n_erased=n_erased, root=edge.root())


def _is(value: Any, n_bytes: int) -> bool:  # noqa: ANN401  a cell
    return type(value) is bytes and len(value) == n_bytes


def _said_erased(reading: Reading, seqs: Collection[int]) -> dict[int, int]:
    """Return how many rows at most erasures took from the releases with these entries.

    An erasure says how many rows it took in all, and from which releases among other entries.
    """
    said, ordered = dict.fromkeys(seqs, 0), sorted(seqs)
    if not said:
        return said
    for erasure in recorded(reading, reading.seqs_of_kind(ERASURE_KIND)):
        n_rows = erasure.entry.facts.get("n_rows")
        if not isinstance(n_rows, int) or not n_rows:
            continue
        for run, _ in read_named_entries(erasure.seq, erasure.entry.facts):
            for seq in ordered[bisect_left(ordered, run.start) : bisect_left(ordered, run.stop)]:
                said[seq] += n_rows
    return said


def _verify_erased(
    erased: Mapping[int, int], said: Mapping[int, int], entries: Iterable[Recorded]
) -> None:
    for entry in entries:
        if (n := erased.get(entry.seq, 0)) > (most := said.get(entry.seq, 0)):
            raise IntegrityError(
                "ledger.release-erased", release=release_id_of(entry), n=n, said=most
            )

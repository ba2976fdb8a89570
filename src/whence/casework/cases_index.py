"""Which entries of the ledger are about cases: a note beside it, so that it is not read each time.

``cases/index.json`` says up to which size the ledger was looked through and which entries were
found. It is no record: it is believed only while the entry it ends with is the ledger's own, and
made anew where it is missing or damaged. Evidence does not rest on it: packs read the whole ledger.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from whence.ledger.storage import Reading, Row

FILE: Final = "index.json"
_KIND: Final = b'"kind":"case-'  # leaves are canonical, ledger/entries.py
_WORTH: Final = 2_000  # entries looked through before it is worth a file: some 10 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Up to ``size`` entries were looked through, the last leaf had this digest."""

    size: int = 0
    last: str = ""
    seqs: tuple[int, ...] = ()


def rows_of_cases(reading: Reading, folder: Path | None) -> Iterator[Row]:
    """Yield the rows of entries about cases; with a folder its index saves reading the others."""
    size = reading.state().size
    known = Known() if folder is None else _known(reading, folder, size)
    yield from _rows(reading, known.seqs)
    seqs, last = list(known.seqs), known.last
    for row in reading.rows(known.size, size):
        if _KIND in row.leaf:
            seqs.append(row.seq)
            yield row
        if row.seq == size - 1:
            last = sha256(row.leaf).hexdigest()
    if folder is not None and size - known.size >= _WORTH:
        _keep(folder, Known(size=size, last=last, seqs=tuple(seqs)))


def _known(reading: Reading, folder: Path, size: int) -> Known:
    """Return what the index says, nothing where it is not this ledger's."""
    try:
        held = json.loads((folder / FILE).read_text("utf-8"))
        seqs = tuple(int(seq) for seq in held["seqs"])
        known = Known(size=int(held["size"]), last=str(held["last"]), seqs=seqs)
    except (OSError, ValueError, KeyError, TypeError):
        return Known()
    if not 0 < known.size <= size:
        return Known()
    ends = [sha256(row.leaf).hexdigest() for row in reading.rows(known.size - 1, known.size)]
    return known if ends == [known.last] else Known()


def _rows(reading: Reading, seqs: tuple[int, ...]) -> Iterator[Row]:
    """Yield rows by their numbers, neighbours in one go."""
    at = 0
    while at < len(seqs):
        end = at + 1
        while end < len(seqs) and seqs[end] == seqs[end - 1] + 1:
            end += 1
        yield from reading.rows(seqs[at], seqs[end - 1] + 1)
        at = end


def _keep(folder: Path, known: Known) -> None:
    """Write the index; where that fails it is made another time."""
    partly = folder / f".{secrets.token_hex(8)}.part"
    document = {"size": known.size, "last": known.last, "seqs": known.seqs}
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        partly.write_text(json.dumps(document), "utf-8")
        partly.replace(folder / FILE)
    except OSError:
        partly.unlink(missing_ok=True)

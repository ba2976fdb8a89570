"""Speed of the ledger: recording, proving and checking, on one core, on this machine's disk.

    python benchmarks/ledger.py --entries 1000000 --large 10000000 --postgres

Recorded are reveals of six facts about one person each, in batches of 1,000, and minimal entries
without any facts. Beside each stands a baseline of the same bytes: a bare table with the same
SQLite settings takes leaves and openings in the same batches, without salts, digests, tree and
index. ``verify`` is held against one SHA-256 of each leaf. The large ledger has minimal entries:
what a proof costs depends on the tree alone. A million reveals take 0.9 GB of disk, twice.
"""

import argparse
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import postgres

from whence.ledger import Entry, GroupCommit, Ledger, make_ledger, open_ledger
from whence.ledger.entries import seal
from whence.workspace import Workspace, make_workspace

BATCH = 1_000
BEGAN = 1_772_866_800_000_000
PROOFS = 500
ROWS = tuple[int, bytes, bytes]


class Taken(NamedTuple):
    """Seconds on the wall, and of this process's CPU."""

    wall: float
    cpu: float

    def plus(self, other: "Taken") -> "Taken":
        """Return the sum of two."""
        return Taken(self.wall + other.wall, self.cpu + other.cpu)

    def times(self, factor: float) -> "Taken":
        """Return so many times as much."""
        return Taken(self.wall * factor, self.cpu * factor)


NOTHING = Taken(0.0, 0.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one thing after another, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000, help="reveals to record and check")
    parser.add_argument("--large", type=int, default=0, help="minimal entries to prove from")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--postgres", action="store_true", help="also on a server started here")
    parser.add_argument("--folder", type=Path, help="where ledgers are made; a disk, no tmpfs")
    options = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for all of it
    print("| what | entries | seconds | CPU, s | entries/s | baseline, s | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder = Path(scratch)
        with opened(folder / "reveals") as ledger:
            recorded(ledger, "reveals, SQLite", options.entries, reveal, folder)
            for n_threads in options.threads:
                grouped(ledger, n_threads)
            checked(ledger)
        if options.postgres:
            with postgres.server() as server, opened(folder / "pg", server.address()) as ledger:
                recorded(ledger, "reveals, PostgreSQL", options.entries, reveal, folder)
                checked(ledger)
        if options.large:
            with opened(folder / "minimal") as ledger:
                recorded(ledger, "minimal entries, SQLite", options.large, minimal, folder)
                proved(ledger)


def opened(folder: Path, address: str | None = None) -> Ledger:
    """Return a new ledger."""
    workspace: Workspace = replace(make_workspace(folder, name="bench/ledger"), ledger=address)
    make_ledger(workspace, clock=lambda: BEGAN)
    return open_ledger(workspace, clock=lambda: BEGAN)


def reveal(number: int) -> Entry:
    """Return an entry as a reveal makes it."""
    facts = {
        "account_id": f"SH{number % 500:05}-C{number % 7}",
        "party_id": f"SH{number % 500:05}",
        "order_id": f"O{number:012}",
        "fields": "name,phone",
        "purpose": "deliver",
        "form": "clear",
    }
    persons = (f"C{number * 7_919 % 400_009:09}",)
    return Entry(kind="reveal", at=BEGAN + number, facts=facts, persons=persons)


def minimal(number: int) -> Entry:
    """Return an entry of nothing but its kind and its time."""
    return Entry(kind="note", at=BEGAN + number)


def recorded(
    ledger: Ledger, what: str, n: int, entry: Callable[[int], Entry], folder: Path
) -> None:
    """Record in batches. Entries are made beforehand, batch by batch, outside the time taken."""
    taken, plain = NOTHING, NOTHING
    with bare_table(folder / f"{what}.sqlite") as insert:
        for first in range(0, n, BATCH):
            batch = [entry(i) for i in range(first, min(first + BATCH, n))]
            taken = taken.plus(seconds(ledger.append, batch))
            sealed = seal(batch, bytes(32))
            rows = [(first + i, each.leaf, each.openings) for i, each in enumerate(sealed)]
            plain = plain.plus(seconds(insert, rows))
    told(what, n, taken, plain)


class bare_table:  # noqa: N801  reads as a verb
    """A table of entries and nothing else, with the ledger's own settings."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> Callable[[Sequence[ROWS]], None]:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4096"):
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        self._connection.execute("CREATE TABLE plain (seq INTEGER PRIMARY KEY, leaf, openings)")
        return self._insert

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _insert(self, rows: Sequence[ROWS]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO plain VALUES (?, ?, ?)", rows)
        self._connection.execute("COMMIT")


def grouped(ledger: Ledger, n_threads: int) -> None:
    """Record one by one from several threads, each waiting until its own entry is durable."""
    entries = [reveal(i) for i in range(400 * n_threads)]
    group = GroupCommit(ledger)
    with ThreadPoolExecutor(n_threads) as pool:
        taken = seconds(lambda: list(pool.map(group.record, entries)))
    told(f"one by one, durable, {n_threads} threads", len(entries), taken)


def checked(ledger: Ledger) -> None:
    """Check the whole ledger, beside one SHA-256 of each leaf."""
    ledger.checkpoint()
    taken = seconds(ledger.verify)
    leaves = [read.leaf for read in ledger.read(0, 100_000)]
    size = ledger.size
    hashed = seconds(all, map(sha256, leaves)).times(size / len(leaves))
    told("verify", size, taken, hashed)


def proved(ledger: Ledger) -> None:
    """Prove entries here and there, each proof with a look at the store of its own."""
    ledger.checkpoint()
    size = ledger.size
    chance = random.Random(1)  # noqa: S311  no secret
    seqs = [chance.randrange(size) for _ in range(PROOFS)]
    each = [seconds(ledger.prove_inclusion, seq) for seq in seqs]
    for name, at in (("middle", PROOFS // 2), ("99 of 100", PROOFS * 99 // 100)):
        wall, cpu = sorted(t.wall for t in each)[at], sorted(t.cpu for t in each)[at]
        print(f"| inclusion proof, {name} | {size:,} | {wall:.5f} | {cpu:.5f} | | | |", flush=True)
    taken = seconds(ledger.prove_consistency, size // 3)
    times = f"{taken.wall:.5f} | {taken.cpu:.5f}"
    print(f"| consistency proof | {size:,} | {times} | | | |", flush=True)


def seconds(work: Callable[..., object], *given: object) -> Taken:
    """Return how long something takes, on the wall and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(*given)
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def told(what: str, n: int, taken: Taken, baseline: Taken | None = None) -> None:
    """Print a row of the table. The ratio is of CPU seconds: it stands on busy machines too."""
    beside = f"{baseline.wall:.2f} | {taken.cpu / baseline.cpu:.1f}" if baseline else " | "
    times = f"{taken.wall:.2f} | {taken.cpu:.2f} | {n / taken.wall:,.0f}"
    print(f"| {what} | {n:,} | {times} | {beside} |", flush=True)


if __name__ == "__main__":
    main()

"""How cost grows with the log: trace, build and re-trace, as ratios to one DuckDB scan in one run.

    python benchmarks/scale.py --accesses 1e6 1e7 1e8 --folder /somewhere/large

For each size a market is written (`whence market --accesses`), once, then in turn: the scan
(sum(hash(order_id)), sum(hash(account_id)), max(accessed_at)), `whence trace` of the dataset,
`whence build` of a lake from it, `whence trace` of the lake with all reports but twenty, and the
re-trace after these twenty came. Every command is a process of its own, start-up and report page
included, its CPU time and peak memory from the operating system. The scan is repeated around each
command, since shared machines drift; a ratio is taken to the mean of the two scans beside it.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

HEADER = (
    "| accesses | command | scan, s | wall, s | CPU, s | wall / scan | peak memory, GB |\n"
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: |"
)
SCAN = (
    "SELECT sum(hash(order_id)), sum(hash(account_id)), max(epoch_us(accessed_at)) "
    "FROM read_parquet('{}/accesses/*/*.parquet', hive_partitioning=false)"
)
ENTRANCE = (sys.executable, "-c", "from whence.cli import main; main()")
NEW_REPORTS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One command as the operating system saw it."""

    wall: float
    cpu: float
    peak: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the markets, run the commands, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="3GB")
    parser.add_argument("--runs", type=int, default=1, help="the median of so many is told")
    parser.add_argument("--folder", type=Path, help="where markets and lakes are kept")
    parser.add_argument("--no-lake", action="store_true")
    options = parser.parse_args(arguments)
    print(HEADER)
    with tempfile.TemporaryDirectory() as scratch:
        for accesses in options.accesses:
            measure(options.folder or Path(scratch), int(accesses), options)


def measure(folder: Path, accesses: int, options: argparse.Namespace) -> None:
    """Print the rows of one size."""
    market, lake = folder / f"market-{accesses:.0e}", folder / f"lake-{accesses:.0e}"
    if not (market / "truth.json").exists():
        asked = ["--accesses", str(accesses), "--sources", "20", "--victims", "20"]
        run("market", str(market), *asked, "--noise", "400", "--quiet")
    engine = ["--threads", str(options.threads), "--memory-limit", options.memory_limit]
    some = fewer(market, folder)
    with tempfile.TemporaryDirectory() as out:
        trace = ["trace", str(market), "--out", f"{out}/answer", "--quiet", *engine]
        told("trace", accesses, market, trace, options)
        if options.no_lake:
            return
        if not lake.exists():
            build = ["build", str(market), str(lake), "--quiet", *engine]
            told("build", accesses, market, build, options, once=True)
        old = ["trace", str(lake), "--reports", str(some), "--out", f"{out}/old", "--quiet"]
        run(*old, *engine)
        new = ["trace", str(lake), "--out", f"{out}/new", "--quiet", *engine]
        told("re-trace of the lake, 20 more reports", accesses, market, new, options)


def fewer(market: Path, folder: Path) -> Path:
    """Write all reports but the last twenty beside the market."""
    with (market / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    path = folder / f"{market.name}-reports.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows[:-NEW_REPORTS])
    return path


def told(
    name: str,
    accesses: int,
    market: Path,
    command: Sequence[str],
    options: argparse.Namespace,
    *,
    once: bool = False,
) -> None:
    """Run a command between scans and print its row."""
    runs, scans = [], [scan(market, options.threads)]
    for _ in range(1 if once else options.runs):
        runs.append(run(*command))
        scans.append(scan(market, options.threads))
    at = sorted(range(len(runs)), key=lambda i: runs[i].wall)[len(runs) // 2]
    beside = (scans[at] + scans[at + 1]) / 2
    one = runs[at]
    cells = [f"{accesses:,}", name, f"{beside:.2f}", f"{one.wall:.1f}", f"{one.cpu:.1f}"]
    cells += [f"{one.wall / beside:.1f}", f"{max(r.peak for r in runs):.2f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def scan(market: Path, threads: int) -> float:
    """Return the seconds one scan takes."""
    with duckdb.connect(config={"threads": threads}) as connection:
        began = time.perf_counter()
        connection.execute(SCAN.format(market)).fetchall()
        return time.perf_counter() - began


def run(*command: str) -> Run:
    """Run a command to its end."""
    began = time.perf_counter()
    child = subprocess.Popen([*ENTRANCE, *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed with status {status}")
    seconds = time.perf_counter() - began
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)


if __name__ == "__main__":
    main()

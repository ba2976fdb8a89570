"""Speed and memory of a trace, as a ratio to one DuckDB scan of the same columns in the same run.

    python benchmarks/speed.py --accesses 1e6 1e7 5e7 --threads 2

The market is written once a size, then scanned and traced in turn. Scan: sum(hash(order_id)),
sum(hash(account_id)), max(accessed_at). Trace: a process of its own, its peak memory from the
operating system.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from whence import market

ACCESSES_AN_ORDER = 5.05  # of the market
SCAN = "SELECT sum(hash(order_id)), sum(hash(account_id)), max(epoch_us(accessed_at)) FROM '{}'"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the markets, scan and trace them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accesses", type=float, nargs="+", default=[1e6, 1e7, 5e7])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the markets are written, and kept")
    options = parser.parse_args(arguments)
    print("| accesses | orders | reports | scan, s | trace, s | ratio | peak memory, GB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        for accesses in options.accesses:
            folder = (options.folder or Path(scratch)) / f"market-{accesses:.0e}"
            row = measure(folder, int(accesses), options.threads, options.runs)
            print("| " + " | ".join(row) + " |", flush=True)


def measure(folder: Path, accesses: int, threads: int, runs: int) -> list[str]:
    """Return one row of the table: medians over the runs."""
    orders = int(accesses / ACCESSES_AN_ORDER)
    spec = market.MarketSpec(orders=orders, days=90, sources=20, victims=20, noise=400, seed=1)
    if not folder.exists():
        write(spec, folder)
    scans, traces = [], []
    for _ in range(runs):
        scans.append(scan(folder / "accesses.parquet", threads))
        traces.append(trace(folder, threads))
    scanned = sorted(scans)[runs // 2]
    traced = sorted(seconds for seconds, _ in traces)[runs // 2]
    peak = max(peak for _, peak in traces)
    cells = [f"{accesses:,}", f"{orders:,}", "800", f"{scanned:.2f}", f"{traced:.1f}"]
    return [*cells, f"{traced / scanned:.1f}", f"{peak:.2f}"]


def write(spec: market.MarketSpec, folder: Path) -> None:
    """Write a market in a process of its own, so that its memory is not ours."""
    code = (
        "from pathlib import Path; from whence import market;"
        f"market.write(market.make(market.{spec!r}), Path({str(folder)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def scan(path: Path, threads: int) -> float:
    """Return the seconds one scan takes."""
    with duckdb.connect(config={"threads": threads}) as connection:
        began = time.perf_counter()
        connection.execute(SCAN.format(path)).fetchall()
        return time.perf_counter() - began


def trace(folder: Path, threads: int) -> tuple[float, float]:
    """Return the seconds and peak gigabytes of the whole command, the report page included."""
    with tempfile.TemporaryDirectory() as out:
        command = ["trace", str(folder), "--out", f"{out}/answer", "--quiet"]
        entrance = [sys.executable, "-c", "from whence.cli import main; main()"]
        began = time.perf_counter()
        child = subprocess.Popen(
            [*entrance, *command, "--threads", str(threads)], stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    if status:
        sys.exit(f"the trace failed with status {status}")
    return seconds, used.ru_maxrss / 1e6


if __name__ == "__main__":
    main()

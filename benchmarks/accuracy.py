"""Accuracy over a grid of markets, against two baselines on the same data.

    python benchmarks/accuracy.py --runs 20 --jobs 2 --out build/accuracy.json
    python benchmarks/accuracy.py --cells hold           # only the cells that must hold
    python benchmarks/accuracy.py --merge build/a.json build/b.json    # tables of earlier runs

Prints Markdown tables: precision, recall, ranking, windows, exposure, calibration.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from whence.market import MarketSpec
from worlds import Scored, run

ORDERS = 120_000
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the grid: a name, and the markets it draws."""

    name: str
    sources: int
    victims: int
    noise: int
    twins: float = 0.05
    partial: float = 0.3

    def spec(self, seed: int) -> MarketSpec:
        """Return the market of one run."""
        return MarketSpec(
            orders=ORDERS,
            days=90,
            sources=self.sources,
            victims=self.victims,
            noise=self.noise,
            twins=self.twins,
            partial=self.partial,
            seed=seed,
        )


def grid() -> list[Cell]:
    """Return the whole grid of the documentation."""
    cells = [
        Cell(name=f"none, {noise} unrelated", sources=0, victims=0, noise=noise)
        for noise in (10, 50, 100, 200)
    ]
    for sources in (1, 5, 20):
        for victims in (3, 5, 10, 20):
            for share in (0.0, 0.5, 0.9):
                n = sources * victims
                noise = round(n * share / (1 - share))
                cells.append(
                    Cell(
                        name=f"{sources} x {victims}, {share:.0%} unrelated",
                        sources=sources,
                        victims=victims,
                        noise=noise,
                    )
                )
    cells += [
        Cell(name="1 x 12 among 120", sources=1, victims=12, noise=108),
        Cell(name="5 x 10, all partial", sources=5, victims=10, noise=50, partial=1.0),
        Cell(name="5 x 10, many twins", sources=5, victims=10, noise=50, twins=0.5),
    ]
    return cells


HOLD = (
    "20 x 10, 50% unrelated",
    "5 x 10, 50% unrelated",
    "1 x 12 among 120",
    "none, 10 unrelated",
    "none, 50 unrelated",
    "none, 100 unrelated",
    "none, 200 unrelated",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cells and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--cells", default="all", help="all, hold, or a part of a cell's name")
    parser.add_argument("--out", type=Path, help="keep every run's scores as JSON")
    parser.add_argument("--merge", type=Path, nargs="+", help="print tables of kept scores")
    options = parser.parse_args(arguments)
    if options.merge:
        report(kept(options.merge))
        return
    cells = [c for c in grid() if _wanted(c, options.cells)]
    scored: dict[str, list[Scored]] = {cell.name: [] for cell in cells}
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = {
            pool.submit(run, cell.spec(options.first_seed + i)): cell.name
            for cell in cells
            for i in range(options.runs)
        }
        for done, future in enumerate(as_completed(runs), 1):
            scored[runs[future]].append(future.result())
            if done % 20 == 0:
                print(f"{done} of {len(runs)} runs", file=sys.stderr, flush=True)
    for rows in scored.values():
        rows.sort(key=lambda s: s.spec.seed)
    report(scored)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({k: [asdict(s) for s in v] for k, v in scored.items()}, indent=1)
        options.out.write_text(text, "utf-8")


def _wanted(cell: Cell, asked: str) -> bool:
    groups = {"all": True, "hold": cell.name in HOLD, "rest": cell.name not in HOLD}
    return groups.get(asked, asked in cell.name)


def kept(paths: Sequence[Path]) -> dict[str, list[Scored]]:
    """Return the scores that earlier runs kept, in the order of the grid."""
    found: dict[str, list[Scored]] = {}
    for path in paths:
        for name, rows in json.loads(path.read_text("utf-8")).items():
            found.setdefault(name, []).extend(Scored(**row) for row in rows)
    return {cell.name: found[cell.name] for cell in grid() if cell.name in found}


def report(scored: dict[str, list[Scored]]) -> None:
    """Print the tables."""
    print("\n| market | runs | named | precision | recall | first n | Poisson | guilt |", end="")
    print(" window error, days (median) | exposed recall | exposed precision | s a trace |")
    print("| --- |" + " ---: |" * 11)
    for name, rows in scored.items():
        print(_line(name, rows))
    every = [row for rows in scored.values() for row in rows]
    calibration(every)


def _line(name: str, rows: Sequence[Scored]) -> str:
    named = sum(r.named for r in rows)
    sources = sum(r.n_sources for r in rows)
    runs_with_a_false = sum(1 for r in rows if r.false)
    windows = [e for r in rows for e in r.window_days]
    listed, held, both = (sum(r.exposed[i] for r in rows) for i in range(3))
    cells = [
        name,
        str(len(rows)),
        f"{named}" if sources else f"{runs_with_a_false} runs",
        _ratio(sum(r.right for r in rows), named),
        _ratio(sum(r.recalled for r in rows), sources),
        _ratio(sum(r.ranked for r in rows), sources),
        _ratio(sum(r.poisson for r in rows), sources),
        _ratio(sum(r.guilt for r in rows), sources),
        f"{np.median(windows):.1f}" if windows else "-",
        _ratio(both, held),
        _ratio(both, listed),
        f"{np.median([r.seconds for r in rows]):.2f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _ratio(part: float, whole: float) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def calibration(rows: Iterable[Scored]) -> None:
    """Print the reliability table in bins of equal mass and the expected calibration error."""
    pairs = np.array([(p, float(hit)) for r in rows for p, _, hit, _ in r.findings])
    if not len(pairs):
        return
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    bins = np.array_split(pairs, BINS)
    print(f"\n{len(pairs)} findings of 0.05 and more")
    print("\n| findings | mean posterior | right |\n| ---: | ---: | ---: |")
    for part in bins:
        print(f"| {len(part)} | {part[:, 0].mean():.3f} | {part[:, 1].mean():.3f} |")
    low, high = _interval(pairs)
    print(f"\nexpected calibration error {_error(pairs):.3f} (90 %: {low:.3f} to {high:.3f})")
    middle = pairs[(pairs[:, 0] > 0.1) & (pairs[:, 0] < 0.9)]
    if len(middle):
        print(
            f"between 0.1 and 0.9: {len(middle)} findings, mean posterior "
            f"{middle[:, 0].mean():.3f}, right {middle[:, 1].mean():.3f}"
        )


def _error(pairs: np.ndarray) -> float:
    bins = np.array_split(pairs[np.argsort(pairs[:, 0], kind="stable")], BINS)
    return float(
        sum(len(b) * abs(b[:, 0].mean() - b[:, 1].mean()) for b in bins if len(b)) / len(pairs)
    )


def _interval(pairs: np.ndarray) -> tuple[float, float]:
    """Return the central 90 % of the error over bootstrap samples of the findings."""
    random = np.random.default_rng(1)
    errors = [_error(pairs[random.integers(0, len(pairs), len(pairs))]) for _ in range(200)]
    return float(np.quantile(errors, 0.05)), float(np.quantile(errors, 0.95))


if __name__ == "__main__":
    main()

"""Speed of the inference alone, from a laid-out problem to its solution, on one core.

    python benchmarks/inference.py --reports 2000 10000 --candidates 50000

Each problem (``laid_out.py``) is drawn once in a process of its own and kept as ``.npz``; then
``Search(problem).solve()`` is timed by the CPU seconds of its process, the median of three. Beside
it stands a fixed piece of work of the same process: ``np.cumsum(np.log1p(...))`` over 4 million
numbers. The ratio of the two stands on busy and slow machines too.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
FIXED = 4_000_000  # numbers of the fixed piece of work: 32 MB, more than a cache holds
RUNS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the problems, solve each in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=[2_000, 10_000])
    parser.add_argument("--candidates", type=int, default=50_000)
    parser.add_argument("--sources", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the problems are written, and kept")
    parser.add_argument("--row", type=Path, help=argparse.SUPPRESS)  # a child's own problem
    options = parser.parse_args(arguments)
    if options.row:
        print("| " + " | ".join(measured(options.row)) + " |")
        return
    print("| reports | candidates | sources | named | found right | fixed, s | solve, s | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for reports in options.reports:
            size = (reports, options.candidates, options.sources, options.seed)
            path = folder / f"problem-{'-'.join(map(str, size))}.npz"
            if not path.exists():
                drawn = f"laid_out.save(laid_out.lay_out{size}, Path({str(path)!r}))"
                _child("-c", f"import laid_out; from pathlib import Path; {drawn}")
            _child(__file__, "--row", str(path))


def _child(*arguments: str) -> None:
    """Run Python beside the benchmarks, on one thread: NumPy reads that when it is imported."""
    environment = {**os.environ, **ONE_THREAD}
    here = str(Path(__file__).parent)
    environment["PYTHONPATH"] = os.pathsep.join([here, *_given(environment.get("PYTHONPATH"))])
    subprocess.run([sys.executable, *arguments], check=True, env=environment)


def _given(path: str | None) -> list[str]:
    return [path] if path else []


def measured(path: Path) -> list[str]:
    """Return one row of the table."""
    import numpy as np  # noqa: PLC0415  after its threads are set

    import laid_out  # noqa: PLC0415
    from whence.model import NAMED  # noqa: PLC0415
    from whence.tracing.groups import grouped  # noqa: PLC0415
    from whence.tracing.search import Search  # noqa: PLC0415

    numbers = np.random.default_rng(0).random(FIXED)
    fixed = _median(lambda: np.cumsum(np.log1p(numbers)))
    # Read anew each time: what a problem keeps for later is part of solving it.
    fresh = [laid_out.load(path) for _ in range(RUNS)]
    problems = [here.problem for here in fresh]
    problem, sources = fresh[0].problem, {int(c) for c in fresh[0].sources}
    solve = _median(lambda: Search(problems.pop(), lambda _: None).solve())
    solution = Search(problem, lambda _: None).solve()
    groups = [grouped(slot.rivals, slot.log_weights) for slot in solution.slots]
    named = {int(group.members[0]) for group in groups if group.posterior >= NAMED}
    counts = (problem.n_reports, len(problem.kinds), len(sources), len(named), len(named & sources))
    times = (f"{fixed:.3f}", f"{solve:.2f}", f"{solve / fixed:.0f}")
    return [*(f"{count:,}" for count in counts), *times]


def _median(work: Callable[[], object]) -> float:
    """Return the median CPU seconds of a piece of work."""
    seconds = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return sorted(seconds)[RUNS // 2]


if __name__ == "__main__":
    main()

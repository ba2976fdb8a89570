"""Lanes in processes: started afresh, told apart by pipes, and never left behind."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from whence.errors import EngineError
from whence.market.lanes import LaneResult, write_lane
from whence.market.spec import MarketSpec
from whence.market.streamed_plan import Plan, planned

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


@dataclass(frozen=True, slots=True)
class _Written:
    """One lane is done."""

    lane: int
    result: LaneResult


@dataclass(frozen=True, slots=True)
class _Block:
    """One block is done."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """The disk gave out, with this number and these words of the operating system."""

    number: int | None
    text: str


def n_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write_lanes(
    plan: Plan, out: Path, n_processes: int, on_block: Callable[[], None]
) -> list[LaneResult]:
    """Write all lanes and return what they saw, lane by lane.

    Raises OSError where the disk gave out and EngineError where a process ended before its time.
    """
    n_processes = min(n_processes, plan.n_lanes)
    if n_processes <= 1:
        return [write_lane(plan, lane, out, on_block) for lane in range(plan.n_lanes)]
    # Spawned, not forked: a fork would inherit the locks of threads that it has not got.
    context = multiprocessing.get_context("spawn")
    running: list[SpawnProcess] = []
    try:
        pipes: list[Connection] = []
        for first in range(n_processes):
            ours, theirs = context.Pipe(duplex=False)
            lanes = range(first, plan.n_lanes, n_processes)
            process = context.Process(
                target=_work, args=(plan.spec, lanes, out, theirs), daemon=True
            )
            process.start()
            running.append(process)
            theirs.close()  # so that the end of the process ends the pipe
            pipes.append(ours)
        results = _results(pipes, on_block)
        if len(results) < plan.n_lanes:
            raise EngineError("market.process-lost", hint="market.process-lost-hint")
        return [results[lane] for lane in range(plan.n_lanes)]
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.join()


def _results(pipes: list[Connection], on_block: Callable[[], None]) -> dict[int, LaneResult]:
    """Return the lanes' results, as far as their processes come."""
    results: dict[int, LaneResult] = {}
    while pipes:
        ready = set(map(id, wait(pipes)))
        for pipe in [each for each in pipes if id(each) in ready]:
            try:
                news = pipe.recv()
            except EOFError:
                pipes.remove(pipe)
                continue
            match news:
                case _Block():
                    on_block()
                case _Written(lane=lane, result=result):
                    results[lane] = result
                case _Failed(number=number, text=text):
                    raise OSError(number, text)
                case Exception():
                    raise news
    return results


def _work(spec: MarketSpec, lanes: range, out: Path, pipe: Connection) -> None:
    """Write some lanes, in a process of its own, and tell how far it is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us is asked, and ends us
    pa.set_cpu_count(1)
    # Nobody listens any more: whoever started us was killed, so leave as well.
    with suppress(BrokenPipeError), pipe:
        try:
            plan = planned(spec)
            for lane in lanes:
                result = write_lane(plan, lane, out, lambda: pipe.send(_Block()))
                pipe.send(_Written(lane, result))
        except BrokenPipeError:
            raise
        except OSError as error:
            pipe.send(_Failed(error.errno, error.strerror or str(error)))
        except Exception as error:  # noqa: BLE001  told where it can be shown
            pipe.send(error)

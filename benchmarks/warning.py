"""What warnings cost: planning, sending, going on after a kill, the self-check, effects, codes.

    python benchmarks/warning.py [--persons 100000] [--listed 200]

Where a run is short, a figure is the median of several. The disk is the one that holds the
system's folder for temporary files: most of sending is its fsync, which is measured beside it.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from threading import Thread

import numpy as np

from whence.ledger import Ledger, make_ledger, open_ledger
from whence.model import DAY, HOUR
from whence.warning.answering import server
from whence.warning.asking import ask
from whence.warning.audience import Exposed, ExposedOrder
from whence.warning.caller import CallerCheck
from whence.warning.channels import Message, Outcome
from whence.warning.contacts import Contact
from whence.warning.effect import Call, Exposure, effect
from whence.warning.listed import build_list
from whence.warning.outbox import Outbox
from whence.warning.planning import Terms
from whence.warning.settings import CallerCodes, CaseWords, Pace, Sender, Settings
from whence.warning.slow_hash import USUAL, slow_hash
from whence.warning.to_file import FileChannel
from whence.warning.warn import plan_for, warn, writer_for
from whence.workspace import Workspace, make_workspace

NOW = 20_500 * DAY + 6 * HOUR
KEY = bytes(32)
SETTINGS = Settings(
    path=Path("warning.toml"),
    sender=Sender(name_en="Shop", name_zh="商城", contact_en="95013", contact_zh="自行拨打95013"),
    cases={"leak": CaseWords(kinds=("phone",), measures_en="Closed", measures_zh="已关闭")},
    pace=Pace(per_second=1e9),
)
TERMS = Terms(case_id="leak", avoided_orders={}, avoided_persons={})


def main() -> None:
    """Measure everything and print one table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--persons", type=int, default=100_000)
    options.add_argument("--listed", type=int, default=200)
    asked = options.parse_args()
    print(f"{'what':58}{'figure':>16}")
    for what, figure in figures(asked.persons, asked.listed):
        print(f"{what:58}{figure:>16}", flush=True)


def figures(n: int, n_listed: int) -> Iterator[tuple[str, str]]:
    """Yield each figure as it is measured."""
    yield "one fsync of a 4 kB append", f"{1e3 * fsync_s():.2f} ms"
    yield from sending_figures(n)
    yield from self_check_figures(n_listed)
    yield from other_figures(n)


def sending_figures(n: int) -> Iterator[tuple[str, str]]:
    """Yield what a run costs, by step and by how many are under way at a time."""
    leak, contacts = world(n)
    writer = writer_for(leak, contacts, SETTINGS, template="pipl57", case_id="leak", key=KEY)
    plan_s = took(
        lambda: plan_for(leak, writer, {}, terms=TERMS, channel="file", forms=("sms",), now=NOW)
    )
    yield f"plan for {n:,} persons", f"{plan_s:.2f} s"
    with installation() as (place, ledger), Outbox(place.folder) as outbox:
        channel = FileChannel(place.folder / "out", "jsonl")
        run_s = took(lambda: sent(outbox, ledger, leak, contacts, channel))
        yield "whole run over the file channel, JSON Lines", f"{n / run_s:,.0f}/s"
        again_s = took(lambda: sent(outbox, ledger, leak, contacts, channel))
        yield f"run again with {n:,} told, to see that all are", f"{again_s:.2f} s"
    some, few = world(min(n, 5_000)), world(min(n, 2_000))
    with installation() as (place, ledger), Outbox(place.folder) as outbox:
        files = FileChannel(place.folder / "out", "files")
        run_s = took(lambda: sent(outbox, ledger, *some, files))
        yield "the same, one file each", f"{len(some[1]) / run_s:,.0f}/s"
    for window in (1, 64):
        with installation() as (place, ledger), Outbox(place.folder) as outbox:
            run_s = took(lambda box=outbox, log=ledger, w=window: sent(box, log, *few, Wire(w)))  # type: ignore[misc]
        what = f"a channel that takes no time, {window} under way (SMTP: 1)"
        yield what, f"{len(few[1]) / run_s:,.0f}/s"
    with installation() as (place, ledger), Outbox(place.folder) as outbox:
        stopped = Wire(64, cut_at=len(few[1]) // 2)
        try:
            sent(outbox, ledger, *few, stopped)
        except KeyboardInterrupt:
            resume_s = took(lambda: sent(outbox, ledger, *few, Wire(64, cut_at=0)), kills=True)
            yield "from a cut-off run's start to its first message again", f"{resume_s:.2f} s"


def self_check_figures(n_listed: int) -> Iterator[tuple[str, str]]:
    """Yield what a hash, a list and a question cost."""
    hash_s = took(lambda: slow_hash("ORD1", "13900000001", bytes(16), USUAL), runs=5)
    yield "one slow hash (64 MiB, 3 passes)", f"{1e3 * hash_s:.0f} ms"
    pairs = [(f"ORD{i}", f"139{i:08}") for i in range(n_listed)]
    with tempfile.TemporaryDirectory() as folder:

        def build(some: Sequence[tuple[str, str]]) -> None:
            build_list(
                some, Path(folder), n_orders=100_000_000, k=1_000, key=KEY,
                threads=os.cpu_count() or 1,
            )  # fmt: skip

        first_s = took(lambda: build(pairs))
        yield f"list of {n_listed} orders among 100 million, built", f"{first_s:.1f} s"
        yield "the same built again", f"{took(lambda: build(pairs)):.2f} s"
        held = server(Path(folder), "127.0.0.1", 0, per_hour=0, monotonic=time.monotonic)
        thread = Thread(target=held.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            url = f"http://127.0.0.1:{held.server_address[1]}"
            ask_s = took(lambda: ask(url, "ORD1", "13900000001"), runs=5)
            yield "one question, hash and two requests", f"{1e3 * ask_s:.0f} ms"
        finally:
            held.shutdown()
            thread.join()
            held.server_close()


def other_figures(n: int) -> Iterator[tuple[str, str]]:
    """Yield what an effect and a caller's code cost."""
    rng = np.random.default_rng(1)
    exposures = [
        Exposure(customer_id=str(i), told_at=NOW + int(rng.integers(30 * DAY))) for i in range(n)
    ]
    calls = {str(i): [Call(at=NOW + int(rng.integers(60 * DAY)), loss=0.0)] for i in range(n // 50)}
    effect_s = took(lambda: effect(exposures, calls, start=NOW, until=NOW + 60 * DAY))
    yield f"effect over {n:,} persons, 60 days, {n // 50:,} calls", f"{effect_s:.2f} s"
    with (
        tempfile.TemporaryDirectory() as folder,
        CallerCheck(Path(folder), KEY, CallerCodes()) as check,
    ):
        numbers = iter(range(1_000_000))

        def one_call() -> None:
            order = f"O{next(numbers)}"
            check.verify(order, check.open_call("A", order, NOW).code, NOW)

        one_call()
        yield "a call opened and confirmed", f"{1e3 * took(one_call, runs=50):.2f} ms"


class Wire:
    """A channel that takes everything at once; ``cut_at`` stops it as a kill would."""

    name = "webhook"
    forms = ("sms",)

    def __init__(self, window: int, cut_at: int | None = None) -> None:
        self.window = window
        self._left = cut_at

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Take all messages, unless it is time to stop."""
        if self._left is not None:
            self._left -= len(messages)
            if self._left < 0:
                raise KeyboardInterrupt
        return [Outcome(state="told") for _ in messages]

    def close(self) -> None:
        """Hold nothing."""


def world(n: int) -> tuple[Exposed, dict[str, Contact]]:
    """Return a leak of so many persons, and how each is reached."""
    orders = tuple(
        ExposedOrder(
            order_id=f"ORD{i:07}",
            customer_id=f"C{i:07}",
            probability=0.9,
            accessed_at=NOW - DAY,
            due_from=NOW + i % 30 * DAY,
            due_until=NOW + (i % 30 + 10) * DAY,
        )
        for i in range(n)
    )
    contacts = {
        o.customer_id: Contact(customer_id=o.customer_id, phone=f"139{i:08}")
        for i, o in enumerate(orders)
    }
    return Exposed(orders=orders, suspect_ids=frozenset(), n_nameless=0), contacts


@contextmanager
def installation() -> Iterator[tuple[Workspace, Ledger]]:
    """Give a workspace with an empty ledger."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_workspace(Path(folder) / "ws", name="shop.example/orders")
        make_ledger(made, clock=lambda: NOW)
        with open_ledger(made, clock=lambda: NOW) as ledger:
            yield made, ledger


def sent(
    outbox: Outbox,
    ledger: Ledger,
    leak: Exposed,
    contacts: dict[str, Contact],
    channel: Wire | FileChannel,
) -> None:
    """Run a whole warning over a channel."""
    writer = writer_for(
        leak, contacts, replace(SETTINGS), template="pipl57", case_id="leak", key=KEY
    )
    warn(
        outbox, leak, writer, channel, ledger, terms=TERMS, clock=lambda: NOW, sleep=lambda _: None
    )


def fsync_s() -> float:
    """Return how long the disk takes to bring an append home."""
    with tempfile.NamedTemporaryFile() as file:

        def once() -> None:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())

        return took(once, runs=50)


def took(work: Callable[[], object], *, runs: int = 1, kills: bool = False) -> float:
    """Return the median time of some runs, in seconds; ``kills``: the work ends by a kill."""
    return median(_times(work, range(runs), kills=kills))


def _times(work: Callable[[], object], runs: Iterable[int], *, kills: bool) -> Iterator[float]:
    for _ in runs:
        began = time.perf_counter()
        try:
            work()
        except KeyboardInterrupt:
            if not kills:
                raise
        yield time.perf_counter() - began


if __name__ == "__main__":
    main()

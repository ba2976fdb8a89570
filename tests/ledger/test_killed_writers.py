"""Four processes record, and are killed at any moment: nothing that was acknowledged is lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from ledger_world import House, house
from postgres import Server

WRITERS = 4
OF_ONE_LEDGER = 50  # kills; then another ledger, so that none grows too large to look at often
LONGEST_S = 0.06  # from a writer's first batch to its end; a batch takes a fiftieth of that


class Writers:
    """Four processes at work on one ledger; whoever is killed is replaced."""

    def __init__(self, shop: House) -> None:
        self._where = (str(shop.workspace.folder), shop.workspace.ledger or "")
        self._number = 0
        self._running = [self._started() for _ in range(WRITERS)]
        self.acknowledged: list[tuple[int, str, int]] = []

    def kill(self, which: int, after_s: float) -> None:
        """End one amid its work, and take down what it was told; SIGKILL cannot be caught."""
        process = self._running[which]
        first = self._first_line(process)
        time.sleep(after_s)
        assert process.poll() is None, "a writer gave up by itself"
        process.kill()
        self._take_down(process, first)
        self._running[which] = self._started()

    def kill_all(self) -> None:
        """End all of them, as if the machine went."""
        first = [self._first_line(process) for process in self._running]
        for process in self._running:
            process.kill()
        for process, line in zip(self._running, first, strict=True):
            self._take_down(process, line)

    def _first_line(self, process: "subprocess.Popen[str]") -> str:
        """Wait until a writer has recorded its first batch."""
        assert process.stdout is not None
        return process.stdout.readline()

    def lose(self, server: Server) -> None:
        """Have the server crash amid their work, and wait until all have given up."""
        first = [self._first_line(process) for process in self._running]
        server.crash()
        for process, line in zip(self._running, first, strict=True):
            self._take_down(process, line)
            assert process.returncode == 1

    def _take_down(self, process: "subprocess.Popen[str]", first: str) -> None:
        said, _ = process.communicate()
        whole, _, _ = (first + said).rpartition("\n")  # it may have been killed amid a line
        for line in whole.splitlines():
            seq, batch, n = line.split()
            self.acknowledged.append((int(seq), batch, int(n)))

    def _started(self) -> "subprocess.Popen[str]":
        self._number += 1
        script = str(Path(__file__).parent / "worlds" / "appender.py")
        return subprocess.Popen(
            [sys.executable, script, *self._where, f"w{self._number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


def verify_nothing_lost(shop: House, writers: Writers) -> None:
    with shop.ledger() as ledger:
        ledger.verify(fingerprint=shop.fingerprint)
        entries = list(ledger.read())
        for seq, batch, n in writers.acknowledged:
            facts = [read.entry.facts for read in entries[seq : seq + n]]
            assert facts == [{"batch": batch, "n": n}] * n
        counted = Counter(read.entry.facts.get("batch") for read in entries[1:])
        for read in entries[1:]:  # acknowledged or not: whole or not at all
            assert counted[read.entry.facts["batch"]] == read.entry.facts["n"]
        _, batch, n = writers.acknowledged[-1]
        assert len(ledger.history(batch).other_seqs) == n
        assert ledger.append([entries[-1].entry]) == range(len(entries), len(entries) + 1)


@pytest.mark.parametrize("kills", [20, pytest.param(1_000, marks=pytest.mark.slow)])
def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path, kills: int) -> None:
    moments = random.Random(kills)
    done = 0
    while done < kills:
        shop = house(tmp_path / f"workspace-{done}")
        writers = Writers(shop)
        here = min(OF_ONE_LEDGER, kills - done)
        for _ in range(here - WRITERS):
            writers.kill(moments.randrange(WRITERS), moments.uniform(0, LONGEST_S))
        writers.kill_all()
        done += here
        assert len(writers.acknowledged) > 2 * here
        verify_nothing_lost(shop, writers)


@pytest.mark.postgres
@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_so_it_is_with_a_server(tmp_path: Path, database: str, kills: int) -> None:
    moments = random.Random(kills)
    shop = house(tmp_path / "workspace", database)
    writers = Writers(shop)
    for _ in range(kills - WRITERS):
        writers.kill(moments.randrange(WRITERS), moments.uniform(0, LONGEST_S))
    writers.kill_all()
    assert len(writers.acknowledged) > kills
    verify_nothing_lost(shop, writers)


@pytest.mark.postgres
def test_a_server_that_crashes_has_what_it_acknowledged(
    tmp_path: Path, running_server: Server, database: str
) -> None:
    shop = house(tmp_path / "workspace", database)
    writers = Writers(shop)
    writers.lose(running_server)
    running_server.start()
    assert len(writers.acknowledged) >= WRITERS
    verify_nothing_lost(shop, writers)

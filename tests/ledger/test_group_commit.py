"""Threads record together: one transaction for many, each told when its own is durable."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from ledger_world import BEGAN, House, reveal

from whence.errors import OutputError, UsageError
from whence.ledger import Entry, GroupCommit, Ledger, together
from whence.ledger.entries import Sealed
from whence.ledger.together import Together, _Waiting


class Counting:
    """Counts a ledger's transactions, and can hold the first one up or have them fail."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.error: Exception | None = None
        self.may_go = threading.Event()
        self.is_waiting = threading.Event()
        self.may_go.set()
        real = ledger.append_sealed

        def counted(sealed: Sequence[Sealed]) -> range:
            self.is_waiting.set()
            assert self.may_go.wait(10)
            self.sizes.append(len(sealed))
            if self.error is not None:
                raise self.error
            return real(sealed)

        monkeypatch.setattr(ledger, "append_sealed", counted)


class EndedWait:
    """Stands for a wait that Ctrl-C ends, whether or not the turn had come."""

    def acquire(self) -> None:
        raise KeyboardInterrupt

    def release(self) -> None: ...


def interrupted(sealed: Any) -> _Waiting[Any, int]:
    waiting: _Waiting[Any, int] = _Waiting(sealed)
    waiting.wake = EndedWait()  # type: ignore[assignment]
    return waiting


@contextmanager
def held_up(counting: Counting) -> Iterator[None]:
    """Hold the first transaction up while others come."""
    counting.may_go.clear()
    try:
        yield
    finally:
        counting.may_go.set()


def test_every_caller_gets_the_number_of_its_own_entry(shop: House) -> None:
    with shop.ledger() as ledger, ThreadPoolExecutor(16) as threads:
        group = GroupCommit(ledger)
        seqs = list(threads.map(group.record, [reveal(i) for i in range(400)]))
        assert sorted(seqs) == list(range(1, 401))
        orders = {read.seq: read.entry.facts["order_id"] for read in ledger.read(1)}
        assert [orders[seq] for seq in seqs] == [f"O{i:09}" for i in range(400)]
        ledger.verify()


def test_what_comes_while_one_writes_is_written_together(
    file_shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_shop.ledger() as ledger, ThreadPoolExecutor(20) as threads:
        counting = Counting(ledger, monkeypatch)
        group = GroupCommit(ledger)
        with held_up(counting):
            waiting = [threads.submit(group.record, reveal(0))]
            assert counting.is_waiting.wait(10)
            waiting += [threads.submit(group.record, reveal(i)) for i in range(1, 20)]
            while len(group._together._queue) < 19:
                time.sleep(0.001)
        assert sorted(found.result(10) for found in waiting) == list(range(1, 21))
        assert counting.sizes == [1, 19]


def test_nobody_is_told_before_the_entry_can_be_read_by_others(file_shop: House) -> None:
    with file_shop.ledger() as ledger, file_shop.ledger() as other:
        group = GroupCommit(ledger)
        for i in range(5):
            seq = group.record(reveal(i))
            (read,) = other.read(seq)
            assert read.entry.facts["order_id"] == f"O{i:09}"


def test_an_error_reaches_everybody_who_waited_and_nobody_after(
    file_shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_shop.ledger() as ledger, ThreadPoolExecutor(8) as threads:
        counting = Counting(ledger, monkeypatch)
        counting.error = OutputError("ledger.full", place="disk")
        group = GroupCommit(ledger)
        with held_up(counting):
            waiting = [threads.submit(group.record, reveal(i)) for i in range(8)]
            while len(group._together._queue) < 7:
                time.sleep(0.001)
        for found in waiting:
            assert isinstance(found.exception(10), OutputError)
        assert ledger.size == 1
        counting.error = None
        assert group.record(reveal(9)) == 1


def test_an_entry_that_cannot_be_recorded_is_its_callers_fault_alone(file_shop: House) -> None:
    bad = Entry(kind="note", at=BEGAN, facts={"share": 0.5})  # type: ignore[dict-item]
    with file_shop.ledger() as ledger, ThreadPoolExecutor(8) as threads:
        group = GroupCommit(ledger)
        given = [reveal(i) if i % 2 else bad for i in range(40)]
        found = [threads.submit(group.record, entry) for entry in given]
        errors = [each.exception(10) for each in found]
        assert all(isinstance(error, UsageError) for error in errors[::2])
        assert errors[1::2] == [None] * 20
        assert ledger.size == 21


def test_who_is_interrupted_while_waiting_is_left_out_and_holds_nobody_up(
    file_shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_shop.ledger() as ledger, ThreadPoolExecutor(4) as threads:
        counting = Counting(ledger, monkeypatch)
        group = GroupCommit(ledger)
        with held_up(counting):
            first = threads.submit(group.record, reveal(0))
            assert counting.is_waiting.wait(10)
            with monkeypatch.context() as patch:
                patch.setattr(together, "_Waiting", interrupted)
                with pytest.raises(KeyboardInterrupt):
                    group.record(reveal(1))
            later = []
            for i in (2, 3):
                later.append(threads.submit(group.record, reveal(i)))
                while len(group._together._queue) < len(later):
                    time.sleep(0.001)
        assert [found.result(10) for found in (first, *later)] == [1, 2, 3]
        assert ledger.size == 4


def test_a_turn_that_comes_to_who_was_interrupted_goes_on_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[int]] = []

    def answer(questions: Sequence[int]) -> Sequence[int]:
        asked.append(list(questions))
        return questions

    room = Together[int, int](answer)
    with monkeypatch.context() as patch:
        patch.setattr(together, "_Waiting", interrupted)
        with pytest.raises(KeyboardInterrupt):
            room.ask(1)
    assert not room._queue
    assert not room._is_led
    assert room.ask(2) == 2
    assert asked == [[2]]

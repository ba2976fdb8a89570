"""Many who ask at once: one durable write for all that wait, no quota passed, nobody lost."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from protection_world import DELIVERING, ORDERS, REGISTER, Clock, Installation, made, opened

from whence.errors import RefusedError
from whence.ledger import Entry
from whence.ledger.together import Together, _Waiting

N = 8
WIDE = REGISTER.replace("quota_per_day = 5", "quota_per_day = 50").replace(
    "quota_per_account = 3", "quota_per_account = 40"
)


def test_those_who_wait_share_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(made(tmp_path, WIDE)) as there:
        there.vault.seal(ORDERS)
        append, writes, is_writing, go_on = there.ledger.append, [], Event(), Event()

        def slow(entries: Sequence[Entry]) -> range:
            is_writing.set()
            go_on.wait(30)
            writes.append(len(entries))
            return append(entries)

        monkeypatch.setattr(there.ledger, "append", slow)
        with ThreadPoolExecutor(N) as pool:
            asked = [pool.submit(there.desk.reveal, "O-1", ["name"], DELIVERING)]
            is_writing.wait(30)  # the first is writing, and the others come
            asked += [
                pool.submit(there.desk.reveal, "O-3", ["name"], DELIVERING) for _ in range(N - 1)
            ]
            queue = there.desk._together._queue
            while len(there.desk._together._queue) < N - 1:
                Event().wait(0.001)
            go_on.set()
            given = [one.result(30) for one in asked]
        assert writes == [1, N - 1]
        assert queue is not there.desk._together._queue
        assert [one.order_id for one in given] == ["O-1", *["O-3"] * (N - 1)]
        assert len(there.entries("reveal")) == N


def test_a_refusal_among_them_concerns_nobody_else(installation: Installation) -> None:
    questions = [("O-1", DELIVERING), ("O-9", DELIVERING), ("O-3", DELIVERING)]
    together = Barrier(len(questions))

    def ask(order_id: str) -> object:
        together.wait(30)
        try:
            return installation.desk.reveal(order_id, ["name"], DELIVERING).order_id
        except RefusedError as refused:
            return refused.phrase

    with ThreadPoolExecutor(len(questions)) as pool:
        answers = list(pool.map(ask, [order_id for order_id, _ in questions]))
    assert answers == ["O-1", "protection.no-order", "O-3"]


def test_no_quota_is_passed_by_threads_and_processes_together(tmp_path: Path) -> None:
    """Two desks as of two processes, with eight threads each."""
    home = made(tmp_path, WIDE)
    with opened(home) as one, opened(home) as other:
        one.vault.seal(ORDERS)

        def ask(n: int) -> str:
            desk = (one, other)[n % 2].desk
            try:
                desk.reveal("O-1", ["name"], replace(DELIVERING, account_id=f"a{n % 4}"))
            except RefusedError as refused:
                return refused.phrase
            return "given"

        with ThreadPoolExecutor(2 * N) as pool:
            answers = list(pool.map(ask, range(80)))
        assert Counter(answers) == {"given": 50, "protection.above-day": 30}
        assert len(one.entries("reveal")) == 50
        assert len(one.entries("refusal")) == 30


def test_around_midnight_clocks_may_lie_a_little_apart(tmp_path: Path) -> None:
    home = made(tmp_path)
    midnight = Clock(20_586 * 86_400_000_000)
    just_before = Clock(midnight.now - 1)
    with opened(home, midnight) as there, opened(home, just_before) as before:
        there.vault.seal(ORDERS)
        there.desk.reveal("O-1", ["name"], DELIVERING)
        before.desk.reveal("O-1", ["name"], DELIVERING)
        assert there.entries("refusal") == []


def test_an_error_of_the_one_who_answers_reaches_everybody_who_waits() -> None:
    go_on = Event()

    def answer(questions: Sequence[int]) -> list[int | Exception]:
        go_on.wait(30)
        if 13 in questions:
            raise OSError
        return [ValueError() if one < 0 else 2 * one for one in questions]

    together = Together(answer)
    answers: dict[int, object] = {}

    def ask(question: int) -> None:
        try:
            answers[question] = together.ask(question)
        except (OSError, ValueError) as error:
            answers[question] = type(error)

    threads = [Thread(target=ask, args=(1,))]
    threads[0].start()
    while together._queue:
        Event().wait(0.001)  # the first is being answered alone
    threads += [Thread(target=ask, args=(n,)) for n in (2, -3, 13)]
    for thread in threads[1:]:
        thread.start()
    while len(together._queue) < 3:
        Event().wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert answers == {1: 2, 2: OSError, -3: OSError, 13: OSError}
    assert together.ask(4) == 8
    with pytest.raises(ValueError, match=r"^$"):
        together.ask(-1)


def test_who_is_interrupted_while_waiting_leaves_the_others_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_answering, go_on = Event(), Event()

    def answer(questions: Sequence[int]) -> list[int | Exception]:
        is_answering.set()
        go_on.wait(30)
        return [2 * one for one in questions]

    class Interrupted:
        """A lock whose wait ends with Ctrl-C."""

        def acquire(self) -> None:
            go_on.set()
            raise KeyboardInterrupt

        def release(self) -> None:
            """Wake nobody: nobody waits."""

    together = Together(answer)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.ask, 1)
        is_answering.wait(30)
        interrupted = _Waiting[int, int](2)
        monkeypatch.setattr(interrupted, "wake", Interrupted())
        monkeypatch.setattr("whence.ledger.together._Waiting", lambda _: interrupted)
        with pytest.raises(KeyboardInterrupt):
            together.ask(2)
        monkeypatch.undo()
        assert first.result(30) == 2
        assert pool.submit(together.ask, 3).result(30) == 6

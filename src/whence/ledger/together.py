"""Questions of several threads answered in one step: who finds nobody at it answers for all.

There is no thread of its own. While one step is under way, those who come wait, each for its own
answer; when it ends, the first of those that came meanwhile answers for all of them. Nobody whose
answer is there waits behind the next step.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

_MOST: Final = 1024  # questions of one step, so that nobody waits much longer


class _Waiting(Generic[Q, A]):
    """One question until it has its answer; ``wake`` is held until there is news."""

    __slots__ = ("answer", "error", "is_done", "leads", "question", "wake")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | None = None
        self.error: BaseException | None = None
        self.is_done = False
        self.leads = False
        self.wake = Lock()
        self.wake.acquire()


class Together(Generic[Q, A]):
    """Puts questions that wait at the same time to one function, in the order they came in.

    The function returns one answer for each; an answer that is an error is raised where its
    question was asked. An error that the function itself raises reaches all of them.
    """

    def __init__(self, answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> None:
        self._answer_all = answer_all
        self._queue: list[_Waiting[Q, A]] = []
        self._is_led = False
        self._lock = Lock()

    def ask(self, question: Q) -> A:
        """Return the answer to a question, or raise it."""
        waiting: _Waiting[Q, A] = _Waiting(question)
        with self._lock:
            self._queue.append(waiting)
            if not self._is_led:
                self._hand_on()
        try:
            waiting.wake.acquire()  # until it is answered, or its turn to answer
        except BaseException:  # Ctrl-C; it must not leave the others without anybody to answer
            self._withdraw(waiting)
            raise
        if not waiting.is_done:
            self._lead(waiting)
        if waiting.error is not None:
            raise waiting.error
        return waiting.answer  # type: ignore[return-value]  # done, and without an error

    def _hand_on(self) -> None:
        """Let the first of those who wait answer next; the lock is held."""
        self._is_led = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].wake.release()

    def _withdraw(self, waiting: _Waiting[Q, A]) -> None:
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
                if waiting.leads:
                    self._hand_on()

    def _lead(self, own: _Waiting[Q, A]) -> None:
        """Answer what waits, one's own question among it, and let the next one lead."""
        with self._lock:
            group, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        self._answer(group)
        with self._lock:
            self._hand_on()
        for waiting in group:
            if waiting is not own:
                waiting.wake.release()

    def _answer(self, group: Sequence[_Waiting[Q, A]]) -> None:
        try:
            answers = self._answer_all([waiting.question for waiting in group])
        except BaseException as error:  # noqa: BLE001  it is raised by everybody who asked
            for waiting in group:
                waiting.error, waiting.is_done = error, True
            return
        for waiting, answer in zip(group, answers, strict=True):
            if isinstance(answer, Exception):
                waiting.error = answer
            else:
                waiting.answer = answer
            waiting.is_done = True

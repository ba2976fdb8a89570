"""Many threads, one transaction: what is recorded at the same time reaches the disk together.

There is no thread of its own. Whoever finds nobody writing writes for everybody who waits, and then
hands the turn to the first of those who came meanwhile.
"""

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from whence.ledger.entries import Entry, Sealed

if TYPE_CHECKING:
    from whence.ledger.ledger import Ledger

_MOST: Final = 4096  # entries of one transaction: some 100 ms, so that nobody waits much longer


@dataclass(slots=True, eq=False)
class _Waiting:
    """One caller's entry, until it has a number or an error; woken without either, it leads."""

    sealed: Sealed
    seq: int | None = None
    error: BaseException | None = None
    woken: Event = field(default_factory=Event)

    @property
    def is_done(self) -> bool:
        return self.seq is not None or self.error is not None


class GroupCommit:
    """Records entries of several threads in as few transactions as they allow."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._queue: list[_Waiting] = []
        self._is_led = False  # somebody writes, or is about to
        self._lock = Lock()  # of the two above; never held while something is written

    def record(self, entry: Entry) -> int:
        """Append an entry, and return its number when it is durable.

        An error of the ledger reaches every caller whose entry was in the same transaction; an
        entry that cannot be recorded at all is refused before it joins others.
        """
        waiting = _Waiting(self._ledger.seal([entry])[0])
        with self._lock:
            self._queue.append(waiting)
            leads, self._is_led = not self._is_led, True
        try:
            if not leads:
                waiting.woken.wait()
            if not waiting.is_done:
                self._write()
        except BaseException:  # interrupted while it waited: the others go on without it
            self._step_aside(waiting)
            raise
        if waiting.error is not None:
            raise waiting.error
        assert waiting.seq is not None  # noqa: S101  done, and without an error
        return waiting.seq

    def _write(self) -> None:
        """Write what waits, in the order in which it came; the leader's own is the first."""
        with self._lock:
            group, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        try:
            seqs = self._ledger.append_sealed([waiting.sealed for waiting in group])
        except BaseException as error:  # noqa: BLE001  it is raised by every caller
            for waiting in group:
                waiting.error = error
        else:
            for waiting, seq in zip(group, seqs, strict=True):
                waiting.seq = seq
        self._hand_over()
        for waiting in group:
            waiting.woken.set()

    def _hand_over(self) -> None:
        """Let the first who waits lead, if anybody does."""
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._is_led = following is not None
        if following is not None:
            following.woken.set()

    def _step_aside(self, waiting: _Waiting) -> None:
        """Take an entry out that nobody has written yet, and the turn on, if it had come to it."""
        with self._lock:
            if waiting not in self._queue:
                return
            self._queue.remove(waiting)
        if waiting.woken.is_set():
            self._hand_over()

"""Many threads, one transaction: what is recorded at the same time reaches the disk together.

There is no thread of its own. Whoever finds nobody writing writes for everybody who waits.
"""

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from whence.ledger.entries import Entry, Sealed

if TYPE_CHECKING:
    from whence.ledger.ledger import Ledger

_MOST: Final = 4096  # entries of one transaction: some 100 ms, so that nobody waits much longer


@dataclass(slots=True)
class _Waiting:
    """One caller's entry, until it has a number or an error."""

    sealed: Sealed
    seq: int | None = None
    error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.seq is not None or self.error is not None


class GroupCommit:
    """Records entries of several threads in as few transactions as they allow."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._queue: list[_Waiting] = []
        self._queue_lock = Lock()
        self._writing = Lock()

    def record(self, entry: Entry) -> int:
        """Append an entry, and return its number when it is durable.

        An error of the ledger reaches every caller whose entry was in the same transaction; an
        entry that cannot be recorded at all is refused before it joins others.
        """
        waiting = _Waiting(self._ledger.seal([entry])[0])
        with self._queue_lock:
            self._queue.append(waiting)
        while not waiting.is_done:
            with self._writing:
                if not waiting.is_done:
                    self._write()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.seq is not None  # noqa: S101  done, and without an error
        return waiting.seq

    def _write(self) -> None:
        """Write what waits, in the order in which it came."""
        with self._queue_lock:
            group, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        try:
            seqs = self._ledger.append_sealed([waiting.sealed for waiting in group])
        except BaseException as error:  # noqa: BLE001  it is raised by every caller
            for waiting in group:
                waiting.error = error
            return
        for waiting, seq in zip(group, seqs, strict=True):
            waiting.seq = seq

"""Being stopped from outside: Ctrl-C and a polite kill both end the run cleanly."""

import signal
from types import FrameType, TracebackType
from typing import Final, Self

_STOPPED_BY_SIGNAL: Final = 128  # a shell reports 128 + the signal's number


class Interruption:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt while it is open, and remember which."""

    def __init__(self) -> None:
        self._signal = 0

    @property
    def happened(self) -> bool:
        """Whether the run was asked to stop."""
        return self._signal != 0

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after a polite kill."""
        return _STOPPED_BY_SIGNAL + self._signal

    def __enter__(self) -> Self:
        self._former = {
            number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        raise KeyboardInterrupt

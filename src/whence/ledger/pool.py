"""Connections lent to one user at a time: several threads share a storage, none a connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Generic, TypeVar

C = TypeVar("C")


class Pool(Generic[C]):
    """As many connections as are in use at once; a connection that failed is not lent again.

    ``is_alive`` tells whether an idle connection still works.
    """

    def __init__(
        self,
        connect: Callable[[], C],
        close: Callable[[C], None],
        is_alive: Callable[[C], bool] = lambda _: True,
    ) -> None:
        self._connect = connect
        self._close = close
        self._is_alive = is_alive
        self._idle: list[C] = []
        self._lock = Lock()

    @contextmanager
    def lent(self) -> Iterator[C]:
        """Lend a connection while the block runs."""
        connection = self._taken()
        try:
            yield connection
        except BaseException:
            with suppress(Exception):  # it is given up for the error that goes on
                self._close(connection)
            raise
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the connections that nobody has."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            self._close(connection)

    def _taken(self) -> C:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._connect()
            if self._is_alive(connection):
                return connection
            self._close(connection)

"""The self-check's server: a prefix in, an answer of constant length out, nothing kept.

Two addresses: ``/v1/about`` and ``/v1/range/BUILD/PREFIX``. No request is written down anywhere.
Each address of the network may ask so often in an hour; that slows whoever wants to fetch the whole
list. In front of it belongs a proxy that speaks TLS, and that then does the limiting.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from threading import Lock
from typing import Final

from whence.warning.listed import ABOUT, About, read_about, read_answers, to_json

_HOUR_S: Final = 3600.0
_MOST_KNOWN: Final = 100_000  # addresses remembered: some 20 MB
_NETWORK: Final = 64  # bits of an IPv6 address that one subscriber has
_PATIENCE_S: Final = 10.0  # for a client that does not finish its request
_RANGE: Final = "/v1/range/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: an HTTP status and its body."""

    status: int
    body: bytes
    kind: str = "application/octet-stream"


class Limit:
    """So many requests an hour for each address, the oldest forgotten when there are too many."""

    def __init__(self, per_hour: int, monotonic: Callable[[], float]) -> None:
        self._per_hour = per_hour
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def is_free(self, address: str) -> bool:
        """Return whether an address may ask now, and count it; 0 an hour means no limit."""
        if not self._per_hour:
            return True
        name, now = _subscriber(address), self._monotonic()
        with self._lock:
            left, since = self._known.pop(name, (float(self._per_hour), now))
            left = min(self._per_hour, left + (now - since) * self._per_hour / _HOUR_S)
            self._known[name] = (max(left - 1.0, left if left < 1.0 else 0.0), now)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return left >= 1.0


class Lists:
    """The list in a folder, read again when it was built anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._stamp = self._changed()
        self._about = read_about(folder)
        self._answers = read_answers(folder, self._about)

    def answer(self, path: str) -> Answer:
        """Return the answer to a request's path."""
        about, answers = self._current()
        if path == "/v1/about":
            return Answer(status=200, body=to_json(about).encode(), kind="application/json")
        build, _, prefix = path.removeprefix(_RANGE).partition("/")
        n_digits = -(-about.bits // 4)
        is_hex = len(prefix) == n_digits and all(c in "0123456789abcdef" for c in prefix)
        if not path.startswith(_RANGE) or not is_hex or int(prefix or "0", 16) >> about.bits:
            return Answer(status=404, body=b"")
        if build != about.build:
            return Answer(status=409, body=b"")  # built anew since: ask again about it
        return Answer(status=200, body=answers(int(prefix or "0", 16)))

    def _current(self) -> tuple[About, Callable[[int], bytes]]:
        with self._lock:
            stamp = self._changed()
            if stamp != self._stamp:
                self._about = read_about(self._folder)
                self._answers = read_answers(self._folder, self._about)
                self._stamp = stamp
            return self._about, self._answers

    def _changed(self) -> tuple[int, int]:
        path = self._folder / ABOUT
        if not path.exists():
            return 0, 0
        told = path.stat()
        return told.st_mtime_ns, told.st_ino


def server(
    folder: Path, host: str, port: int, *, per_hour: int, monotonic: Callable[[], float]
) -> ThreadingHTTPServer:
    """Return a server of the list in a folder, bound but not yet serving; port 0 is any."""
    lists = Lists(folder)
    limit = Limit(per_hour, monotonic)

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "whence", ""
        timeout = _PATIENCE_S

        def do_GET(self) -> None:
            """Answer one request."""
            if limit.is_free(self.client_address[0]):
                self._send(lists.answer(self.path))
            else:
                self._send(Answer(status=429, body=b""))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Write down nothing of who asked for what."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    return Server((host, port), Handler)


def _subscriber(address: str) -> str:
    """Return what counts as one asker: an IPv4 address, the network of an IPv6 one."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(int(parsed) >> (128 - _NETWORK))
    return str(parsed)

"""A time stamp holds for the checkpoint it is of, by an authority that the reader trusts."""

import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from attested_world import a_ledger
from authority import Authority, has_openssl, make_authority

from whence.errors import InputError, IntegrityError, OutputError, UsageError
from whence.ledger.stamps import (
    REPLY_TYPE,
    REQUEST_TYPE,
    StampRequest,
    ask_for_stamp,
    read_stamp,
    stamp_path,
    stamp_request,
    store_stamp,
    verify_stamp,
)
from whence.model import SECOND, to_instant


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority; with WHENCE_FULL=1 openssl must be there."""
    if not has_openssl():
        reason = "no openssl here to make a time-stamp authority with"
        if os.environ.get("WHENCE_FULL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return make_authority(tmp_path_factory.mktemp("stamps") / "authority", "Honest")


@pytest.fixture(scope="module")
def checkpoints() -> tuple[bytes, bytes]:
    """Two checkpoints of one ledger, as files hold them."""
    one, other = a_ledger(20, every=10).checkpoints
    return one.encode(), other.encode()


@pytest.fixture(scope="module")
def stamped(authority: Authority, checkpoints: tuple[bytes, bytes]) -> tuple[StampRequest, bytes]:
    """Return a request over the first checkpoint, and the reply to it."""
    request = stamp_request(checkpoints[0])
    return request, authority.reply(request.body)


def test_a_stamp_holds_for_its_checkpoint(
    authority: Authority, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    request, reply = stamped
    verify_stamp(reply, checkpoints[0], [authority.root], nonce=request.nonce)
    verify_stamp(reply, checkpoints[0], [authority.root])  # years later, the request is gone


def test_a_stamp_says_when_and_how_exactly(stamped: tuple[StampRequest, bytes]) -> None:
    stamp = read_stamp(stamped[1])
    assert abs(stamp.at - to_instant(datetime.now(UTC))) < 3_600 * SECOND
    assert stamp.at % SECOND == 0
    assert stamp.accuracy == 1_500_000  # as tsa.cnf says, 1 s and 500 ms
    assert stamp.policy == "1.2.3.4.1"
    assert stamp.serial > 0


def test_a_request_shows_nothing_but_a_digest(checkpoints: tuple[bytes, bytes]) -> None:
    request = stamp_request(checkpoints[0])
    assert b"shop.example" not in request.body
    assert request.nonce != stamp_request(checkpoints[0]).nonce
    assert len(request.body) < 100


def test_the_stamp_of_another_checkpoint_is_refused(
    authority: Authority, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    for other in (checkpoints[1], checkpoints[0] + b"\n", b"nothing"):
        with pytest.raises(IntegrityError):
            verify_stamp(stamped[1], other, [authority.root])


def test_a_reply_to_another_request_is_refused(
    authority: Authority, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    with pytest.raises(IntegrityError):
        verify_stamp(
            stamped[1], checkpoints[0], [authority.root], nonce=stamp_request(checkpoints[0]).nonce
        )


def test_an_authority_that_the_reader_does_not_trust_is_refused(
    tmp_path: Path, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    stranger = make_authority(tmp_path / "stranger", "Honest")  # the name is no proof
    with pytest.raises(IntegrityError):
        verify_stamp(stamped[1], checkpoints[0], [stranger.root])


def test_no_root_trusts_nobody(
    checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    with pytest.raises(InputError):
        verify_stamp(stamped[1], checkpoints[0], [b"no certificate"])
    with pytest.raises(IntegrityError):
        verify_stamp(stamped[1], checkpoints[0], [])


def test_a_changed_reply_is_refused_or_says_the_same(
    authority: Authority, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    """A few bytes, such as a version number, are not signed; changing them changes nothing said."""
    reply, n_refused = stamped[1], 0
    for at in range(len(reply)):
        changed = reply[:at] + bytes([reply[at] ^ 1 << at % 8]) + reply[at + 1 :]
        try:
            verify_stamp(changed, checkpoints[0], [authority.root])
        except (IntegrityError, InputError):
            n_refused += 1
        else:
            assert read_stamp(changed) == read_stamp(reply)
    assert n_refused > 0.95 * len(reply)


def test_a_later_time_in_the_reply_is_refused(
    authority: Authority, checkpoints: tuple[bytes, bytes], stamped: tuple[StampRequest, bytes]
) -> None:
    year = b"%d" % datetime.now(UTC).year
    changed = stamped[1].replace(year, b"2020", 1)
    assert changed != stamped[1]
    with pytest.raises(IntegrityError):
        verify_stamp(changed, checkpoints[0], [authority.root])


@pytest.mark.parametrize("reply", [b"", b"<html>", b"\x30\x03\x02\x01\x00", b"\x30\x80" * 50])
def test_what_is_no_reply_is_an_error(reply: bytes) -> None:
    with pytest.raises(InputError):
        read_stamp(reply)
    with pytest.raises(InputError):
        verify_stamp(reply, b"anything", [])


def test_a_refusal_of_the_authority_is_told() -> None:
    rejection = b"\x30\x05\x30\x03\x02\x01\x02"  # PKIStatusInfo, status 2
    with pytest.raises(InputError, match="status 2"):
        read_stamp(rejection)


def test_the_reply_lies_beside_its_checkpoint_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "000000000010-0011aabb.txt"
    stored = store_stamp(path, b"reply")
    assert stored == stamp_path(path) == tmp_path / "000000000010-0011aabb.txt.tsr"
    with pytest.raises(UsageError, match="there already"):
        store_stamp(path, b"another")
    assert stored.read_bytes() == b"reply"
    with pytest.raises(OutputError):
        store_stamp(tmp_path / "nowhere" / "checkpoint.txt", b"reply")


def test_without_the_extra_the_advice_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(UsageError) as raised:
        stamp_request(b"checkpoint")
    assert "whence[stamps]" in (raised.value.advice() or "")


class Desk(HTTPServer):
    """An address on this machine that answers as it is told, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.asked: list[tuple[str, str, bytes]] = []
        self.status, self.reply, self.location = 200, b"", ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stamps"


class _Clerk(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.status)
        self.send_header("Content-Type", REPLY_TYPE)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(self.server.reply)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as desk:
        serving = threading.Thread(target=desk.serve_forever, args=(0.01,))
        serving.start()
        yield desk
        desk.shutdown()
        serving.join()


REQUEST = StampRequest(body=b"a request", nonce=1)


def test_a_request_goes_to_the_address_given_and_the_reply_comes_back(desk: Desk) -> None:
    desk.reply = b"a reply"
    assert ask_for_stamp(REQUEST, desk.url) == b"a reply"
    assert desk.asked == [("/stamps", REQUEST_TYPE, b"a request")]


def test_a_proxy_of_the_environment_is_not_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reply = b"a reply"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask_for_stamp(REQUEST, desk.url) == b"a reply"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(desk: Desk, status: int) -> None:
    desk.status, desk.location = status, desk.url.replace("stamps", "elsewhere")
    with pytest.raises(InputError, match=f"HTTP status {status}"):
        ask_for_stamp(REQUEST, desk.url)
    assert [path for path, _, _ in desk.asked] == ["/stamps"]


def test_an_error_of_the_server_is_told(desk: Desk) -> None:
    desk.status = 503
    with pytest.raises(InputError, match="HTTP status 503"):
        ask_for_stamp(REQUEST, desk.url)


def test_an_endless_reply_is_cut(desk: Desk) -> None:
    desk.reply = bytes(1_000_001)
    with pytest.raises(InputError, match="no usable reply"):
        ask_for_stamp(REQUEST, desk.url)


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(InputError, match="no usable reply"):
        ask_for_stamp(REQUEST, "http://127.0.0.1:9/stamps", timeout_s=5)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1", "http://", ""]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        ask_for_stamp(REQUEST, url)


def test_a_checkpoint_is_stamped_over_the_wire(desk: Desk, authority: Authority) -> None:
    checkpoint = a_ledger(3, every=3).checkpoints[0].encode()
    request = stamp_request(checkpoint)
    desk.reply = authority.reply(request.body)
    reply = ask_for_stamp(request, desk.url)
    verify_stamp(reply, checkpoint, [authority.root], nonce=request.nonce)

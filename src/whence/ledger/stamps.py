"""Time stamps: an authority outside says that a checkpoint was there at a time (RFC 3161).

A checkpoint says what the ledger was, its key holder's clock says when. A stamp over the bytes of
the signed checkpoint takes that word from the holder of the key: whatever a stamped checkpoint
covers was written before the stamp, and by then it was signed.

The reply is stored as it came, beside the checkpoint. Nothing is sent but where the user says.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from whence.errors import InputError, IntegrityError, OutputError, UsageError
from whence.model import SECOND, Instant, to_instant

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

REQUEST_TYPE: Final = "application/timestamp-query"  # RFC 3161, 3.4
REPLY_TYPE: Final = "application/timestamp-reply"
MAX_REPLY: Final = 1_000_000  # bytes; replies with their certificates have 2 to 10 thousand
TIMEOUT_S: Final = 30
_SUFFIX: Final = ".tsr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When an authority says it saw a checkpoint, give or take ``accuracy`` (None: not said)."""

    at: Instant
    accuracy: int | None
    serial: int
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampRequest:
    """What is sent to an authority; the reply must bear the same nonce."""

    body: bytes
    nonce: int


def stamp_request(checkpoint: bytes) -> StampRequest:
    """Return the request for a stamp over a signed checkpoint: its SHA-256, a nonce, nothing else.

    Raises UsageError where the extra ``stamps`` is not installed.
    """
    client = _client()
    asked = client.TimestampRequestBuilder(
        data=checkpoint, hash_algorithm=client.HashAlgorithm.SHA256
    ).build()
    return StampRequest(body=asked.as_bytes(), nonce=asked.nonce)


def ask_for_stamp(request: StampRequest, url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """Send a request to an authority and return its reply, not verified yet.

    Straight to the address given: no redirection is followed, no proxy asked. Raises UsageError
    for an address that is none, InputError where no reply comes.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise UsageError("ledger.bad-address", url=url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirection())
    asked = urllib.request.Request(  # noqa: S310  the scheme is one of two
        url, data=request.body, headers={"Content-Type": REQUEST_TYPE, "Accept": REPLY_TYPE}
    )
    try:
        with opener.open(asked, timeout=timeout_s) as reply:
            received: bytes = reply.read(MAX_REPLY + 1)
    except urllib.error.HTTPError as error:
        raise InputError("ledger.stamp-http", url=url, code=error.code) from error
    except (OSError, http.client.HTTPException) as error:
        raise InputError("ledger.no-stamp-reply", url=url) from error
    if len(received) > MAX_REPLY:
        raise InputError("ledger.no-stamp-reply", url=url)
    return received


def read_stamp(reply: bytes) -> Stamp:
    """Return what a reply says, nothing verified; InputError where it is none or a refusal."""
    decoded = _decoded(reply)
    try:
        info = decoded.tst_info
        accuracy = info.accuracy
        return Stamp(
            at=to_instant(info.gen_time),
            accuracy=None if accuracy is None else _microseconds(accuracy),
            serial=info.serial_number,
            policy=info.policy.dotted_string,
        )
    except ValueError as error:
        raise InputError("ledger.bad-stamp") from error


def verify_stamp(
    reply: bytes, checkpoint: bytes, roots: Sequence[bytes], *, nonce: int | None = None
) -> None:
    """Check that an authority under one of the roots stamped this checkpoint.

    ``roots`` are PEM files of certificates that the user trusts. With the nonce of the request
    that was sent the reply must be to that very one. Raises IntegrityError where the stamp does
    not hold, InputError where reply or roots cannot be read.
    """
    client = _client()
    decoded = _decoded(reply)
    builder = client.VerifierBuilder(roots=_certificates(roots), nonce=nonce)
    try:
        builder.build().verify_message(decoded, checkpoint)
    except (client.VerificationError, ValueError) as error:
        raise IntegrityError("ledger.stamp-fails") from error


def stamp_path(checkpoint: Path) -> Path:
    """Return where the stamp of a checkpoint's file lies: beside it."""
    return checkpoint.with_name(checkpoint.name + _SUFFIX)


def store_stamp(checkpoint: Path, reply: bytes) -> Path:
    """Store a reply beside its checkpoint; an earlier one is never written over."""
    path = stamp_path(checkpoint)
    try:
        with path.open("xb") as file:
            file.write(reply)
    except FileExistsError as error:
        raise UsageError("ledger.stamped-already", file=path) from error
    except OSError as error:
        raise OutputError("ledger.stamp-unwritable", file=path) from error
    return path


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """The reply comes from the address that was given, or not at all."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  urllib's own arguments
        """Refuse: urllib then raises the reply as an HTTPError."""


def _client() -> Any:  # noqa: ANN401  the module, where it is installed
    try:
        import rfc3161_client  # noqa: PLC0415  an extra, and only stamps need it
    except ImportError as error:
        raise UsageError("ledger.no-stamps", hint="ledger.no-stamps-hint") from error
    return rfc3161_client


def _decoded(reply: bytes) -> "TimeStampResponse":
    try:
        decoded: TimeStampResponse = _client().decode_timestamp_response(reply)
    except ValueError as error:
        raise InputError("ledger.bad-stamp") from error
    if decoded.status != 0:  # RFC 3161, 2.4.2: granted
        raise InputError("ledger.stamp-refused", status=decoded.status)
    return decoded


def _certificates(roots: Sequence[bytes]) -> list[Any]:
    from cryptography import x509  # noqa: PLC0415  it costs start-up time

    try:
        return [found for pem in roots for found in x509.load_pem_x509_certificates(pem)]
    except ValueError as error:
        raise InputError("ledger.bad-roots") from error


def _microseconds(accuracy: Any) -> int:  # noqa: ANN401  the client's own record
    """Return seconds, thousandths and millionths as one number."""
    return int(
        (accuracy.seconds or 0) * SECOND + (accuracy.millis or 0) * 1_000 + (accuracy.micros or 0)
    )

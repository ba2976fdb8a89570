"""The webhook channel: each notice a POST, signed, under a key that makes a second one harmless.

The body is JSON. ``Idempotency-Key`` is the notice's id: the other side must answer a key that it
has seen as it did the first time, and do nothing. ``Whence-Signature: t=SECONDS,v1=HEX`` is
HMAC-SHA256 of ``SECONDS.BODY`` under the shared secret, SECONDS in Unix time; the other side checks
it, and that the time is near. Redirects are not followed: a body with an address in it goes where
the settings say and nowhere else.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message as Headers
from hashlib import sha256
from hmac import compare_digest, digest
from http.client import HTTPException
from typing import IO, Final

from whence.model import SECOND, Instant
from whence.warning.channels import ChannelDownError, Message, Outcome
from whence.warning.settings import FORMS, Webhook

_TAKEN: Final = range(200, 300)
_NOT_THIS_ONE: Final = frozenset({400, 413, 422})  # the message is at fault, RFC 9110
_NOT_NOW: Final = frozenset({408, 409, 425, 429})
_SERVER: Final = 500
_EACH: Final = 8  # messages a connection before results are put on disk
_LONGEST_WAIT_S: Final = 3600.0
_AGE_S: Final = 300  # a signature older than this is a replay


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Headers,
        newurl: str,
    ) -> None:
        """Follow nothing: the answer counts as it is."""


class WebhookChannel:
    """Posts to one address, over a few connections at a time."""

    name = "webhook"
    forms = FORMS

    def __init__(self, settings: Webhook, clock: Callable[[], Instant]) -> None:
        self._settings = settings
        self._clock = clock
        self.window = settings.connections * _EACH
        self._pool = ThreadPoolExecutor(settings.connections, thread_name_prefix="whence-post")
        self._opener = urllib.request.build_opener(_NoRedirect)

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Post all messages, and return what was answered to each."""
        answers = list(self._pool.map(self._post, messages))
        if all(answer is None for answer in answers):
            raise ChannelDownError("no connection")  # noqa: TRY003  told by the caller
        lost = Outcome(state="later", fault="no connection")
        return [answer or lost for answer in answers]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def _post(self, message: Message) -> Outcome | None:
        """Return what was answered; None where there was no connection at all."""
        body = message.to_json().encode()
        request = urllib.request.Request(  # noqa: S310  the settings take http(s) only
            self._settings.url,
            data=body,
            method="POST",
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": message.notice_id,
                "Whence-Signature": signature(body, self._settings.secret, self._clock() // SECOND),
            },
        )
        try:
            with self._opener.open(request, timeout=self._settings.timeout_s) as answer:
                answer.read(1)
                return self._judged(answer.status, answer.headers.get("Retry-After"))
        except urllib.error.HTTPError as error:
            with error:
                return self._judged(error.code, error.headers.get("Retry-After"))
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                return Outcome(state="later", fault="no answer in time")
            return None
        except (OSError, HTTPException):
            return Outcome(state="later", fault="connection lost")

    def _judged(self, status: int, retry_after: str | None) -> Outcome:
        fault = f"HTTP {status}"
        if status in _TAKEN:
            return Outcome(state="told")
        if status in _NOT_THIS_ONE:
            return Outcome(state="refused", fault=fault)
        if status in _NOT_NOW or status >= _SERVER:
            wait_s = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
            return Outcome(state="later", fault=fault, wait_s=min(wait_s, _LONGEST_WAIT_S))
        return Outcome(
            state="barred", fault=fault
        )  # 401, 403, 404, a redirect: nobody gets through


def signature(body: bytes, secret: str, seconds: int) -> str:
    """Return the signature of a body at a time."""
    mac = digest(secret.encode(), b"%d." % seconds + body, sha256).hex()
    return f"t={seconds},v1={mac}"


def is_signed(body: bytes, secret: str, signed: str, seconds: int) -> bool:
    """Return whether a body came from who knows the secret, about now: for the other side."""
    parts = dict(part.partition("=")[::2] for part in signed.split(","))
    if not parts.get("t", "").isdecimal() or abs(seconds - int(parts["t"])) > _AGE_S:
        return False
    return compare_digest(signature(body, secret, int(parts["t"])).encode(), signed.encode())

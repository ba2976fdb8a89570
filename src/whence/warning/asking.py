"""The self-check's client: asks whether an order is listed, and names a few bits of its hash.

What the server sends is not trusted: who it is could try to have the asker name more bits, or
another salt each time, and narrow her down. So a client names at most 20 bits, does hashes of a
cost within bounds, and where it was given the salt of an earlier time takes no other.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from whence.errors import EngineError, RefusedError, UsageError
from whence.warning.crowds import MOST_BITS
from whence.warning.listed import About, from_json
from whence.warning.slow_hash import (
    STRONGEST,
    VALUE_BYTES,
    WEAKEST,
    Cost,
    plain_order,
    plain_phone,
    prefix_of,
    slow_hash,
    value_of,
)

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_MOST_VALUES: Final = 4_096
_MOST_BYTES: Final = _MOST_VALUES * VALUE_BYTES
_TIMEOUT_S: Final = 15.0
_BUILT_ANEW: Final = 409
_TOO_MANY: Final = 429

Fetch = Callable[[str], tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of a question; ``salt`` is to be given again when the same person asks again."""

    is_listed: bool
    salt: str
    bits: int
    k: int


def ask(
    url: str, order_id: str, phone: str, *, salt: str | None = None, fetch: Fetch | None = None
) -> Asked:
    """Ask a server whether an order of this phone is listed.

    Raises UsageError for an address that is not HTTPS (or of this machine) or an empty question,
    RefusedError for a server that asks for what would give the asker away, EngineError where
    there is no answer.
    """
    if not plain_order(order_id) or not plain_phone(phone):
        raise UsageError("warning.empty-question")
    base = _verified(url)
    fetched = fetch or _fetch
    about = _about(base, fetched, salt)
    hashed = slow_hash(order_id, phone, bytes.fromhex(about.salt), about.cost)
    status, body = _range(base, about, hashed, fetched)
    if status == _BUILT_ANEW:
        about = _about(base, fetched, about.salt)
        status, body = _range(base, about, hashed, fetched)
    _verify_status(status)
    if len(body) != about.capacity * VALUE_BYTES:
        raise EngineError("warning.no-answer-from", url=base)
    wanted = value_of(hashed, bytes.fromhex(about.build))
    values = {body[at : at + VALUE_BYTES] for at in range(0, len(body), VALUE_BYTES)}
    return Asked(is_listed=wanted in values, salt=about.salt, bits=about.bits, k=about.k)


def _about(base: str, fetch: Fetch, salt: str | None) -> About:
    status, body = fetch(f"{base}/v1/about")
    _verify_status(status)
    try:
        about = from_json(body)
    except (ValueError, TypeError, KeyError) as error:
        raise EngineError("warning.no-answer-from", url=base) from error
    costs = Cost.__slots__
    fair = all(
        getattr(WEAKEST, name) <= getattr(about.cost, name) <= getattr(STRONGEST, name)
        for name in costs
    )
    if not 0 <= about.bits <= MOST_BITS or not fair or not 0 < about.capacity <= _MOST_VALUES:
        raise RefusedError("warning.unfair-server", url=base)
    if salt is not None and salt != about.salt:
        raise RefusedError("warning.other-salt", url=base, hint="warning.other-salt-hint")
    return about


def _range(base: str, about: About, hashed: bytes, fetch: Fetch) -> tuple[int, bytes]:
    n_digits = -(-about.bits // 4)
    prefix = f"{prefix_of(hashed, about.bits):0{n_digits}x}" if n_digits else ""
    return fetch(f"{base}/v1/range/{about.build}/{prefix}")


def _verify_status(status: int) -> None:
    if status == _TOO_MANY:
        raise EngineError("warning.too-often", hint="warning.too-often-hint")
    if status != 200:  # noqa: PLR2004  HTTP's own word for yes
        raise EngineError("warning.server-said", status=status)


def _verified(url: str) -> str:
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise UsageError("warning.bad-url", url=url)
    return url.rstrip("/")


def _fetch(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310  verified
            return answer.status, answer.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
    except (OSError, HTTPException) as error:
        raise EngineError("warning.unreachable", url=url.partition("/v1/")[0]) from error

"""The caller check: a genuine agent and the shopper's app see the same code for this call.

The platform opens a call for an agent and an order. From then on both see the same number, and
nobody else can: RFC 6238 under a secret that is derived for this agent, this order, this moment.
**The caller says it first**; the shopper types what she was told, and the answer is whether it is
that call. An impostor, who has no call open, has nothing to be right about: the answer is "no call
is open", whatever he says. If he strikes while a genuine call is open he has to guess, and the
lock-out holds him to the odds in ``odds.py``.

A code holds once. Wrong ones are counted for the order and for all orders of a day, and a count
that is full locks: then nothing is confirmed, and the advice is to hang up and call back. Counting
and answering are one transaction, so that many at once get no more tries than one after another.
Only a keyed digest of the order's id is kept.
"""

import sqlite3
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from secrets import token_hex
from typing import Final, Literal, Self, TypeAlias

from whence.errors import InputError, OutputError, UsageError
from whence.model import DAY, SECOND, Instant
from whence.warning.keys import derived
from whence.warning.settings import CallerCodes

FILE: Final = "calls.sqlite"
_LAYOUT: Final = 1
_MINUTE: Final = 60 * SECOND
_TABLES: Final = """
CREATE TABLE calls (
  order_digest TEXT PRIMARY KEY, call_id TEXT NOT NULL, agent_id TEXT NOT NULL,
  opened_at INTEGER NOT NULL, until INTEGER NOT NULL, confirmed_at INTEGER
) WITHOUT ROWID;
CREATE TABLE wrong (order_digest TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX wrong_by_time ON wrong (at);
"""

Answer: TypeAlias = Literal["genuine", "wrong", "used", "no call", "locked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A code as both sides see it, until when it stands there, and until when the call is open."""

    call_id: str
    code: str
    changes_at: Instant
    until: Instant


class CallerCheck:
    """Open calls of an installation, in one file that many processes may use at once."""

    def __init__(self, folder: Path, key: bytes, settings: CallerCodes) -> None:
        self._path = folder / FILE
        self._key = key
        self._settings = settings
        try:
            self._base = sqlite3.connect(self._path, isolation_level=None, timeout=10.0)
            self._base.execute("PRAGMA journal_mode = WAL")
            with self._step() as base:
                (layout,) = base.execute("PRAGMA user_version").fetchone()
                if layout == 0:
                    for statement in _TABLES.strip().split(";\n"):
                        base.execute(statement)
                    base.execute(f"PRAGMA user_version = {_LAYOUT}")
            self._path.chmod(0o600)
        except sqlite3.DatabaseError as error:
            raise InputError("warning.bad-outbox", file=self._path) from error
        if layout not in {0, _LAYOUT}:
            raise InputError("warning.other-outbox", file=self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def open_call(self, agent_id: str, order_id: str, now: Instant) -> Shown:
        """Open a call, in the place of one that was open for the order, and return its code."""
        if not agent_id or not order_id:
            raise UsageError("warning.empty-id")
        call_id = token_hex(8)
        until = now + self._settings.minutes * _MINUTE
        with self._step() as base:
            base.execute(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, NULL)",
                (self._digest(order_id), call_id, agent_id, now, until),
            )
        return self._shown(call_id, agent_id, order_id, now, now, until)

    def show(self, order_id: str, now: Instant) -> Shown | None:
        """Return the code of the call that is open for an order; None where none is."""
        found = self._open(self._base, order_id, now)
        if found is None or found[4] is not None:
            return None
        call_id, agent_id, opened_at, until, _ = found
        return self._shown(call_id, agent_id, order_id, opened_at, now, until)

    def verify(self, order_id: str, code: str, now: Instant) -> tuple[Answer, str | None]:
        """Answer to the code that a caller said, with the call's id where one is open."""
        said = "".join(code.split()).replace("-", "")
        with self._step() as base:
            found = self._open(base, order_id, now)
            call_id = found[0] if found else None
            if found is None:
                return "no call", None
            if self._is_locked(base, order_id, now):
                return "locked", call_id
            if self._is_right(found, order_id, said, now):
                if found[4] is not None:
                    return "used", call_id
                base.execute(
                    "UPDATE calls SET confirmed_at = ? WHERE order_digest = ?",
                    (now, self._digest(order_id)),
                )
                return "genuine", call_id
            base.execute("DELETE FROM wrong WHERE at <= ?", (now - DAY,))
            base.execute("INSERT INTO wrong VALUES (?, ?)", (self._digest(order_id), now))
            return "wrong", call_id

    def _is_locked(self, base: sqlite3.Connection, order_id: str, now: Instant) -> bool:
        """Return whether the last 24 hours had as many wrong codes as are allowed."""
        asked = "SELECT count(*), coalesce(sum(order_digest = ?), 0) FROM wrong WHERE at > ?"
        n_all, n_hers = base.execute(asked, (self._digest(order_id), now - DAY)).fetchone()
        return bool(n_hers >= self._settings.attempts or n_all >= self._settings.attempts_a_day)

    def _is_right(
        self, found: tuple[str, str, Instant, Instant, Instant | None], order_id: str, said: str,
        now: Instant,
    ) -> bool:  # fmt: skip
        """Return whether a code is that of this step or of one beside it."""
        call_id, agent_id, opened_at, *_ = found
        step = self._settings.step_s
        codes = [
            self._code(call_id, agent_id, order_id, opened_at, now + beside * step * SECOND)
            for beside in (-1, 0, 1)
        ]
        # All three are compared, so that the time taken tells nothing.
        return any([compare_digest(one.encode(), said.encode()) for one in codes])  # noqa: C419

    def _open(
        self, base: sqlite3.Connection, order_id: str, now: Instant
    ) -> tuple[str, str, Instant, Instant, Instant | None] | None:
        asked = (
            "SELECT call_id, agent_id, opened_at, until, confirmed_at FROM calls "
            "WHERE order_digest = ? AND until > ?"
        )
        found: tuple[str, str, Instant, Instant, Instant | None] | None = base.execute(
            asked, (self._digest(order_id), now)
        ).fetchone()
        return found

    def _shown(
        self,
        call_id: str,
        agent_id: str,
        order_id: str,
        opened_at: Instant,
        now: Instant,
        until: Instant,
    ) -> Shown:
        step = self._settings.step_s * SECOND
        return Shown(
            call_id=call_id,
            code=self._code(call_id, agent_id, order_id, opened_at, now),
            changes_at=now - now % step + step,
            until=until,
        )

    def _code(
        self, call_id: str, agent_id: str, order_id: str, opened_at: Instant, at: Instant
    ) -> str:
        import pyotp  # noqa: PLC0415  only where a code is made

        secret = derived(self._key, "call", call_id, agent_id, order_id, str(opened_at))
        totp = pyotp.TOTP(
            b32encode(secret).decode(),
            digits=self._settings.digits,
            digest=sha256,
            interval=self._settings.step_s,
        )
        return totp.at(at // SECOND)

    def _digest(self, order_id: str) -> str:
        return derived(self._key, "order of a call", order_id).hex()[:32]

    @contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        """Make what happens inside one step that no other process comes between."""
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise OutputError("warning.unwritable", folder=self._path, reason=str(error)) from error

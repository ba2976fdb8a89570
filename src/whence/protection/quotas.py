"""Quotas: how many orders a recipient, and each of its accounts, was shown on a day.

A file of its own beside the vault, so that nobody who reveals waits for somebody who seals. Days
are UTC. A charge survives its process; a power cut may lose the last ones, never the ledger's
entries about them.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from whence.errors import RefusedError
from whence.model import DAY, Instant, to_datetime
from whence.protection.one_writer import OneWriter
from whence.protection.register import PATIENCE_WITH_CLOCKS, Permit

FILE: Final = "quotas.sqlite"
VERSION: Final = 1
_ALL: Final = ""  # the row of a recipient's accounts together; no account is called so
_LAYOUT: Final = """
CREATE TABLE charges (
    day INTEGER NOT NULL,
    party_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, party_id, account_id)
) STRICT, WITHOUT ROWID"""

Key: TypeAlias = tuple[int, str, str]  # day, recipient, account


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Orders to be charged to a recipient and one of its accounts."""

    permit: Permit
    account_id: str
    n: int
    now: Instant

    @property
    def day(self) -> int:
        """The day since 1970 it counts for, in UTC."""
        return self.now // DAY


class Quotas:
    """What was charged, by day, recipient and account."""

    def __init__(self, folder: Path) -> None:
        self._store = OneWriter(folder / FILE, layout=_LAYOUT, version=VERSION, is_durable=False)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def charge_all(self, charges: Sequence[Charge]) -> list[RefusedError | None]:
        """Charge orders to recipients and accounts in one step, each charge whole or not at all.

        Returns for each None, or why not, naming the line of the register: it is above a quota,
        there is none, or a later day was charged already.
        """
        if not charges:
            return []
        with self._store.writing() as step:
            counts = _Counts(step)
            answers = [counts.charged(charge) for charge in charges]
            counts.write()
        return answers


class _Counts:
    """What stands in the file, read where it is needed, and what comes to it in one step."""

    def __init__(self, step: sqlite3.Connection) -> None:
        self._step = step
        self._had: dict[Key, int] = {}
        self._more: dict[Key, int] = {}
        ((self._last,),) = step.execute("SELECT max(day) FROM charges")

    def charged(self, charge: Charge) -> RefusedError | None:
        """Take a charge in; return why not, where it is refused."""
        # Around midnight clocks may lie a little apart.
        if self._last is not None and charge.now + PATIENCE_WITH_CLOCKS < self._last * DAY:
            return RefusedError(
                "protection.clock-back",
                hint="protection.clock-back-hint",
                now=_day(charge.day),
                last=_day(self._last),
            )
        try:
            per_day, per_account = charge.permit.quotas()
        except RefusedError as refusal:
            return refusal
        recipient = charge.permit.recipient
        keys = [(charge.day, recipient.party_id, name) for name in (_ALL, charge.account_id)]
        for key, quota, phrase, line in (
            (keys[0], per_day, "protection.above-day", "quota_per_day"),
            (keys[1], per_account, "protection.above-account", "quota_per_account"),
        ):
            had = self._count(key)
            if had + charge.n > quota:
                return RefusedError(
                    phrase,
                    place=recipient.place(line),
                    party=recipient.party_id,
                    account=charge.account_id,
                    quota=f"{quota:,}",
                    had=f"{had:,}",
                    asked=f"{charge.n:,}",
                    day=_day(charge.day),
                )
        for key in keys:
            self._more[key] = self._more.get(key, 0) + charge.n
        return None

    def write(self) -> None:
        """Write what came, and drop the days before the last one: nothing asks for them."""
        if not self._more:
            return
        self._step.executemany(
            "INSERT INTO charges VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            [(*key, n) for key, n in self._more.items()],
        )
        if self._last is not None and max(day for day, _, _ in self._more) > self._last:
            self._step.execute("DELETE FROM charges WHERE day < ?", (self._last,))

    def _count(self, key: Key) -> int:
        if key not in self._had:
            query = "SELECT n FROM charges WHERE day = ? AND party_id = ? AND account_id = ?"
            row = self._step.execute(query, key).fetchone()
            self._had[key] = int(row[0]) if row else 0
        return self._had[key] + self._more.get(key, 0)


def _day(day: int) -> str:
    return to_datetime(day * DAY).date().isoformat()

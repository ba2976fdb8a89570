"""Sending: what waits goes out in order, as fast as allowed, until nobody is left who can be told.

A message that could not be delivered for now waits, twice as long each time, while others go out.
A channel out of reach stops the whole run after a while: nobody's tries are used up by it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from whence.errors import OutputError
from whence.model import SECOND, Instant
from whence.model.progress import Progress, no_progress
from whence.warning.channels import Channel, ChannelDownError, Message, Outcome
from whence.warning.notices import Template
from whence.warning.outbox import Outbox, Row, put_state
from whence.warning.records import Ledger, Record, n_owed, owe, settle
from whence.warning.settings import Pace

Clock = Callable[[], Instant]
Sleep = Callable[[float], None]
_OWED: Final = 200  # records before the ledger is given them: one step of it costs an fsync


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the messages of one run."""

    told: int = 0
    refused: int = 0
    given_up: int = 0
    tries: int = 0
    messages: int = 0  # SMS count by their parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends what the outbox holds of one leak over one channel.

    ``compose`` makes the message of a row, or says why there is none; ``budget`` is how many
    messages may go out in a UTC day.
    """

    outbox: Outbox
    channel: Channel
    ledger: Ledger
    case_id: str
    template: Template
    compose: Callable[[Row], Message | str]
    clock: Clock
    sleep: Sleep
    pace: Pace = field(default_factory=Pace)
    budget: int | None = None
    on_progress: Progress = no_progress

    def send_all(self) -> Tally:
        """Send everything that can be sent now, and return what became of it.

        Raises OutputError where the channel refuses us or stays out of reach; what was sent until
        then is on record, and the next run goes on from there.
        """
        tally = Tally()
        settle(self.outbox, self.ledger)
        try:
            self._send_undecided(tally)
            self._send_waiting(tally)
        finally:
            settle(self.outbox, self.ledger)
        return tally

    def _send_undecided(self, tally: Tally) -> None:
        """Send again, first of all, what a run that was cut off left under way."""
        undecided = self.outbox.undecided(self.case_id)
        rows = [row for row in undecided if row.channel == self.channel.name]
        for at in range(0, len(rows), self.channel.window):
            self._send(rows[at : at + self.channel.window], tally)

    def _send_waiting(self, tally: Tally) -> None:
        total = self.outbox.counts(self.case_id).get("waiting", 0)
        while True:
            self.on_progress("notices", tally.told + tally.refused + tally.given_up, total)
            now = self.clock()
            rows = self.outbox.take(
                self.case_id,
                self.channel.name,
                now,
                most=self.channel.window,
                budget=self._left(now),
            )
            if rows:
                self._send(rows, tally)
                continue
            next_try = self.outbox.next_try(self.case_id)
            if next_try is None or next_try <= now:
                return  # nobody waits, or the budget is used up
            self.sleep((next_try - now) / SECOND)

    def _left(self, now: Instant) -> int | None:
        if self.budget is None:
            return None
        return max(0, self.budget - self.outbox.n_sent_on_day_of(self.case_id, now))

    def _send(self, rows: list[Row], tally: Tally) -> None:
        """Send rows that are under way, and put what became of them on disk."""
        began = self.clock()
        outcomes = self._outcomes(rows)
        now = self.clock()
        changes, records = [], []
        for row, outcome in zip(rows, outcomes, strict=True):
            state, not_before = self._state(row, outcome, now)
            told_at = now if state == "told" else None
            tried = outcome.state != "barred"
            changes.append((row.customer_id, state, outcome.fault, told_at, not_before, int(tried)))
            if state != "waiting":
                records.append(self._record(row, state, outcome, now))
            tally.tries += tried
            tally.told += state == "told"
            tally.refused += state == "refused"
            tally.given_up += state == "given up"
            tally.messages += row.n_messages if state == "told" else 0
        with self.outbox.step() as base:
            put_state(base, self.case_id, changes)
            owe(base, records)
        if n_owed(self.outbox) >= _OWED:
            settle(self.outbox, self.ledger)
        barred = next((outcome for outcome in outcomes if outcome.state == "barred"), None)
        if barred:
            raise OutputError(
                "warning.channel-refuses",
                channel=self.channel.name,
                reason=barred.fault,
                hint="warning.channel-refuses-hint",
            )
        ahead = began + round(len(rows) / self.pace.per_second * SECOND) - self.clock()
        if ahead > 0:
            self.sleep(ahead / SECOND)

    def _outcomes(self, rows: list[Row]) -> list[Outcome]:
        """Return what became of each row; one that has no message is refused here."""
        composed = [self.compose(row) for row in rows]
        sent = [(r, m) for r, m in zip(rows, composed, strict=True) if isinstance(m, Message)]
        given = iter(self._handed_over([r for r, _ in sent], [m for _, m in sent]) if sent else ())
        return [
            next(given) if isinstance(m, Message) else Outcome(state="refused", fault=m)
            for m in composed
        ]

    def _handed_over(self, rows: list[Row], messages: list[Message]) -> list[Outcome]:
        """Return the outcomes, having waited for a channel out of reach as long as allowed."""
        wait_s = self.pace.first_wait_s
        for _ in range(self.pace.downs - 1):
            try:
                return self.channel.send(messages)
            except ChannelDownError:
                self.sleep(wait_s)
                wait_s = min(2 * wait_s, self.pace.longest_wait_s)
        try:
            return self.channel.send(messages)
        except ChannelDownError as error:
            self._give_back(rows)
            raise OutputError(
                "warning.channel-down",
                channel=self.channel.name,
                n=self.pace.downs,
                hint="warning.channel-down-hint",
            ) from error

    def _give_back(self, rows: Iterable[Row]) -> None:
        """Let those wait again of whom it is certain that nothing was handed over."""
        fresh = [row for row in rows if row.state == "waiting"]
        with self.outbox.step() as base:
            put_state(
                base, self.case_id, [(r.customer_id, "waiting", "", None, 0, 0) for r in fresh]
            )

    def _state(self, row: Row, outcome: Outcome, now: Instant) -> tuple[str, Instant]:
        """Return a row's next state, and when it may be tried again."""
        if outcome.state == "barred":
            return "waiting", 0
        if outcome.state != "later":
            return outcome.state, 0
        tries = row.attempts + 1
        if tries >= self.pace.attempts:
            return "given up", 0
        doubled = self.pace.first_wait_s * 2.0 ** (tries - 1)
        wait_s = max(min(doubled, self.pace.longest_wait_s), outcome.wait_s)
        return "waiting", now + round(wait_s * SECOND)

    def _record(self, row: Row, state: str, outcome: Outcome, now: Instant) -> Record:
        form, language, _ = row.reach.split("/")
        return Record(
            kind="notice",
            at=now,
            case_id=self.case_id,
            customer_id=row.customer_id,
            facts={
                "notice_id": row.notice_id,
                "channel": self.channel.name,
                "form": form,
                "language": language,
                "template": f"{self.template.name}/{self.template.version}",
                "template_sha256": self.template.digest,
                "result": state,
                "fault": outcome.fault,
                "tries": row.attempts + 1,
                "messages": row.n_messages,
            },
            once=(row.notice_id, state, now),
        )

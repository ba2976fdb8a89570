"""The seam to what carries notices: a message goes in, what became of it comes out.

A message was told, which means that the other side took it; or it was refused, for now or for good;
or it was barred: not this message is at fault, the channel does not take us (a password, an address
that is gone), and somebody has to look. Where the channel is out of reach, no message was handed
over and ``ChannelDownError`` says so.

``window`` is how many messages may be under way without their results on disk. That is what a
kill leaves undecided, and what is sent again when the run goes on; each channel says in its own
file how a second sending of the same ``notice_id`` is told.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from whence.model import Instant, to_text
from whence.wording import Language

State: TypeAlias = Literal["told", "later", "refused", "barred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notice to one person; ``notice_id`` is the same however often it is sent."""

    notice_id: str
    form: str
    to: str
    language: Language
    subject: str
    text: str
    at: Instant

    def to_json(self) -> str:
        """Return the message as programs get it: the same text however often it is sent."""
        sheet = {
            "notice_id": self.notice_id,
            "form": self.form,
            "to": self.to,
            "language": self.language,
            "subject": self.subject,
            "text": self.text,
            "at": to_text(self.at),
        }
        return json.dumps(sheet, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a message; ``fault`` is a word of ours or a code, never the server's text.

    A server's own words repeat the address, so they are not kept.
    """

    state: State
    fault: str = ""
    wait_s: float = 0.0  # what the other side asks to wait before the next try


class ChannelDownError(Exception):
    """The channel is out of reach; no message of the batch was handed over."""


class Channel(Protocol):
    """What carries notices."""

    @property
    def name(self) -> str:
        """What it is called, in settings and on record."""

    @property
    def forms(self) -> Sequence[str]:
        """The forms of notices that it carries."""

    @property
    def window(self) -> int:
        """How many messages may be under way at a time."""

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send up to ``window`` messages, and return what became of each.

        Raises ChannelDownError where none was handed over.
        """

    def close(self) -> None:
        """Let go of files and connections."""

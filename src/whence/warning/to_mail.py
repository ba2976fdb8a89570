"""The mail channel: SMTP with STARTTLS, one message at a time.

SMTP has no word for "I sent you this already". A server that took a message and died before its
"250" arrived leaves us without knowing, and so does a kill of ours in that moment. The message is
then sent again, under the same Message-ID, which is what mail systems know doubles by (RFC 5322,
3.6.4). What can come twice is therefore one message for each time that a run was cut off, and only
where the receiving side does not look at Message-IDs.
"""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from whence.errors import InputError
from whence.model import to_datetime
from whence.warning.channels import ChannelDownError, Message, Outcome
from whence.warning.settings import Smtp

_FOR_GOOD: Final = 500  # RFC 5321, 4.2.1: 4yz for now, 5yz for good
_EACH: Final = 100  # messages over one connection; servers limit it, and say so rudely


class MailChannel:
    """Sends through one server, over one connection that is opened when it is needed."""

    name = "smtp"
    forms = ("email",)
    window = 1

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        self._n_sent = 0
        try:
            self._tls = ssl.create_default_context(cafile=settings.ca_file or None)
        except OSError as error:
            raise InputError("warning.bad-ca", file=settings.ca_file) from error

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send each message, and return what the server said to it."""
        return [self._send(message) for message in messages]

    def close(self) -> None:
        """Take leave of the server, if it is still there."""
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server.close()
        self._server, self._n_sent = None, 0

    def _send(self, message: Message) -> Outcome:
        server = self._connected()
        if isinstance(server, Outcome):
            return server
        mail = self._mail(message)
        try:
            server.send_message(mail, from_addr=self._settings.sender, to_addrs=[message.to])
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            return self._failed(error)
        self._n_sent += 1
        if self._n_sent >= _EACH:
            self.close()
        return Outcome(state="told")

    def _failed(self, error: Exception) -> Outcome:
        """Return what an error says of the message, or of us."""
        match error:
            case smtplib.SMTPRecipientsRefused():
                code = max((code for code, _ in error.recipients.values()), default=_FOR_GOOD)
                return _said(code)
            case smtplib.SMTPSenderRefused() if error.smtp_code >= _FOR_GOOD:
                return Outcome(state="barred", fault=f"SMTP {error.smtp_code}")
            case smtplib.SMTPResponseException():
                return _said(error.smtp_code)
            case smtplib.SMTPNotSupportedError() | UnicodeError():
                return Outcome(state="refused", fault="address not in ASCII")
            case _:
                self.close()
                return Outcome(state="later", fault="connection lost")

    def _connected(self) -> smtplib.SMTP | Outcome:
        """Return a connection, encrypted and logged in as the settings say, or why we have none."""
        if self._server is not None:
            return self._server
        settings = self._settings
        server: smtplib.SMTP | None = None
        try:
            if settings.security == "tls":
                server = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.timeout_s, context=self._tls
                )
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
            if settings.security == "starttls":
                server.starttls(context=self._tls)
            if settings.user:
                server.login(settings.user, settings.password)
        except (smtplib.SMTPException, OSError) as error:
            if server is not None:
                server.close()
            code = getattr(error, "smtp_code", 0)
            if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
                return Outcome(state="barred", fault=type(error).__name__)
            if code >= _FOR_GOOD:
                return Outcome(state="barred", fault=f"SMTP {code}")
            raise ChannelDownError(type(error).__name__) from error
        self._server = server
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._settings.sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(to_datetime(message.at))
        domain = self._settings.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{message.notice_id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine should answer it
        mail["Content-Language"] = message.language
        mail.set_content(message.text)
        return mail


def _said(code: int) -> Outcome:
    return Outcome(state="refused" if code >= _FOR_GOOD else "later", fault=f"SMTP {code}")

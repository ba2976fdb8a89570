"""``warning.toml``: who sends, over which channels, and what is told of each leak.

Every table of the file is one frozen record here, under the same names; a name that is not one of
them, or a value of another kind, is an error and never passed over. A file with a password or a
secret in it must be its owner's alone.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints
from urllib.parse import urlsplit

from whence.disk import verify_private
from whence.errors import InputError, UsageError
from whence.model import FIELDS
from whence.warning.odds import MOST_A_DAY, chance_a_day
from whence.wording import LANGUAGES, Language

FILE: Final = "warning.toml"
FORMS: Final = ("sms", "app", "email")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who warns, in both languages, and in which form where a contact has several."""

    name_en: str
    name_zh: str
    contact_en: str
    contact_zh: str
    language: Language = "zh"
    forms: tuple[str, ...] = FORMS
    most_parts: int = 6  # of one SMS; a longer one is an error, it is never cut

    def name(self, language: Language) -> str:
        """Return what the sender is called."""
        return self.name_zh if language == "zh" else self.name_en

    def contact(self, language: Language) -> str:
        """Return how the sender is reached, as the notice says it."""
        return self.contact_zh if language == "zh" else self.contact_en


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWords:
    """What is told of one leak: kinds of data, what was done, its cause (else: looked into)."""

    kinds: tuple[str, ...]
    measures_en: str
    measures_zh: str
    cause_en: str = ""
    cause_zh: str = ""

    def measures(self, language: Language) -> str:
        """Return what was done, as the notice says it."""
        return self.measures_zh if language == "zh" else self.measures_en

    def cause(self, language: Language) -> str:
        """Return the cause, as the notice says it; empty where it is not known."""
        return self.cause_zh if language == "zh" else self.cause_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast notices go out, and how often one is tried."""

    per_second: float = 50.0
    attempts: int = 6
    first_wait_s: float = 5.0  # doubled each time: 5, 10, 20, 40, 80 s between six attempts
    longest_wait_s: float = 900.0
    downs: int = 6  # times in a row that a channel may be out of reach before the run stops


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlace:
    """Where the file channel writes; without a folder, below the workspace."""

    folder: str = ""
    form: str = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """A mail server that takes what it is given."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = ""
    security: str = "starttls"
    ca_file: str = ""
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that takes notices by POST: an SMS gateway, the app's own server."""

    url: str
    secret: str
    timeout_s: float = 15.0
    connections: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCodes:
    """How long a code is and how often one may be wrong: bounded by the odds of guessing."""

    digits: int = 8
    step_s: int = 60
    minutes: int = 30  # for which a call stays open
    attempts: int = 5  # wrong codes for one order in a day
    attempts_a_day: int = 3_000  # wrong codes in a day for all orders together


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file; a channel that is not set up is None."""

    path: Path
    sender: Sender | None = None
    pace: Pace = field(default_factory=Pace)
    file: FilePlace = field(default_factory=FilePlace)
    smtp: Smtp | None = None
    webhook: Webhook | None = None
    caller: CallerCodes = field(default_factory=CallerCodes)
    cases: Mapping[str, CaseWords] = field(default_factory=dict)

    def require_sender(self) -> Sender:
        """Return who warns; UsageError where the file does not say."""
        if self.sender is None:
            raise UsageError("warning.no-sender", file=self.path, hint="warning.no-sender-hint")
        return self.sender

    def require_case(self, case_id: str) -> CaseWords:
        """Return what is told of a leak; UsageError where the file does not say."""
        if case_id not in self.cases:
            raise UsageError(
                "warning.no-case", file=self.path, case=case_id, hint="warning.no-case-hint"
            )
        return self.cases[case_id]


def read_settings(folder: Path) -> Settings:
    """Return the settings in a workspace's folder; the usual ones where there is no file.

    Raises InputError for a file that cannot be used, UsageError for secrets that others can read.
    """
    path = folder / FILE
    if not path.exists():
        return Settings(path=path)
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("warning.unreadable", file=path) from error
    kinds: dict[str, type[Any]] = {
        "sender": Sender,
        "pace": Pace,
        "file": FilePlace,
        "smtp": Smtp,
        "webhook": Webhook,
        "caller": CallerCodes,
    }
    for name, table in written.items():
        if name not in {*kinds, "cases"} or not isinstance(table, dict):
            known = ", ".join([*kinds, "cases"])
            raise InputError("warning.unknown-table", file=path, table=name, known=known)
    cases = {
        name: _read(CaseWords, table, path, f"cases.{name}")
        for name, table in written.pop("cases", {}).items()
    }
    tables = {name: _read(kinds[name], table, path, name) for name, table in written.items()}
    settings = Settings(path=path, cases=cases, **tables)
    _verify(settings)
    return settings


def _read(kind: type[_Read], table: object, path: Path, name: str) -> _Read:
    """Return one table as its record."""
    if not isinstance(table, dict):
        raise InputError("warning.bad-value", file=path, key=name)
    hints = get_type_hints(kind)
    found = {}
    for key, value in table.items():
        if key not in hints:
            known = ", ".join(hints)
            raise InputError("warning.unknown-key", file=path, table=name, key=key, known=known)
        found[key] = _value(value, hints[key], path, f"{name}.{key}")
    lacking = [f.name for f in fields(kind) if f.name not in found and _is_required(f)]  # type: ignore[arg-type]
    if lacking:
        raise InputError("warning.lacking", file=path, table=name, keys=", ".join(lacking))
    return kind(**found)


def _is_required(of: Any) -> bool:  # noqa: ANN401  a dataclass field of any type
    return of.default is MISSING and of.default_factory is MISSING


def _value(value: object, hint: Any, path: Path, key: str) -> object:  # noqa: ANN401  any hint
    """Return a value as its record takes it; a bool is no number, a list holds texts."""
    if hint is float and type(value) in {int, float}:
        return float(str(value))
    if hint in {int, str} and type(value) is hint:
        return value
    if hint == Language and value in LANGUAGES:
        return value
    texts = value if isinstance(value, list) and hint == tuple[str, ...] else [None]
    if all(isinstance(text, str) for text in texts):
        return tuple(texts)
    raise InputError("warning.bad-value", file=path, key=key)


def _verify(settings: Settings) -> None:
    """Raise where values cannot be meant, or secrets lie open."""
    path = settings.path
    sender, smtp, webhook = settings.sender, settings.smtp, settings.webhook
    positive = {
        "pace.per_second": settings.pace.per_second,
        "pace.attempts": settings.pace.attempts,
        "pace.downs": settings.pace.downs,
        "caller.minutes": settings.caller.minutes,
        "caller.attempts": settings.caller.attempts,
        "caller.attempts_a_day": settings.caller.attempts_a_day,
        "webhook.connections": webhook.connections if webhook else 1,
        "sender.most_parts": sender.most_parts if sender else 1,
    }
    wrong = [key for key, value in positive.items() if value <= 0]
    if settings.file.form not in {"jsonl", "files"}:
        wrong.append("file.form")
    if smtp and (smtp.security not in {"starttls", "tls", "none"} or "@" not in smtp.sender):
        wrong.append("smtp.security" if "@" in smtp.sender else "smtp.sender")
    if smtp and smtp.security == "none" and (smtp.user or smtp.host not in _LOOPBACK):
        wrong.append("smtp.security")  # a password or a notice in the clear
    if webhook and not _is_address(webhook.url):
        wrong.append("webhook.url")
    if sender and (not sender.forms or not set(sender.forms) <= set(FORMS)):
        wrong.append("sender.forms")
    if not 6 <= settings.caller.digits <= 9:  # noqa: PLR2004  RFC 4226, 5.3: 31 bits hold nine
        wrong.append("caller.digits")
    if not 30 <= settings.caller.step_s <= 120:  # noqa: PLR2004  RFC 6238, 5.2; NIST SP 800-63B
        wrong.append("caller.step_s")
    for name, case in settings.cases.items():
        if not case.kinds or not set(case.kinds) <= set(FIELDS):
            wrong.append(f"cases.{name}.kinds")
    if wrong:
        raise InputError("warning.bad-value", file=path, key=wrong[0])
    odds = chance_a_day(settings.caller.digits, settings.caller.attempts_a_day)
    if odds > MOST_A_DAY or settings.caller.attempts > settings.caller.attempts_a_day:
        raise InputError(
            "warning.guessable", file=path, odds=f"{odds:.2g}", most=f"{MOST_A_DAY:.0e}"
        )
    if (smtp and smtp.password) or webhook:
        verify_private(path, hint="warning.open-secrets-hint")


def _is_address(url: str) -> bool:
    """Return whether an address is HTTPS, or HTTP on this machine, and carries no password."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        return bool(parts.hostname) and not parts.username and (parts.scheme == "https" or local)
    except ValueError:
        return False

"""recipients.toml read into a register, every fault with its file, line and key."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from whence.errors import InputError
from whence.model import to_instant
from whence.protection.register import MARKS, REGISTER_FIELDS, Recipient, Register
from whence.protection.toml_lines import line_of_error, lines_of
from whence.wording import Language, say

_RECIPIENTS: Final = "recipients"
_REQUIRED: Final = ("number", "kind", "purposes")
_TEXTS: Final = ("kind", "name", "contract", "impact_assessment")
_COUNTS: Final = ("quota_per_day", "quota_per_account", "canaries")
_LISTS: Final = {"clear": REGISTER_FIELDS, "marks": MARKS}
_KEYS: Final = ("number", *_TEXTS, "until", *_LISTS, *_COUNTS, "purposes")
# Recipient numbers are 32-bit in the marks; zero is kept for nobody.
_HIGHEST_NUMBER: Final = 2**31 - 1


def read_register(path: Path) -> Register:
    """Return the register in a file.

    Raises InputError for the first fault in it, with file, line and key.
    """
    register, faults = inspect_register(path)
    for fault in faults:
        raise fault
    return register


def inspect_register(path: Path) -> tuple[Register, list[InputError]]:
    """Return the recipients that can be read, and every fault of the file."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            "protection.no-register", hint="protection.no-register-hint", file=path
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("protection.register-unreadable", file=path, line=1) from error
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = line_of_error(error, text)
        raise InputError("protection.register-unreadable", file=path, line=line) from error
    reader = _Reader(path.name, lines_of(text))
    recipients = dict(reader.recipients(held))
    reader.verify_numbers(recipients)
    return Register(file=path.name, recipients=recipients), reader.faults


def example_register(locale: Language) -> str:
    """Return a register to begin with: explained, and without a recipient yet."""
    return say("protection.register-example", locale)


class _Reader:
    """Reads one file and gathers what is wrong with it."""

    def __init__(self, file: str, lines: Mapping[tuple[str, ...], int]) -> None:
        self._file = file
        self._lines = lines
        self.faults: list[InputError] = []

    def recipients(self, held: Mapping[str, Any]) -> Iterator[tuple[str, Recipient]]:
        """Yield the recipients that can be used, by id."""
        for key in held:
            if key != _RECIPIENTS:
                self._fault("protection.unknown-key", (key,), known=_RECIPIENTS)
        tables = held.get(_RECIPIENTS, {})
        if not isinstance(tables, dict):
            self._fault("protection.not-a-table", (_RECIPIENTS,))
            return
        for party_id, table in tables.items():
            where = (_RECIPIENTS, party_id)
            if not isinstance(table, dict):
                self._fault("protection.not-a-table", where)
            elif (recipient := self._recipient(party_id, table)) is not None:
                yield party_id, recipient

    def verify_numbers(self, recipients: Mapping[str, Recipient]) -> None:
        """Note numbers that several recipients bear: their marks could not be told apart."""
        first: dict[int, str] = {}
        for party_id, recipient in recipients.items():
            other = first.setdefault(recipient.number, party_id)
            if other != party_id:
                where = (_RECIPIENTS, party_id, "number")
                self._fault("protection.number-twice", where, number=recipient.number, party=other)

    def _recipient(self, party_id: str, table: Mapping[str, Any]) -> Recipient | None:
        n_before = len(self.faults)
        where = (_RECIPIENTS, party_id)
        for key in table:
            if key not in _KEYS:
                self._fault("protection.unknown-key", (*where, key), known=", ".join(_KEYS))
        for key in _REQUIRED:
            if key not in table:
                self._fault("protection.missing-key", where, missing=key)
        values = {key: value for key, value in table.items() if key in _KEYS}
        self._verify_simple(where, values)
        for key, known in _LISTS.items():
            if key in values:
                values[key] = self._names((*where, key), values[key], known)
        if "until" in values:
            values |= self._end((*where, "until"), values["until"])
        values["purposes"] = self._purposes((*where, "purposes"), values.get("purposes", {}))
        if len(self.faults) > n_before:
            return None
        return Recipient(
            party_id=party_id, file=self._file, lines=self._lines_below(where), **values
        )

    def _verify_simple(self, where: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """Note texts that are empty or none, and numbers that count nothing."""
        for key in _TEXTS:
            if key in values and not (isinstance(values[key], str) and values[key].strip()):
                self._fault("protection.bad-text", (*where, key))
        for key, least in (("number", 1), *((key, 0) for key in _COUNTS)):
            value = values.get(key, least)
            if type(value) is not int or not least <= value <= _HIGHEST_NUMBER:
                self._fault("protection.bad-count", (*where, key), least=least)

    def _purposes(self, where: tuple[str, ...], table: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(table, dict):
            self._fault("protection.not-a-table", where)
            return {}
        return {
            purpose: self._names((*where, purpose), names, REGISTER_FIELDS)
            for purpose, names in table.items()
        }

    def _names(
        self, where: tuple[str, ...], value: object, known: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return a list of names, each once; note those that nobody knows."""
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self._fault("protection.bad-list", where)
            return ()
        for name in value:
            if name not in known:
                self._fault("protection.unknown-name", where, name=name, known=", ".join(known))
        return tuple(dict.fromkeys(value))

    def _end(self, where: tuple[str, ...], value: object) -> dict[str, Any]:
        """Return what is registered as the end: a day counts to its end in UTC."""
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return {"until": value.isoformat(), "ends_at": to_instant(value)}
        elif isinstance(value, date) and value < date.max:
            after = datetime.combine(value + timedelta(days=1), time(), UTC)
            return {"until": value.isoformat(), "ends_at": to_instant(after)}
        self._fault("protection.bad-date", where)
        return {}

    def _lines_below(self, where: tuple[str, ...]) -> dict[str, int]:
        n = len(where)
        below = {path[n:]: line for path, line in self._lines.items() if path[:n] == where}
        return {".".join(path): line for path, line in below.items() if len(path) <= n}

    def _fault(self, phrase: str, where: tuple[str, ...], **facts: object) -> None:
        ways = (where[:n] for n in range(len(where), 0, -1))
        line = next((self._lines[way] for way in ways if way in self._lines), 1)
        self.faults.append(
            InputError(phrase, hint=None, file=self._file, line=line, key=".".join(where), **facts)
        )

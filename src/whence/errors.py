"""Every error the product raises on purpose, one tree.

::

    WhenceError
    ├── UsageError        the command or call itself is wrong           exit code 2
    ├── InputError        a file or table cannot be used                exit code 2
    ├── RefusedError      a rule forbids it; the refusal is on record   exit code 3
    ├── IntegrityError    a record, seal or proof does not hold         exit code 4
    ├── EngineError       the engine ran out of memory, disk or luck    exit code 1
    └── OutputError       the answer cannot be written                  exit code 1

An error names a phrase and its facts, so that an entrance can say it in either language. Facts are
file names, row numbers, columns, counts and ids; never a row of personal data.
"""

from typing import ClassVar

from whence.wording import Language, say


class WhenceError(Exception):
    """Base of all errors raised on purpose: a phrase, its facts, and advice kept apart."""

    exit_code: ClassVar[int] = 1

    def __init__(self, phrase: str, /, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.hint = hint
        self.facts = facts

    def text(self, language: Language = "en") -> str:
        """Return the one clear line, in the language asked for."""
        return say(self.phrase, language, **self.facts)

    def advice(self, language: Language = "en") -> str | None:
        """Return what the user can do about it, if we know."""
        return say(self.hint, language, **self.facts) if self.hint else None

    def __str__(self) -> str:
        return self.text()


class UsageError(WhenceError):
    """The command or the call is wrong; nothing was read."""

    exit_code = 2


class InputError(WhenceError):
    """A file or a table cannot be used at all; single bad rows are set aside instead."""

    exit_code = 2


class RefusedError(WhenceError):
    """What was asked is forbidden: not registered, expired, above a quota. It says which line."""

    exit_code = 3


class IntegrityError(WhenceError):
    """A ledger, a sealed field or a proof is not what it was when it was written."""

    exit_code = 4


class EngineError(WhenceError):
    """The engine could not finish: memory, disk, or a damaged file."""


class OutputError(WhenceError):
    """The answer cannot be written where it was asked for."""

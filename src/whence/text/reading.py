"""From what was given to an answer: a text, the bytes of a file, the lines of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from whence.errors import InputError
from whence.text.answers import to_object
from whence.text.checking import Checker
from whence.text.findings import Check
from whence.text.given import decoded, rows_of
from whence.text.pictures import Picture, is_picture, read_picture
from whence.wording import Language, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was found, and what was read out of the picture if there was one."""

    check: Check
    picture: Picture | None = None


def checked_given(
    checker: Checker, given: str | bytes, *, name: str, own: str | None = None, words: bool = True
) -> Done:
    """Return what a text, or the bytes of a text or picture file, is found to be.

    ``words`` says whether words in a picture are read where that is possible. Raises InputError.
    """
    if isinstance(given, str):
        return Done(check=checker.check(given, own=own))
    if not is_picture(given):
        return Done(check=checker.check(decoded(given, name)[0], own=own))
    picture = read_picture(given, name=name, words=words)
    said = picture.text or ""
    return Done(check=checker.check(said, own=own, codes=picture.codes), picture=picture)


def answers_to_rows(
    checker: Checker, stream: BinaryIO, language: Language, *, own: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield an object for each line of JSON, in order; a line that cannot be used says why."""
    for row in rows_of(stream):
        try:
            if row.text is None:
                yield {"id": row.id, "refused": say(row.reason or "text.row-empty", language)}
            else:
                yield to_object(checker.check(row.text, own=own), language, name=row.id)
        except InputError as error:
            yield {"id": row.id, "refused": error.text(language)}

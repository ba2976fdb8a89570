"""What a report claims, in words: a line a claim, with where it came from and whether it stands."""

from collections.abc import Iterator
from typing import Final

from whence.casework.sealed_words import Value, Words
from whence.wording import Language, is_phrase, say

_LONGEST: Final = 400  # signs of one text in the summary; the whole stands in ledger/entries.jsonl
_CLAIM: Final = 4  # parts of facts/FIELD/NUMBER/WHAT


def claims_told(words: Words, language: Language) -> Iterator[str]:
    """Yield what is open of a report, a line for each claim and each other value."""
    claims: dict[tuple[str, str], dict[str, Value]] = {}
    for field in words.fields:
        top, *path = field.path.split("/")
        if top != "report" or field.value in (None, ""):
            continue
        if path[0] == "facts" and len(path) == _CLAIM:
            claims.setdefault((path[1], path[2]), {})[path[3]] = field.value
        else:
            yield _line(path[0], short(str(field.value)), language)
    for (name, _), claim in claims.items():
        if "value" in claim:
            yield _line(name, _claimed(claim, language), language)


def short(text: str) -> str:
    """Return a text as far as the summary shows it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _line(name: str, value: str, language: Language) -> str:
    phrase = f"case.field-{name}"
    label = say(phrase, language) if is_phrase(phrase) else name.replace("_", " ")
    return say("case.pack-claim", language, field=label, value=value)


def _claimed(claim: dict[str, Value], language: Language) -> str:
    told = short(" ".join(str(claim[part]) for part in ("value", "currency") if claim.get(part)))
    if quote := claim.get("quote"):
        told = say("case.pack-quoted", language, value=told, quote=short(str(quote)))
    is_confirmed = claim.get("confirmed") is True
    return told if is_confirmed else say("case.pack-unconfirmed", language, value=told)

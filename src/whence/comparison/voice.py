"""Reasons put into words: a note's facts as people read them, in either language."""

from whence.model import Note, Suspect
from whence.wording import Language, name_of_kind, phrases, say

_MOST_LISTED = 6  # ids in a sentence; all of them stand in the JSON


def said(note: Note, language: Language) -> str:
    """Return a note as a sentence of one language."""
    facts = {name: _fact(fact, language) for name, fact in note.facts.items()}
    if "aside" in facts:
        facts["aside"] = reason_of(str(facts["aside"]), language)
    sentence = say(note.phrase, language, **facts)
    return sentence[:1].upper() + sentence[1:]  # a kind of custodian may begin it


def name_of(suspect: Suspect, language: Language) -> str:
    """Return kind and id, ``shop SH12``."""
    joint = "" if language == "zh" else " "
    return f"{name_of_kind(suspect.kind, language)}{joint}{suspect.id}"


def listed(names: tuple[str, ...], language: Language) -> str:
    """Return names in a row, and how many more there are of very many."""
    joined = say("comparison.joint", language).join(names[:_MOST_LISTED])
    if (more := len(names) - _MOST_LISTED) > 0:
        return say("comparison.and-more", language, names=joined, n=f"{more:,}")
    return joined


def reason_of(aside: str, language: Language) -> str:
    """Return why a row was set aside; a reason we do not know keeps its name."""
    known = phrases("reasons").get(aside)
    return known[language] if known else aside


def _fact(fact: object, language: Language) -> object:
    match fact:
        case Suspect():
            return name_of(fact, language)
        case tuple():
            return listed(tuple(map(str, fact)), language)
        case int():
            return f"{fact:,}"
        case _:
            return fact

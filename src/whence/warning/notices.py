"""Notices: a template of three blocks, filled in, counted and checked.

A template holds its words for each language and form; what is filled in is of the sender and of
the leak, never of the person. So a notice is written once for all who get it in one language and
form, and only the check that nothing of hers stands in it is made person by person.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from whence.errors import RefusedError
from whence.warning.lures import verify_no_lure
from whence.warning.settings import CaseWords, Sender
from whence.warning.sms import in_parts
from whence.wording import LANGUAGES, Language, say

TEMPLATES: Final = ("pipl57", "gdpr34")
BLOCKS: Final = ("what", "do", "whom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template as its file has it; ``digest`` is SHA-256 of the file, its first 16 hex digits."""

    name: str
    version: str
    digest: str
    articles: tuple[str, ...]
    basis: str
    words: dict[str, dict[str, dict[str, str]]]  # language -> form -> block -> text


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it goes out: its words, and as how many messages it counts."""

    form: str
    language: Language
    subject: str
    text: str
    template: Template
    n_messages: int


@cache
def read_template(name: str) -> Template:
    """Return one of the templates that come with the product."""
    text = files(__package__).joinpath("templates", f"{name}.toml").read_text("utf-8")
    sheet = tomllib.loads(text)
    words = {str(language): sheet.pop(language) for language in LANGUAGES}
    digest = sha256(text.encode()).hexdigest()[:16]
    articles = tuple(sheet.pop("articles"))
    return Template(digest=digest, articles=articles, words=words, **sheet)


def write_notice(
    template: Template,
    *,
    form: str,
    language: Language,
    sender: Sender,
    case: CaseWords,
    suspects: Iterable[str] = (),
) -> Notice:
    """Return the notice of a leak in one form and language.

    Raises RefusedError where it would hold what makes a lure, or an SMS grows longer than the
    sender allows: it is never cut.
    """
    contact = sender.contact(language)
    joined = say("warning.list-comma", language)
    facts = {
        "sender": sender.name(language),
        "kinds": joined.join(say(f"warning.field-{kind}", language) for kind in case.kinds),
        "cause": case.cause(language) or say("warning.cause-unknown", language),
        "measures": case.measures(language),
        "contact": contact,
    }
    words = template.words[language][form]
    subject = words["subject"].format(**facts)
    between = "" if form == "sms" else "\n\n"
    text = between.join(words[block].format(**facts) for block in BLOCKS)
    verify_no_lure(f"{subject}\n{text}", form=form, contact=contact, suspects=suspects)
    n_messages = len(in_parts(text).parts) if form == "sms" else 1
    if n_messages > sender.most_parts:
        raise RefusedError(
            "warning.too-long",
            parts=n_messages,
            most=sender.most_parts,
            language=language,
            hint="warning.too-long-hint",
        )
    return Notice(
        form=form,
        language=language,
        subject=subject,
        text=text,
        template=template,
        n_messages=n_messages,
    )

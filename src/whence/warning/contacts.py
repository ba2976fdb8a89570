"""Contacts: how a person can be told, and in which language.

A contact that cannot be right is as good as none: a notice to a wrong number tells a stranger.
Rows that contradict each other about one person leave her without that contact.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.intake.sheets import read_sheet
from whence.wording import LANGUAGES, Language

COLUMNS: Final = ("customer_id", "phone", "email", "app_user_id", "language")
_PHONE: Final = re.compile(r"\+?\d{5,15}", re.ASCII)  # E.164: at most 15 digits
_EMAIL: Final = re.compile(r"[^\s@<>(),:;\"\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_APP_USER: Final = re.compile(r"\S{1,128}")
_LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3, without the brackets


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How one person can be reached; what is not known is None."""

    customer_id: str
    phone: str | None = None
    email: str | None = None
    app_user_id: str | None = None
    language: Language | None = None

    def address(self, form: str) -> str | None:
        """Return where a notice of this form goes."""
        return {"sms": self.phone, "app": self.app_user_id, "email": self.email}[form]

    def first_form(self, forms: Sequence[str]) -> str | None:
        """Return the first of the forms in which she can be reached."""
        return next((form for form in forms if self.address(form)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """All contacts by person, and how many cells were unusable or contradicted each other."""

    of: dict[str, Contact]
    n_unusable: int = 0
    n_contradicting: int = 0


def read_contacts(path: Path) -> Contacts:
    """Read the table of contacts. Raises InputError where it is none."""
    sheet = read_sheet(path, only=COLUMNS)
    sheet.require("customer_id")
    names = [name for name in COLUMNS if name in sheet.table.column_names]
    columns = [sheet.table.column(name).to_pylist() for name in names]
    return contacts_of(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def contacts_of(rows: Iterator[dict[str, object]]) -> Contacts:
    """Return the contacts that rows of the table give."""
    found: dict[str, dict[str, Any]] = {}
    n_unusable = 0
    at_odds: set[tuple[str, str]] = set()
    for row in rows:
        customer = _text(row.get("customer_id"))
        if not customer:
            n_unusable += 1
            continue
        known = found.setdefault(customer, {})
        for name, clean in _CLEAN.items():
            written = _text(row.get(name))
            value = clean(written) if written else None
            n_unusable += bool(written) and value is None
            if value is not None and known.setdefault(name, value) != value:
                at_odds.add((customer, name))
    for customer, name in at_odds:
        del found[customer][name]
    contacts = {
        customer: Contact(customer_id=customer, **known) for customer, known in found.items()
    }
    return Contacts(of=contacts, n_unusable=n_unusable, n_contradicting=len(at_odds))


def clean_phone(written: str) -> str | None:
    """Return a number as digits, maybe behind a plus; None where it is no number."""
    bare = re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", written))
    return bare if _PHONE.fullmatch(bare) else None


def _clean_email(written: str) -> str | None:
    is_one = len(written) <= _LONGEST_EMAIL and _EMAIL.fullmatch(written)
    return written if is_one else None


def _clean_app_user(written: str) -> str | None:
    return written if _APP_USER.fullmatch(written) else None


def clean_language(written: str) -> Language | None:
    """Return the language of a tag such as zh-CN; None for one we do not write."""
    base = re.split("[-_]", written.casefold())[0]
    return next((language for language in LANGUAGES if language == base), None)


_CLEAN: Final = {
    "phone": clean_phone,
    "email": _clean_email,
    "app_user_id": _clean_app_user,
    "language": clean_language,
}


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()

"""E-mail addresses, logins and passwords."""

import re
from typing import Final

from whence.protection.hiding import HIDDEN, plain, stands_in, starred

_SHORTEST_WITH_INITIAL: Final = 3
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+")


def mask_email(text: str) -> str:
    """Return an e-mail address of which the first letter and the domain stay.

    The domain goes too where it repeats what is hidden, as that of one's own name does.
    """
    local, at, domain = plain(starred(text)).rpartition("@")
    if not at:
        return HIDDEN
    first = _initial(local)
    hidden = [local[len(first) :]]
    if stands_in(hidden, first):
        first = ""
    kept = domain if _DOMAIN.fullmatch(domain) and not stands_in(hidden, domain) else HIDDEN
    return f"{first}{HIDDEN}@{kept}"


def mask_login(text: str) -> str:
    """Return a login of which the first sign stays."""
    text = starred(text)
    first = _initial(text)
    return ("" if stands_in([text[len(first) :]], first) else first) + HIDDEN


def mask_password(text: str) -> str:
    """Return nothing of a password, not even its length."""
    del text
    return HIDDEN


def email_key(text: str) -> str:
    """Return an e-mail address as it is compared."""
    return plain(text).strip().casefold()


def _initial(text: str) -> str:
    return text[0] if len(text) >= _SHORTEST_WITH_INITIAL and text[0].isalnum() else ""

"""A notice must not be a lure: nothing in it that a scammer would want to copy.

Whoever warns "your order 8813 of the red coat for 239 yuan has leaked, click here" has written the
scam. So a rendered notice holds no link, no number, price or id of hers, no name of a suspect, no
telephone number but the sender's own, and it promises nobody that anything is harmless. Every
notice is checked, whatever the template or the settings say.
"""

import re
from collections.abc import Iterable
from typing import Final

from whence.errors import RefusedError

_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://|www\.|(?<![\w@])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b"
    r"|[^\s.]\.(?:中国|公司|网络|网址|商城|手机)|\w@\w",
    re.IGNORECASE | re.ASCII,
)
_AMOUNT: Final = re.compile(
    r"[¥￥$€£]\s*\d|\d\s*(?:元|块|万|yuan|dollars?|euros?|cny|rmb|usd|eur)(?![a-z])", re.IGNORECASE
)
_DIGITS: Final = re.compile(r"\d(?:[ -]?\d){4,}")  # five and more: no year, no hour
_PROMISE: Final = re.compile(r"\bsafe(?:ly)?\b|是安全的|绝对安全|请放心|尽可放心", re.IGNORECASE)
_HELPLINES: Final = ("96110",)  # the police's line against fraud in China, known to everyone
_SHORTEST_ID: Final = 4  # "7" as an order's id stands in any text


def verify_no_lure(text: str, *, form: str, contact: str, suspects: Iterable[str] = ()) -> None:
    """Raise RefusedError, naming the rule, where a notice holds what would make it a lure.

    ``contact`` is the sender's own, as it stands in the text. What is found is not repeated in the
    error. Whether anything of the person stands in it, ``is_free_of`` says.
    """
    if not is_free_of(text, suspects):
        raise RefusedError("warning.lure-suspect", form=form, hint="warning.lure-hint")
    beside = text
    for ours in (contact, *_HELPLINES):
        beside = beside.replace(ours, " ") if ours else beside
    rules = {
        # A link in an SMS is what people are told never to follow: not even the sender's own.
        "warning.lure-link": _LINK.search(text if form == "sms" else beside),
        "warning.lure-amount": _AMOUNT.search(text),
        "warning.lure-number": _DIGITS.search(beside),
        "warning.lure-promise": _PROMISE.search(text),
    }
    for phrase, found in rules.items():
        if found:
            raise RefusedError(phrase, form=form, hint="warning.lure-hint")


def is_free_of(text: str, words: Iterable[str]) -> bool:
    """Return whether none of these ids and addresses stands in a text, in any case."""
    folded = text.casefold()
    for word in words:
        bare = word.casefold()
        if bare in folded and (len(bare) >= _SHORTEST_ID or _stands_alone(bare, folded)):
            return False
    return True


def _stands_alone(word: str, text: str) -> bool:
    """Return whether a short id stands in a text as a word of its own."""
    return (
        bool(word) and re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
    )

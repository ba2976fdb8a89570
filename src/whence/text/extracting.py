"""A victim's own words, or a newspaper's, read into claims: each with the words it came from."""

from typing import Final

from whence.errors import InputError
from whence.text.checking import MOST_CHARACTERS
from whence.text.extracting_amounts import amounts_in
from whence.text.extracting_claims import FIELDS, Extracted, Sheet, sheet_of
from whence.text.extracting_names import ages_in, described_in, named_in, places_in
from whence.text.extracting_numbers import (
    accounts_in,
    callers_in,
    links_in,
    messengers_in,
    orders_in,
)
from whence.text.extracting_signs import signs_in
from whence.text.extracting_times import spans_of_times, times_in

_ORDER: Final = {field: n for n, field in enumerate(FIELDS)}


def extract(text: str) -> tuple[Extracted, ...]:
    """Return what a text claims, by field and place; nothing of it is believed.

    Raises InputError for a text of more than ``MOST_CHARACTERS``.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError("text.long", hint="text.long-hint", n=len(text), most=MOST_CHARACTERS)
    sheet = sheet_of(text)
    made: list[Extracted] = []
    rest = sheet
    for finder in (links_in, orders_in, messengers_in, accounts_in):
        claims = finder(rest)
        made += claims
        rest = rest.hidden(_spans(rest, claims))
    made += times_in(rest)
    rest = rest.hidden(spans_of_times(rest))
    callers = callers_in(rest)
    made += callers
    rest = rest.hidden(_spans(rest, callers))
    made += amounts_in(rest, sheet)
    made += named_in(sheet) + places_in(sheet) + ages_in(sheet) + described_in(sheet)
    made += signs_in(sheet, made)
    return tuple(sorted(made, key=lambda c: (_ORDER[c.field], c.start, c.end)))


def _spans(sheet: Sheet, claims: list[Extracted]) -> list[tuple[int, int]]:
    """Return where claims stand in the plain form."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for at, place in enumerate(sheet.places):
        first.setdefault(place, at)
        last[place] = at
    return [(first[c.start], last[c.end - 1] + 1) for c in claims]

"""English aliases: the surname stays, the given and the second name are each one of a hundred.

Within a list any two names differ by two consonants as they are heard (``sound``), so that another
spelling, or one consonant misheard, does not make one of ours into another. Second names are
surnames by origin, as second names often are; they suit any given name.
"""

import re
import unicodedata
from functools import cache
from typing import Final

import numpy as np

from whence.marks.heard import Heard

_GIVEN_NAMES: Final = (
    "Adrian Alfred Arnold Barnaby Benedict Bertram Calvin Carmen Cedric Chester Clarence Claudia "
    "Conrad Cordelia Cyril Daphne Delia Desmond Dexter Dominic Dorothy Douglas Duncan Edgar Edmund "
    "Eleanor Ernest Esther Eunice Felix Fergus Franklin Geoffrey Gerald Gilbert Gladys Gordon "
    "Greta Gwendolyn Harvey Hector Herbert Hugo Imogen Ingrid Jasper Jerome Josephine Judith "
    "Juliet Kenneth Kirsten Lambert Leopold Lionel Lorraine Lucinda Ludwig Magnus Malcolm Marcia "
    "Marjorie Matilda Maxwell Mildred Miranda Mortimer Myrtle Nadine Nathaniel Neville Octavia "
    "Olga Oswald Otto Patrick Penelope Prudence Quentin Ralph Regina Rosalind Rufus Rupert Sabrina "
    "Sebastian Selma Sheldon Stanley Sylvester Tabitha Trevor Ursula Valentine Vincent Virgil "
    "Wallace Walter Winifred Zachary"
)
GIVEN: Final = tuple(_GIVEN_NAMES.split())
_SECOND_NAMES: Final = (
    "Abbott Aldrich Ames Atwood Bancroft Barlow Beckett Bellamy Bradford Brighton Caldwell Carver "
    "Chandler Clayton Colby Crosby Denton Dixon Drake Dunlap Ellsworth Emerson Everett Fairfax "
    "Fletcher Forrest Gibson Goddard Graham Hadley Halsey Hamilton Hastings Hawthorne Hudson "
    "Ingram Irving Jefferson Jordan Keating Kimball Kingsley Langley Lennox Lincoln Lockwood "
    "Mackenzie Mansfield Mercer Merritt Monroe Newell Norwood Oakley Ogden Palmer Paxton Pembroke "
    "Perkins Pickford Porter Prescott Quigley Radcliffe Rutherford Sanford Sawyer Spencer Sterling "
    "Talbot Thatcher Thornton Tilden Townsend Tucker Underhill Upton Vance Wadsworth Wakefield "
    "Webster Weston Winslow Woodrow Wyatt Yardley Ashcroft Bosworth Brewster Cartwright Churchill "
    "Cromwell Davenport Dempsey Elgar Fitzroy Galbraith Gladstone Goldsmith Hathaway"
)
SECOND: Final = tuple(_SECOND_NAMES.split())
_N: Final = len(GIVEN)
_TITLE: Final = re.compile(r"^(mr|mrs|ms|miss|dr|prof|sir)\.?$", re.IGNORECASE)
_AFTER: Final = re.compile(r"^(jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_SPOKEN_RIGHT, _SPOKEN_HALF = 0.90, 0.06  # as for Chinese names
_WRITTEN_RIGHT: Final = 0.985
_REAL: Final = 0.01  # real names with both of ours: measured, docs/marks.md
# What a spelling sounds like, in this order: a simple Metaphone (Philips 1990).
_SOUNDS: Final = (
    *((r"ght", "t"), (r"ph", "f"), (r"^kn", "n"), (r"^wr", "r"), (r"wh", "w"), (r"tch", "x")),
    *((r"sch", "sk"), (r"[cs]h", "x"), (r"th", "0"), (r"dge", "j"), (r"gh", ""), (r"qu?", "k")),
    *((r"sc(?=[iey])", "s"), (r"c(?=[eiy])", "s"), (r"ck?", "k"), (r"g(?=[eiy])", "j")),
    *((r"z", "s"), (r"v", "f"), (r"^[aeiouy]", "A"), (r"(?<!^)[aeiouyhw]", ""), (r"(.)\1+", r"\1")),
)


def alias(name: str, value: int) -> str:
    """Return the name under which a value is handed out: her surname, our other names."""
    return " ".join(filter(None, (GIVEN[value // _N], SECOND[value % _N], surname(name))))


def surname(name: str) -> str:
    """Return the surname of a name; empty where it is a single word."""
    words = [w for w in name.split() if not _TITLE.match(w)]
    after = words[-1:] if len(words) > 1 and _AFTER.match(words[-1]) else []
    words = words[: len(words) - len(after)]
    titled = len(name.split()) > len(words) + len(after)
    return " ".join(words[-1:] + after) if len(words) > 1 or titled else ""


def hear(text: str, *, spoken: bool) -> Heard | None:
    """Return how likely the text is for each value, up to a factor; None where it is no mark.

    A text that was copied must hold both names; of one that was heard the sound counts, and the
    given name alone is enough, or the second name with an initial, or the other way round.
    """
    words = [w for w in re.findall(r"[a-z]+", _plain(text)) if not _TITLE.match(w)]
    if not spoken:
        return _copied(words)
    given = _given().get(sound(words[0])) if words else None
    second = _second().get(sound(words[1])) if len(words) > 1 else None
    found = np.zeros((_N, _N))
    if given is not None and second is not None:
        found[given, second] += _SPOKEN_RIGHT
        found[given, :] += _SPOKEN_HALF / 2 / _N
        found[:, second] += _SPOKEN_HALF / 2 / _N
    elif given is not None:
        begins = _beginning(words[1] if len(words) > 2 else "", SECOND)  # noqa: PLR2004  and a surname
        found[given, begins] += _SPOKEN_RIGHT / len(begins)
    elif second is not None:
        begins = _beginning(words[0], GIVEN)
        found[begins, second] += _SPOKEN_RIGHT / len(begins)
    else:
        return None
    found += (1.0 - found.sum()) / _N**2
    by_chance = _REAL if given is not None and second is not None else 1.0
    return Heard(found.ravel(), by_chance=by_chance)


def sound(word: str) -> str:
    """Return what is heard of a name: its first letter and its consonants, alike where they are."""
    heard = word.lower()
    for spelt, said in _SOUNDS:
        heard = re.sub(spelt, said, heard)
    return heard


def _copied(words: list[str]) -> Heard | None:
    if len(words) < 2 or words[0] not in _exact(GIVEN) or words[1] not in _exact(SECOND):  # noqa: PLR2004
        return None
    weights = np.full(_N * _N, (1.0 - _WRITTEN_RIGHT) / _N**2)
    weights[_exact(GIVEN)[words[0]] * _N + _exact(SECOND)[words[1]]] += _WRITTEN_RIGHT
    return Heard(weights, by_chance=_REAL)


def _beginning(initial: str, names: tuple[str, ...]) -> list[int]:
    """Return the names that an initial may stand for; all of them where it is none."""
    fitting = [
        i for i, name in enumerate(names) if name.lower() == initial or initial == name[0].lower()
    ]
    return fitting or list(range(len(names)))


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare.lower() if not unicodedata.combining(c))


@cache
def _exact(names: tuple[str, ...]) -> dict[str, int]:
    return {name.lower(): i for i, name in enumerate(names)}


@cache
def _given() -> dict[str, int]:
    return {sound(name): i for i, name in enumerate(GIVEN)}


@cache
def _second() -> dict[str, int]:
    return {sound(name): i for i, name in enumerate(SECOND)}

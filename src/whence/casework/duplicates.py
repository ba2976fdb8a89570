"""The same story told twice: near-duplicates among reports, and within one document.

Two texts are compared by runs of characters in their plain form, which shortening, reordering and
another script leave whole, and by the facts in them. One script filled in twice reads alike and has
other sums and days: facts that clash weigh against likeness. A translation shares no run of
characters, and its facts can show it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from whence.text.extracting import extract
from whence.text.extracting_claims import sheet_of

_RUN: Final = 4  # characters: two words of Chinese
_NOISE: Final = re.compile(r"[\W_]+")
_ALIKE: Final = (
    0.33  # share of the shorter text's runs that the other has, with no fact that clashes
)
_VERY_ALIKE: Final = 0.85  # so much alike that one clashing fact is a correction
_FACTS: Final = 3  # facts in common that tell one story where the words do not
_FEWEST: Final = 20  # characters of a paragraph that can be a story
_MOST_SHARED: Final = 50  # texts with one run: beyond it the run is a phrase everybody uses
_CORRECTED: Final = 2  # clashing facts from which on it is another story
# What tells one incident from another, and how much: two victims may well lose the same round sum.
_TELLING: Final = {
    "order_number": 3,
    "amount": 1,
    "time": 1,
    "caller_number": 2,
    "qq": 1,
    "wechat": 1,
    "link": 1,
    "payee": 1,
    "age": 1,
    "place": 1,
}
_CLASHING: Final = ("order_number", "age", "place")  # a story has one of each, as a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Two texts that tell one story: how much alike, and the facts they share and contradict."""

    a: int
    b: int
    alike: float
    shared: int
    clashing: int


@dataclass(frozen=True, slots=True)
class _Told:
    runs: frozenset[str]
    facts: Mapping[str, frozenset[str]]


def _told(text: str) -> _Told:
    plain = _NOISE.sub("", sheet_of(text).text.lower())
    runs = frozenset(plain[i : i + _RUN] for i in range(len(plain) - _RUN + 1))
    facts: dict[str, set[str]] = defaultdict(set)
    for claim in extract(text):
        if claim.field in _TELLING:
            value = (
                re.sub(r"^(?:\d{4}|-)-", "", claim.value) if claim.field == "time" else claim.value
            )
            facts[claim.field].add(value.lower())
    return _Told(runs, {name: frozenset(values) for name, values in facts.items()})


def same_story(a: str, b: str) -> Duplicate | None:
    """Return how two texts tell one story; None where they do not seem to."""
    return _compared(0, _told(a), 1, _told(b))


def duplicates(texts: Sequence[str]) -> Iterator[Duplicate]:
    """Yield the pairs of texts that tell one story."""
    told = [_told(text) for text in texts]
    having: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(told):
        for run in each.runs:
            having[run].append(at)
        for name, values in each.facts.items():
            if name != "place":
                for value in values:
                    having[f"{name}\0{value}"].append(at)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for rows in having.values():
        if 1 < len(rows) <= _MOST_SHARED:
            for pair in combinations(rows, 2):
                shared[pair] += 1
    for (a, b), n in sorted(shared.items()):
        if n >= _FACTS:
            found = _compared(a, told[a], b, told[b])
            if found is not None:
                yield found


def repeated_within(document: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of paragraphs of one document that tell the same story."""
    parts = [part.strip() for part in re.split(r"\n\s*\n|\n", document)]
    parts = [part for part in parts if len(part) >= _FEWEST]
    return tuple((parts[each.a], parts[each.b]) for each in duplicates(parts))


def _compared(a: int, first: _Told, b: int, second: _Told) -> Duplicate | None:
    shorter = min(len(first.runs), len(second.runs))
    alike = len(first.runs & second.runs) / shorter if shorter else 0.0
    shared = clashing = 0
    for name, weight in _TELLING.items():
        ours, theirs = first.facts.get(name, frozenset()), second.facts.get(name, frozenset())
        common = ours & theirs
        shared += weight * len(common)
        if ours and theirs and not common:
            clashing += weight if name in _CLASHING else 1
    is_same = (
        (alike >= _ALIKE and shared >= 2 * clashing and clashing < _CORRECTED)
        or (alike >= _VERY_ALIKE and clashing < _CORRECTED and shared > 0)
        or (shared >= _FACTS + 1 and shared > 3 * clashing)
    )
    return Duplicate(a=a, b=b, alike=alike, shared=shared, clashing=clashing) if is_same else None

"""Finding patterns in a plain text: words first, in one pass, then patterns over where they stand.

Patterns are matched on the places of their words and never backtrack, so that no rule and no text
can make it slow: the cost grows with the text and the words in it.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, TypeAlias

from whence.text.normalising import Plain, normalise
from whence.text.patterns import LATIN, Part, Pattern, Within
from whence.text.recognising import RECOGNISERS, Span, recognise
from whence.text.rulebook import Rule, Rulebook, RuleFile

Places: TypeAlias = dict[int, list[Span]]

_BREAK: Final = re.compile(r"[。!?\n;]|\.(?=\s|$)")
_WIDE: Final = re.compile("[\u2e80-\uffff]")  # Chinese and its punctuation
_COMMA: Final = re.compile(r",(?!\d)")  # 3,000 is one number
_END: Final = itemgetter(1)
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, slots=True)
class _Step:
    """One part of a pattern, ready to be matched."""

    group: int
    most: int
    within: Within


Steps: TypeAlias = tuple[_Step, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    groups: tuple[int, ...]
    left: bool  # begins with a letter: what stands before must not be one
    right: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rule with its patterns ready to be matched."""

    rule: Rule
    patterns: tuple[Steps, ...]
    unless: tuple[Steps, ...]


_Entry: TypeAlias = tuple[Prepared, frozenset[int], Steps]  # with the groups that it needs


@dataclass(frozen=True, slots=True)
class Scene:
    """A plain text with the places of its words, the ends of its sentences and of its turns."""

    text: str
    places: Places
    present: frozenset[int]  # the groups that have a place
    breaks: Sequence[int]
    turns: Sequence[int]

    def is_one_sentence(self, start: int, end: int) -> bool:
        """Return whether no sentence ends from ``start`` to ``end``."""
        return bisect_left(self.breaks, start) == bisect_left(self.breaks, end)

    def sentence(self, at: int) -> Span:
        """Return from where to where the sentence around a place goes."""
        n = bisect_left(self.breaks, at)
        start = self.breaks[n - 1] + 1 if n else 0
        end = self.breaks[n] if n < len(self.breaks) else len(self.text)
        return start, end

    def turn(self, at: int) -> int:
        """Return in which turn a place is."""
        return bisect_right(self.turns, at) - 1


class Matcher:
    """The rules of a book, compiled together."""

    def __init__(self, book: Rulebook) -> None:
        self._groups: dict[tuple[str, str], int] = {}
        self._words: dict[str, list[int]] = {}
        self._recognised: dict[str, list[int]] = {}
        self.prepared = tuple(
            self._prepare(book, file, rule) for file in book.files for rule in file.rules
        )
        self._by_start, self._single = _index(self._words)
        self._letters = re.compile(
            f"[{re.escape(''.join(self._single))}]" if self._single else "(?!)"
        )
        size = Counter(group for groups in self._words.values() for group in groups)
        # Each pattern stands below one group that it needs: the one that fewest words lead to.
        self._by_group: dict[int, list[_Entry]] = {}
        self._frames: dict[str, list[_Entry]] = {}
        for one in self.prepared:
            for steps in one.patterns:
                entry = (one, frozenset(step.group for step in steps), steps)
                if one.rule.kind == "frame":
                    self._frames.setdefault(one.rule.name, []).append(entry)
                else:
                    key = min((step.group for step in steps), key=lambda group: size[group])
                    self._by_group.setdefault(key, []).append(entry)

    def _prepare(self, book: Rulebook, file: RuleFile, rule: Rule) -> Prepared:
        return Prepared(
            rule,
            tuple(self._steps(book, file, pattern) for pattern in rule.patterns),
            tuple(self._steps(book, file, pattern) for pattern in rule.unless),
        )

    def _steps(self, book: Rulebook, file: RuleFile, pattern: Pattern) -> Steps:
        return tuple(
            _Step(self._choice(book, file, part), part.gap.most, part.gap.within)
            for part in pattern
        )

    def _choice(self, book: Rulebook, file: RuleFile, part: Part) -> int:
        """Return the number of what may stand in one place, and learn its words."""
        own = any(group in file.words for group in part.groups)
        key = (file.name if own else "", "|".join((*sorted(part.groups), " ", *part.words)))
        if key in self._groups:
            return self._groups[key]
        number = self._groups[key] = len(self._groups)
        self._learn(part.words, number)
        for group in part.groups:
            if group in RECOGNISERS:
                self._recognised.setdefault(group, []).append(number)
            else:
                self._learn(book.words(file, group), number)
        return number

    def _learn(self, words: Iterable[str], group: int) -> None:
        for word in words:
            groups = self._words.setdefault(normalise(word).text, [])
            if group not in groups:
                groups.append(group)

    def places(self, text: str) -> Places:
        """Return where the words of each group stand in a plain text."""
        found: Places = {}
        by_start = self._by_start
        last = len(text)
        pairs = map(str.__add__, text, text[1:] + "\n")
        for at, bucket in [
            (at, by_start[pair]) for at, pair in enumerate(pairs) if pair in by_start
        ]:
            for word in bucket:
                if text.startswith(word.text, at):
                    end = at + len(word.text)
                    if (word.left and at and text[at - 1] in _LETTERS) or (
                        word.right and end < last and text[end] in _LETTERS
                    ):
                        continue
                    span = (at, end)
                    for group in word.groups:
                        if group in found:
                            found[group].append(span)
                        else:
                            found[group] = [span]
        for letter in self._letters.finditer(text):
            for group in self._single[letter[0]]:
                found.setdefault(group, []).append(letter.span())
        for kind, spans in recognise(text).items():
            for group in self._recognised.get(kind, ()):
                found.setdefault(group, []).extend(spans)
        for spans in found.values():
            spans.sort(key=_END)
        return found

    def matches(self, scene: Scene) -> Iterator[tuple[Prepared, Span]]:
        """Yield each rule that a text matches, and from where to where."""
        by_group = self._by_group
        for group in scene.places:
            if group in by_group:
                yield from _found(by_group[group], scene)

    def frames(self, name: str, scene: Scene) -> list[tuple[Span, int]]:
        """Return where a frame stands, with its weight, in the order of the text."""
        found = _found(self._frames.get(name, ()), scene)
        return sorted((span, one.rule.weight) for one, span in found)


def scene_of(matcher: Matcher, plain: Plain, turns: Sequence[int]) -> Scene:
    """Return a plain text with what stands where; ``turns`` are its turns' beginnings, plain."""
    breaks = [found.start() for found in _BREAK.finditer(plain.text)]
    places = matcher.places(plain.text)
    return Scene(plain.text, places, frozenset(places), breaks, turns)


def _found(patterns: Iterable[_Entry], scene: Scene) -> Iterator[tuple[Prepared, Span]]:
    present = scene.present
    for one, needs, steps in patterns:
        if needs <= present:
            for span in spans_of(steps, scene):
                yield one, span


def _index(
    words: Mapping[str, Sequence[int]],
) -> tuple[dict[str, tuple[_Word, ...]], dict[str, tuple[int, ...]]]:
    """Return the words by their first two characters, and those of one character."""
    by_start: dict[str, list[_Word]] = {}
    single: dict[str, tuple[int, ...]] = {}
    for text, groups in words.items():
        if len(text) == 1:
            single[text] = tuple(groups)
        elif text:
            word = _Word(text, tuple(groups), text[0] in _LETTERS, text[-1] in _LETTERS)
            by_start.setdefault(text[:2], []).append(word)
    return {start: tuple(found) for start, found in by_start.items()}, single


def spans_of(steps: Steps, scene: Scene) -> list[Span]:
    """Return where a pattern stands; of all ways to reach an end, the shortest."""
    places = scene.places
    done = places[steps[0].group]
    for step in steps[1:]:
        if not done:
            return []
        ends = [end for _, end in done]
        longest = step.most * LATIN
        extended: dict[int, int] = {}
        for start, end in places.get(step.group, ()):
            best = -1
            for n in range(bisect_left(ends, start - longest), bisect_right(ends, start)):
                if done[n][0] > best and _may_stand(step, scene, ends[n], start):
                    best = done[n][0]
            if best >= 0 and best > extended.get(end, -1):
                extended[end] = best
        done = sorted(((start, end) for end, start in extended.items()), key=_END)
    return done


def _may_stand(step: _Step, scene: Scene, start: int, end: int) -> bool:
    """Return whether what is between two words may be a step's gap."""
    if start == end:
        return True
    if end - start > step.most and _WIDE.search(scene.text, start, end):
        return False
    if step.within == "turn":
        return scene.turn(start) == scene.turn(end)
    return scene.is_one_sentence(start, end) and (
        step.within == "sentence" or _COMMA.search(scene.text, start, end) is None
    )

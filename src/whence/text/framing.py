"""What takes the point out of words: a negation, a quoted trick, a warning, a report of others.

"Never read the code to anyone", "scammers ask for the code" and a police notice that tells a whole
case say the words of the trick without asking for anything. A victim's own story asks for nothing
either, and yet it is the fraud that she asks about: it counts.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from whence.text.matching import Matcher, Scene
from whence.text.recognising import Span

# Names of the rules of kind `frame`, rules/frames.toml.
NEGATION: Final = "negation"  # never, do not, 请勿
REFUSAL: Final = "refusal"  # we never ask for, 从不要求
HARMLESS: Final = "harmless negation"  # do not worry, 不要挂断
DEMAND: Final = "demand"  # please, 请, 把: what is said anew after a negation
GOES_ON: Final = "goes on"  # or, and, 以及: what a negation reaches beyond a comma
VERDICT: Final = "verdict"  # ... is always a fraud, 都是诈骗
CULPRIT: Final = "culprit"  # the fraudster as the one who acts, 骗子会
WARNING: Final = "warning"  # what a warning is made of, with weights
OWN: Final = "own affairs"  # I, 我
KNOWN: Final = "somebody known"  # my landlord told me to, 我妈让我
STRANGER: Final = "stranger"  # weight 2: the shop, the refund; 1: a person without a name
NARRATED: Final = "narrated"  # somebody tells her to do it: 让我, told me
STORY: Final = "own story"  # he told me to, 让我
ROLE: Final = "role"  # I am from customer service
REPORTED: Final = "reported role"  # he said he was from customer service
ASKED_FOR: Final = "asked for"  # how can I help: she called them
LURE: Final = "lure"  # money that is to come back
FAMILIAR: Final = (
    "familiar"  # Mum, 各位同事: the beginning of talk among people who know each other
)
QUESTION: Final = "own question"  # how do I, 我想问: a customer who asks of her own accord

_PLAIN_WARNING: Final = 3  # weight of a mark that tells a story as a warning
_ENOUGH_WARNING: Final = 3  # weight of the different marks of a warning before it is taken for one
_PAST: Final = frozenset("没未")  # what did not happen: "nothing was sent" says no more than that
_REACH_OF_PAST: Final = 10  # characters; people write on without a comma
_AT_THE_BEGINNING: Final = 2  # characters before it at most: a quotation mark, a blank
_COMMA: Final = re.compile("[,、](?= ?)")


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the frames of one text stand."""

    scene: Scene
    negations: tuple[Span, ...]
    refusals: tuple[Span, ...]
    demands: tuple[int, ...]  # where each begins
    goes_on: frozenset[int]
    verdicts: tuple[Span, ...]
    culprits: tuple[Span, ...]
    warned: frozenset[int]  # turns that are a warning as a whole
    roles: tuple[Span, ...]
    asked_for: bool  # in the first turn
    lures: tuple[Span, ...]
    familiar: frozenset[int]  # turns among kin or at work
    private: frozenset[int]  # turns in which people tell of themselves and of nobody strange
    questions: tuple[Span, ...]

    def cancels(self, span: Span, *, negative: bool) -> bool:
        """Return whether what stands there is said and not meant.

        ``negative`` says that the words are a negation themselves.
        """
        start, end = span
        first, last = self.scene.sentence(start)
        return (
            self.scene.turn(start) in self.warned
            or (not negative and any(self._reaches(one, span) for one in self.negations))
            or (not negative and any(self._rules_out(one, span) for one in self.refusals))
            or any(end <= verdict[0] <= last + 1 for verdict in self.verdicts)
            or any(first <= culprit[0] and culprit[1] <= last for culprit in self.culprits)
            or any(first <= asked[0] <= start for asked in self.questions)
        )

    def _reaches(self, negation: Span, span: Span) -> bool:
        """Return whether a negation is about what stands at a place."""
        scene, (start, end) = self.scene, span
        if negation[0] >= end or not scene.is_one_sentence(negation[0], start):
            return False
        if scene.text[negation[0]] in _PAST and start - negation[1] > _REACH_OF_PAST:
            return False
        if any(negation[1] < demand <= max(start, negation[1]) for demand in self.demands):
            return False
        return all(
            found.end() in self.goes_on or found[0] == "、"
            for found in _COMMA.finditer(scene.text, negation[1], max(start, negation[1]))
        )

    def _rules_out(self, refusal: Span, span: Span) -> bool:
        """Return whether what stands at a place is what somebody says never to ask for."""
        scene, start = self.scene, span[0]
        if refusal[0] >= span[1] or not scene.is_one_sentence(refusal[0], start):
            return False
        return not any(
            refusal[1] < demand <= start and scene.text[demand - 1] in ", "
            for demand in self.demands
        )


def frames_of(matcher: Matcher, scene: Scene, callers: frozenset[int] = frozenset()) -> Frames:
    """Return the frames of a text; ``callers`` are the turns of the other side."""

    def spans(name: str) -> tuple[Span, ...]:
        return tuple(span for span, _ in matcher.frames(name, scene))

    harmless = spans(HARMLESS)
    goes_on = {start for start, _ in spans(GOES_ON)}
    # Turns in which somebody has a title or a story is told: there the words are meant.
    told = {
        scene.turn(start) for name in (STORY, NARRATED, ROLE, REPORTED) for start, _ in spans(name)
    }
    told |= callers
    familiar = _addressed(scene, spans(FAMILIAR)) - told
    return Frames(
        scene=scene,
        negations=tuple(n for n in spans(NEGATION) if not any(_overlap(n, h) for h in harmless)),
        refusals=spans(REFUSAL),
        demands=tuple(start for start, _ in spans(DEMAND)),
        goes_on=frozenset(goes_on | {start - 1 for start in goes_on}),
        verdicts=spans(VERDICT),
        culprits=spans(CULPRIT),
        warned=frozenset(_warnings(matcher, scene, callers)),
        roles=(*spans(ROLE), *spans(REPORTED)),
        asked_for=any(scene.turn(start) == 0 for start, _ in spans(ASKED_FOR)),
        lures=spans(LURE),
        familiar=frozenset(familiar),
        private=frozenset(_private(matcher, scene) - callers),
        questions=tuple(q for q in spans(QUESTION) if scene.turn(q[0]) not in told),
    )


def _private(matcher: Matcher, scene: Scene) -> set[int]:
    """Return the turns in which people tell of themselves, and no stranger has a part."""

    def turns(name: str, least: int = 1) -> set[int]:
        found = matcher.frames(name, scene)
        return {scene.turn(start) for (start, _), weight in found if weight >= least}

    known = turns(KNOWN)
    alone = turns(OWN) - turns(NARRATED) - turns(STRANGER)
    return (known - turns(STRANGER, 2)) | alone


def _addressed(scene: Scene, spans: Iterable[Span]) -> set[int]:
    """Return the turns that one of some words begins."""
    return {n for start, _ in spans if _is_first(scene, start, n := scene.turn(start))}


def _is_first(scene: Scene, start: int, turn: int) -> bool:
    before = scene.text[scene.turns[turn] : start]
    return len(before) <= _AT_THE_BEGINNING and not any(map(str.isalnum, before))


def _warnings(matcher: Matcher, scene: Scene, callers: frozenset[int]) -> Iterator[int]:
    """Yield the turns that warn as a whole.

    That is where marks enough stand together, and nobody tells her own story or speaks as somebody
    who serves her; a story may bear stronger marks, when it is told as a warning.
    """
    marks: dict[int, dict[str, int]] = {}
    for (start, end), weight in matcher.frames(WARNING, scene):
        marks.setdefault(scene.turn(start), {})[scene.text[start:end]] = weight
    stories = {scene.turn(start) for (start, _), _ in matcher.frames(STORY, scene)}
    served = {scene.turn(start) for (start, _), _ in matcher.frames(ROLE, scene)} | callers
    last = len(scene.turns) - 1
    for turn, found in marks.items():
        plain = turn not in stories or max(found.values()) >= _PLAIN_WARNING
        if plain and turn not in served and sum(found.values()) >= _ENOUGH_WARNING:
            yield turn
            if not callers and turn == last and max(found.values()) >= _PLAIN_WARNING:
                yield from range(turn)  # the line below a scene that is played as a warning


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]

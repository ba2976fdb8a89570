"""Is this the fraud? A text or a talk in; its pretexts, asks and links, and how sure it is, out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from whence.errors import InputError
from whence.text.brands import Brand
from whence.text.findings import Check, Link, Sign
from whence.text.framing import frames_of
from whence.text.links import links_in
from whence.text.matching import Matcher, Prepared, Scene, scene_of, spans_of
from whence.text.normalising import Plain, normalise
from whence.text.recognising import Span
from whence.text.rulebook import Rule, Rulebook, built_in_rules
from whence.text.talk import Talk, read_talk
from whence.text.weighing import level_of, weigh

MOST_CHARACTERS: Final = 100_000  # seven hours of talk, at 240 characters a minute
_MOST_QUOTES: Final = 3  # of one name: enough to show it


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule met by one text: where, in plain and in given characters, and whether it counts."""

    rule: Prepared
    plain: Span
    given: Span
    turn: int


class Checker:
    """Checks texts by one book of rules."""

    def __init__(
        self, book: Rulebook | None = None, brands: tuple[Brand, ...] | None = None
    ) -> None:
        self._book = book or built_in_rules()
        self._matcher = Matcher(self._book)
        self._brands = brands

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force."""
        return self._book.rules

    def check(
        self, text: str | Talk, *, own: str | None = None, codes: Sequence[str] = ()
    ) -> Check:
        """Return what a text is found to be; ``codes`` are what codes in its picture say.

        ``own`` is the name under which the one who asks speaks. Raises InputError for a text of
        more than ``MOST_CHARACTERS``.
        """
        talk = read_talk(text, own=own) if isinstance(text, str) else text
        if len(talk.text) > MOST_CHARACTERS:
            raise InputError(
                "text.long", hint="text.long-hint", n=len(talk.text), most=MOST_CHARACTERS
            )
        in_codes = (
            replace(link, from_picture=True)
            for code in codes
            for link in links_in(code, self._brands)
        )
        links: tuple[Link, ...] = (*links_in(talk.text, self._brands), *in_codes)
        plain = normalise(talk.text)
        scene = scene_of(self._matcher, plain, [plain.place(turn.start) for turn in talk.turns])
        hits = list(self._hits(talk, plain, scene))
        if not hits:
            return Check(level=level_of(weigh((), (), links)), links=links)
        callers = frozenset(n for n, turn in enumerate(talk.turns) if turn.by == "caller")
        frames = frames_of(self._matcher, scene, callers)
        hits = _without_lesser(
            [hit for hit in hits if not frames.cancels(hit.plain, negative=hit.rule.rule.negative)]
        )
        if not any(hit.rule.rule.kind == "pretext" for hit in hits):
            # Kin and colleagues ask for codes and money; without a reason it is theirs to ask.
            hits = [hit for hit in hits if hit.turn not in frames.familiar]
        pretexts = _signs(talk, hits, "pretext")
        asks = _signs(talk, hits, "ask")
        # "I took out a loan for the roof" tells of an ask and of nobody who asks.
        meant = hits if pretexts else [hit for hit in hits if hit.turn not in frames.private]
        weights = weigh(
            _signs(talk, meant, "ask"),
            pretexts,
            links,
            role=bool(frames.roles),
            lure=bool(frames.lures),
            called=bool(callers),
            asked_for=frames.asked_for,
        )
        return Check(level=level_of(weights), pretexts=pretexts, asks=asks, links=links)

    def verify_examples(self, first_file: int = 0) -> None:
        """See that every rule finds its examples, from the book's file of that number on.

        Raises InputError: which file, which rule, which example.
        """
        for rule in (rule for file in self._book.files[first_file:] for rule in file.rules):
            for examples, wanted, phrase in (
                (rule.matches, True, "text.example-unmatched"),
                (rule.spares, False, "text.example-matched"),
            ):
                for n, example in enumerate(examples, 1):
                    if self.finds(rule, example) != wanted:
                        raise InputError(phrase, file=rule.file, rule=rule.name, n=n)

    def finds(self, rule: Rule, text: str) -> bool:
        """Return whether one rule finds what it is about in a text, and nothing cancels it."""
        talk = read_talk(text)
        plain = normalise(text)
        scene = scene_of(self._matcher, plain, [plain.place(turn.start) for turn in talk.turns])
        frames = frames_of(self._matcher, scene)
        return any(
            hit.rule.rule is rule and not frames.cancels(hit.plain, negative=rule.negative)
            for hit in self._hits(talk, plain, scene)
        )

    def _hits(self, talk: Talk, plain: Plain, scene: Scene) -> Iterator[Hit]:
        cancelled: dict[int, list[Span]] = {}
        for prepared, span in self._matcher.matches(scene):
            given = plain.span(*span)
            n = scene.turn(span[0])
            if n < 0 or given[1] > talk.turns[n].end:
                continue
            if prepared.rule.by == "caller" and talk.turns[n].by == "callee":
                continue
            if _is_excused(prepared, span, scene, cancelled):
                continue
            yield Hit(prepared, span, given, n)


def _is_excused(prepared: Prepared, span: Span, scene: Scene, known: dict[int, list[Span]]) -> bool:
    """Return whether an exception of the rule stands in the same sentence, or reaches to it."""
    if not prepared.unless:
        return False
    key = id(prepared)
    if key not in known:
        known[key] = [
            found
            for steps in prepared.unless
            if all(step.group in scene.present for step in steps)
            for found in spans_of(steps, scene)
        ]
    first, last = scene.sentence(span[0])
    return any(
        (first <= start and end <= last) or (start < span[1] and span[0] < end)
        for start, end in known[key]
    )


def _without_lesser(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without slight asks that a stronger one's words say already."""
    strong = [hit.given for hit in hits if hit.rule.rule.kind == "ask" and hit.rule.rule.weight > 1]
    return [
        hit
        for hit in hits
        if hit.rule.rule.kind != "ask"
        or hit.rule.rule.weight > 1
        or not any(start < hit.given[1] and hit.given[0] < end for start, end in strong)
    ]


def _signs(talk: Talk, hits: Sequence[Hit], kind: str) -> tuple[Sign, ...]:
    """Return the signs of one kind: words of one name that overlap are told as one."""
    by_name: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.rule.rule.kind == kind:
            by_name.setdefault(hit.rule.rule.name, []).append(hit)
    signs: list[Sign] = []
    for name, found in by_name.items():
        found.sort(key=lambda hit: hit.given)
        joined: list[tuple[Span, int, int]] = []
        for hit in found:
            (start, end), weight = hit.given, hit.rule.rule.weight
            if joined and joined[-1][0][1] > start:
                (first, last), before, turn = joined.pop()
                joined.append(((first, max(last, end)), max(before, weight), turn))
            else:
                joined.append(((start, end), weight, hit.turn))
        heaviest = sorted(joined, key=lambda one: -one[1])[:_MOST_QUOTES]
        signs += [_sign(talk, name, span, weight, turn) for span, weight, turn in heaviest]
    return tuple(sorted(signs, key=lambda sign: (sign.turn or 0, sign.start, sign.name)))


def _sign(talk: Talk, name: str, span: Span, weight: int, turn: int) -> Sign:
    at = talk.turns[turn].start if talk.given else 0
    return Sign(
        name=name,
        quote=talk.text[span[0] : span[1]],
        start=span[0] - at,
        end=span[1] - at,
        turn=turn if talk.given else None,
        weight=weight,
    )

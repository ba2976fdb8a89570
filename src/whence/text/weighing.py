"""From signs to a level: what decides is what the other side asks for.

A pretext alone is nothing: shops do recall goods and banks do lock accounts. An ask alone is
suspicious where no honest caller would make it. Together they are the fraud.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from whence.text.findings import FRAUD, NOTHING, SUSPICIOUS, Level, Link, Sign
from whence.text.links import (
    ADDED,
    BELOW,
    ELSEWHERE,
    LOOK_ALIKE,
    MIXED,
    NUMBER,
    SERVICE,
    USER,
    is_known,
)

_DECISIVE: Final = 3  # an ask that hardly anybody makes honestly
_STRONG: Final = 2
_MOST_FOR_PRETEXTS: Final = 3
_REASON: Final = 1  # a pretext that honest shops have too
_ALARMING: Final = 2
# Chosen on the dialogues and texts that were looked at, docs/check.md.
_ENOUGH: Final = 4  # with a decisive ask, or a strong one and a reason, it is the fraud
# A link that imitates a brand is as good as an ask, an odd one half of it.
_IMITATING: Final = frozenset({LOOK_ALIKE, ADDED, BELOW, ELSEWHERE, USER})
_ODD: Final = frozenset({NUMBER, MIXED, SERVICE})
_TO_OPEN: Final = "open a link and log in"


@dataclass(frozen=True, slots=True)
class Weights:
    """What speaks for fraud in one text."""

    asks: int
    strongest: int
    pretexts: int
    links: int
    role: int
    lure: int
    telling: bool  # a pretext that hardly anybody uses honestly, whatever is asked for
    asked_for: bool  # she called them: they may ask who she is
    called: bool  # a call or chat that the other side leads: nobody asked for it

    @property
    def total(self) -> int:
        """What is asked for and why, without who says that he asks."""
        return self.asks + self.pretexts + self.lure + self.links


def weigh(
    asks: Sequence[Sign],
    pretexts: Sequence[Sign],
    links: Sequence[Link],
    *,
    role: bool = False,
    lure: bool = False,
    called: bool = False,
    asked_for: bool = False,
) -> Weights:
    """Return what speaks for fraud; each name counts once, with its strongest words."""
    by_ask = _by_name(asks)
    by_pretext = _by_name(pretexts)
    return Weights(
        asks=sum(by_ask.values()),
        strongest=max(by_ask.values(), default=0),
        pretexts=min(_MOST_FOR_PRETEXTS, sum(by_pretext.values())),
        links=_weight_of_links(links, asked=_TO_OPEN in by_ask),
        role=int(role and not asked_for),
        lure=int(lure and not by_pretext),
        telling=any(weight >= _DECISIVE for weight in by_pretext.values()),
        called=called and not asked_for,
        asked_for=asked_for,
    )


def level_of(weights: Weights) -> Level:
    """Return the level that weights come to."""
    strongest = max(weights.strongest, weights.links)
    reason = weights.pretexts + weights.lure > 0
    decisive = strongest >= _DECISIVE or (strongest >= _STRONG and reason and not weights.asked_for)
    if decisive and weights.total + weights.role >= _ENOUGH:
        return FRAUD
    if decisive or weights.telling:
        return SUSPICIOUS
    if weights.total >= _ENOUGH and not weights.asked_for:
        return SUSPICIOUS
    # Somebody with a title and a reason wants data. In a message an alarming reason is needed; who
    # calls unasked needs none.
    enough = _REASON if weights.called else _ALARMING
    if weights.role and weights.asks and weights.pretexts >= enough:
        return SUSPICIOUS
    if weights.called and weights.role and weights.strongest >= _STRONG and weights.asks > _STRONG:
        return SUSPICIOUS
    return NOTHING


def stands_out(link: Link) -> bool:
    """Return whether a link imitates a brand or is odd, so that it counts for itself."""
    return bool(set(link.findings) & (_IMITATING | _ODD))


def _weight_of_links(links: Sequence[Link], *, asked: bool) -> int:
    found = {finding for link in links for finding in link.findings}
    if found & _IMITATING:
        return _DECISIVE
    if found & _ODD:
        return _STRONG
    return int(asked and any(not is_known(link) for link in links))


def _by_name(signs: Sequence[Sign]) -> dict[str, int]:
    weights: dict[str, int] = {}
    for sign in signs:
        weights[sign.name] = max(sign.weight, weights.get(sign.name, 0))
    return weights

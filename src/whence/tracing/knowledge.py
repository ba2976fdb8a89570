"""What the caller knew, against what each custodian could see.

A field the caller knew speaks for custodians that could see it. Against one that could not, it
speaks only so far: fields are also guessed, found elsewhere or noted down wrong. A field that is
not listed says nothing: not asked is not "did not know".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from whence.model import FIELDS, Report
from whence.tracing.observations import Touch

ELSEWHERE: Final = 0.08  # P(known | custodian cannot see it) / P(known | it can): told apart, a
# subset rule would clear everyone as soon as one victim misremembers
LOGIN_KINDS: Final = ("login_device", "login_ip")  # whoever logs in sees all, the password too
_EVERY_FIELD: Final = frozenset(FIELDS)
_UNSEEN_PRIOR: Final = 0.5  # a field nobody's record speaks of: visible to half of them


@dataclass(frozen=True, slots=True, eq=False)
class Visibility:
    """How likely an unknown custodian is to see each field: the mean over kinds."""

    chance: dict[str, float]

    def factor(self, known: frozenset[str], fields: frozenset[str] | None) -> float:
        """Return P(known | this custodian) / P(known | someone unknown)."""
        if fields is None:
            return 1.0
        ratio = 1.0
        for name in known:
            by_chance = self.chance[name] + (1.0 - self.chance[name]) * ELSEWHERE
            ratio *= (1.0 if name in fields else ELSEWHERE) / by_chance
        return ratio


def visible_to(touch: Touch) -> frozenset[str] | None:
    """Return what the custodian could see of the order it touched."""
    return _EVERY_FIELD if touch.kind in LOGIN_KINDS else touch.fields


def visibility(touches: Sequence[Touch], reports: Sequence[Report]) -> Visibility:
    """Return the chance that someone unknown sees each field, every kind counting the same."""
    seen: dict[str, dict[str, float]] = {}
    n: dict[str, float] = {}
    for touch in touches:
        fields = visible_to(touch)
        if fields is None:
            continue
        n[touch.kind] = n.get(touch.kind, 0.0) + 1.0
        of_kind = seen.setdefault(touch.kind, {})
        for name in fields:
            of_kind[name] = of_kind.get(name, 0.0) + 1.0
    names = set(FIELDS) | {name for report in reports for name in report.known_fields or ()}
    chance = {}
    for name in sorted(names):
        shares = [seen[kind].get(name, 0.0) / n[kind] for kind in sorted(n)]
        chance[name] = (sum(shares) + _UNSEEN_PRIOR) / (len(shares) + 1.0)
    return Visibility(chance)

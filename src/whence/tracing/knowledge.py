"""What the caller knew, against what each custodian could see.

A field the caller knew speaks for custodians that could see it. Against one that could not, it
speaks only so far: fields are also guessed, found elsewhere or noted down wrong. A field that is
not listed says nothing: not asked is not "did not know".

An unrelated caller has his knowledge from someone too: a custodian of an unknown kind. So a set of
fields is weighed against the mean over kinds, whole, not field by field: whoever knows the login
knows the password as well, and must not count twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from whence.model import FIELDS
from whence.tracing.observations import Touch

ELSEWHERE: Final = 0.08  # P(known | custodian cannot see it) / P(known | it can): told apart, a
# subset rule would clear everyone as soon as one victim misremembers
LOGIN_KINDS: Final = ("login_device", "login_ip")  # whoever logs in sees all, the password too
_EVERY_FIELD: Final = frozenset(FIELDS)


@dataclass(frozen=True, slots=True, eq=False)
class Visibility:
    """For each kind, the share of its touches that see each field.

    An outsider who sees everything is one more kind, whether the tables know logins or not.
    """

    shares: tuple[dict[str, float], ...]

    def by_chance(self, known: frozenset[str]) -> float:
        """Return P(known | someone of an unknown kind), relative to one who sees everything."""
        total = 1.0
        for shares in self.shares:
            product = 1.0
            for name in known:
                share = shares.get(name, 0.0)
                product *= share + (1.0 - share) * ELSEWHERE
            total += product
        return total / (len(self.shares) + 1)

    def factor(self, known: frozenset[str], fields: frozenset[str] | None) -> float:
        """Return P(known | this custodian) / P(known | someone of an unknown kind)."""
        if fields is None or not known:
            return 1.0
        unseen = len(known - fields)
        return float(ELSEWHERE**unseen / self.by_chance(known))


def visible_to(touch: Touch) -> frozenset[str] | None:
    """Return what the custodian could see of the order it touched."""
    return _EVERY_FIELD if touch.kind in LOGIN_KINDS else touch.fields


def visibility(touches: Sequence[Touch]) -> Visibility:
    """Return what each kind sees of the orders it touched."""
    seen: dict[str, dict[str, float]] = {}
    n: dict[str, float] = {}
    for touch in touches:
        fields = visible_to(touch)
        if fields is None or touch.kind in LOGIN_KINDS:
            continue
        n[touch.kind] = n.get(touch.kind, 0.0) + 1.0
        of_kind = seen.setdefault(touch.kind, {})
        for name in sorted(fields):
            of_kind[name] = of_kind.get(name, 0.0) + 1.0
    return Visibility(
        tuple({name: k / n[kind] for name, k in seen[kind].items()} for kind in sorted(seen))
    )

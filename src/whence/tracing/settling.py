"""What would tell a tie apart: how many more reports, or that no number of them can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import Engine, custody
from whence.tracing import evidence as ev, windows
from whence.tracing.groups import Group
from whence.tracing.joint import Prepared
from whence.tracing.problem import Slot, Solution
from whence.tracing.settings import SETTLED_ODDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[int, int]

_NOTHING_TELLS: Final = 0.02  # log odds a report below which we say that no number will do
_MOST_REPORTS: Final = 1_000
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """A slot with its group, and the window of the strongest member (days of the scene)."""

    slot: Slot
    group: Group
    window: windows.WindowPosterior
    start: int
    end: int

    @property
    def leader(self) -> int:
        """The strongest member."""
        return int(self.group.members[0])


def overlaps(prepared: Prepared, leads: Sequence[Lead], engine: Engine) -> Mapping[Pair, float]:
    """Return, for each tie, the share of the leader's window that the other member held too."""
    names = prepared.holdings.custodians
    rows, held = {}, {}
    for lead in leads:
        first = _EPOCH + timedelta(days=prepared.holdings.first_day + lead.start)
        last = first + timedelta(days=lead.end - lead.start)
        inside = prepared.problem.scene.n[lead.leader, lead.start : lead.end + 1].sum()
        for other in lead.group.members[1:]:
            pair = (lead.leader, int(other))
            rows[pair] = (*pair, first, last)
            held[pair] = max(float(inside), 1.0)
    if not rows:
        return {}
    tied = sorted({candidate for pair in rows for candidate in pair})
    chosen = custody.choose(engine, prepared.tables, "tied", [(c, *names[c]) for c in tied])
    engine.hold_rows("ties", custody.TIED, sorted(rows.values()))
    found = engine.run(custody.overlap_of(prepared.tables, chosen, "ties", prepared.later))
    columns = (found.column(name).to_pylist() for name in ("candidate", "other", "n"))
    both = {(mine, other): n for mine, other, n in zip(*columns, strict=True)}
    return {pair: float(both.get(pair, 0) / held[pair]) for pair in rows}


def reports_needed(
    prepared: Prepared, solution: Solution, lead: Lead, member: int, overlap: float
) -> int | None:
    """Return how many more reports would bring the odds to 20:1, were the leader the source.

    A report of an order that both held tells by what they held besides: the larger holder should
    have brought more reports. One of an order that only the leader held tells by the background.
    """
    scene, window = prepared.problem.scene, lead.window
    other = int(lead.group.members[member])
    mine, theirs = (max(float(scene.n[c] @ window.inclusion), 1.0) for c in (lead.leader, other))
    rate = float(ev.RATES @ window.rates) / float(window.rates.sum())
    (usual_delay,) = solution.model.delay.quantiles(np.array([0.5]))
    density = float(solution.model.delay.density(np.array([usual_delay]))[0])
    alone = float(np.log1p(rate * density / np.median(lead.slot.given.intensity)))
    each = overlap * max(np.log(theirs / mine), 0.0) + (1.0 - overlap) * alone
    if each <= _NOTHING_TELLS:
        return None
    odds = lead.group.shares[0] / max(float(lead.group.shares[member]), 1e-9)
    needed = int(np.ceil(max(np.log(SETTLED_ODDS) - np.log(odds), 0.0) / each))
    return needed if needed <= _MOST_REPORTS else None

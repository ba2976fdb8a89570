"""Which slots are listed as findings, and with whom: each custodian in one finding at most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from whence.model import LISTED, AnalystPrior, Note
from whence.tracing.groups import Group, grouped
from whence.tracing.joint import Prepared
from whence.tracing.problem import Slot, Solution

_LEAST_EXPLAINED: Final = 1.0  # reports; what explains less than one is no finding


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A slot that is told, with the members that may be named."""

    slot: Slot
    group: Group


def listed(
    prepared: Prepared, solution: Solution, priors: Sequence[AnalystPrior]
) -> tuple[tuple[Listed, ...], tuple[Note, ...]]:
    """Return the findings, strongest first, and what is to be told about the cleared.

    A cleared custodian still explains the reports of its orders: without it, its neighbours would
    be accused of what somebody else did who held them too. So its slot stays and is not named.
    """
    names = prepared.holdings.custodians
    cleared = {(p.kind.casefold(), p.id) for p in priors if p.factor == 0.0}
    pairs = [(slot, grouped(slot.rivals, slot.log_weights)) for slot in solution.slots]
    pairs.sort(key=lambda pair: (-pair[1].posterior, int(pair[1].members[0])))
    taken: set[int] = set()
    found, notes = [], []
    for slot, group in pairs:
        if group.posterior < LISTED or not _is_worth_telling(prepared, slot, group):
            continue
        free = np.array([int(c) not in taken for c in group.members], dtype=bool)
        open_to_name = free & np.array([names[c] not in cleared for c in group.members], dtype=bool)
        taken |= {int(c) for c in group.members}
        if open_to_name.any():
            found.append(Listed(slot, _only(group, open_to_name)))
        elif free.any():
            kind, custodian_id = names[int(group.members[free][0])]
            reports = round(_explained(prepared, slot))
            facts = {"kind": kind, "id": custodian_id, "reports": reports}
            notes.append(Note(phrase="tracing.note-cleared", facts=facts))
    return tuple(found), tuple(notes)


def _is_worth_telling(prepared: Prepared, slot: Slot, group: Group) -> bool:
    """Whether the evidence speaks for the strongest member at all, by a report or a sample."""
    if slot.log_factors[slot.rivals == group.members[0]][0] <= 0.0:
        return False
    sampled = any(int(c) in prepared.problem.scene.samples for c in group.members)
    return sampled or _explained(prepared, slot) >= _LEAST_EXPLAINED


def _explained(prepared: Prepared, slot: Slot) -> float:
    """Return how many reports the slot's source would explain, were it one."""
    touches = prepared.problem.scene.touches
    report = touches.report[touches.of(slot.source.candidate)]
    added = slot.source.drip + slot.source.dump
    return float((added / (slot.given.intensity[report] + added)).sum())


def _only(group: Group, kept: "np.typing.NDArray[np.bool_]") -> Group:
    shares = group.shares[kept]
    return replace(group, members=group.members[kept], shares=shares / shares.sum())

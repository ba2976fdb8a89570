"""Which finding of one answer is which of the other.

Two findings are the same where they share their lead; of the others, those that share a member,
most shared reports first. Nothing depends on which answer is called the old one.
"""

from collections.abc import Sequence
from typing import TypeAlias

from whence.comparison.answers import Found

Pair: TypeAlias = tuple[Found | None, Found | None]  # before, after


def matched(before: Sequence[Found], after: Sequence[Found]) -> list[Pair]:
    """Return every finding of both, each once, with its counterpart where it has one."""
    near = [(one, other) for one in before for other in after if one.keys & other.keys]
    near.sort(key=_rank)
    taken: dict[int, Found] = {}
    for one, other in near:
        if id(one) not in taken and id(other) not in taken:
            taken[id(one)], taken[id(other)] = other, one
    pairs: list[Pair] = [(one, taken.get(id(one))) for one in before]
    return pairs + [(None, other) for other in after if id(other) not in taken]


def _rank(pair: tuple[Found, Found]) -> tuple[object, ...]:
    one, other = pair
    return (
        one.key != other.key,
        -len(set(one.report_ids) & set(other.report_ids)),
        -len(one.keys & other.keys),
        tuple(sorted((one.key, other.key))),  # the same whichever answer comes first
    )

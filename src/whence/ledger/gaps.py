"""What was erased from a ledger, and which entry says so.

An erasure takes the openings of facts; an entry of kind ``erasure`` names the entries it took
them from, ``4,9-12``, and may say how many facts it left open in each, ``4:6,9-12:5``. Openings
that are gone without one were taken by somebody who left no record. Who acted, for what and on
which fields no erasure takes: without that it would be the way to hide a look.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import Final, NamedTuple

from whence.errors import IntegrityError

ERASURE_KIND: Final = "erasure"
NAMED: Final = "entries"  # the fact of an erasure entry that names what it took from
# Facts about who acted and how, not about whose data it was: these are always left.
KEPT: Final = frozenset({"account_id", "party_id", "fields", "purpose", "form", "rule"})
# What an entry of a kind has of these, whatever was erased from it. Other kinds' facts vary.
_KEPT_OF: Final[Mapping[str, frozenset[str]]] = {
    "reveal": KEPT - {"rule"},
    "refusal": KEPT - {"form"},
}
_ABOUT_NOBODY: Final = frozenset({"release", ERASURE_KIND, "key"})  # nothing to erase in these
_RUN: Final = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?(?::([0-9]{1,9}))?", re.ASCII)


class Named(NamedTuple):
    """A run of entries that an erasure names; ``left`` is how many facts each has left, if said."""

    run: range
    left: int | None


def named_entries(entries: Iterable[int] | Mapping[int, int]) -> str:
    """Return entries as an erasure names them, in order.

    A mapping says of each how many facts are left open; then none of these can go later, unseen.
    """
    left = entries if isinstance(entries, Mapping) else None
    # Neighbours keep their distance to their place in the order, and are one run if left alike.
    runs = groupby(
        enumerate(sorted(set(entries))),
        key=lambda placed: (placed[1] - placed[0], left[placed[1]] if left else None),
    )
    texts = []
    for (_, n_left), placed in runs:
        seqs = [seq for _, seq in placed]
        text = f"{seqs[0]}-{seqs[-1]}" if len(seqs) > 1 else f"{seqs[0]}"
        texts.append(text if n_left is None else f"{text}:{n_left}")
    return ",".join(texts)


def read_named_entries(seq: int, facts: Mapping[str, object]) -> list[Named]:
    """Return which entries the erasure ``seq`` names; IntegrityError where it names none."""
    text = facts.get(NAMED)
    found = []
    for written in text.split(",") if isinstance(text, str) else [""]:
        match = _RUN.fullmatch(written)
        run = range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
        if match is None or not run or run.stop > seq:  # it cannot take from what follows
            raise IntegrityError("ledger.erasure-unreadable", seq=seq)
        found.append(Named(run, None if match[3] is None else int(match[3])))
    return found


def keeps_who_acted(kind: str, left: Collection[str]) -> bool:
    """Say whether the facts left of an entry that lacks some are those that erasing leaves."""
    return kind not in _ABOUT_NOBODY and _KEPT_OF.get(kind, frozenset()) <= set(left)


class Gaps:
    """Entries that lack facts, and what erasures say of them: two numbers an entry."""

    __slots__ = ("_hidden", "_left", "_named")

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._named: dict[int, int | None] = {}
        self._hidden: set[int] = set()

    def copy(self) -> "Gaps":
        """Return gaps that go on on their own from here."""
        copied = Gaps()
        copied._left, copied._named = dict(self._left), dict(self._named)
        copied._hidden = set(self._hidden)
        return copied

    def lacks(self, seq: int, n_left: int, *, hides_who: bool = False) -> None:
        """Take down that an entry lacks facts, how many are left open, and if who acted is gone."""
        self._left[seq] = n_left
        if hides_who:
            self._hidden.add(seq)

    def name(self, named: Iterable[Named]) -> None:
        """Take down what an erasure says; the last one to name an entry counts."""
        for run, left in named:
            few, many = sorted((run, self._left), key=len)
            self._named |= {seq: left for seq in few if seq in many}

    @property
    def n_named(self) -> int:
        """How many entries lack facts that an erasure names."""
        return len(self._named)

    def verify(self) -> None:
        """Check that an erasure names every entry that lacks facts, and took what it may alone."""
        amiss = [
            seq
            for seq, n_left in self._left.items()
            if seq not in self._named or self._named[seq] not in {None, n_left}
        ]
        if amiss:
            raise IntegrityError("ledger.facts-missing", n=len(amiss), seq=min(amiss))
        if self._hidden:
            raise IntegrityError(
                "ledger.kept-facts-missing", n=len(self._hidden), seq=min(self._hidden)
            )

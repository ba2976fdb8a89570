"""The second pass: how many orders a day each candidate held, and with what background.

Custody by the orders' own columns is counted for every candidate. Custody by accesses takes a scan
of the log and a join with the orders, so it is counted where it can matter:

* for those whom no column names: all of them while their accesses are few, else those whose
  evidence could matter even if they had held a quarter of the orders that their accesses suggest,
  and a few more of each kind, to learn how far honest ones stray (``rough``, ``screening``);
* for those whom a column names: where a reported order was held by an access alone; while orders
  are few, also where what the column gives makes them suspicious. Reported orders are a sample of
  what a custodian held: if none of a suspect's was held by an access alone, few others were, and
  holding a few more changes little.

Orders are weighed by their strata in the same way: all of them while they are few.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.model import DAY
from whence.tracing.observations import Touch, days_of, instants_of

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import Engine, Relation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Key = tuple[str, str]  # kind, id

FEW: Final = 2_000_000  # orders or accesses that are counted without asking if it is worth it
_NO_DAY: Final = np.empty(0, dtype=np.int64)
_HELD_AT_LEAST: Final = 0.25  # orders for each access of a custodian; repeated views are the rest


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """What the candidates held: rows are candidates, columns UTC days from ``first_day`` on.

    ``n``: orders first touched that day; ``weight``: their background, relative (see ``fit``).
    ``by_column``: whether a column of the orders names the candidate. ``is_whole``: whether what it
    held beyond the orders' columns is counted too. ``is_plain``: whether it has each of its orders
    from one column alone, as far as is counted.
    """

    custodians: tuple[Key, ...]  # kind, id; sorted
    first_day: int
    n: Floats
    weight: Floats
    by_column: Flags
    is_whole: Flags
    is_plain: Flags

    @property
    def span(self) -> Ints:
        """The first and the last day."""
        return np.array([self.first_day, self.first_day + self.n.shape[1] - 1], dtype=np.int64)

    def of(self, chosen: Ints) -> "Holdings":
        """Return the holdings of some candidates."""
        return Holdings(
            tuple(self.custodians[c] for c in chosen),
            self.first_day,
            self.n[chosen],
            self.weight[chosen],
            self.by_column[chosen],
            self.is_whole[chosen],
            self.is_plain[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """Counts for one trace: its tables, its engine, and the strata that weigh the orders."""

    tables: custody.CustodyTables
    engine: "Engine"
    strata: custody.StrataTables
    later: list["Relation"] = field(default_factory=list)  # what was found beyond columns

    def by_columns(self, candidates: Sequence[Key], *, is_weighed: bool) -> Holdings:
        """Return what the orders' columns give to the candidates; of the others nothing yet."""
        every = range(len(candidates))
        columns = self._chosen("candidates", candidates, every).n_columns
        strata = self.strata if is_weighed else None
        counted = []
        for several in (False, True):
            here = sorted(c for c, n in columns.items() if (n > 1) is several)
            if here:
                chosen = self._chosen("by_column", candidates, here)
                rows = None
                if strata is not None and not several:
                    rows = custody.hold_at_once(self.engine, self.tables, chosen, strata)
                if rows is None:
                    rows = custody.column_counts(self.tables, chosen, strata, several=several)
                counted.append(self.engine.run(rows))
        n_columns = np.array([columns.get(c, 0) for c in range(len(candidates))])
        none = np.zeros((len(candidates), 0))
        nothing = np.zeros(len(candidates), dtype=bool)
        empty = Holdings(tuple(candidates), 0, none, none, n_columns > 0, nothing, n_columns == 1)
        return _onto(empty, counted)

    def accesses(self, held: Holdings) -> dict[int, tuple[int, int, int]]:
        """Return how many accesses each candidate without a column has, first and last day."""
        if self.tables.actors is None:
            return {}
        columnless = np.flatnonzero(~held.by_column).tolist()
        chosen = self._chosen("sought", held.custodians, columnless)
        found = self.engine.run(custody.actors_of(chosen))
        days = (instants_of(found, name) // DAY for name in ("first_at", "last_at"))
        columns = (found.column("candidate").to_pylist(), found.column("n").to_pylist())
        return {
            c: (n, first, last)
            for c, n, first, last in zip(*columns, *(d.tolist() for d in days), strict=True)
        }

    def with_later(self, held: Holdings, sought: Sequence[int]) -> Holdings:
        """Return the holdings with what some candidates held beyond the orders' columns."""
        counted = []
        for besides in (False, True):
            here = [c for c in sought if bool(held.by_column[c]) is besides]
            if here:
                chosen = self._chosen("sought", held.custodians, here)
                found = custody.first_later(
                    self.tables, chosen, self.strata, besides_columns=besides
                )
                # Kept: the orders of suspects are listed from it, and the log is read no more.
                self.later.append(self.engine.keep(f"later_{len(self.later)}", found))
                rows = custody.later_counts(self.later[-1], self.strata)
                counted.append(self.engine.run(rows))
        is_whole, is_plain = held.is_whole.copy(), held.is_plain.copy()
        is_whole[list(sought)] = True
        for rows in counted:
            is_plain[rows.column("candidate").to_numpy()] = False
        return replace(_onto(held, counted), is_whole=is_whole, is_plain=is_plain)

    def _chosen(
        self, name: str, candidates: Sequence[Key], numbers: Iterable[int]
    ) -> custody.Chosen:
        rows = [(c, *candidates[c]) for c in numbers]
        return custody.choose(self.engine, self.tables, name, rows)


def with_a_day(held: Holdings) -> Holdings:
    """Return holdings that have a day at least, also where nobody held anything."""
    return held if held.n.shape[1] else _grown(held, [np.zeros(1, dtype=np.int64)])


def held_by_access(held: Holdings, touches: Sequence[Touch]) -> list[int]:
    """Return whom a column names, and who yet held a reported order by an access alone."""
    later = {(t.kind, t.custodian_id) for t in touches if t.since > t.placed_at}
    return [c for c, key in enumerate(held.custodians) if held.by_column[c] and key in later]


def rough(
    held: Holdings,
    accesses: dict[int, tuple[int, int, int]],
    touched: Sequence[tuple[int, int]],
    weight_by_day: dict[int, float],
) -> Holdings:
    """Return the holdings with a low guess for those whose accesses are not counted yet.

    Orders are given the background of an average one of their day, ``weight_by_day``. A quarter of
    each candidate's ``accesses`` (as ``Counting.accesses`` gives them) is spread evenly from its
    first day to its last. ``touched``: candidate and day of each touch, orders held for certain.
    """
    day_of = np.array([day for _, day in touched], dtype=np.int64)
    ends = np.array([day for _, *days in accesses.values() for day in days], dtype=np.int64)
    grown = _grown(held, [day_of, ends])
    n, first_day = grown.n, grown.first_day
    for c, (n_accesses, first, last) in accesses.items():
        n[c, first - first_day : last + 1 - first_day] = (
            _HELD_AT_LEAST * n_accesses / (last - first + 1)
        )
    certain = np.zeros_like(n)
    touching = np.array([c for c, _ in touched], dtype=np.int64)
    np.add.at(certain, (touching, day_of - first_day), 1.0)
    guessed = ~held.by_column
    n[guessed] = np.maximum(n, certain)[guessed]
    each = np.array([weight_by_day.get(first_day + d, 0.0) for d in range(n.shape[1])])
    return replace(grown, weight=n * each)


def _onto(held: Holdings, counted: "Sequence[pa.Table]") -> Holdings:
    """Add counts by candidate and day to what was counted before."""
    days = [days_of(rows, "day") for rows in counted]
    grown = _grown(held, days)
    for rows, day in zip(counted, days, strict=True):
        candidate = rows.column("candidate").to_numpy()
        grown.n[candidate, day - grown.first_day] += rows.column("n").to_numpy()
        weight = rows.column("weight").to_numpy() / custody.WEIGHT_ONE
        grown.weight[candidate, day - grown.first_day] += weight
    return grown


def _grown(held: Holdings, days: Sequence[Ints]) -> Holdings:
    """Return a copy that has room for these days."""
    spans = [held.span] if held.n.shape[1] else []
    seen = np.concatenate([_NO_DAY, *spans, *days])
    if not len(seen):
        return replace(held, n=held.n.copy(), weight=held.weight.copy())
    first, last = int(seen.min()), int(seen.max())
    n = np.zeros((len(held.custodians), last - first + 1))
    weight = np.zeros_like(n)
    at = slice(held.first_day - first, held.first_day - first + held.n.shape[1])
    n[:, at], weight[:, at] = held.n, held.weight
    return replace(held, first_day=first, n=n, weight=weight)

"""Custodians in question: numbered, held, and with the values and accounts that stand for them.

Which values of an order's column, and which accounts of the log, count for the custodians in
question is a small relation each, made once. Few values are also written into the query itself:
files then tell by their statistics and dictionaries which parts hold none of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import ibis

from whence.engine.branches import (
    CHOSEN,
    HOLDERS,
    MEMBERS,
    PAIRS,
    SETS,
    VALUES,
    CustodyTables,
    Expression,
    chosen_of,
    column_holders,
)
from whence.engine.protocol import MOST_NAMED
from whence.model import OrderId

if TYPE_CHECKING:
    from whence.engine.protocol import Engine

_ASKED: Final = "asked_custodians"  # those being chosen just now
_Id = TypeVar("_Id", bound=OrderId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Numbered custodians, held under ``name``.

    ``columns``: for each column of the orders that may name one of them, the values that do, None
    where they are too many to be named in a query; ``accounts``: the same of the log.
    ``holding``: which candidates each column may name.
    ``n_sets``: how many sets of custodians the values of each column stand for.
    """

    name: str
    columns: Mapping[str, tuple[str, ...] | None]
    holding: Mapping[str, frozenset[int]]
    n_sets: Mapping[str, int]
    accounts: tuple[str, ...] | None

    @property
    def n_columns(self) -> Counter[int]:
        """By how many columns each candidate may hold, those by none left out."""
        return Counter(candidate for held_by in self.holding.values() for candidate in held_by)

    @property
    def rows(self) -> Expression:
        """The custodians: ``candidate``, ``kind``, ``custodian_id``."""
        return chosen_of(self.name)

    def values(self, column: str) -> Expression:
        """Return which values of a column stand for whom: ``held_by``, ``candidate``."""
        held = ibis.table(VALUES, name=_values(self.name))
        return held.filter(held["column"] == column).select("held_by", "candidate")

    def sets(self, column: str) -> Expression:
        """Return the number of the set that each value stands for: ``held_by``, ``number``."""
        held = ibis.table(SETS, name=_sets(self.name))
        return held.filter(held["column"] == column).select("held_by", "number")

    @property
    def members(self) -> Expression:
        """Who is in each set: ``number``, ``candidate``."""
        return ibis.table(MEMBERS, name=_members(self.name))

    @property
    def pairs(self) -> Expression:
        """The pairs of the log that count for them: ``candidate``, ``account``, ``party``."""
        return ibis.table(PAIRS, name=_pairs(self.name))


def choose(
    engine: "Engine",
    tables: CustodyTables,
    name: str,
    rows: Sequence[tuple[object, ...]],
    schema: Mapping[str, str] = CHOSEN,
) -> Chosen:
    """Hold custodians under a name, with what stands for them; ``schema`` begins as ``CHOSEN``."""
    engine.hold_rows(name, schema, rows)
    engine.hold_rows(_ASKED, CHOSEN, [row[: len(CHOSEN)] for row in rows])
    found: dict[tuple[str, str], set[int]] = {}  # column and value -> candidates
    if tables.columns:
        engine.keep(_values(name), _holders())
        held = engine.run(ibis.table(VALUES, name=_values(name))).to_pydict()
        for column, value, candidate in zip(*(held[key] for key in VALUES), strict=True):
            found.setdefault((column, value), set()).add(candidate)
    sets = {(column, frozenset(found[column, value])) for column, value in found}
    numbers = {key: i for i, key in enumerate(sorted(sets, key=lambda s: (s[0], sorted(s[1]))))}
    numbered = [(*key, numbers[key[0], frozenset(found[key])]) for key in sorted(found)]
    engine.hold_rows(_sets(name), SETS, numbered)
    members = [(i, c) for (_, held_by), i in numbers.items() for c in sorted(held_by)]
    engine.hold_rows(_members(name), MEMBERS, members)
    named = sorted({column for column, _ in found})
    accounts: tuple[str, ...] | None = ()
    if tables.accesses is not None:
        engine.keep(_pairs(name), _counting_pairs())
        held_accounts = ibis.table(PAIRS, name=_pairs(name)).select("account").distinct()
        accounts = few(set(engine.run(held_accounts).column("account").to_pylist()))
    return Chosen(
        name=name,
        columns={column: few({v for c, v in found if c == column}) for column in named},
        holding={name: frozenset().union(*(s for c, s in sets if c == name)) for name in named},
        n_sets=Counter(column for column, _ in sets),
        accounts=accounts,
    )


@cache  # the same expression each time, so that it is built and compiled once
def _holders() -> Expression:
    return column_holders(chosen_of(_ASKED))


@cache
def _counting_pairs() -> Expression:
    joined = ibis.table(HOLDERS, name="holders").join(chosen_of(_ASKED), ["kind", "custodian_id"])
    return joined.select("candidate", account="account_id", party="party_id")


def few(values: AbstractSet[_Id]) -> tuple[_Id, ...] | None:
    """Return values in order, or None where they are too many to be named in a query."""
    return tuple(sorted(values, key=str)) if len(values) <= MOST_NAMED else None


def _values(name: str) -> str:
    return f"{name}_values"


def _sets(name: str) -> str:
    return f"{name}_sets"


def _members(name: str) -> str:
    return f"{name}_members"


def _pairs(name: str) -> str:
    return f"{name}_pairs"

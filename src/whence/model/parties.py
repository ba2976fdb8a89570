"""Parties: what is known about custodians beforehand, in columns, since a market has many."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A row of ``parties``: what is known about a custodian beforehand."""

    party_id: str
    kind: str
    parent_id: str | None = None
    name: str | None = None
    fields: frozenset[str] | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Parties(Sequence[Party]):
    """All parties, one each, sorted by id; a record is made of those that are asked for.

    ``rows`` has ``party_id``, ``kind``, ``parent_id``, ``name``, ``fields`` (comma-separated) and
    ``share``; None where a dataset names no party.
    """

    rows: "pa.Table | None" = None

    def __len__(self) -> int:
        return 0 if self.rows is None else int(self.rows.num_rows)

    @overload
    def __getitem__(self, at: int) -> Party: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Party, ...]: ...

    def __getitem__(self, at: int | slice) -> Party | tuple[Party, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        if self.rows is None or not -len(self) <= at < len(self):
            raise IndexError(at)
        (party,) = _records(self.rows.slice(at % len(self), 1))
        return party

    def __iter__(self) -> Iterator[Party]:
        return iter(()) if self.rows is None else _records(self.rows)

    def named(self, ids: Iterable[str]) -> dict[str, Party]:
        """Return those of some parties that are listed, by id."""
        if self.rows is None:
            return {}
        import pyarrow as pa  # noqa: PLC0415  late, with the engine
        import pyarrow.compute as pc  # noqa: PLC0415

        wanted = pa.array(sorted(set(ids)), pa.string())
        found = self.rows.filter(pc.is_in(self.rows.column("party_id"), value_set=wanted))
        return {party.party_id: party for party in _records(found)}


def _records(rows: "pa.Table") -> Iterator[Party]:
    for row in rows.to_pylist():
        fields = row.pop("fields")
        yield Party(**row, fields=None if fields is None else frozenset(fields.split(",")))

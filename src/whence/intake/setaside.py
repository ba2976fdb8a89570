"""Rows set aside and things to be told, gathered while the tables are checked.

A row set aside is named by its own id, or by its place in the file if it has none; what stood in
it is not kept.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from whence.model import Note, Rejected

if TYPE_CHECKING:
    from whence.engine import DuckDB

REJECTED: Final = "rejected.jsonl"
LISTED: Final = 10_000  # rows listed for one reason in one table; the counts stay complete


@dataclass(slots=True)
class SetAside:
    """The running account of one reading."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    n_zoneless: int = 0
    n_dates: int = 0

    def row(self, table: str, row_id: str, reason: str) -> None:
        """Set one row aside."""
        self.counts[f"{table}: {reason}"] += 1
        self.rows.setdefault((table, reason), []).append(row_id)

    def rows_of(self, table: str, reason: str, n: int, ids: str, engine: "DuckDB") -> None:
        """Set many rows aside; ``ids`` is a query of their ids as text, one a row."""
        self.counts[f"{table}: {reason}"] += n
        found = engine.rows(f"SELECT id FROM ({ids}) AS aside(id) ORDER BY id LIMIT {LISTED}")
        listed = self.rows.setdefault((table, reason), [])
        listed.extend(str(row_id) for (row_id,) in found)

    def note(self, phrase: str, **facts: object) -> None:
        """Have something told once."""
        self.notes.append(Note(phrase=phrase, facts=facts))

    def times(self, zone: str) -> None:
        """Tell how many times had no zone, and how many calls only a date."""
        if self.n_zoneless:
            self.note("intake.note-zoneless", n=self.n_zoneless, timezone=zone)
        if self.n_dates:
            self.note("intake.note-date-only", n=self.n_dates, timezone=zone)

    def listing(self) -> None:
        """Tell where not every row set aside is listed."""
        n, listed = self.counts.total(), len(self.rejected_rows())
        if listed < n:
            self.note("intake.note-listed", n=n, listed=listed, most=LISTED)

    def rejected(self) -> dict[str, int]:
        """Return the counts by ``table: reason``, sorted."""
        return dict(sorted(self.counts.items()))

    def rejected_rows(self) -> tuple[Rejected, ...]:
        """Return the rows set aside, sorted; of very many for one reason the smallest ids."""
        return tuple(
            Rejected(table=table, id=row_id, reason=reason)
            for (table, reason), ids in sorted(self.rows.items())
            for row_id in sorted(ids)[:LISTED]
        )


def as_lines(rejected: Iterable[Rejected]) -> str:
    """Return rows set aside as JSON Lines, sorted: table, id, reason; never what a row says."""
    rows = sorted((row.table, row.id, row.reason) for row in rejected)
    return "".join(
        json.dumps({"table": table, "id": row_id, "reason": reason}, ensure_ascii=False) + "\n"
        for table, row_id, reason in rows
    )

"""Custody once more, by account: so that a trace counts a few accounts by reading little.

``touches`` has the rows of ``custody`` without ``fields``, each with the columns of its order, so
that nothing needs joining either; sorted by account. A build writes them as one run: files of
disjoint accounts, in which an account stands in few row groups. Of several runs an account is read
in each; small ones are merged.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from whence.engine import literal, quoted
from whence.engine.files import keep
from whence.lake import parts
from whence.lake.manifest import BUILDING, File

if TYPE_CHECKING:
    from whence.engine import DuckDB

OWN: Final = ("account_id", "party_id", "order_id", "accessed_at", "placed_on")
LEFT_OUT: Final = frozenset({"amount"})  # no trace reads it
_RANGE: Final = 4_000_000  # rows sorted and written together
_ROW_GROUP: Final = 8_192  # an account has some hundred rows: the less is read beside them
_MOST_SMALL: Final = 8  # files of less than half a range, before they are merged
_SPLIT: Final = "range"
_WAITING: Final = f"{BUILDING}/touches"
_ORDER: Final = "ORDER BY account_id, party_id, accessed_at, order_id"


@dataclass(slots=True)
class Touches:
    """What one build adds: rows wait, split by accounts, until all are there."""

    engine: "DuckDB"
    lake: Path
    columns: Sequence[str]
    n_waiting: int = 0
    ranges: list[int] = field(default_factory=list)

    def split(self) -> None:
        """Split the accounts that come (relation ``actors``) into ranges of about as many rows."""
        keep(
            self.engine,
            "account_ranges",
            f"SELECT account_id, (sum(n) OVER (ORDER BY account_id) - n)::BIGINT // {_RANGE} "
            f"AS {_SPLIT} FROM (SELECT account_id, sum(n) AS n FROM actors GROUP BY account_id)",
            is_view=False,
        )
        found = self.engine.rows(f"SELECT DISTINCT {_SPLIT} FROM account_ranges ORDER BY 1")
        self.ranges = sorted({0, *(int(str(number)) for (number,) in found)})

    def add(self, rows: str, orders: str) -> None:
        """Let custody wait, with the columns of its ``orders``; both are sources."""
        names = [name for name in self.columns if name not in LEFT_OUT]
        beside = "".join(f", o.{quoted(name)}" for name in names)
        target = self.lake / _WAITING / f"{self.n_waiting:04}"
        target.mkdir(parents=True, exist_ok=True)
        self.n_waiting += 1
        self.engine.execute(
            "COPY (SELECT t.account_id, t.party_id, t.order_id, t.accessed_at, "
            f"o.placed_at::DATE AS placed_on{beside}, coalesce(r.{_SPLIT}, 0) AS {_SPLIT} "
            f"FROM {rows} AS t LEFT JOIN account_ranges AS r ON t.account_id = r.account_id "
            f"JOIN {orders} AS o ON t.order_id = o.order_id) "
            f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION lz4_raw, "
            f"PARTITION_BY ({_SPLIT}), OVERWRITE_OR_IGNORE)"
        )

    def written(self, held: Sequence[File], generation: int) -> list[File]:
        """Write the rows that wait, sorted; return all files, small ones merged."""
        files = list(held)
        for number in self.ranges:
            found = sorted((self.lake / _WAITING).glob(f"*/{_SPLIT}={number}/*.parquet"))
            if not found:
                continue
            sources = ", ".join(literal(str(path)) for path in found)
            rows = f"read_parquet([{sources}], hive_partitioning=false, union_by_name=true)"
            files += self._sorted(f"SELECT * FROM {rows}", f"{generation:06}-{number:03}")
            for path in found:
                path.unlink()
        shutil.rmtree(self.lake / _WAITING, ignore_errors=True)
        small = [file for file in files if file.rows < _RANGE // 2]
        if len(small) < _MOST_SMALL:
            return files
        rows = parts.stored_rows(self.lake, small)
        merged = self._sorted(f"SELECT * FROM {rows}", f"{generation:06}-merged")
        return [file for file in files if file not in small] + merged

    def _sorted(self, query: str, name: str) -> list[File]:
        path = f"touches/{name}.parquet"
        file = parts.write(self.engine, self.lake, path, f"{query} {_ORDER}", row_group=_ROW_GROUP)
        return [] if file is None else [file]


def opened(columns: Sequence[str]) -> str:
    """Return the select list under which touches are read: the day of placing as an instant."""
    names = [name for name in columns if name not in LEFT_OUT]
    return (
        parts.chosen(OWN[:-1])
        + ", placed_on::TIMESTAMP AS placed_at"
        + "".join(f", {quoted(name)}" for name in names)
    )

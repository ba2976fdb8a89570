"""The tables of a ledger, and what is asked of them: one SQL for both storages.

::

    ledger_schema       version
    ledger_entries      seq, leaf, openings            openings lose what is erased, leaves never
    ledger_tiles        level, number, hashes          256 hashes a tile, C2SP tlog-tiles
    ledger_state        size, edge, last_at            one row: how far the ledger has come
    ledger_persons      person, seq                    whom an entry is about
    ledger_kinds        kind, seq                      where the few entries of some kinds are
    ledger_checkpoints  number, size, made_at, note    signed notes, C2SP tlog-checkpoint

A storage says how it runs a statement and what it calls its types; nothing here knows which it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from whence.errors import IntegrityError
from whence.ledger.storage import CHUNK, Kept, Row, State, Tile
from whence.ledger.tree import HASH_BYTES

# (statement, its values) -> the rows it gives
Run: TypeAlias = Callable[[str, Sequence[Any]], Iterable[tuple[Any, ...]]]
Check: TypeAlias = Callable[[], None]
# (table, its columns, rows to add)
Add: TypeAlias = Callable[[str, Sequence[str], Iterable[Sequence[Any]]], None]

# Types and endings are the storage's own words.
TABLES: Final = """
CREATE TABLE ledger_schema (version {integer} NOT NULL){strict};
CREATE TABLE ledger_entries (
    seq {integer} PRIMARY KEY, leaf {bytes} NOT NULL, openings {bytes} NOT NULL
){strict};
CREATE TABLE ledger_tiles (
    level {integer} NOT NULL, number {integer} NOT NULL, hashes {bytes} NOT NULL,
    PRIMARY KEY (level, number)
){strict};
CREATE TABLE ledger_state (
    one {integer} PRIMARY KEY CHECK (one = 1),
    size {integer} NOT NULL, edge {bytes} NOT NULL, last_at {integer}
){strict};
CREATE TABLE ledger_persons (
    person {bytes} NOT NULL, seq {integer} NOT NULL, PRIMARY KEY (person, seq)
){keyed};
CREATE TABLE ledger_kinds (
    kind {text} NOT NULL, seq {integer} NOT NULL, PRIMARY KEY (kind, seq)
){keyed};
CREATE TABLE ledger_checkpoints (
    number {integer} PRIMARY KEY,
    size {integer} NOT NULL, made_at {integer} NOT NULL, note {text} NOT NULL
){strict};
"""
_TILES: Final = 256  # read at a time: 2 MB of hashes


class Session:
    """One transaction's view of the tables: both halves of the seam, reading and writing."""

    def __init__(self, run: Run, add: Add, verify_form: Check) -> None:
        self.run = run
        self._add = add
        self.verify_form = verify_form

    # --- schema ---------------------------------------------------------------------------------

    def make(self, types: dict[str, str], version: int) -> None:
        """Make the tables of an empty ledger."""
        for statement in TABLES.format_map(types).split(";")[:-1]:
            self.run(statement, ())
        self.run("INSERT INTO ledger_schema (version) VALUES (?)", (version,))
        self.run("INSERT INTO ledger_state (one, size, edge) VALUES (1, 0, ?)", (b"",))

    def version(self) -> int:
        """Return the version of the layout."""
        found = list(self.run("SELECT version FROM ledger_schema", ()))
        if len(found) != 1 or not isinstance(found[0][0], int):
            raise IntegrityError("ledger.damaged", hint="ledger.damaged-hint")
        return int(found[0][0])

    def set_version(self, version: int) -> None:
        """Say which layout the tables have now."""
        self.run("UPDATE ledger_schema SET version = ?", (version,))

    # --- reading --------------------------------------------------------------------------------

    def state(self) -> State:
        """Return how far the ledger has come."""
        match list(self.run("SELECT size, edge, last_at FROM ledger_state", ())):
            case [(int() as size, bytes() as edge, int() | None as last_at)] if (
                size >= 0 and len(edge) == HASH_BYTES * size.bit_count()
            ):
                hashes = tuple(edge[i : i + HASH_BYTES] for i in range(0, len(edge), HASH_BYTES))
                return State(size=size, edge=hashes, last_at=last_at)
            case _:
                raise IntegrityError("ledger.damaged", hint="ledger.damaged-hint")

    def ends(self) -> tuple[int, int] | None:
        """Return the lowest and the highest number of any entry there is."""
        ((low, high),) = self.run("SELECT min(seq), max(seq) FROM ledger_entries", ())
        return None if low is None else (low, high)

    def rows(self, start: int, stop: int) -> Iterator[Row]:
        """Yield the entries from ``start`` on, below ``stop``, by number; gaps are not told."""
        asked = (
            "SELECT seq, leaf, openings FROM ledger_entries WHERE seq >= ? AND seq < ? ORDER BY seq"
        )
        for first in range(start, stop, CHUNK):
            for seq, leaf, openings in self.run(asked, (first, min(first + CHUNK, stop))):
                if type(leaf) is not bytes or type(openings) is not bytes:
                    raise IntegrityError("ledger.entry-changed", seq=seq)
                yield Row(seq, leaf, openings)

    def tiles(self, level: int, first: int, last: int) -> Iterator[Tile]:
        """Yield the tiles of a level from number ``first`` to ``last``, both included."""
        asked = (
            "SELECT level, number, hashes FROM ledger_tiles "
            "WHERE level = ? AND number >= ? AND number <= ? ORDER BY number"
        )
        for start in range(first, last + 1, _TILES):
            for found in self.run(asked, (level, start, min(start + _TILES - 1, last))):
                yield Tile(*found)

    def seqs_of(self, person: bytes) -> list[int]:
        """Return the numbers of the entries about a person, lowest first."""
        asked = "SELECT seq FROM ledger_persons WHERE person = ? ORDER BY seq"
        return [seq for (seq,) in self.run(asked, (person,))]

    def seqs_of_kind(self, kind: str) -> list[int]:
        """Return the numbers of the entries of an indexed kind, lowest first."""
        asked = "SELECT seq FROM ledger_kinds WHERE kind = ? ORDER BY seq"
        return [seq for (seq,) in self.run(asked, (kind,))]

    def kinds(self) -> list[tuple[str, int]]:
        """Return the whole index of kinds: kind, number."""
        return [(kind, seq) for kind, seq in self.run("SELECT kind, seq FROM ledger_kinds", ())]

    def persons(self) -> Iterator[tuple[bytes, int]]:
        """Yield the whole index of persons: person, number."""
        asked = (
            "SELECT person, seq FROM ledger_persons WHERE (person, seq) > (?, ?) "
            f"ORDER BY person, seq LIMIT {CHUNK}"
        )
        last: tuple[Any, ...] = (b"", -1)
        while found := list(self.run(asked, last)):
            yield from ((person, seq) for person, seq in found)
            last = found[-1]

    def checkpoints(self) -> list[Kept]:
        """Return the checkpoints, in the order in which they were signed."""
        asked = "SELECT size, made_at, note FROM ledger_checkpoints ORDER BY number"
        return [
            Kept(size=size, made_at=made_at, note=note)
            for size, made_at, note in self.run(asked, ())
        ]

    # --- writing --------------------------------------------------------------------------------

    def add(
        self,
        rows: Iterable[Row],
        persons: Iterable[tuple[bytes, int]],
        kinds: Iterable[tuple[str, int]],
    ) -> None:
        """Add entries, whom they are about, and those of an indexed kind."""
        self._add("ledger_entries", ("seq", "leaf", "openings"), rows)
        self._add("ledger_persons", ("person", "seq"), persons)
        for kind in kinds:
            self.run("INSERT INTO ledger_kinds (kind, seq) VALUES (?, ?)", kind)

    def put(self, state: State, tiles: Sequence[Tile]) -> None:
        """Say how far the ledger has come, with the tiles that are new or grew."""
        put = (
            "INSERT INTO ledger_tiles (level, number, hashes) VALUES (?, ?, ?) "
            "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
        )
        for tile in tiles:
            self.run(put, tile)
        self.run(
            "UPDATE ledger_state SET size = ?, edge = ?, last_at = ?",
            (state.size, b"".join(state.edge), state.last_at),
        )

    def close_openings(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Put other openings, number by number, in the place of those there."""
        for seq, openings in rows:
            self.run("UPDATE ledger_entries SET openings = ? WHERE seq = ?", (openings, seq))

    def forget(self, person: bytes) -> None:
        """Take a person out of the index."""
        self.run("DELETE FROM ledger_persons WHERE person = ?", (person,))

    def keep(self, checkpoint: Kept) -> None:
        """Add a checkpoint."""
        ((number,),) = self.run("SELECT count(*) FROM ledger_checkpoints", ())
        self.run(
            "INSERT INTO ledger_checkpoints (number, size, made_at, note) VALUES (?, ?, ?, ?)",
            (number, checkpoint.size, checkpoint.made_at, checkpoint.note),
        )

"""Where a ledger is kept: what every storage can do, and nothing about how.

A storage keeps entries by number, the tree's hashes in tiles, the right edge of the tree, indexes
of persons and of some kinds, and the checkpoints that were signed. ``reading`` is one moment of it,
whatever writers do meanwhile; ``writing`` is one step that happens whole or not at all, alone, and
has reached the disk when it ends. What is written is told by the ledger; a storage understands none
of it.

Storages speak in errors of ``whence.errors``: OutputError for a disk that is full or a ledger that
others hold too long, EngineError for a server that does not answer, IntegrityError for files that
are damaged. None of them repeats an id or an address with its password.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from whence.ledger.tree import CompactRange
from whence.model import Instant

TILE_HEIGHT: Final = 8  # C2SP tlog-tiles: a tile holds the hashes of 256 subtrees
TILE_HASHES: Final = 1 << TILE_HEIGHT
CHUNK: Final = 4096  # rows read at a time: some 3 MB of entries


class Row(NamedTuple):
    """An entry as stored."""

    seq: int
    leaf: bytes
    openings: bytes


class Tile(NamedTuple):
    """The hashes of up to 256 neighbouring complete subtrees of 256**level leaves, joined."""

    level: int
    number: int
    hashes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far the ledger has come: its entries, its right edge, the latest instant recorded."""

    size: int = 0
    edge: tuple[bytes, ...] = ()
    last_at: Instant | None = None

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return CompactRange(self.size, self.edge).root()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint that was signed: of how many entries, when by our clock, and the note."""

    size: int
    made_at: Instant
    note: str


class Reading(Protocol):
    """A storage at one moment."""

    def verify_form(self) -> None:
        """Raise IntegrityError where anything stands among the tables that a ledger has not made.

        An index, a view or a trigger of somebody else's could have it answer other than it holds.
        """

    def state(self) -> State:
        """Return how far it had come."""

    def ends(self) -> tuple[int, int] | None:
        """Return the lowest and the highest number of any entry there is."""

    def rows(self, start: int, stop: int) -> Iterator[Row]:
        """Yield the entries from ``start`` on, below ``stop``, by number; gaps are not told."""

    def tiles(self, level: int, first: int, last: int) -> Iterator[Tile]:
        """Yield the tiles of a level from number ``first`` to ``last``, both included."""

    def seqs_of(self, person: bytes) -> list[int]:
        """Return the numbers of the entries about a person, lowest first."""

    def seqs_of_kind(self, kind: str) -> list[int]:
        """Return the numbers of the entries of an indexed kind, lowest first."""

    def kinds(self) -> list[tuple[str, int]]:
        """Return the whole index of kinds: kind, number."""

    def persons(self) -> Iterator[tuple[bytes, int]]:
        """Yield the whole index of persons: person, number."""

    def checkpoints(self) -> list[Kept]:
        """Return the checkpoints, in the order in which they were signed."""


class Writing(Reading, Protocol):
    """A step under way: what it wrote it also reads."""

    def add(
        self,
        rows: Iterable[Row],
        persons: Iterable[tuple[bytes, int]],
        kinds: Iterable[tuple[str, int]],
    ) -> None:
        """Add entries, whom they are about, and those of an indexed kind."""

    def put(self, state: State, tiles: Sequence[Tile]) -> None:
        """Say how far the ledger has come, with the tiles that are new or grew."""

    def close_openings(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Put other openings, number by number, in the place of those there."""

    def forget(self, person: bytes) -> None:
        """Take a person out of the index."""

    def keep(self, checkpoint: Kept) -> None:
        """Add a checkpoint."""


class Storage(Protocol):
    """A place that keeps one ledger."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Open the storage as it is now."""

    def writing(self) -> AbstractContextManager[Writing]:
        """Begin a step, when no other is under way; it is undone where an error leaves it."""

    def scrub(self) -> None:
        """Remove from the disk what was erased, as far as the storage can."""

    def close(self) -> None:
        """Let go of files and connections."""

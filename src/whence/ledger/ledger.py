"""The ledger of one installation: what happened, in order, and nobody can alter it unseen."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from whence.errors import UsageError
from whence.ledger import (
    accesses,
    backup,
    checking,
    checkpoint_files,
    erasing,
    history,
    proving,
    releases_checking,
    signing,
)
from whence.ledger.appending import append
from whence.ledger.entries import Entry, Recorded, Sealed, opened, person_digest, seal
from whence.ledger.nodes import nodes_in
from whence.ledger.person_key import load_person_key, make_person_key
from whence.ledger.postgres import SCHEMES, Postgres
from whence.ledger.proofs import consistency_proof
from whence.ledger.sqlite import SQLite
from whence.ledger.storage import State, Storage
from whence.ledger.verification import Attested
from whence.model import Instant
from whence.model.progress import Progress, no_progress
from whence.workspace import Workspace

_NOBODY: Final = b""  # entries about nobody need no key


class Ledger:
    """An open ledger; a context manager. Any number of threads may use it at once."""

    def __init__(
        self, workspace: Workspace, storage: Storage, *, clock: Callable[[], Instant]
    ) -> None:
        self.workspace = workspace
        self._storage = storage
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections."""
        self._storage.close()

    # --- recording ------------------------------------------------------------------------------

    def append(self, entries: Iterable[Entry]) -> range:
        """Record entries in one step, and return their numbers: they are durable then.

        Raises UsageError for an entry that cannot be recorded, OutputError where the disk or
        another writer does not let us.
        """
        return self.append_sealed(self.seal(entries))

    def seal(self, entries: Iterable[Entry]) -> list[Sealed]:
        """Return entries as they are stored, for ``append_sealed``."""
        given = list(entries)
        about_somebody = any(entry.persons for entry in given)
        return seal(given, self._person_key if about_somebody else _NOBODY)

    def append_sealed(self, sealed: Sequence[Sealed]) -> range:
        """Record entries that ``seal`` has made ready."""
        with self._storage.writing() as step:
            return append(step, sealed)

    # --- reading --------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """How far it has come: size, root, the latest instant, at one moment."""
        with self._storage.reading() as reading:
            return reading.state()

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.state.size

    @property
    def last_at(self) -> Instant | None:
        """The greatest instant recorded: a clock that shows less has jumped back."""
        return self.state.last_at

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Yield the entries from ``start`` on, below ``stop``, with the facts still open."""
        with self._storage.reading() as reading:
            size = reading.state().size
            for row in reading.rows(max(start, 0), size if stop is None else min(stop, size)):
                yield opened(*row)

    # --- attesting ------------------------------------------------------------------------------

    def checkpoint(self) -> signing.Signed:
        """Sign a checkpoint of all there is, keep it, and lay it into ``checkpoints/``."""
        with self._storage.writing() as step:
            signed = signing.sign(step, self.workspace, self._clock())
        checkpoint_files.store(self.workspace.checkpoints, signed.note)
        return signed

    def rotate_key(self, *, lost: bool = False) -> signing.Signed:
        """Make another key, announce it, and sign with both; ``lost``: with the new one alone."""
        with self._storage.writing() as step:
            signed = signing.change_key(step, self.workspace, self._clock(), lost=lost)
        checkpoint_files.store(self.workspace.checkpoints, signed.note)
        return signed

    def verify(
        self,
        *,
        fingerprint: str | None = None,
        since: str | None = None,
        on_progress: Progress = no_progress,
    ) -> Attested:
        """Check the whole ledger; ``since`` is the text of a checkpoint kept elsewhere.

        The checkpoints that lie in ``checkpoints/`` count beside those of the store, and each
        release's table must be the one that its entry has the root of. Raises IntegrityError
        where anything does not hold.
        """
        files = checkpoint_files.stored(self.workspace.checkpoints)
        with self._storage.reading() as reading:
            notes = checkpoint_files.joined((kept.note for kept in reading.checkpoints()), files)
            attested = checking.check(
                reading,
                notes,
                origin=self.workspace.name,
                fingerprint=fingerprint,
                kept=since,
                on_progress=on_progress,
            )
            entries = releases_checking.release_entries(reading)
        found = releases_checking.check_releases(
            self._storage, entries, self.workspace.releases, on_progress=on_progress
        )
        return replace(attested, releases=found)

    def release(self, release_id: str) -> tuple[Recorded, Path]:
        """Return a release's entry and its table, which is as the entry says.

        Raises UsageError for a release that is not on record, IntegrityError for another table.
        """
        with self._storage.reading() as reading:
            entries = releases_checking.release_entries(reading)
        for entry in entries:
            if entry.entry.facts.get("release_id") == release_id:
                return entry, releases_checking.verify_release(self.workspace.releases, entry)
        raise UsageError("ledger.no-release", release=release_id)

    def prove_inclusion(self, seq: int) -> proving.Proof:
        """Return what shows by itself that an entry stands under a signed checkpoint."""
        with self._storage.reading() as reading:
            return proving.proof_of(reading, self.workspace, seq)

    def prove_consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Return the proof that the ledger of now begins with that of ``old_size`` entries."""
        with self._storage.reading() as reading:
            return consistency_proof(old_size, reading.state().size, nodes_in(reading))

    # --- persons --------------------------------------------------------------------------------

    def history(self, customer_id: str | int) -> history.History:
        """Return who was shown data of a customer: her own right to know, PIPL 45."""
        person = person_digest(self._person_key, customer_id)
        with self._storage.reading() as reading:
            return history.history_of(reading, self.workspace.releases, person, customer_id)

    def erase(self, customer_id: str | int) -> erasing.Erased:
        """Erase what opens a customer's part of the entries and of the releases; say so in one."""
        person = person_digest(self._person_key, customer_id)
        return erasing.erase(
            self._storage, self.workspace.releases, person, customer_id, self._clock()
        )

    # --- handing on -----------------------------------------------------------------------------

    def export_accesses(
        self, path: Path, *, on_progress: Progress = no_progress
    ) -> accesses.Exported:
        """Write who was shown which order as a table ``accesses``, so that traces run on it."""
        with self._storage.reading() as reading:
            return accesses.export(reading, self.workspace.releases, path, on_progress=on_progress)

    def backup(self, folder: Path, *, on_progress: Progress = no_progress) -> backup.Copied:
        """Copy the ledger and all it needs but its secrets into a folder, and check the copy."""
        return backup.back_up(self._storage, self.workspace, folder, on_progress=on_progress)

    @cached_property
    def _person_key(self) -> bytes:
        return load_person_key(self.workspace.keys)


def open_ledger(workspace: Workspace, *, clock: Callable[[], Instant]) -> Ledger:
    """Return the ledger of a workspace.

    Raises UsageError where it has none yet, or one of a later version of the product.
    """
    place = workspace.ledger_place
    storage: Storage = Postgres(place) if place.startswith(SCHEMES) else SQLite(Path(place))
    return Ledger(workspace, storage, clock=clock)


def make_ledger(workspace: Workspace, *, clock: Callable[[], Instant]) -> signing.Signed:
    """Make the ledger of a workspace: its keys, its first entry, its first checkpoint.

    Raises UsageError where it has one.
    """
    storage = _made_storage(workspace)
    try:
        make_person_key(workspace.keys)
        with storage.writing() as step:
            signed = signing.announce_first_key(step, workspace, clock())
    finally:
        storage.close()
    checkpoint_files.store(workspace.checkpoints, signed.note)
    return signed


def restore_ledger(
    folder: Path, workspace: Workspace, *, on_progress: Progress = no_progress
) -> int:
    """Copy the ledger of a backup into the place that a workspace names, which has none yet.

    Returns how many entries there are. Raises UsageError where the place has a ledger,
    IntegrityError for a backup that does not hold: then nothing is made.
    """
    with backup.opened_backup(folder) as held:
        backup.verify_backup(held, workspace.name, on_progress)
        storage = _made_storage(workspace)
        try:
            return backup.copy_all(held, storage, on_progress)
        finally:
            storage.close()


def _made_storage(workspace: Workspace) -> Storage:
    place = workspace.ledger_place
    return Postgres.make(place) if place.startswith(SCHEMES) else SQLite.make(Path(place))

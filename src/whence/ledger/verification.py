"""What attests a ledger, and up to where: its entries, checkpoints and keys held together.

The check reads entries once, in order, in flat memory, and nothing but them: no store, no clock,
no key. Five things must hold:

* each opening is one of the facts whose digests stand in its leaf (RFC 9162 leaves, entries.py),
  and what is missing was erased by an entry that says so;
* the leaves give the root of each stored checkpoint, and of one kept elsewhere: so each is
  consistent with the next;
* each checkpoint is signed by the keys that had to sign it (succession.py);
* key changes follow one another;
* no checkpoint speaks of more entries than there are.

What then holds is told apart by whom it convinces, see ``Attested``.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from whence.errors import InputError, IntegrityError
from whence.ledger.attested import Attested, LostKey
from whence.ledger.checkpoints import SignedCheckpoint, read_checkpoint, signers_of_checkpoint
from whence.ledger.entries import opened
from whence.ledger.gaps import ERASURE_KIND, Gaps, keeps_who_acted, read_named_entries
from whence.ledger.keys import fingerprint as fingerprint_of
from whence.ledger.leaves import look_at
from whence.ledger.notes import VerifierKey
from whence.ledger.succession import (
    KEY_KIND,
    KeyChange,
    read_key_change,
    signers_needed,
    verify_follows,
    verify_signers,
    vouched_for,
)
from whence.ledger.tree import LEAF, CompactRange
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    from whence.model import Instant

__all__ = ["Attested", "Examination", "LostKey", "StoredEntry", "examine"]

STAGE: Final = "verify"
_BATCH: Final = 8_192  # entries between two calls of on_progress: 50 ms
_TOLD: Final = 10  # how many entries are named where many are meant


class StoredEntry(NamedTuple):
    """An entry as a store hands it out: its number, its leaf, its packed openings (entries.py)."""

    seq: int
    leaf: bytes
    openings: bytes


def examine(
    entries: Iterable[tuple[int, bytes, bytes]],
    checkpoints: Sequence[str],
    *,
    origin: str,
    fingerprint: str | None = None,
    kept: str | None = None,
    n_entries: int = 0,
    on_progress: Progress = no_progress,
) -> Attested:
    """Check a ledger whole, and return what attests it up to where.

    ``checkpoints`` are the stored ones in their order, ``kept`` is one kept elsewhere,
    ``fingerprint`` that of a key of the ledger that the reader trusts (``read_fingerprint``).
    ``n_entries`` is for the progress only. Raises IntegrityError with the numbers of entries
    where anything does not hold.
    """
    examination = Examination(checkpoints, origin=origin, fingerprint=fingerprint, kept=kept)
    examination.take(entries, n_entries=n_entries, on_progress=on_progress)
    return examination.result()


class Examination:
    """A check under way: ``take`` entries, then ask for the ``result``.

    A ``copy`` goes on on its own from where this one stands.
    """

    def __init__(
        self,
        checkpoints: Sequence[str],
        *,
        origin: str,
        fingerprint: str | None = None,
        kept: str | None = None,
    ) -> None:
        self._checkpoints, self._origin, self._fingerprint = checkpoints, origin, fingerprint
        self._kept = None if kept is None else _read(kept, "ledger.kept-unreadable")
        self._kept_holds = False
        self._range = CompactRange()
        self._next = 0  # which checkpoint comes next
        self._coming = self._read_next()
        self._signed_size = self._vouched_size = 0
        self._changes: list[KeyChange] = []
        self._gaps = Gaps()
        self._last_at: Instant | None = None
        self._n_times_back = 0
        self._times_back: list[int] = []
        self._meet_checkpoints()

    def copy(self) -> "Examination":
        """Return an examination that goes on on its own from here."""
        copied = object.__new__(Examination)
        copied.__dict__.update(self.__dict__)
        copied._range = self._range.copy()
        copied._changes = list(self._changes)
        copied._gaps = self._gaps.copy()
        copied._times_back = list(self._times_back)
        return copied

    @property
    def size(self) -> int:
        """How many entries were taken."""
        return self._range.size

    def take(
        self,
        entries: Iterable[tuple[int, bytes, bytes]],
        *,
        n_entries: int = 0,
        on_progress: Progress = no_progress,
    ) -> None:
        """Check the entries that follow, and each checkpoint as its size is reached."""
        remaining = iter(entries)
        while batch := list(islice(remaining, self._room())):
            self._range.append(self._leaf_hashes(batch))
            self._meet_checkpoints()
            batch.clear()  # before the next one is read: never two at a time
            on_progress(STAGE, self.size, max(n_entries, self.size))

    def result(self) -> Attested:
        """Return what attests the entries taken, once there are no more."""
        for coming in (self._coming, self._kept if not self._kept_holds else None):
            if coming:
                raise IntegrityError(
                    "ledger.entries-cut-off",
                    size=coming.checkpoint.size,
                    found=self.size,
                    n=coming.checkpoint.size - self.size,
                )
        self._gaps.verify()
        if self._fingerprint and not vouched_for(self._changes, self._fingerprint):
            raise IntegrityError("ledger.no-such-key", fingerprint=self._fingerprint)
        return Attested(
            size=self.size,
            root=self._range.root(),
            n_checkpoints=len(self._checkpoints),
            signed_size=self._signed_size,
            vouched_size=self._vouched_size,
            kept_size=self._kept.checkpoint.size if self._kept else None,
            fingerprint=self._fingerprint,
            key=fingerprint_of(self._changes[-1].new) if self._changes else None,
            lost_keys=tuple(self._lost_keys()),
            n_erased=self._gaps.n_named,
            n_times_back=self._n_times_back,
            times_back=tuple(self._times_back),
        )

    def _room(self) -> int:
        """Return how many entries may be taken before a checkpoint has to be met."""
        stops = [signed.checkpoint.size for signed in (self._coming, self._kept) if signed]
        return min([stop - self.size for stop in stops if stop > self.size] + [_BATCH])

    def _leaf_hashes(self, batch: Sequence[tuple[int, bytes, bytes]]) -> list[bytes]:
        """Check entries one by one, and return their hashes."""
        hashes, last_at = [], self._last_at
        for expected, (seq, leaf, openings) in enumerate(batch, self.size):
            if seq != expected:
                raise IntegrityError("ledger.entry-missing", seq=expected, found=seq)
            at, kind, n_left = look_at(seq, leaf, openings)
            if n_left is not None:
                entry = opened(seq, leaf, openings).entry
                kept = keeps_who_acted(entry.kind, entry.facts)
                self._gaps.lacks(seq, n_left, hides_who=not kept)
            if kind in _HEEDED:
                self._heed(seq, leaf, openings)
            if last_at is not None and at < last_at:
                self._n_times_back += 1
                if self._n_times_back <= _TOLD:
                    self._times_back.append(seq)
            else:
                last_at = at
            hashes.append(sha256(LEAF + leaf).digest())
        self._last_at = last_at
        return hashes

    def _heed(self, seq: int, leaf: bytes, openings: bytes) -> None:
        """Take down what an entry says about the ledger itself."""
        entry = opened(seq, leaf, openings).entry
        if entry.kind == KEY_KIND:
            change = read_key_change(seq, entry.facts)
            verify_follows(self._changes, change)
            self._changes.append(change)
        else:
            self._gaps.name(read_named_entries(seq, entry.facts))

    def _meet_checkpoints(self) -> None:
        """Check every checkpoint of the size that is reached."""
        while self._coming and self._coming.checkpoint.size == self.size:
            self._verify_root(self._coming)
            self._verify_signatures(self._coming)
            self._coming = self._read_next()
        kept = self._kept
        if kept and not self._kept_holds and kept.checkpoint.size == self.size:
            self._verify_root(kept)
            self._known_signers(kept)
            self._kept_holds = True

    def _read_next(self) -> SignedCheckpoint | None:
        """Return the next stored checkpoint: never a smaller one, and none twice.

        Two of one size may differ in who signed them.
        """
        number = self._next
        if number == len(self._checkpoints):
            return None
        text, before = self._checkpoints[number], self._checkpoints[number - 1] if number else None
        coming = _read(text, "ledger.checkpoint-unreadable", number)
        self._next += 1
        if coming.checkpoint.size < self.size or text == before:
            raise IntegrityError(
                "ledger.checkpoint-out-of-order", size=coming.checkpoint.size, after=self.size
            )
        return coming

    def _verify_root(self, signed: SignedCheckpoint) -> None:
        if signed.checkpoint.root != self._range.root():
            raise IntegrityError(
                "ledger.entries-changed", since=self._signed_size, size=signed.checkpoint.size
            )

    def _verify_signatures(self, signed: SignedCheckpoint) -> None:
        """Check that the keys that had to sign a checkpoint did, and note how far that carries."""
        size = signed.checkpoint.size
        needed = signers_needed(self._changes, since=self._signed_size, size=size)
        verify_signers(needed, self._known_signers(signed), size=size)
        self._signed_size = size
        if self._fingerprint:
            vouched = vouched_for(self._changes, self._fingerprint)
            if any(key in vouched for key in needed):
                self._vouched_size = size

    def _known_signers(self, signed: SignedCheckpoint) -> tuple[VerifierKey, ...]:
        known = [change.new for change in self._changes]
        try:
            return signers_of_checkpoint(signed, known, origin=self._origin)
        except IntegrityError as error:
            facts = {**error.facts, "size": signed.checkpoint.size}
            raise IntegrityError(error.phrase, hint="ledger.at-checkpoint", **facts) from error

    def _lost_keys(self) -> Iterable[LostKey]:
        for change in self._changes:
            if change.lost and change.old:
                old, new = fingerprint_of(change.old), fingerprint_of(change.new)
                yield LostKey(size=change.seq, old=old, new=new)


_HEEDED: Final = frozenset({KEY_KIND.encode(), ERASURE_KIND.encode()})


def _read(text: str, phrase: str, number: int = 0) -> SignedCheckpoint:
    try:
        return read_checkpoint(text)
    except InputError as error:
        raise IntegrityError(phrase, number=number) from error

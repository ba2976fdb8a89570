"""What attests a ledger, told apart by whom it convinces: the result of a verification."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LostKey:
    """From ``size`` entries on only the key with the new fingerprint attests."""

    size: int
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesChecked:
    """What a check of the tables found, all of them being as they were written.

    ``unmatched`` are tables that no entry speaks of: of releases stopped before their entry.
    """

    n_tables: int
    n_rows: int
    n_erased_rows: int
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What a check found, by whom it convinces. Sizes count entries from the first.

    * ``kept_size``: unaltered since a checkpoint was put elsewhere, whoever holds the key. None
      without one: then nothing here convinces against the holder of the key, who can write
      another ledger and sign other checkpoints.
    * ``vouched_size``: under a checkpoint of a key that the fingerprint vouches for; without a
      fingerprint 0.
    * ``signed_size``: under any checkpoint of the ledger. What follows nothing attests.
    * ``releases``: what their tables come to, where they were checked too.
    """

    size: int
    root: bytes
    n_checkpoints: int
    signed_size: int
    vouched_size: int
    kept_size: int | None
    fingerprint: str | None
    key: str | None
    lost_keys: tuple[LostKey, ...] = ()
    n_erased: int = 0
    n_times_back: int = 0
    times_back: tuple[int, ...] = ()
    releases: ReleasesChecked | None = None

    @property
    def n_unattested(self) -> int:
        """How many entries no checkpoint covers: they can still be changed unseen."""
        return self.size - max(self.signed_size, self.kept_size or 0)

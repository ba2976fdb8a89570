"""A pack checked by the code that lies in every pack, its refusals told as errors of ours."""

from dataclasses import dataclass
from pathlib import Path

from whence.casework import verify_alone
from whence.errors import InputError, IntegrityError


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a pack shows: whose case, for whom, under which checkpoint, and with which stamp."""

    case_id: str
    reader: str
    origin: str
    fingerprint: str
    size: int
    n_entries: int
    n_exhibits: int
    n_withheld: int
    n_files: int
    version: str
    checkpoint: bytes
    stamp: bytes | None


def verify_pack(path: Path, fingerprint: str) -> Verified:
    """Check a pack against the fingerprint of the key that the reader trusts; return what it shows.

    No network, no ledger, no key: the file alone, in flat memory. Raises IntegrityError, with the
    exhibit or file named, where it does not hold; InputError where it cannot be read.
    """
    try:
        shown = verify_alone.check(str(path), fingerprint)
    except verify_alone.Refused as refused:
        facts = {"file": path.name, **refused.facts}
        exhibit = facts.get("exhibit")
        phrase = f"case.check-{refused.code}"
        hint = "case.in-exhibit" if exhibit and refused.code != "exhibit" else None
        raise IntegrityError(phrase, hint=hint, **facts) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError("case.pack-unreadable", file=path.name, reason=reason) from error
    return Verified(
        case_id=shown.case,
        reader=shown.reader,
        origin=shown.origin,
        fingerprint=shown.key,
        size=shown.size,
        n_entries=shown.n_entries,
        n_exhibits=shown.n_exhibits,
        n_withheld=shown.n_withheld,
        n_files=shown.n_files,
        version=shown.version,
        checkpoint=shown.checkpoint,
        stamp=shown.stamp,
    )

"""Time stamps over a ledger's checkpoints: got, kept beside them, and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whence.errors import InputError
from whence.ledger.checkpoint_files import path_of, stored
from whence.ledger.checkpoints import read_checkpoint
from whence.ledger.stamps import (
    Stamp,
    ask_for_stamp,
    read_stamp,
    stamp_path,
    stamp_request,
    store_stamp,
    verify_stamp,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint of ``size`` entries, and what an authority said about it."""

    size: int
    stamp: Stamp


def get_stamp(folder: Path, note: str, url: str, roots: Sequence[bytes]) -> Stamp:
    """Have an authority stamp a checkpoint that lies in a folder; keep its reply beside it.

    Raises InputError where no reply comes, IntegrityError where it is not by an authority under
    one of the roots.
    """
    signed = note.encode()
    request = stamp_request(signed)
    reply = ask_for_stamp(request, url)
    verify_stamp(reply, signed, roots, nonce=request.nonce)
    store_stamp(path_of(folder, note), reply)
    return read_stamp(reply)


def verify_stamps(folder: Path, roots: Sequence[bytes]) -> list[Stamped]:
    """Check the stamps that lie beside checkpoints; IntegrityError where one does not hold."""
    found = []
    for note in stored(folder):
        path = stamp_path(path_of(folder, note))
        if path.is_file():
            reply = path.read_bytes()
            verify_stamp(reply, note.encode(), roots)
            size = read_checkpoint(note).checkpoint.size
            found.append(Stamped(size=size, stamp=read_stamp(reply)))
    return found


def read_root(path: Path) -> bytes:
    """Return the certificates in a PEM file; InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("ledger.stamp-root-unreadable", file=path.name) from error

"""Entries checked in bulk: each opening is a fact of its leaf, parsing no more than that takes.

Where every fact is open the digests of the openings, sorted, are the leaf's own text (entries.py):
one comparison settles it. Any other entry is looked at slowly, and fails with its reason.
"""

import re
from binascii import b2a_base64
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from whence.ledger.entries import glimpse

if TYPE_CHECKING:
    from whence.model import Instant

_LEAF: Final = re.compile(
    rb'\{"at":(?P<at>-?[0-9]{1,19}),"case":(?:null|"(?:[^"\\]|\\.)*"),'
    rb'"facts":\[(?P<facts>[^\]]*)\],"kind":"(?P<kind>[^"\\]+)","v":1\}'
).fullmatch
_LENGTH_BYTES: Final = 4  # before each packed opening


def look_at(seq: int, leaf: bytes, openings: bytes) -> tuple["Instant", bytes, int | None]:
    """Return an entry's instant and kind, and how many facts are left open; None where all are.

    Raises IntegrityError where leaf and openings do not belong together.
    """
    match = _LEAF(leaf)
    if match and match["facts"] == _joined_digests(openings):
        return int(match["at"]), match["kind"], None
    seen = glimpse(seq, leaf, openings)
    return seen.at, seen.kind.encode(), seen.n_open if seen.n_open < seen.n_facts else None


def _joined_digests(openings: bytes) -> bytes | None:
    """Return the digests of packed openings as a leaf lists them; None where they end amiss."""
    digests, at, end, number = [], 0, len(openings), int.from_bytes
    while at < end:
        start = at + _LENGTH_BYTES
        at = start + number(openings[at:start], "big")
        digests.append(b2a_base64(sha256(openings[start:at]).digest(), newline=False))
    if at != end:
        return None
    digests.sort()
    return b'"' + b'","'.join(digests) + b'"' if digests else b""

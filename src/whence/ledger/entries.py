"""Entries: what the ledger says happened, as the leaf that stays and the openings that can go.

A leaf is canonical JSON (keys sorted, no blanks, UTF-8)::

    {"at": 1772866800000000, "case": null, "facts": ["...", "..."], "kind": "reveal", "v": 1}

``facts`` holds one digest a fact, in base64, sorted: SHA-256(salt || canonical JSON [name, value]),
with a salt of its own of 16 bytes. Salt, name and value, the **opening**, are stored beside the
leaf. Once they are erased the digest tells nothing, and the leaf, and so the tree, stays as it was.

Whom an entry is about never enters a leaf in the clear. A person is the first 16 bytes of
HMAC-SHA-256(index key, id): that stands in the index of persons, and as one more fact, ``person``,
among the openings, so that a row taken out of the index is missed.
"""

import json
import re
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest as hmac_digest
from itertools import chain
from json.encoder import encode_basestring as quoted
from secrets import token_bytes
from typing import Any, Final, TypeAlias

from whence.errors import IntegrityError, UsageError
from whence.model import Instant

Value: TypeAlias = str | int | bool | None
Opening: TypeAlias = tuple[bytes, str, Value]  # salt, name, value

VERSION: Final = 1
PERSON: Final = "person"
PERSON_BYTES: Final = 16  # 2**-64 of a clash among 2**32 persons
SALT_BYTES: Final = 16
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened: its kind, when, in which case, its facts, and whom it is about.

    ``persons`` are customers' ids; an entry that is read back has none, only their index has.
    """

    kind: str
    at: Instant
    facts: Mapping[str, Value] = field(default_factory=dict)
    case: str | None = None
    persons: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An entry as it is stored: its leaf, its openings, and its rows in the index of persons."""

    kind: str
    at: Instant
    leaf: bytes
    openings: bytes
    persons: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry of the ledger: ``entry`` has the facts that are still open, of ``n_facts``.

    ``persons`` are whom it is about, as the index knows them.
    """

    seq: int
    leaf: bytes
    entry: Entry
    openings: tuple[Opening, ...] = ()
    persons: tuple[bytes, ...] = ()
    n_facts: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it was erased."""
        return len(self.openings) == self.n_facts


def seal(entries: Iterable[Entry], index_key: bytes) -> list[Sealed]:
    """Return entries as they are stored. Raises UsageError for one that has no canonical form."""
    return [_sealed(entry, index_key) for entry in entries]


def _sealed(entry: Entry, index_key: bytes) -> Sealed:
    persons = tuple(dict.fromkeys(person_digest(index_key, p) for p in entry.persons))
    named = ((PERSON, person.hex()) for person in persons)
    n_facts = len(entry.facts) + len(persons)
    salts = token_bytes(SALT_BYTES * n_facts)
    digests, openings, at = [], [], 0
    _verify_form(entry)
    try:
        for name, value in chain(entry.facts.items(), named):
            piece = salts[at : at + SALT_BYTES] + _pair(name, value)
            at += SALT_BYTES
            digests.append(b2a_base64(sha256(piece).digest(), newline=False))
            openings.append(len(piece).to_bytes(_LENGTH_BYTES, "big"))
            openings.append(piece)
        leaf = _leaf(entry, digests)
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        raise UsageError("ledger.bad-entry", entry=entry.kind) from None
    return Sealed(
        kind=entry.kind,
        at=entry.at,
        leaf=leaf,
        openings=b"".join(openings),
        persons=persons,
    )


def _leaf(entry: Entry, digests: list[bytes]) -> bytes:
    """Return the canonical JSON of a leaf, written out: an encoder would take twice as long."""
    case = b"null" if entry.case is None else quoted(entry.case).encode()
    facts = b'"' + b'","'.join(sorted(digests)) + b'"' if digests else b""
    kind = quoted(entry.kind).encode()
    body = (entry.at, case, facts, kind, VERSION)
    return b'{"at":%d,"case":%b,"facts":[%b],"kind":%b,"v":%d}' % body


def _pair(name: str, value: Value) -> bytes:
    """Return the canonical JSON of a fact."""
    match value:
        case str():
            text = quoted(value)
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case _:
            text = str(value)
    return f"[{quoted(name)},{text}]".encode()


def _verify_form(entry: Entry) -> None:
    """Raise UsageError where an entry could not be read back as it was."""
    texts = (entry.kind, *entry.facts, *(() if entry.case is None else (entry.case,)))
    if (
        type(entry.at) is not int
        or not entry.kind
        or PERSON in entry.facts
        or not all(type(text) is str for text in texts)
        or not all(type(value) in _VALUES for value in entry.facts.values())
        or not all(-_NUMBERS <= n < _NUMBERS for n in (entry.at, *_numbers(entry)))
    ):
        raise UsageError("ledger.bad-entry", entry=entry.kind)


_VALUES: Final = frozenset({str, int, bool, type(None)})
_NUMBERS: Final = 1 << 63  # what every database and most languages hold


def _numbers(entry: Entry) -> Iterator[int]:
    return (value for value in entry.facts.values() if type(value) is int)


def person_digest(index_key: bytes, person: str | int) -> bytes:
    """Return what stands for a person in the index; ``7`` and ``"7"`` are one person."""
    return hmac_digest(index_key, str(person).encode("utf-8", "surrogatepass"), sha256)[
        :PERSON_BYTES
    ]


def opened(seq: int, leaf: bytes, openings: bytes) -> Recorded:
    """Return a stored entry with the facts still open.

    Raises IntegrityError where leaf or openings have no such form, or do not belong together.
    """
    body = _body(seq, leaf)
    facts: dict[str, Value] = {}
    persons, found = [], []
    for piece in _pieces(seq, openings):
        salt, name, value = _opening(seq, piece)
        found.append((salt, name, value))
        if name == PERSON:
            persons.append(_person(seq, value))
        else:
            facts[name] = value
    _verify_digests(seq, body["facts"], openings)
    return Recorded(
        seq=seq,
        leaf=leaf,
        entry=Entry(kind=body["kind"], at=body["at"], case=body["case"], facts=facts),
        openings=tuple(found),
        persons=tuple(persons),
        n_facts=len(body["facts"]),
    )


def packed(openings: Iterable[Opening]) -> bytes:
    """Return openings as they are stored."""
    parts = []
    for salt, name, value in openings:
        piece = salt + _pair(name, value)
        parts += [len(piece).to_bytes(_LENGTH_BYTES, "big"), piece]
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a check of the whole ledger needs of an entry."""

    at: Instant
    kind: str
    n_facts: int
    n_open: int
    persons: tuple[bytes, ...]


def glimpse(seq: int, leaf: bytes, openings: bytes) -> Glimpse:
    """Return what a check needs, having seen that each opening is one of the leaf's facts.

    Raises IntegrityError where one is not.
    """
    body = _body(seq, leaf)
    pieces = _verify_digests(seq, body["facts"], openings)
    persons = tuple(
        _person(seq, _opening(seq, piece)[2])
        for piece in pieces
        if piece.startswith(_PERSON_PIECE, SALT_BYTES)
    )
    return Glimpse(body["at"], body["kind"], len(body["facts"]), len(pieces), persons)


_PERSON_PIECE: Final = f'["{PERSON}",'.encode()
# A quote within a value is escaped, so this stands nowhere but where a person does.
_persons_in: Final = re.compile(rf'\["{PERSON}","([0-9a-f]{{32}})"\]'.encode()).findall


def persons_in(openings: bytes) -> list[bytes]:
    """Return whom stored openings name, as the index knows them; nothing else is looked at."""
    return [bytes.fromhex(person.decode()) for person in _persons_in(openings)]


def _body(seq: int, leaf: bytes) -> dict[str, Any]:
    try:
        body = json.loads(leaf)
    except ValueError:
        body = None
    match body:
        case {"v": 1, "at": int(), "case": str() | None, "facts": list(), "kind": str()}:
            found: dict[str, Any] = body
            return found
        case _:
            raise IntegrityError("ledger.entry-changed", seq=seq)


def _verify_digests(seq: int, digests: Sequence[str], openings: bytes) -> list[bytes]:
    """Return the openings' pieces; raise IntegrityError where one is no fact of the leaf."""
    pieces = list(_pieces(seq, openings))
    found = {b2a_base64(sha256(piece).digest(), newline=False).decode() for piece in pieces}
    if len(found) != len(pieces) or not found.issubset(digests):
        raise IntegrityError("ledger.entry-changed", seq=seq)
    return pieces


def _pieces(seq: int, openings: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(openings):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(openings[at:start], "big")
        if at > len(openings) or at < start + SALT_BYTES:
            raise IntegrityError("ledger.entry-changed", seq=seq)
        yield openings[start:at]


def _opening(seq: int, piece: bytes) -> Opening:
    try:
        name, value = json.loads(piece[SALT_BYTES:])
    except (ValueError, TypeError):
        raise IntegrityError("ledger.entry-changed", seq=seq) from None
    return piece[:SALT_BYTES], name, value


def _person(seq: int, value: Value) -> bytes:
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        raise IntegrityError("ledger.entry-changed", seq=seq) from None

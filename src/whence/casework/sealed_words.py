"""What people typed into a case: each value with a salt of its own, under one digest.

The ledger holds the digest and nothing else; the values stand beside it, sealed, and can be erased.
A record is a tree of texts, numbers and lists, laid out flat: ``amount/0/value``. Of each path and
value SHA-256(salt || canonical JSON [path, value]) is taken, and the record's digest is SHA-256
over those digests in hex, sorted, one a line. So one value can be shown to somebody and the others
kept back, and he still sees that it is what was recorded (``whence.ledger.entries`` does the same
with facts).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Final, TypeAlias

from whence.errors import IntegrityError, UsageError

Value: TypeAlias = str | int | float | bool | None
Tree: TypeAlias = Any  # what JSON can hold
SALT_BYTES: Final = 16
_MOST_VALUES: Final = 10_000  # of one record: a report has some dozens
_canonical: Final[Callable[[Any], str]] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of a record: where it stands, what it is, and the salt that hides it."""

    path: str
    value: Value
    salt: bytes

    @property
    def digest(self) -> str:
        """What stands for it where it is kept back."""
        return field_digest(self.salt, self.path, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A record: its fields that are open, and the digests of those that are not."""

    fields: tuple[Field, ...]
    closed: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What the ledger holds of the record."""
        return record_digest([*(field.digest for field in self.fields), *self.closed])

    def value(self, path: str) -> Value:
        """Return the value at a path, None where there is none or it is closed."""
        return next((field.value for field in self.fields if field.path == path), None)

    def text(self, path: str) -> str:
        """Return the value at a path as text, empty where there is none."""
        value = self.value(path)
        return "" if value is None else str(value)

    def tree(self) -> Tree:
        """Return the open fields as the tree that they were."""
        return _grown((field.path.split("/"), field.value) for field in self.fields)

    def cut(self, is_open: Callable[[str], bool]) -> "Words":
        """Return the record with those fields closed that are not to be seen."""
        kept = tuple(field for field in self.fields if is_open(field.path))
        shut = (field.digest for field in self.fields if not is_open(field.path))
        return Words(fields=kept, closed=tuple(sorted([*self.closed, *shut])))


def field_digest(salt: bytes, path: str, value: Value) -> str:
    """Return the digest of one value, in hex."""
    return sha256(salt + _canonical([path, value]).encode()).hexdigest()


def record_digest(digests: Iterable[str]) -> str:
    """Return the digest of a record, in hex."""
    return sha256("".join(f"{digest}\n" for digest in sorted(digests)).encode()).hexdigest()


def words_of(tree: Mapping[str, Tree]) -> Words:
    """Return a tree as a record, with new salts; UsageError where it is no tree of values."""
    try:
        flat = list(_flat("", tree))
        fields = tuple(
            Field(path=path, value=value, salt=token_bytes(SALT_BYTES)) for path, value in flat
        )
        for field in fields:
            _ = field.digest  # half of a surrogate pair, infinity: no text that could be read back
    except (TypeError, ValueError):
        raise UsageError("case.bad-record") from None
    if not fields or len(fields) > _MOST_VALUES:
        raise UsageError("case.bad-record")
    return Words(fields=fields)


def to_bytes(words: Words) -> bytes:
    """Return a record as it is sealed."""
    return _canonical(
        [[field.salt.hex(), field.path, field.value] for field in words.fields]
    ).encode()


def from_bytes(data: bytes, digest: str) -> Words:
    """Return a record as it was sealed; IntegrityError where it is not the one of this digest."""
    try:
        fields = [
            Field(path=path, value=value, salt=bytes.fromhex(salt))
            for salt, path, value in json.loads(data)
        ]
    except (ValueError, TypeError):
        raise IntegrityError(
            "case.seal-broken", hint="case.seal-broken-hint", name=digest
        ) from None
    words = Words(fields=tuple(fields))
    if words.digest != digest:
        raise IntegrityError("case.seal-broken", hint="case.seal-broken-hint", name=digest)
    return words


def _flat(path: str, tree: Tree) -> Iterator[tuple[str, Value]]:
    if isinstance(tree, Mapping):
        for name, below in tree.items():
            if not isinstance(name, str) or not name or "/" in name or name.isdecimal():
                raise TypeError
            yield from _flat(f"{path}/{name}" if path else name, below)
    elif isinstance(tree, Sequence) and not isinstance(tree, str | bytes):
        for number, below in enumerate(tree):
            yield from _flat(f"{path}/{number}", below)
    elif tree is None or isinstance(tree, str | int | float | bool):
        yield path, tree
    else:
        raise TypeError


def _grown(leaves: Iterable[tuple[list[str], Value]]) -> Tree:
    """Return a tree out of its leaves; a list with some closed keeps the order of the rest."""
    below: dict[str, list[tuple[list[str], Value]]] = {}
    for (name, *rest), value in leaves:
        if not rest:
            below.setdefault(name, []).append(([], value))
        else:
            below.setdefault(name, []).append((rest, value))
    grown = {
        name: found[0][1] if found[0][0] == [] else _grown(found) for name, found in below.items()
    }
    if grown and all(name.isdecimal() for name in grown):
        return [grown[name] for name in sorted(grown, key=int)]
    return grown

"""The list behind the self-check: built from exposed orders, laid out so that answers tell nothing.

A folder, written file by file and named by one ``about.json`` at the end::

    about.json     what any asker may know: salt, cost of a hash, bits, length of an answer, build
    BUILD.bin      2**bits answers of the same length, one after another, values in order
    hashes.bin     slow hashes done already, under a keyed digest: nobody else's to read

The salt and the bits stay from build to build, so that asking again names the same prefix and
tells nothing more; the values are others each time (``slow_hash.value_of``).
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final

from whence.errors import InputError, OutputError, UsageError
from whence.model.progress import Progress, no_progress
from whence.warning.crowds import bits_for, capacity_for
from whence.warning.keys import derived
from whence.warning.slow_hash import (
    HASH_BYTES,
    SALT_BYTES,
    USUAL,
    VALUE_BYTES,
    Cost,
    plain_order,
    plain_phone,
    prefix_of,
    slow_hash,
    value_of,
)

FOLDER: Final = "self-check"
ABOUT: Final = "about.json"
SCHEMA: Final = "whence.self-check/1"
_HASHES: Final = "hashes.bin"
_NAME_BYTES: Final = 16
_BUILD_BYTES: Final = 8
_OWNER_ONLY: Final = 0o600

Pair = tuple[str, str]  # order number, phone


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What any asker is told: nothing in it depends on who is listed but ``capacity``."""

    build: str
    salt: str
    cost: Cost
    bits: int
    k: int
    capacity: int


def build_list(
    pairs: Iterable[Pair],
    folder: Path,
    *,
    n_orders: int,
    k: int,
    key: bytes,
    cost: Cost = USUAL,
    threads: int = 1,
    on_progress: Progress = no_progress,
) -> About:
    """Build the list of exposed orders anew; ``n_orders`` is how many could be asked about.

    Raises UsageError where fewer than k orders would share a question, OutputError where the
    folder cannot be written.
    """
    former = read_about(folder) if (folder / ABOUT).exists() else None
    bits = _bits(former, n_orders, k)
    salt = bytes.fromhex(former.salt) if former else token_bytes(SALT_BYTES)
    cost = former.cost if former else cost
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hashes = _hashes(list(pairs), folder, salt, cost, key, threads, on_progress)
        build = token_bytes(_BUILD_BYTES)
        answers = _answers(hashes, bits, build)
        capacity = max(capacity_for(len(hashes), bits), *map(len, answers))
        about = About(
            build=build.hex(), salt=salt.hex(), cost=cost, bits=bits, k=k, capacity=capacity
        )
        filled = b"".join(_filled(values, capacity) for values in answers)
        _write(folder / f"{about.build}.bin", filled)
        _write(folder / ABOUT, to_json(about).encode())
        for path in folder.glob("*.bin"):
            if path.name not in {_HASHES, f"{about.build}.bin"}:
                path.unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("warning.unwritable", folder=folder, reason=reason) from error
    return about


def to_json(about: About) -> str:
    """Return what is told to any asker, as it goes over the wire."""
    return json.dumps({"schema": SCHEMA, **asdict(about)}, sort_keys=True)


def from_json(text: str | bytes) -> About:
    """Read it back. Raises ValueError for what is none."""
    sheet = json.loads(text)
    if not isinstance(sheet, dict) or sheet.pop("schema", None) != SCHEMA:
        raise ValueError(SCHEMA)
    cost = sheet.pop("cost")
    if set(cost) != set(Cost.__slots__) or any(type(n) is not int for n in cost.values()):
        raise ValueError("cost")
    about = About(cost=Cost(**cost), **sheet)
    whole = (about.bits, about.k, about.capacity)
    if any(type(n) is not int for n in whole) or len(bytes.fromhex(about.salt)) != SALT_BYTES:
        raise ValueError("salt")
    if len(bytes.fromhex(about.build)) != _BUILD_BYTES:
        raise ValueError("build")
    return about


def read_about(folder: Path) -> About:
    """Return what a folder's list says of itself."""
    path = folder / ABOUT
    if not path.is_file():
        raise UsageError("warning.no-list", folder=folder, hint="warning.no-list-hint")
    try:
        return from_json(path.read_bytes())
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError("warning.bad-list", file=path) from error


def read_answers(folder: Path, about: About) -> Callable[[int], bytes]:
    """Return what answers a prefix: always the same number of bytes."""
    path = folder / f"{about.build}.bin"
    size = about.capacity * VALUE_BYTES
    try:
        held = path.read_bytes()
    except OSError as error:
        raise InputError("warning.bad-list", file=path) from error
    if len(held) != size << about.bits:
        raise InputError("warning.bad-list", file=path)
    return lambda prefix: held[prefix * size : (prefix + 1) * size]


def _bits(former: About | None, n_orders: int, k: int) -> int:
    """Return how many bits an asker names: those of the first build, if k orders share them."""
    possible = bits_for(n_orders, k)
    if possible is None:
        raise UsageError("warning.crowd-small", n=f"{n_orders:,}", k=f"{k:,}")
    if former is None:
        return possible
    if former.bits > possible:
        raise UsageError(
            "warning.crowd-shrunk", n=f"{n_orders:,}", k=f"{k:,}", hint="warning.crowd-shrunk-hint"
        )
    return former.bits


def _hashes(
    pairs: Sequence[Pair],
    folder: Path,
    salt: bytes,
    cost: Cost,
    key: bytes,
    threads: int,
    on_progress: Progress,
) -> list[bytes]:
    """Return the slow hash of each pair, those of an earlier build as they were."""
    told = {(plain_order(order), plain_phone(phone)) for order, phone in pairs}
    names = {
        pair: derived(key, "self-check", salt.hex(), str(cost), *pair)[:_NAME_BYTES]
        for pair in sorted(told)
    }
    known = _stored(folder / _HASHES)
    missing = [pair for pair, name in names.items() if name not in known]
    with ThreadPoolExecutor(threads) as pool:
        made = pool.map(lambda pair: slow_hash(pair[0], pair[1], salt, cost), missing)
        for done, (pair, hashed) in enumerate(zip(missing, made, strict=True), 1):
            known[names[pair]] = hashed
            on_progress("hashes", done, len(missing))
    kept = {name: known[name] for name in names.values()}
    _write(folder / _HASHES, b"".join(name + hashed for name, hashed in kept.items()))
    return list(kept.values())


def _stored(path: Path) -> dict[bytes, bytes]:
    held = path.read_bytes() if path.exists() else b""
    size = _NAME_BYTES + HASH_BYTES
    return {
        held[at : at + _NAME_BYTES]: held[at + _NAME_BYTES : at + size]
        for at in range(0, len(held) - size + 1, size)
    }


def _answers(hashes: Sequence[bytes], bits: int, build: bytes) -> list[list[bytes]]:
    answers: list[list[bytes]] = [[] for _ in range(2**bits)]
    for hashed in hashes:
        answers[prefix_of(hashed, bits)].append(value_of(hashed, build))
    return answers


def _filled(values: list[bytes], capacity: int) -> bytes:
    """Return one answer: values and decoys in order, so that no place tells which is which."""
    decoys = token_bytes(VALUE_BYTES * (capacity - len(values)))
    made = [decoys[at : at + VALUE_BYTES] for at in range(0, len(decoys), VALUE_BYTES)]
    return b"".join(sorted([*values, *made]))


def _write(path: Path, held: bytes) -> None:
    """Put a file into its place whole, through to the disk."""
    part = path.with_name(f"{path.name}.part")
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(opened, "wb") as file:
        file.write(held)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

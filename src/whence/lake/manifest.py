"""The manifest: which files make up a lake just now, written in one step and read back.

A lake is its manifest. Files it does not name are not part of it, whatever lies in the folder:
those of a build that was stopped, and those that a later build replaced. So a lake changes at one
moment, when a new ``lake.json`` takes the place of the old one, and stands before or after it,
never between. Files are never written to once they are named.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from whence.disk import to_disk
from whence.errors import InputError, OutputError
from whence.model import CustodianColumn

MANIFEST: Final = "lake.json"
SCHEMA: Final = "whence.lake/2"
BUILDING: Final = ".building"  # where a build writes before its files are moved into place
LOCK: Final = ".lock"
_TABLES: Final = (
    "orders",
    "custody",
    "touches",
    "counts",
    "tables",
)  # folders of a lake, and nobody else's
_OURS: Final = frozenset({MANIFEST, BUILDING, LOCK, "rejected.jsonl", *_TABLES})
_CHUNK: Final = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One Parquet file: its place in the lake, its rows, size and SHA-256 digest."""

    path: str
    rows: int
    bytes: int
    sha256: str

    @property
    def day(self) -> str | None:
        """The day its partition is named by, if it is."""
        name = Path(self.path).parent.name
        return name.partition("=")[2] if "=" in name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a lake holds.

    ``generation`` counts the builds that changed it. ``order_type`` and ``customer_type`` are the
    types of the ids, in the expression layer's spelling; ``columns`` the columns of the orders
    beside the ids and ``placed_at``. ``files`` are by table. ``forgotten`` holds salted digests of
    orders that must not come back, ``forgotten_customers`` those of persons, see ``forgetting``.
    """

    generation: int = 0
    order_type: str = "string"
    customer_type: str | None = None
    columns: tuple[str, ...] = ()
    custodians: tuple[CustodianColumn, ...] = ()
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    forgotten: tuple[str, ...] = ()
    forgotten_customers: tuple[str, ...] = ()
    salt: str = ""

    def keeps(self, column: str, *, customers: bool) -> str:
        """Return the condition that a row is not of an order or customer that was forgotten."""
        digests = self.forgotten_customers if customers else self.forgotten
        if not digests:
            return "true"
        named = ", ".join(f"'{digest}'" for digest in digests)
        return f"coalesce(sha256('{self.salt}' || {column}::VARCHAR) NOT IN ({named}), true)"

    def forgets(self, name: str) -> bool:
        """Tell whether an id is that of an order or customer that was forgotten."""
        if not self.salt:
            return False
        digest = hashlib.sha256((self.salt + name).encode()).hexdigest()
        return digest in self.forgotten or digest in self.forgotten_customers

    def of(self, table: str) -> tuple[File, ...]:
        """Return the files of a table."""
        return tuple(self.files.get(table, ()))

    def with_files(self, table: str, files: Iterable[File]) -> "Manifest":
        """Return the manifest with other files for a table, in the order of their paths."""
        ordered = tuple(sorted(files, key=lambda file: file.path))
        return replace(self, files={**self.files, table: ordered})

    @property
    def paths(self) -> frozenset[str]:
        """The places of all files."""
        return frozenset(file.path for files in self.files.values() for file in files)


def is_lake(folder: Path | None) -> bool:
    """Tell whether a folder is a lake."""
    return folder is not None and (folder / MANIFEST).is_file()


def to_json(manifest: Manifest) -> str:
    """Return the manifest's text, the same for the same manifest."""
    sheet = {"schema": SCHEMA} | asdict(manifest)
    return json.dumps(sheet, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def from_json(text: str, *, folder: str) -> Manifest:
    """Read a manifest back. Raises InputError for what is none, or one of another kind."""
    try:
        sheet = json.loads(text)
        if sheet.pop("schema") != SCHEMA:
            raise InputError("lake.other-schema", hint="lake.other-schema-hint", folder=folder)
        files = {
            table: tuple(File(**entry) for entry in entries)
            for table, entries in sheet.pop("files").items()
        }
        custodians = tuple(CustodianColumn(**entry) for entry in sheet.pop("custodians"))
        columns, forgotten = tuple(sheet.pop("columns")), tuple(sheet.pop("forgotten"))
        persons = tuple(sheet.pop("forgotten_customers"))
        types = {sheet["order_type"], sheet["customer_type"] or "string"}
        if not types <= {"string", "int64"} or not isinstance(sheet["generation"], int):
            raise ValueError  # noqa: TRY301  told below, as all that is broken
        return Manifest(
            files=files,
            custodians=custodians,
            columns=columns,
            forgotten=forgotten,
            forgotten_customers=persons,
            **sheet,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("lake.broken", hint="lake.broken-hint", folder=folder) from error


def read(lake: Path) -> Manifest:
    """Read a lake's manifest and see that its files are there, whole by their size.

    Raises InputError for a folder that is no lake, and for one whose files are missing or cut.
    """
    if not is_lake(lake):
        raise InputError("lake.none", hint="lake.none-hint", folder=lake.name)
    text = (lake / MANIFEST).read_text("utf-8", errors="replace")
    manifest = from_json(text, folder=lake.name)
    for files in manifest.files.values():
        for file in files:
            path = lake / file.path
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise InputError(
                    "lake.file-lost", hint="lake.broken-hint", folder=lake.name, file=file.path
                )
    return manifest


def verify(lake: Path, manifest: Manifest) -> None:
    """Raise InputError for the first file whose contents are not what the manifest says."""
    for files in manifest.files.values():
        for file in files:
            if digest(lake / file.path) != file.sha256:
                raise InputError(
                    "lake.file-changed", hint="lake.broken-hint", folder=lake.name, file=file.path
                )


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def write(lake: Path, manifest: Manifest) -> None:
    """Put a manifest in place of the old one: the moment at which the lake changes."""
    new = lake / BUILDING / MANIFEST
    new.parent.mkdir(exist_ok=True)
    new.write_text(to_json(manifest), "utf-8")
    to_disk(new)
    new.replace(lake / MANIFEST)
    to_disk(lake)


def settle(lake: Path, written: Path, path: str, rows: int) -> File:
    """Move a file that a build wrote to its place, where no manifest names it yet."""
    place = lake / path
    place.parent.mkdir(parents=True, exist_ok=True)
    to_disk(written)
    file = File(path=path, rows=rows, bytes=written.stat().st_size, sha256=digest(written))
    written.replace(place)
    to_disk(place.parent)
    return file


def sweep(lake: Path, manifest: Manifest) -> None:
    """Remove what stopped builds left, and what no manifest names any more."""
    shutil.rmtree(lake / BUILDING, ignore_errors=True)
    for table in _TABLES:
        for path in (lake / table).rglob("*.parquet"):
            if path.relative_to(lake).as_posix() not in manifest.paths:
                path.unlink(missing_ok=True)


def verify_room(lake: Path) -> None:
    """Raise OutputError for a folder that holds anything but a lake, or what a build left of one.

    What no manifest names is removed, so a folder of somebody's data must never be taken for one.
    """
    if not lake.exists():
        return
    if not lake.is_dir():
        raise OutputError("lake.is-file", hint="lake.in-use-hint", folder=lake.name)
    present = {path.name for path in lake.iterdir()}
    if present and MANIFEST not in present and not (present <= _OURS and LOCK in present):
        raise OutputError("lake.in-use", hint="lake.in-use-hint", folder=lake.name)


@contextmanager
def locked(lake: Path) -> Iterator[None]:
    """Keep every other build out while the block runs; a lock dies with its process."""
    import fcntl  # noqa: PLC0415  the platform's own

    verify_room(lake)
    try:
        lake.mkdir(parents=True, exist_ok=True)
        with (lake / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputError("lake.busy", hint="lake.busy-hint", folder=lake.name) from None
            yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            "lake.not-written", hint="lake.not-written-hint", folder=lake.name, reason=reason
        ) from error

"""Exhibits: files taken in with where they came from, and a trace with what it was run on."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, Final

from whence.casework.cases_desk import Custody, Desk
from whence.casework.pack_material import media_of
from whence.errors import InputError, UsageError
from whence.intake.sheets import read_sheet
from whence.model import Instant

ROLES: Final = (
    "picture",
    "recording",
    "document",
    "statement",
    "notice",
    "log",
    "sample",
    "trace",
    "trace-table",
    "trace-persons",
)
# What a trace leaves in its folder, docs/formats.md: who is exposed is about persons.
_TRACE_ROLES: Final = {
    "trace.json": "trace",
    "report.html": "trace",
    "candidates.parquet": "trace-table",
    "exposed.parquet": "trace-persons",
    "rejected.jsonl": "trace-persons",
}
_READ: Final = 1 << 20
_SECRET: Final = frozenset({"truth.json"})  # of a made-up market: no trace reads it


def attach_file(
    desk: Desk,
    case_id: str,
    path: Path,
    *,
    role: str | None = None,
    report_id: str | None = None,
    described: str = "",
    came_from: str = "",
    how: str = "",
    collected_at: Instant | None = None,
) -> str:
    """Take a file in, and return the exhibit's id; InputError where it cannot be read."""
    media = media_of(path.name)
    custody = Custody(
        role=role or _role_of(media),
        media=media,
        name=path.name,
        described=described,
        came_from=came_from,
        how=how,
        report_id=report_id,
        collected_at=collected_at,
    )
    try:
        with path.open("rb") as file:
            return desk.attach(case_id, file, custody)
    except OSError as error:
        raise InputError("case.unreadable", file=path.name) from error


def attach_trace(
    desk: Desk, case_id: str, folder: Path, *, dataset: Path | None = None, why: str = ""
) -> tuple[int, list[str]]:
    """Take a trace's folder in: which version made it, out of which files, and what it says.

    Returns the number of the entry that says so and the exhibits' ids. Raises UsageError where the
    folder holds no trace.
    """
    try:
        answer: Any = json.loads((folder / "trace.json").read_text("utf-8"))
        version = str(answer["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError("case.no-trace", file=folder.name) from error
    inputs = [] if dataset is None else list(_inputs(dataset))
    command = f"whence trace {dataset.name if dataset else 'DATASET'} --out {folder.name}"
    kinds = [] if dataset is None else sorted(_kinds(dataset))
    tree = {"version": version, "command": command, "inputs": inputs, "kinds": kinds, "why": why}
    seq = desk.traced(case_id, {"version": version}, tree)
    exhibits = [
        attach_file(desk, case_id, folder / name, role=role, how=f"whence {version}")
        for name, role in _TRACE_ROLES.items()
        if (folder / name).is_file()
    ]
    return seq, exhibits


def _inputs(dataset: Path) -> Iterator[dict[str, Any]]:
    """Yield name, size and digest of each file of a dataset, by name."""
    for path in sorted(dataset.rglob("*")):
        name = PurePath(path.relative_to(dataset)).as_posix()
        if path.is_file() and name not in _SECRET:
            digest, size = sha256(), 0
            try:
                with path.open("rb") as file:
                    while piece := file.read(_READ):
                        digest.update(piece)
                        size += len(piece)
            except OSError as error:
                raise InputError("case.unreadable", file=path.name) from error
            yield {"name": name, "size": size, "sha256": digest.hexdigest()}


def _kinds(dataset: Path) -> set[str]:
    """Return the kinds of custodians of whom a dataset has records, as far as it says so.

    The register of parties names kinds, and so do the columns of the orders: ``shop_id``. Without
    either nothing is said, and nothing can be cleared by it.
    """
    found: set[str] = set()
    for path in dataset.glob("parties.*"):
        sheet = read_sheet(path, only=["kind"])
        if "kind" in sheet.table.column_names:
            found |= {str(kind) for kind in sheet.table.column("kind").to_pylist() if kind}
    for path in dataset.glob("orders.*"):
        found |= {name.removesuffix("_id") for name in _columns(path) if name.endswith("_id")}
    return found - {"order", "customer"}


def _columns(path: Path) -> list[str]:
    """Return the columns of a table; of forms without a head none."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415  a tenth of a second

        return list(pq.read_schema(path).names)
    if path.suffix == ".csv":
        with path.open("rb") as file:
            head = file.readline(_READ).decode("utf-8-sig", "replace")
        return [name.strip().strip('"') for name in head.split(",")]
    return []


def _role_of(media: str) -> str:
    kind = media.partition("/")[0]
    return {"image": "picture", "audio": "recording", "video": "recording"}.get(kind, "document")

"""Building a lake, or adding to one: read, check, write the new files, name them in one step."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from whence import intake
from whence.engine import DuckDB
from whence.lake import counts, manifest as manifest_room, observations, parts
from whence.lake.adding import Adding
from whence.lake.manifest import BUILDING, Manifest, is_lake
from whence.lake.touches import Touches
from whence.model import Note, Rejected
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    from whence.model import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did: what came, what of it was new, and what could not be used.

    ``orders`` and ``touches`` are rows of the lake as it stands now, ``new_orders`` and
    ``new_touches`` those this build wrote, ``days`` the days of placing that it wrote to.
    ``is_changed``: whether the lake is another than before.
    """

    generation: int
    is_changed: bool
    orders: int
    touches: int
    new_orders: int
    new_touches: int
    days: tuple[str, ...]
    rejected: Mapping[str, int]
    rejected_rows: tuple[Rejected, ...]
    notes: tuple[Note, ...]


def build(
    source: Path | None,
    lake: Path,
    *,
    tables: Mapping[str, Path] | None = None,
    mapping: Path | None = None,
    timezone: str = "UTC",
    custodians: Sequence[str] | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: Path | None = None,
    on_progress: Progress = no_progress,
) -> Built:
    """Read a dataset and add what is new in it to a lake, made where there is none.

    Stopped at any moment, the lake is what it was before; the next build removes what was left.
    Raises InputError as ``intake.read`` does, and for a dataset whose columns are not the lake's;
    OutputError where the lake cannot be written or another build is at work on it.
    """
    with manifest_room.locked(lake):
        before = manifest_room.read(lake) if is_lake(lake) else Manifest()
        manifest_room.sweep(lake, before)
        try:
            after, dataset, unused = _added(
                lake,
                before,
                _Delivery(source, dict(tables or {}), mapping, timezone, custodians),
                DuckDB(memory_limit=memory_limit, threads=threads, temp_dir=temp_dir),
                on_progress,
            )
            is_changed = after != before
            if is_changed:
                after = replace(after, generation=before.generation + 1)
                manifest_room.write(lake, after)
        except BaseException:  # Ctrl-C too: nothing of a build that failed stays
            manifest_room.sweep(lake, manifest_room.read(lake) if is_lake(lake) else before)
            raise
        told = [row for row in dataset.rejected_rows if not after.forgets(row.id)]
        (lake / intake.REJECTED).write_text(intake.as_lines(told), "utf-8")
        shutil.rmtree(lake / BUILDING, ignore_errors=True)
    return _built(before, after, dataset, unused, is_changed=is_changed)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What comes to a lake, and how it is to be read."""

    source: Path | None
    tables: Mapping[str, Path]
    mapping: Path | None
    timezone: str
    custodians: Sequence[str] | None


def _added(
    lake: Path, before: Manifest, came: _Delivery, opened: DuckDB, on_progress: Progress
) -> "tuple[Manifest, Dataset, dict[str, int]]":
    """Read what came and write what is new of it; nothing names it yet."""
    adding = Adding(lake, before)
    with opened as engine:
        dataset = intake.read(
            came.source,
            engine=engine,
            tables=came.tables,
            mapping=came.mapping,
            timezone=came.timezone,
            custodians=came.custodians or [c.column for c in before.custodians] or None,
            stored=adding,
            on_progress=on_progress,
        )
        small = intake.observed(
            came.source,
            engine=engine,
            tables=came.tables,
            mapping=came.mapping,
            timezone=came.timezone,
            custodians=[column.column for column in dataset.custodian_columns],
        )
        after, unused = _written(engine, lake, before, adding, dataset, on_progress)
        after = observations.add(engine, lake, after, small, dataset, before.generation + 1)
    return after, dataset, unused


def _written(
    engine: DuckDB,
    lake: Path,
    before: Manifest,
    adding: Adding,
    dataset: "Dataset",
    on_progress: Progress,
) -> tuple[Manifest, dict[str, int]]:
    """Write what is new; return the manifest that names it, and accesses that have no order."""
    (lake / BUILDING).mkdir(exist_ok=True)
    number = before.generation + 1
    after, unused = adding.described(dataset), {}
    new = parts.add_orders(engine, lake, number, lambda *at: on_progress("build-orders", *at))
    after = after.with_files("orders", [*before.of("orders"), *new])
    if dataset.accesses is not None:
        touches = Touches(engine, lake, after.columns)
        touches.split()
        custody = parts.add_custody(
            engine, lake, before, touches, number, lambda *at: on_progress("build-custody", *at)
        )
        files = [file for here in custody.files.values() for file in here]
        after = after.with_files("custody", files)
        after = after.with_files("touches", touches.written(before.of("touches"), number))
        counted = {"unknown order": custody.n_unknown, "access before the order": custody.n_before}
        unused = {f"accesses: {reason}": n for reason, n in counted.items() if n}
    on_progress("build-counts", 0, 1)
    after = counts.add(engine, lake, after, dataset, number)
    on_progress("build-counts", 1, 1)
    return after, unused


def _built(
    before: Manifest,
    after: Manifest,
    dataset: "Dataset",
    unused: Mapping[str, int],
    *,
    is_changed: bool,
) -> Built:
    rejected = dict(dataset.rejected)
    for reason, n in unused.items():
        rejected[reason] = rejected.get(reason, 0) + n
    new = {
        table: [file for file in after.of(table) if file not in before.of(table)]
        for table in ("orders", "custody")
    }
    rows = {table: sum(file.rows for file in after.of(table)) for table in new}
    days = {file.day for files in new.values() for file in files if file.day}
    before_rows = {table: sum(file.rows for file in before.of(table)) for table in new}
    return Built(
        generation=after.generation,
        is_changed=is_changed,
        orders=rows["orders"],
        touches=rows["custody"],
        new_orders=rows["orders"] - before_rows["orders"],
        new_touches=max(rows["custody"] - before_rows["custody"], 0),
        days=tuple(sorted(days)),
        rejected=dict(sorted(rejected.items())),
        rejected_rows=dataset.rejected_rows,
        notes=dataset.notes,
    )

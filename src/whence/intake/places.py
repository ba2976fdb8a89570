"""Where each table of a dataset stands: in the folder under its name, or where an option says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whence.errors import InputError
from whence.intake.contract import CONTRACTS, FORMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One table's file or files; ``form`` is parquet, csv, jsonl or xlsx."""

    table: str
    form: str
    paths: tuple[Path, ...]
    file: str
    is_hive: bool = False


def find(source: Path | None, tables: Mapping[str, Path] | None = None) -> dict[str, Place]:
    """Return where each table stands. Only tables' own names are looked for, nothing else read.

    Raises InputError for a folder that is none, a form that cannot be read, and a table that
    stands there in two forms.
    """
    given = dict(tables or {})
    for name in given:
        if name not in CONTRACTS:
            raise InputError("intake.unknown-table", table=name, tables=", ".join(CONTRACTS))
    if source is not None and not source.is_dir():
        raise InputError("intake.no-folder", hint="intake.no-folder-hint", folder=source.name)
    found = {}
    for name in CONTRACTS:
        path = given.get(name)
        if path is None and source is not None:
            path = _in_folder(source, name)
        if path is not None:
            found[name] = place_of(name, path)
    return found


def _in_folder(folder: Path, table: str) -> Path | None:
    """Return the one file or folder that holds a table, or None."""
    known = [folder / f"{table}.{form}" for form in FORMS]
    known = [path for path in known if path.exists()]
    if (folder / table).is_dir():
        known.append(folder / table)
    if len(known) > 1:
        raise InputError(
            "intake.two-forms",
            hint="intake.two-forms-hint",
            table=table,
            files=", ".join(path.name for path in known),
        )
    if known:
        return known[0]
    others = sorted(folder.glob(f"{table}.*"))
    if others:
        raise _unknown_form(others[0])
    return None


def place_of(table: str, path: Path) -> Place:
    """Return where a table stands, given its file or folder.

    Raises InputError for a form that cannot be read and a file that is not there.
    """
    if path.is_dir():
        return _parquet_folder(table, path)
    form = _form(path)
    if form is None:
        raise _unknown_form(path)
    if not path.is_file():
        raise InputError("intake.no-file", table=table, file=path.name)
    return Place(table=table, form=form, paths=(path,), file=path.name)


def _form(path: Path) -> str | None:
    name = path.name.lower()
    form = next((form for form in FORMS if name.endswith(f".{form}")), None)
    return form.partition(".")[0] if form else None


def _parquet_folder(table: str, folder: Path) -> Place:
    files = sorted(
        path
        for path in folder.rglob("*.parquet")
        if not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )  # engines leave files such as _SUCCESS and .crc beside their parts
    if not files:
        raise InputError("intake.empty-folder", table=table, folder=folder.name)
    is_hive = all("=" in path.parent.name for path in files)
    return Place(
        table=table, form="parquet", paths=tuple(files), file=f"{folder.name}/", is_hive=is_hive
    )


def _unknown_form(path: Path) -> InputError:
    return InputError(
        "intake.unknown-form",
        hint="intake.unknown-form-hint",
        file=path.name,
        forms=", ".join(FORMS),
    )

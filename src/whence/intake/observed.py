"""The small tables as they came, in columns that are read back the same: for who keeps them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from whence.engine.files import clear
from whence.intake.contract import CONTRACTS
from whence.intake.mapping import read_mapping
from whence.intake.places import find
from whence.intake.raw import RawTable, open_place
from whence.intake.records import Record, records
from whence.intake.setaside import SetAside

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import DuckDB

OBSERVED: Final = ("parties", "reports", "samples", "marks")
_INSTANTS: Final = frozenset({"called_at", "placed_at", "acquired_at"})


def observed(
    source: Path | None,
    *,
    engine: "DuckDB",
    tables: Mapping[str, Path] | None = None,
    mapping: Path | None = None,
    timezone: str = "UTC",
    custodians: Sequence[str] = (),
) -> "dict[str, pa.Table]":
    """Return the small tables of a dataset, with the columns that checks read and no others.

    Texts stay as they came, instants become UTC. Faulty rows are there too: what is wrong with them
    may be mended by what comes later, such as an order that is not known yet.
    """
    places = find(source, tables)
    renamed = read_mapping(mapping, custodians)
    found: dict[str, pa.Table] = {}
    with TemporaryDirectory(prefix="whence-", dir=engine.temp_dir) as scratch:
        for table in OBSERVED:
            if table not in places:
                continue
            aside = SetAside()
            raw = open_place(
                places[table],
                renamed.get(table, {}),
                holders=custodians,
                engine=engine,
                scratch=Path(scratch),
                aside=aside,
            )
            found[table] = _table(raw, engine, timezone, aside)
            clear(engine, raw.relation)
    return found


def _table(raw: RawTable, engine: "DuckDB", zone: str, aside: SetAside) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415  late, with the engine

    known = [name for name in raw.types if name in CONTRACTS[raw.table].read or _is_holder(name)]
    instants = [name for name in known if name in _INSTANTS]
    texts = [name for name in known if name not in _INSTANTS]
    rows = records(raw, texts=texts, instants=instants, engine=engine, zone=zone, aside=aside)
    utc = pa.timestamp("us", "UTC")
    columns: dict[str, pa.Array] = {
        name: pa.array([row.texts.get(name) for row in rows], pa.string()) for name in texts
    }
    columns |= {name: pa.array([_instant(row, name) for row in rows], utc) for name in instants}
    return pa.table(columns)


def _is_holder(name: str) -> bool:
    return name.endswith("_id")


def _instant(row: Record, name: str) -> int | None:
    return row.instants.get(name)

"""Which checked relations are the plain columns of Parquet files, so that any engine reads them."""

from collections.abc import Mapping
from typing import Final

from whence.intake.raw import RawTable
from whence.model import ParquetSource

_INTEGERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_PLAIN: Final = {
    "string": _INTEGERS | {"VARCHAR"},
    "int64": _INTEGERS,
    "boolean": frozenset({"BOOLEAN"}),
    "timestamp(6)": frozenset({"TIMESTAMP WITH TIME ZONE"}),
}  # our type -> those of files (in DuckDB's spelling) that every engine casts to it alike
_ZONELESS: Final = frozenset({"TIMESTAMP", "DATE"})  # plain only where their zone is UTC


def plain_source(
    raw: RawTable, columns: Mapping[str, str], zone: str, *, only: str | None = None
) -> ParquetSource | None:
    """Return where another engine finds columns (name -> our type) of a table, as they are.

    None where the table is no Parquet, or a value would not come out the same by a plain cast. What
    the table does not have is null. ``only``: as in ``ParquetSource``.
    """
    if not raw.paths:
        return None
    found: dict[str, tuple[str | None, str]] = {}
    for name, kind in columns.items():
        given = raw.types.get(name)
        if given is None:
            found[name] = (None, kind)
            continue
        plain = _PLAIN[kind]
        if kind == "timestamp(6)" and zone == "UTC":
            plain |= _ZONELESS
        if given not in plain:
            return None
        found[name] = (raw.names[name], kind)
    return ParquetSource(
        paths=raw.paths,
        columns=found,
        is_hive=raw.is_hive,
        only=None if only is None else raw.names[only],
    )

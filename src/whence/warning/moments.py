"""Times in a table that somebody points at, in any form in which intake reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whence.engine import DuckDB, quoted
from whence.errors import InputError
from whence.intake.cells import ROW
from whence.intake.times import check_zone, plausible, tidy, time
from whence.model import Instant

if TYPE_CHECKING:
    from whence.intake.sheets import Sheet


def moments(sheet: "Sheet", column: str, timezone: str) -> Sequence[Instant | None]:
    """Return a column as instants, None where a row has none that can be read.

    Raises InputError for a zone that nobody knows, or a column that can be no time.
    """
    with DuckDB(threads=1) as engine:
        check_zone(timezone, engine)
        engine.hold("sheet", sheet.table.select([ROW, column]))
        kinds = {str(name): str(kind) for name, kind, *_ in engine.rows("DESCRIBE sheet")}
        read = time("written", kinds[column], timezone)
        if read is None:
            raise InputError("warning.no-time", file=sheet.file, column=column)
        tidied = tidy(quoted(column), kinds[column])
        rows = engine.rows(
            f"SELECT CASE WHEN {plausible(read.instant)} THEN epoch_us({read.instant}) END "
            f"FROM (SELECT {ROW}, {tidied} AS written FROM sheet) ORDER BY {ROW}"
        )
    return [None if at is None else int(str(at)) for (at,) in rows]

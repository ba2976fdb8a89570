"""The files of a lake: how its tables are split by day, sorted and written.

=============  ====================================================================================
table          rows, and how they are laid out
=============  ====================================================================================
``orders``     the checked orders, by the UTC day they were placed; sorted by ``order_id``
``custody``    who touched which order first, from accesses and exports: ``order_id``,
               ``account_id``, ``party_id``, ``fields``, ``accessed_at``; by the day the *order* was
               placed, so that an order's rows stand together; sorted by ``order_id``
``touches``    the same by account, with the columns of its order, see ``touches``
``log``        accesses counted by account, party and UTC day: ``n``, ``first_at``, ``last_at``
``columns``    orders counted by column, value and the day they were placed: ``n``
``cells``      orders counted by their strata, see ``engine.summary``
``parties``    and ``logins``, ``reports``, ``samples``, ``marks``: what is read of them
=============  ====================================================================================
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq

from whence.engine import literal, quoted
from whence.engine.files import keep
from whence.lake import manifest as manifest_room
from whence.lake.manifest import BUILDING, File, Manifest

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.lake.touches import Touches

TOUCH: Final = ("order_id", "account_id", "party_id", "fields", "accessed_at")
PARTITION: Final = "placed"
LOG_KEYS: Final = "account_id, party_id, day"
_ROW_GROUP: Final = 8_192  # small, so that a few orders are found by reading little
_CHUNK: Final = 12_000_000  # rows that are held, sorted and written together
_RECENT: Final = 15  # days after its placing within which most is done about an order
_MOST_FILES: Final = 8  # of one day, before they are merged into one
_EARLY: Final = "INTERVAL 24 HOURS"  # ``intake.accesses.CLAMPED_WITHIN``


@dataclass(slots=True)
class Custody:
    """What has become of the accesses: files by day, and rows that could not be used.

    ``known``: files by day that stood before this build; what they hold is not written again.
    """

    known: dict[str, list[File]]
    files: dict[str, list[File]]
    n_unknown: int = 0
    n_before: int = 0


def stored_rows(lake: Path, files: Sequence[File]) -> str:
    """Return the rows of some files, as a source."""
    paths = ", ".join(literal(str(lake / file.path)) for file in files)
    return f"read_parquet([{paths}], hive_partitioning=false, union_by_name=true)"


def write(
    engine: "DuckDB", lake: Path, path: str, query: str, *, row_group: int = _ROW_GROUP
) -> File | None:
    """Write a query's rows as one file of the lake; None if there are none.

    The query says its order.
    """
    written = lake / BUILDING / "part.parquet"
    written.parent.mkdir(exist_ok=True)
    engine.execute("SET preserve_insertion_order = true")  # what is sorted stays so
    engine.execute(
        f"COPY ({query}) TO {literal(str(written))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})"
    )
    engine.execute("SET preserve_insertion_order = false")
    rows = pq.ParquetFile(written).metadata.num_rows
    if not rows:
        written.unlink()
        return None
    return manifest_room.settle(lake, written, path, rows)


def chunks(engine: "DuckDB", source: str, column: str, most: int = _CHUNK) -> list[tuple[str, str]]:
    """Return spans of whole UTC days, first and last, of about ``most`` rows each."""
    counted = engine.rows(
        f"SELECT {column}::DATE AS day, count(*) FROM {source} GROUP BY 1 ORDER BY 1"
    )
    spans: list[tuple[str, str]] = []
    n = most
    for day, rows in counted:
        n += int(str(rows))
        if n > most or not spans:
            spans.append((str(day), str(day)))
            n = int(str(rows))
        else:
            spans[-1] = (spans[-1][0], str(day))
    return spans


def add_orders(
    engine: "DuckDB", lake: Path, generation: int, on_progress: Callable[[int, int], None]
) -> Iterator[File]:
    """Write the new orders (relation ``orders_new``), a file a day."""
    spans = chunks(engine, "orders_new", "placed_at", _CHUNK // 3)
    for done, span in enumerate(spans):
        on_progress(done, len(spans))
        query = (
            f"SELECT *, placed_at::DATE AS {PARTITION} FROM orders_new "
            f"WHERE {_within('placed_at', span)} ORDER BY {PARTITION}, order_id"
        )
        keep(engine, "chunk", query, is_view=False)
        for day in _days(engine, "chunk"):
            rows = f"SELECT * EXCLUDE ({PARTITION}) FROM chunk WHERE {PARTITION} = DATE '{day}'"
            file = write(engine, lake, f"orders/{PARTITION}={day}/{generation:06}.parquet", rows)
            if file is not None:
                yield file
    engine.drop("chunk")


def add_custody(
    engine: "DuckDB",
    lake: Path,
    held: Manifest,
    touches: "Touches",
    generation: int,
    on_progress: Callable[[int, int], None],
) -> Custody:
    """Write first touches that the lake does not have, and hand them on as ``touches``.

    ``accesses`` and ``orders`` are relations; the accesses counted by account and day are left as
    the table ``log_came``. Most accesses are of orders placed shortly before, so a chunk of days is
    joined with these first; the few others wait in ``late`` until the end. What then has no order
    is unknown. An access somewhat before its order is moved to it, as ``intake`` does.
    """
    found = Custody(known={}, files={})
    for file in held.of("custody"):
        found.known.setdefault(file.day or "", []).append(file)
        found.files.setdefault(file.day or "", []).append(file)
    names = ", ".join(TOUCH)
    types = engine.relation("accesses", n_rows=0).columns
    order_type = "BIGINT" if types["order_id"] == "int64" else "VARCHAR"
    engine.execute(
        f"CREATE OR REPLACE TABLE late (order_id {order_type}, account_id VARCHAR, "
        "party_id VARCHAR, fields VARCHAR, accessed_at TIMESTAMP)"
    )
    engine.execute(
        "CREATE OR REPLACE TABLE log_came (account_id VARCHAR, party_id VARCHAR, day DATE, "
        "n BIGINT, first_at TIMESTAMP, last_at TIMESTAMP)"
    )
    spans = chunks(engine, "accesses", "accessed_at")
    for done, span in enumerate(spans):
        on_progress(done, len(spans) + 1)
        first, last = span
        recent = (
            f"(SELECT * FROM orders WHERE placed_at < DATE '{last}' + 2 "
            f"AND placed_at >= DATE '{first}' - {_RECENT})"
        )
        came = f"SELECT {names} FROM accesses WHERE {_within('accessed_at', span)}"
        _joined(engine, came, recent, found)
        engine.execute(f"INSERT INTO late SELECT {names} FROM chunk WHERE placed_at IS NULL")
        _write_chunk(engine, lake, found, f"{generation:06}-{done:03}")
        touches.add("touched", recent)
    on_progress(len(spans), len(spans) + 1)
    _joined(engine, f"SELECT {names} FROM late", "orders", found)
    ((n,),) = engine.rows("SELECT count(*) FROM chunk WHERE placed_at IS NULL")
    found.n_unknown = int(str(n))
    _write_chunk(engine, lake, found, f"{generation:06}-{len(spans):03}")
    touches.add("touched", "orders")
    engine.drop("chunk", "late", "touched")
    return found


def _joined(engine: "DuckDB", came: str, orders: str, found: Custody) -> None:
    """Hold rows that came with when their order was placed, null where that is not known."""
    query = (
        f"SELECT a.*, o.placed_at FROM ({came}) AS a "
        f"LEFT JOIN {orders} AS o ON a.order_id = o.order_id"
    )
    keep(engine, "chunk", query, is_view=False)
    early = f"accessed_at < placed_at - {_EARLY}"
    ((n,),) = engine.rows(f"SELECT count(*) FROM chunk WHERE {early}")
    if n:
        found.n_before += int(str(n))
        engine.execute(f"DELETE FROM chunk WHERE {early}")


def _write_chunk(engine: "DuckDB", lake: Path, found: Custody, name: str) -> None:
    """Count a chunk by account and day, and write its first touches, a file for each day.

    Those that are new are left as the table ``touched``.
    """
    engine.execute(
        "INSERT INTO log_came SELECT account_id, party_id, accessed_at::DATE AS day, count(*), "
        "min(accessed_at), max(accessed_at) FROM "
        "(SELECT * REPLACE (greatest(accessed_at, placed_at) AS accessed_at) FROM chunk "
        f"WHERE placed_at IS NOT NULL) GROUP BY {LOG_KEYS}"
    )
    keys = ", ".join(TOUCH[:-1])
    keep(
        engine,
        "touched",
        f"SELECT {keys}, greatest(min(accessed_at), placed_at) AS accessed_at, "
        f"placed_at::DATE AS {PARTITION} FROM chunk WHERE placed_at IS NOT NULL "
        f"GROUP BY {keys}, placed_at ORDER BY {PARTITION}, order_id",
        is_view=False,
    )
    for day in _days(engine, "touched"):
        here, known = found.files.get(day, []), found.known.get(day, [])
        path = f"custody/{PARTITION}={day}/{name}.parquet"
        came = f"SELECT {', '.join(TOUCH)} FROM touched WHERE {PARTITION} = DATE '{day}'"
        order, new = "", came
        if known:
            unknown = _unknown(came, _first(stored_rows(lake, known)))
            keep(engine, "unknown", f"SELECT *, DATE '{day}' FROM ({unknown})", is_view=False)
            engine.execute(f"DELETE FROM touched WHERE {PARTITION} = DATE '{day}'")
            engine.execute("INSERT INTO touched SELECT * FROM unknown")
            engine.drop("unknown")
        if len(known) >= _MOST_FILES:
            if not engine.rows(f"SELECT 1 FROM ({new}) LIMIT 1"):
                continue
            both = f"({came} UNION ALL SELECT {', '.join(TOUCH)} FROM {stored_rows(lake, here)})"
            here, new = [], _first(both)
        if known:
            order = " ORDER BY order_id"
        file = write(engine, lake, path, new + order)
        found.files[day] = [*here, *([file] if file else [])]
        if len(known) >= _MOST_FILES:
            found.known[day] = found.files[day]


def _days(engine: "DuckDB", relation: str) -> list[str]:
    query = f"SELECT DISTINCT {PARTITION} FROM {relation} ORDER BY 1"
    return [str(day) for (day,) in engine.rows(query)]


def _within(column: str, span: tuple[str, str]) -> str:
    """Return the condition that an instant lies on days of a span."""
    first, last = span
    return f"{column} >= DATE '{first}' AND {column} < DATE '{last}' + 1"


def _first(rows: str) -> str:
    """Return the first touch of each order by each account, for each party and what was shown."""
    keys = ", ".join(TOUCH[:-1])
    return f"SELECT {keys}, min(accessed_at) AS accessed_at FROM {rows} GROUP BY {keys}"


def _unknown(came: str, known: str) -> str:
    """Return the touches that are not known, or come before what is known."""
    same = " AND ".join(f"c.{name} IS NOT DISTINCT FROM k.{name}" for name in TOUCH[1:-1])
    return (
        f"SELECT c.* FROM ({came}) AS c LEFT JOIN ({known}) AS k ON c.order_id = k.order_id "
        f"AND {same} WHERE k.order_id IS NULL OR c.accessed_at < k.accessed_at"
    )


def chosen(names: Sequence[str]) -> str:
    """Return a select list of columns."""
    return ", ".join(quoted(name) for name in names)

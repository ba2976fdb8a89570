"""A first look at a large typed table, to learn whether every row is good as it stands.

Most logs that come as Parquet are. What a text file needs (blanks at the ends of ids, several ways
to write a time) costs several scans; here distinct values are looked at instead of rows, and ids
are compared with the orders' by a 64-bit hash. What the look does not find good is then checked
with care, row by row, as any other table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whence.engine.files import keep
from whence.intake import times
from whence.intake.values import Value

if TYPE_CHECKING:
    from whence.engine import DuckDB


SPOT_FROM: Final = 4_000_000  # rows, from which comparing each would cost more than the trace
SPOTS: Final = 16  # then one order in so many is compared, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How the accesses meet the orders: rows whose order is unknown, and those that come early.

    ``is_spot``: only one order in ``SPOTS`` was looked at.
    """

    n_unknown: int
    n_early: int
    is_spot: bool = False

    @property
    def is_good(self) -> bool:
        """Whether every access belongs to an order placed before it."""
        return not self.n_unknown and not self.n_early


def good_orders(query: str, columns: Mapping[str, Value], engine: "DuckDB") -> int | None:
    """Return how many orders there are if all are good as they stand, else None.

    ``query`` gives the table's own columns; ``columns`` is the select list of the checked orders.
    """
    whole = [columns[name] for name in ("order_id", "customer_id") if name in columns]
    asked = [
        "count(*)",
        f"count({columns['order_id'].given})",
        *_plausible(columns["placed_at"].given),
        *(f"count(*) FILTER ({value.differs})" for value in whole),
    ]
    if "amount" in columns:
        amount = columns["amount"].careful
        asked.append(f'count(*) FILTER (({amount}) IS NULL AND "amount" IS NOT NULL)')
    (counts,) = engine.rows(f"SELECT {', '.join(asked)} FROM ({query})")
    n, n_named, n_timed, *n_faulty = (int(str(number)) for number in counts)
    if not n or n_named < n or n_timed < n or any(n_faulty):
        return None
    done = {"order_id", "customer_id", "amount"}
    rest = {name: value for name, value in columns.items() if name not in done}
    return n if _is_tidy(query, rest, engine) else None


def repeats(relation: str, n: int, id_type: str, engine: "DuckDB") -> bool:
    """Tell whether an order id may occur twice; a hash that occurs once shows that it does not.

    Of very many orders one in ``SPOTS`` is looked at.
    """
    key = _key("order_id", id_type)
    spot = _spot("order_id") if n >= SPOT_FROM else "true"
    query = f"SELECT 1 FROM {relation} WHERE {spot} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
    return bool(engine.rows(query))


def good_accesses(query: str, columns: Mapping[str, Value], engine: "DuckDB") -> int | None:
    """Return how many accesses there are if each is good by itself, else None.

    Whether each names an order is left to ``met``, which reads that column anyway.
    Keeps the relation ``actors``: the pairs of account and party, with their number of accesses.
    """
    account, party, at = (columns[name] for name in ("account_id", "party_id", "accessed_at"))
    keep(
        engine,
        "actors",
        f"SELECT {account.given} AS account_id, {party.given} AS party_id, count(*) AS n, "
        f"min({at.given}) AS first_at, max({at.given}) AS last_at "
        f"FROM ({query}) GROUP BY 1, 2",
        is_view=False,
    )
    (counts,) = engine.rows(
        "SELECT coalesce(sum(n), 0), count(*) FILTER (account_id IS NULL OR NOT "
        f"({times.plausible('first_at')} AND {times.plausible('last_at')})) FROM actors"
    )
    n, n_faulty = (int(str(number)) for number in counts)
    # Footers tell where times are missing, so that this reads no rows of files that have them all.
    timeless = f'SELECT 1 FROM ({query}) WHERE "accessed_at" IS NULL LIMIT 1'
    good = not n_faulty and not engine.rows(timeless)
    good = good and _is_tidy("FROM actors", {"account_id": account, "party_id": party}, engine)
    return n if good and _is_tidy(query, {"fields": columns["fields"]}, engine) else None


def good_logins(
    query: str, columns: Mapping[str, Value], engine: "DuckDB"
) -> tuple[int, int] | None:
    """Return how many logins there are, and how many succeeded, if all are good, else None."""
    customer = columns["customer_id"]
    (counts,) = engine.rows(
        f'SELECT count(*), count(*) FILTER ("success"), count({customer.given}), '
        f'count("success"), {", ".join(_plausible(columns["attempted_at"].given))}, '
        f"{', '.join(f'count(*) FILTER ({value.differs})' for value in columns.values())} "
        f"FROM ({query})"
    )
    n, n_used, *others = (int(str(number)) for number in counts)
    n_whole, n_untidy = others[:3], others[3:]
    return (n, n_used) if all(m == n for m in n_whole) and not any(n_untidy) else None


def met(
    query: str, columns: Mapping[str, Value], id_type: str, engine: "DuckDB", *, is_spot: bool
) -> Joined:
    """Join the accesses with the orders, by the ids' hashes where they are text.

    ``is_spot``: only those of one order in ``SPOTS``.
    """
    order, at = columns["order_id"].given, columns["accessed_at"].given
    theirs, ours = (_spot(order), _spot("order_id")) if is_spot else ("true", "true")
    (counts,) = engine.rows(
        "SELECT count(*) FILTER (o.placed_at IS NULL), count(*) FILTER (a.at < o.placed_at) "
        f"FROM (SELECT {_key(order, id_type)} AS key, {at} AS at FROM ({query}) WHERE {theirs}) "
        f"AS a LEFT JOIN (SELECT {_key('order_id', id_type)} AS key, placed_at FROM orders "
        f"WHERE {ours}) AS o ON a.key = o.key"
    )
    n_unknown, n_early = (int(str(number)) for number in counts)
    return Joined(n_unknown=n_unknown, n_early=n_early, is_spot=is_spot)


def _spot(order_id: str) -> str:
    """Return the condition that an order is one of those looked at; no order at all is, too."""
    return f"({order_id} IS NULL OR hash({order_id}) % {SPOTS} = 0)"


def _plausible(instant: str) -> list[str]:
    """Return how many rows have a time that can be meant."""
    return [f"count(*) FILTER ({times.plausible(instant)})"]


def _key(order_id: str, id_type: str) -> str:
    return order_id if id_type == "BIGINT" else f"hash({order_id})"


def _is_tidy(query: str, columns: Mapping[str, Value], engine: "DuckDB") -> bool:
    """Tell whether care would change no value; each distinct value is looked at once."""
    for name, value in columns.items():
        if value.differs == "false":
            continue
        # Counted, not filtered: a filter would be pushed down to the rows.
        ((n_untidy,),) = engine.rows(
            f"SELECT count(*) FILTER ({value.differs}) "
            f'FROM (SELECT DISTINCT "{name}" FROM ({query}))'
        )
        if n_untidy:
            return False
    return True

"""The strata of the background, as expressions: levels of orders, counts, weights."""

from dataclasses import dataclass

import ibis

from whence.engine.branches import CustodyTables, Expression, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StrataTables:
    """The strata of the background: which columns make them, and their held multipliers.

    ``sizes`` names a held relation (``custodian_id``, ``size``) for the custodian column
    ``sized_by``; factors become held relations ``background_<factor>`` (``level``, ``factor``).
    """

    columns: tuple[str, ...]
    sized_by: str | None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, week of placement first."""
        return ("week", *self.columns, *(("size",) if self.sized_by else ()))

    def levels(self, tables: CustodyTables) -> Expression:
        """Return every order with its level in each factor, all as text."""
        orders = table_of(tables.orders)
        placed_on = orders.placed_at.date()
        levelled = orders.mutate(
            placed_on=placed_on,
            week=(days_between(placed_on, ibis.literal("1970-01-01").cast("date")) // 7).cast(
                "string"
            ),
            **{f"level_{name}": self._capped(orders, name) for name in self.columns},
        )
        names = {"week": "week"} | {name: f"level_{name}" for name in self.columns}
        if self.sized_by:
            sizes = ibis.table({"custodian_id": "string", "size": "string"}, name="sizes")
            renamed = sizes.rename(sized_id="custodian_id")
            levelled = levelled.left_join(
                renamed, levelled[self.sized_by] == renamed.sized_id
            ).mutate(size=lambda t: t["size"].fill_null(""))
            names["size"] = "size"
        return levelled.select(
            "order_id", "placed_on", **{f"in_{factor}": levelled[n] for factor, n in names.items()}
        )

    def _capped(self, orders: Expression, name: str) -> Expression:
        kept = ibis.table({"level": "string"}, name=f"kept_{name}")
        text = orders[name].cast("string")
        return text.isin(kept["level"]).ifelse(text, "")

    def cells(self, tables: CustodyTables) -> Expression:
        """Return the number of orders in each combination of levels and day of placement."""
        rows = self.levels(tables)
        keys = ["placed_on", *(f"in_{factor}" for factor in self.factors)]
        return rows.group_by(keys).agg(n=rows.count())

    def of_orders(self, tables: CustodyTables, wanted: str) -> Expression:
        """Return the levels of the orders in a held relation (``order_id``)."""
        chosen = ibis.table({"order_id": tables.order_type}, name=wanted)
        return self.levels(tables).semi_join(chosen, "order_id")

    def weighted(self, tables: CustodyTables) -> Expression:
        """Return every order with its background multiplier ``base`` and its ``reach``.

        ``reach``: the probability that a background call comes before the end of observation.
        """
        rows = self.levels(tables)
        base: Expression = ibis.literal(1.0)
        for factor in self.factors:
            held = ibis.table(
                {"level": "string", "factor": "float64"}, name=f"background_{factor}"
            ).rename({f"level_of_{factor}": "level", f"times_{factor}": "factor"})
            rows = rows.left_join(held, rows[f"in_{factor}"] == held[f"level_of_{factor}"])
        for factor in self.factors:
            base = base * rows[f"times_{factor}"].fill_null(1.0)
        reaches = ibis.table({"placed_on": "date", "reach": "float64"}, name="background_reach")
        return rows.mutate(base=base).join(reaches, "placed_on")


def top_levels(tables: CustodyTables, column: str, most: int) -> Expression:
    """Return the most frequent values of a column of ``orders``: ``level``."""
    orders = table_of(tables.orders)
    named = orders.filter(orders[column].notnull())
    levelled = named.select(level=named[column].cast("string"))
    counted = levelled.group_by("level").agg(n=levelled.count())
    return counted.order_by([counted.n.desc(), counted["level"]]).limit(most).select("level")


def sizes_of(tables: CustodyTables, column: str) -> Expression:
    """Return how many orders each value of a custodian column has: ``custodian_id``, ``n``."""
    orders = table_of(tables.orders)
    named = orders.filter(orders[column].notnull())
    return named.group_by(custodian_id=named[column]).agg(n=named.count())


def days_between(later: Expression, earlier: Expression) -> Expression:
    """Return whole days from one date to another."""
    return later.delta(earlier, unit="day").cast("int64")

"""The strata of the background, as expressions: levels of orders, counts, weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis

from whence.engine.branches import CustodyTables, Expression, table_of

WEIGHT_ONE: Final = 1 << 20  # background weights are summed as integers in units of 2**-20
FACTORS: Final = {"level": "string", "factor": "float64"}
LAGS: Final = {"lag": "int64", "missed": "float64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StrataTables:
    """The strata of the background: which columns make them, and their held multipliers.

    ``sizes`` names a held relation (``custodian_id``, ``size``) for the custodian column
    ``sized_by``. What is fitted becomes held relations, so that an order needs no level to be
    weighed: ``background_days`` (``days``), and ``background_<factor>`` (``level``, ``factor``) of
    values of the orders' own columns; of ``size``, of custodians.
    """

    columns: tuple[str, ...]
    sized_by: str | None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, week of placement first."""
        return ("week", *self.columns, *(("size",) if self.sized_by else ()))

    @property
    def days(self) -> dict[str, str]:
        """Columns of ``background_days``, one row a day of placing.

        ``times_week``; ``reach``: the probability that a background call comes before the end of
        observation; ``else_<factor>``: the multiplier of orders whose value has none of its own.
        """
        named = ["times_week", "reach", *(f"else_{factor}" for factor in self.factors[1:])]
        return {"placed_on": "date"} | dict.fromkeys(named, "float64")

    def levels(self, orders: Expression) -> Expression:
        """Return the rows given, which have the orders' columns, with their level in each factor.

        Levels are text, ``in_<factor>``; ``placed_on`` is the day of placing.
        """
        placed_on = orders.placed_at.date()
        weeks = days_between(placed_on, ibis.literal("1970-01-01").cast("date")) // 7
        levelled = orders.mutate(
            placed_on=placed_on,
            in_week=weeks.cast("string"),
            **{f"in_{name}": self._capped(orders, name) for name in self.columns},
        )
        if self.sized_by:
            sizes = ibis.table({"custodian_id": "string", "size": "string"}, name="sizes")
            renamed = sizes.rename(sized_id="custodian_id")
            joined = levelled.left_join(renamed, levelled[self.sized_by] == renamed.sized_id)
            levelled = joined.mutate(in_size=joined["size"].fill_null("")).drop("sized_id", "size")
        return levelled

    def sized(self) -> Expression:
        """Return the multiplier of each custodian, from that of its size: ``level``, ``factor``."""
        sizes = ibis.table({"custodian_id": "string", "size": "string"}, name="sizes")
        held = ibis.table(FACTORS, name="background_size")
        joined = sizes.join(held, sizes["size"] == held["level"])
        return joined.select(level=joined.custodian_id, factor=joined.factor)

    def _capped(self, orders: Expression, name: str) -> Expression:
        kept = ibis.table({"level": "string"}, name=f"kept_{name}")
        text = orders[name].cast("string")
        return text.isin(kept["level"]).ifelse(text, "")

    def cells(self, tables: CustodyTables) -> Expression:
        """Return the number of orders in each combination of levels and day of placement.

        Columns: ``placed_on``, ``in_<factor>``, ``n``.
        """
        if tables.cells is not None:
            return table_of(tables.cells)
        rows = self.levels(table_of(tables.orders))
        keys = ["placed_on", *(f"in_{factor}" for factor in self.factors)]
        return rows.group_by(keys).agg(n=rows.count())

    def of_orders(self, tables: CustodyTables) -> Expression:
        """Return the levels of every order: ``order_id``, ``in_<factor>``."""
        rows = self.levels(table_of(tables.orders))
        return rows.select("order_id", *(f"in_{factor}" for factor in self.factors))

    def counted(self, rows: Expression, *, day: Expression, is_placing: bool) -> Expression:
        """Count custody by custodian and day: ``candidate``, ``day``, ``n``, ``weight``.

        ``rows`` are orders with a ``candidate``; ``day`` and ``is_placing`` as for ``weighed``.
        """
        return self.weighed(rows, ["candidate"], day=day, is_placing=is_placing)

    def weighed(
        self, rows: Expression, keys: Sequence[str], *, day: Expression, is_placing: bool
    ) -> Expression:
        """Count orders by keys of theirs and by day: ``n``, ``weight``.

        ``day`` is that of the first touch, which ``is_placing`` says is the day of placing. A
        weight is the order's background multiplier times the probability that a background call
        comes after the touch and before the end of observation, in units of 1 / ``WEIGHT_ONE``.
        """
        weighed = rows.mutate(day=day, placed_on=rows.placed_at.date())
        weighed = weighed.join(ibis.table(self.days, name="background_days"), "placed_on")
        for factor in self.factors[1:]:
            held = ibis.table(FACTORS, name=f"background_{factor}").rename(
                {f"level_of_{factor}": "level", f"times_{factor}": "factor"}
            )
            value = weighed[self.sized_by if factor == "size" else factor].cast("string")
            weighed = weighed.left_join(held, value == held[f"level_of_{factor}"])
        base: Expression = weighed.times_week
        for factor in self.factors[1:]:
            base = base * weighed[f"times_{factor}"].fill_null(weighed[f"else_{factor}"])
        weighed = weighed.mutate(base=base)
        share = weighed.reach
        if not is_placing:
            weighed = weighed.mutate(lag=days_between(weighed.day, weighed.placed_on))
            weighed = weighed.left_join(ibis.table(LAGS, name="background_lags"), "lag")
            share = ibis.greatest(weighed.reach - weighed.missed.fill_null(1.0), 0.0)
        weight = (weighed.base * share * WEIGHT_ONE).round().cast("int64")
        weighed = weighed.select(*keys, "day", weight=weight)
        return weighed.group_by([*keys, "day"]).agg(
            n=weighed.count(), weight=weighed.weight.sum().cast("int64")
        )


def plainly_counted(rows: Expression, *, day: Expression) -> Expression:
    """Count custody by custodian and day without weighing it: ``weight`` is 0."""
    placed = rows.select("candidate", day=day)
    counted = placed.group_by(["candidate", "day"]).agg(n=placed.count())
    return counted.mutate(weight=ibis.literal(0, "int64"))


def top_levels(tables: CustodyTables, column: str, most: int) -> Expression:
    """Return the most frequent values of a column of ``orders``: ``level``."""
    if tables.cells is not None:  # rarer ones are one level there already
        cells = table_of(tables.cells).select(level=f"in_{column}").distinct()
        return cells.filter(cells["level"] != "")
    orders = table_of(tables.orders)
    named = orders.filter(orders[column].notnull())
    levelled = named.select(level=named[column].cast("string"))
    counted = levelled.group_by("level").agg(n=levelled.count())
    return counted.order_by([counted.n.desc(), counted["level"]]).limit(most).select("level")


def days_between(later: Expression, earlier: Expression) -> Expression:
    """Return whole days from one date to another."""
    return later.delta(earlier, unit="day").cast("int64")

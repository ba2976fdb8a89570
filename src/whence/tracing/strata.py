"""The strata of the background, from the orders' columns to arrays.

Goods, region, week of placement and the size of the custodian column that divides the orders most
finely (the shop, where there is one): what real victims cluster by.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from whence.engine import custody
from whence.tracing import background as bg
from whence.tracing.delays import DelayDensity
from whence.tracing.observations import days_of, texts

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import Engine

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_COLUMNS: Final = ("goods", "region")
_MOST_LEVELS: Final = 64  # rarer values share one level
_LEVEL: Final = {"level": "string"}


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """The strata's tables in the engine and the orders counted by them."""

    tables: custody.StrataTables
    cells: bg.Cells
    index: dict[str, dict[str, int]]  # factor -> level -> index

    def levels_of(self, rows: "pa.Table") -> dict[str, Ints]:
        """Return each row's level index by factor; rows have the columns ``in_<factor>``."""
        return {
            factor: np.array(
                [self.index[factor][level or ""] for level in texts(rows, f"in_{factor}")],
                dtype=np.int64,
            )
            for factor in self.tables.factors
        }


def chosen(tables: custody.CustodyTables, engine: "Engine") -> custody.StrataTables:
    """Choose the strata, and hold in the engine what they need."""
    columns = tuple(name for name in _COLUMNS if name in tables.orders.columns)
    for name in columns:
        kept = texts(engine.run(custody.top_levels(tables, name, _MOST_LEVELS)), "level")
        engine.hold_rows(f"kept_{name}", _LEVEL, [(level,) for level in sorted(kept)])
    return custody.StrataTables(columns=columns, sized_by=_hold_sizes(tables, engine))


def build(tables: custody.CustodyTables, engine: "Engine") -> Strata:
    """Choose the strata and count the orders by them."""
    strata = chosen(tables, engine)
    counted = engine.run(strata.cells(tables))
    index: dict[str, dict[str, int]] = {}
    for factor in strata.factors:
        found = sorted({level or "" for level in texts(counted, f"in_{factor}")} | {""})
        index[factor] = {level: i for i, level in enumerate(found)}
    built = Strata(strata, _no_cells(strata), index)
    levels = built.levels_of(counted)
    placed_on = days_of(counted, "placed_on")
    order = np.lexsort([*levels.values(), placed_on])
    cells = bg.Cells(
        factors=strata.factors,
        names={factor: tuple(index[factor]) for factor in strata.factors},
        levels={factor: values[order] for factor, values in levels.items()},
        placed_on=placed_on[order],
        n=counted.column("n").to_numpy().astype(np.float64)[order],
    )
    return Strata(strata, cells, index)


def hold_weights(
    strata: Strata, engine: "Engine", fitted: bg.Background, order_delay: DelayDensity, end: float
) -> None:
    """Hold the fitted multipliers in the engine, for the pass that counts.

    ``end``: end of observation, in days since 1970.
    """
    index, multipliers = strata.index, fitted.multipliers
    for factor in strata.tables.factors[1:]:
        rows = list(zip(index[factor], multipliers[factor].tolist(), strict=True))
        engine.hold_rows(f"background_{factor}", custody.FACTORS, rows)
    if strata.tables.sized_by:
        engine.keep("background_size", strata.tables.sized())
    days = np.unique(strata.cells.placed_on)
    reach = order_delay.distribution(end - (days.astype(np.float64) + 0.5))
    weekly = [multipliers["week"][index["week"][str(day // 7)]] for day in days.tolist()]
    rest = [float(multipliers[factor][index[factor][""]]) for factor in strata.tables.factors[1:]]
    reached = [
        (day, float(week), float(share), *rest)
        for day, week, share in zip(
            days.astype("datetime64[D]").tolist(), weekly, reach.tolist(), strict=True
        )
    ]
    engine.hold_rows("background_days", strata.tables.days, reached)
    lags = np.arange(0, 1_000)
    missed = order_delay.distribution(lags.astype(np.float64))
    lagged = list(zip(lags.tolist(), missed.tolist(), strict=True))
    engine.hold_rows("background_lags", {"lag": "int64", "missed": "float64"}, lagged)


def _hold_sizes(tables: custody.CustodyTables, engine: "Engine") -> str | None:
    """Hold the size class (a power of two) of each custodian in the finest column."""
    finest, best = None, None
    for column in tables.columns:
        sizes = engine.run(custody.values_of(tables, column.column))
        if best is None or sizes.num_rows > best.num_rows:
            finest, best = column.column, sizes
    if best is None:
        return None
    classes = [str(int(n).bit_length()) for n in best.column("n").to_pylist()]
    rows = sorted(zip(texts(best, "custodian_id"), classes, strict=True))
    engine.hold_rows("sizes", {"custodian_id": "string", "size": "string"}, rows)
    return finest


def _no_cells(strata: custody.StrataTables) -> bg.Cells:
    nothing: dict[str, Ints] = {}
    return bg.Cells(strata.factors, {}, nothing, np.empty(0, dtype=np.int64), np.empty(0))

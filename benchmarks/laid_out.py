"""A large problem, laid out without its orders: what the passes would hand to the inference.

Shops with their clerks, apps, warehouses, branches, couriers, agents and devices, of very unequal
sizes. Each report is about an order that some of every kind held; whoever touched two reports may
be weighed. Unrelated reports cluster by goods, region, week and size; planted sources leak within
a window, half of them drop by drop and half at once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from whence.stats import middays
from whence.tracing import background as bg, evidence as ev, fitting
from whence.tracing.problem import PossibleOrders, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORDERS: Final = 1_000_000
DAYS: Final = 94  # on which orders are touched; placed up to four days before the last
END: Final = 110.0  # of observation
PLACED: Final = 90
VICTIMS: Final = 20  # reports of each source
LEVELS: Final = {"week": 13, "goods": 26, "region": 32, "size": 12}  # as whence market has them
HOT: Final = 4.0  # gamma strength of how unrelated reports cluster
# kind: (share of all custodians, holders of one order, spread of log sizes, mean days to the touch)
KINDS: Final = {
    "agent": (0.07, 16, 0.8, 1.5),
    "app": (0.002, 1, 1.8, 0.0),
    "branch": (0.03, 3, 1.0, 1.0),
    "clerk": (0.52, 40, 0.0, 0.5),
    "courier": (0.27, 60, 0.7, 1.0),
    "device": (0.085, 18, 0.5, 1.5),
    "shop": (0.008, 1, 1.2, 0.0),
    "warehouse": (0.003, 1, 1.3, 0.3),
}
POPULATION: Final = 1.9  # custodians for each that is weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A problem and the candidates that truly leaked."""

    problem: Problem
    sources: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Population:
    """All custodians; ``share`` of all orders each holds, ``shop`` of a clerk, else -1."""

    kind: Ints
    share: Floats
    start: dict[str, int]
    clerks_of: Ints  # (shops + 1,) where each shop's clerks begin


def _population(n: int, rng: np.random.Generator) -> _Population:
    kind, share, start = [], [], {}
    sizes = {name: max(int(n * part), 10) for name, (part, *_) in KINDS.items()}
    shops = np.exp(rng.normal(0.0, KINDS["shop"][2], sizes["shop"]))
    staff = 1 + rng.multinomial(sizes["clerk"], shops**0.6 / (shops**0.6).sum())
    at = 0
    for i, (name, (_, holders, spread, _)) in enumerate(KINDS.items()):
        if name == "shop":
            here = shops / shops.sum()
        elif name == "clerk":
            of_shop = np.repeat(shops / shops.sum(), staff)
            here = of_shop * (1.0 - (1.0 - 1.0 / np.repeat(staff, staff)) ** holders)
        else:
            size = np.exp(rng.normal(0.0, spread, sizes[name]))
            here = np.minimum(holders * size / size.sum(), 0.5)
        kind.append(np.full(len(here), i))
        share.append(here)
        start[name] = at
        at += len(here)
    clerks_of = start["clerk"] + np.concatenate([[0], np.cumsum(staff)])
    return _Population(np.concatenate(kind), np.concatenate(share), start, clerks_of)


def _holders(population: _Population, shop: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw who held each of some orders: (order, custodian), each pair once.

    ``shop`` of each order, -1 where it is drawn.
    """
    orders, found, n = [], [], len(shop)
    for i, (name, (_, holders, *_)) in sorted(
        enumerate(KINDS.items()), key=lambda item: item[1][0] == "clerk"
    ):
        order = np.repeat(np.arange(n), holders)
        if name == "clerk":
            first = population.clerks_of[shop[order]]
            staff = population.clerks_of[shop[order] + 1] - first
            who = first + (rng.random(len(order)) * staff).astype(np.int64)
        else:
            here = population.share[population.kind == i]
            drawn = rng.choice(len(here), len(order), p=here / here.sum())
            if name == "shop":
                shop = drawn = np.where(shop < 0, drawn, shop)
            who = population.start[name] + drawn
        orders.append(order)
        found.append(who)
    pairs = np.unique(np.concatenate(orders) * len(population.kind) + np.concatenate(found))
    return pairs // len(population.kind), pairs % len(population.kind)


def lay_out(n_reports: int, n_candidates: int, n_sources: int, seed: int) -> LaidOut:
    """Draw the market and return its problem; exactly ``n_candidates`` of those with two touches.

    Raises ``ValueError`` where the market has fewer.
    """
    rng = np.random.default_rng(seed)
    population = _population(int(POPULATION * n_candidates), rng)
    lags = np.array([lag for *_, lag in KINDS.values()])
    n_leaked = n_sources * VICTIMS
    leaker = np.sort(_leakers(population, n_sources, rng))
    placed = rng.uniform(0.0, PLACED, n_reports)
    called = placed + rng.lognormal(2.7, 0.9, n_reports)
    own = np.arange(n_leaked)
    shop = np.full(n_reports, -1)
    shop[:n_leaked] = _shop_of(population, leaker)[own // VICTIMS]
    report, who = _holders(population, shop, rng)
    report, who = np.append(report, own), np.append(who, leaker[own // VICTIMS])
    first = rng.uniform(5.0, 60.0, n_sources)[own // VICTIMS]
    length = rng.uniform(4.0, 24.0, n_sources)[own // VICTIMS]
    leaked_at = first + length * rng.random(n_leaked)
    placed[:n_leaked] = np.maximum(leaked_at - 0.2, 0.0)
    export = np.where(own // VICTIMS % 2, first + length, leaked_at)
    called[:n_leaked] = export + rng.lognormal(np.log(9.0), 0.7, n_leaked)
    called = np.where(called < END, called, np.minimum(placed + rng.uniform(1, 20), END - 0.01))
    since = placed[report] + rng.exponential(1.0, len(report)) * lags[population.kind[who]]
    since[len(report) - n_leaked :] = leaked_at
    kept = (since <= called[report]) & (since < DAYS)
    pairs = np.stack([who, report])[:, kept]
    _, once = np.unique(who[kept] * n_reports + report[kept], return_index=True)
    (who, report), since = pairs[:, once], since[kept][once]
    touched = np.bincount(who, minlength=len(population.kind))
    able = np.setdiff1d(np.flatnonzero(touched >= 2), leaker)
    if len(able) < n_candidates - n_sources:
        message = f"only {len(able)} custodians touched two reports"
        raise ValueError(message)
    chosen = np.sort(np.append(rng.choice(able, n_candidates - n_sources, replace=False), leaker))
    inside = np.isin(who, chosen)
    who, report, since = np.searchsorted(chosen, who[inside]), report[inside], since[inside]
    problem = _problem(population, chosen, who, report, since, placed, called, rng)
    return LaidOut(problem=problem, sources=np.searchsorted(chosen, leaker))


def _shop_of(population: _Population, custodians: Ints) -> Ints:
    """Return the shop of shops and their clerks, -1 of others."""
    shop = custodians - population.start["shop"]
    shop[(shop < 0) | (shop >= len(population.clerks_of) - 1)] = -1
    employer = np.searchsorted(population.clerks_of, custodians, side="right") - 1
    is_clerk = (custodians >= population.clerks_of[0]) & (custodians < population.clerks_of[-1])
    return np.where(is_clerk, employer, shop)


def _leakers(population: _Population, n: int, rng: np.random.Generator) -> Ints:
    """Draw the sources: kinds evenly, half of them evenly and half by size within their kind."""
    found: set[int] = set()
    while len(found) < n:
        here = np.flatnonzero(population.kind == len(found) % len(KINDS))
        here = here[population.share[here] * ORDERS >= 2 * VICTIMS]
        size = population.share[here] if rng.random() < 0.5 else np.ones(len(here))
        found.add(int(rng.choice(here, p=size / size.sum())))
    return np.array(sorted(found))


def _problem(
    population: _Population,
    chosen: Ints,
    who: Ints,
    report: Ints,
    since: Floats,
    placed: Floats,
    called: Floats,
    rng: np.random.Generator,
) -> Problem:
    n_reports, day = len(placed), np.floor(since).astype(np.int64)
    rhythm = 1.0 + 0.15 * np.sin(np.arange(DAYS) * 2 * np.pi / 7)
    mean = population.share[chosen][:, None] * ORDERS * rhythm / rhythm.sum()
    certain = np.zeros((len(chosen), DAYS))
    np.add.at(certain, (who, day), 1.0)
    n = np.maximum(rng.poisson(mean).astype(np.float64), certain)
    reach = fitting.order_delay_prior().distribution(END - middays(DAYS))
    uneven = rng.gamma(HOT * 4, 1 / (HOT * 4), len(chosen))
    orders = {f: rng.choice(k, ORDERS, p=_uneven(k, rng)) for f, k in LEVELS.items()}
    orders["week"] = np.arange(ORDERS) * PLACED // ORDERS // 7
    key = np.arange(ORDERS) * PLACED // ORDERS
    for factor, size in LEVELS.items():
        key = key * size + orders[factor]
    _, at, counted = np.unique(key, return_index=True, return_counts=True)
    order = np.arange(ORDERS)[at]
    cells = bg.Cells(
        factors=tuple(LEVELS),
        names={f: tuple(f"{f} {i}" for i in range(k)) for f, k in LEVELS.items()},
        levels={f: orders[f][at] for f in LEVELS},
        placed_on=order * PLACED // ORDERS,
        n=counted.astype(np.float64),
    )
    of = np.sort(np.append(np.arange(n_reports), rng.integers(0, n_reports, n_reports // 4)))
    hot = {f: rng.gamma(HOT, 1 / HOT, k) for f, k in LEVELS.items()}
    drawn = {f: rng.choice(k, len(of), p=_by(orders[f], hot[f])) for f, k in LEVELS.items()}
    drawn["week"] = np.floor(placed[of] / 7).astype(np.int64)
    first = np.searchsorted(of, report)
    held = n.sum(axis=1)
    names, sizes = np.unique(population.kind, return_counts=True)
    of_kind = sizes[np.searchsorted(names, population.kind[chosen])]
    share = 0.5 / np.maximum(of_kind, 10) + 0.5 * np.minimum(held / ORDERS, 1.0)
    touches = ev.Touches(
        start=np.searchsorted(who, np.arange(len(chosen) + 1)),
        report=report,
        day=day,
        since=since,
        called=called[report],
        known=np.where(rng.random(len(who)) < 0.03, 0.08, 1.0),
    )
    return Problem(
        scene=ev.Scene(n, touches, {}, ORDERS, END),
        kinds=population.kind[chosen],
        n_kinds=len(KINDS),
        log_prior=np.log(share),
        weight=n * reach * uneven[:, None],
        cells=cells,
        cell_placed=cells.placed_on.astype(np.float64) + 0.5,
        levels={f: values[first] for f, values in drawn.items()},
        possible=PossibleOrders(of, drawn, placed[of], called[of]),
        n_reports=n_reports,
        n_samples=0,
    )


def _uneven(k: int, rng: np.random.Generator) -> Floats:
    size = np.exp(rng.normal(0.0, 0.8, k))
    return np.asarray(size / size.sum(), dtype=np.float64)


def _by(levels: Ints, hot: Floats) -> Floats:
    size = np.bincount(levels, minlength=len(hot)) * hot
    return np.asarray(size / size.sum(), dtype=np.float64)


def save(laid_out: LaidOut, path: Path) -> None:
    """Write the arrays of a problem."""
    p = laid_out.problem
    arrays: dict[str, Any] = {}
    arrays |= {f"touches.{name}": getattr(p.scene.touches, name) for name in _TOUCHES}
    arrays |= {f"level.{f}": p.levels[f] for f in LEVELS}
    arrays |= {f"possible.{f}": p.possible.levels[f] for f in LEVELS}
    arrays |= {f"cell.{f}": p.cells.levels[f] for f in LEVELS}
    arrays |= {f"possible.{name}": getattr(p.possible, name) for name in _POSSIBLE}
    arrays |= {"cells.n": p.cells.n, "cells.placed_on": p.cells.placed_on, "n": p.scene.n}
    arrays |= {"kinds": p.kinds, "log_prior": p.log_prior, "weight": p.weight}
    np.savez(path, sources=laid_out.sources, n_reports=np.array(p.n_reports), **arrays)


_TOUCHES: Final = ("start", "report", "day", "since", "called", "known")
_POSSIBLE: Final = ("report", "placed", "called")


def load(path: Path) -> LaidOut:
    """Read back what ``save`` wrote."""
    with np.load(path) as read:
        a: dict[str, Any] = dict(read)
    cells = bg.Cells(
        factors=tuple(LEVELS),
        names={f: tuple(f"{f} {i}" for i in range(k)) for f, k in LEVELS.items()},
        levels={f: a[f"cell.{f}"] for f in LEVELS},
        placed_on=a["cells.placed_on"],
        n=a["cells.n"],
    )
    levels = {f: a[f"possible.{f}"] for f in LEVELS}
    possible = PossibleOrders(
        a["possible.report"], levels, a["possible.placed"], a["possible.called"]
    )
    touches = ev.Touches(*(a[f"touches.{name}"] for name in _TOUCHES))
    problem = Problem(
        scene=ev.Scene(a["n"], touches, {}, ORDERS, END),
        kinds=a["kinds"],
        n_kinds=len(KINDS),
        log_prior=a["log_prior"],
        weight=a["weight"],
        cells=cells,
        cell_placed=cells.placed_on.astype(np.float64) + 0.5,
        levels={f: a[f"level.{f}"] for f in LEVELS},
        possible=possible,
        n_reports=int(a["n_reports"]),
        n_samples=0,
    )
    return LaidOut(problem=problem, sources=a["sources"])

"""One synthetic market, traced and scored, with two baselines on the same data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from whence import intake, market, tracing
from whence.engine import DuckDB, custody
from whence.model import DAY, NAMED, Dataset, Trace

if TYPE_CHECKING:
    from whence.market import MarketSpec, Truth

Key = tuple[str, str]
GUESS = 0.5  # p of the guilt model: that a reported order came from elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What one run showed. ``right`` weighs a tie by the share of its true members."""

    spec: "MarketSpec"
    n_sources: int
    named: int
    right: float
    recalled: float
    ranked: int  # true sources among the first n of candidates.parquet
    poisson: int  # ... of the Poisson common-point ranking
    guilt: int  # ... of the guilt model
    window_days: tuple[float, ...]  # absolute error of both edges of each found source
    findings: tuple[tuple[float, float, bool, int], ...]  # posterior, right by share, any, size
    exposed: tuple[int, int, int]  # listed, truly held in a found source's window, of these listed
    reach: tuple[int, int]  # leaked rows of found sources, of these listed
    missed: tuple[tuple[str, int, int, float], ...]  # kind, held in window, reports, Bayes factor
    false: tuple[tuple[str, float], ...]  # kind, posterior
    seconds: float


def run(spec: "MarketSpec") -> Scored:
    """Make a market, trace it and score the trace."""
    import time  # noqa: PLC0415

    made = market.make(spec)
    tables: dict[str, Any] = {
        name: getattr(made, name) for name in ("orders", "accesses", "parties", "reports", "logins")
    }
    with DuckDB(threads=1) as engine:
        dataset = intake.read_tables(tables, engine=engine)
        began = time.perf_counter()
        traced = tracing.trace(dataset, engine=engine)
        seconds = time.perf_counter() - began
        return _score(spec, made.truth, dataset, traced, engine, seconds)


def _score(
    spec: "MarketSpec",
    truth: "Truth",
    dataset: Dataset,
    traced: Trace,
    engine: DuckDB,
    seconds: float,
) -> Scored:
    sources = {(s.kind, s.id): s for s in truth.sources}
    named = [f for f in traced.findings if f.posterior >= NAMED]
    recalled: dict[Key, float] = {}
    right, errors, rows, false = 0.0, [], [], []
    for finding in traced.findings:
        members = [
            (finding.suspect, finding.share),
            *((m.suspect, m.share) for m in finding.indistinguishable_from),
        ]
        hit = 0.0
        for suspect, share in members:
            key = (suspect.kind, suspect.id)
            if key in sources:
                hit += share
        rows.append((finding.posterior, hit, hit > 0, len(members)))
        if finding not in named:
            continue
        right += hit
        if hit == 0:
            false.append((finding.suspect.kind, finding.posterior))
        for suspect, share in members:
            key = (suspect.kind, suspect.id)
            if key in sources:
                recalled[key] = max(recalled.get(key, 0.0), share)
        lead = (finding.suspect.kind, finding.suspect.id)
        if lead in sources and finding.window is not None:
            window = sources[lead].window
            errors += [
                abs(finding.window.start - window.start) / DAY,
                abs(finding.window.end - window.end) / DAY,
            ]
    n = len(sources)
    ranking = list(
        zip(
            traced.candidates.column("kind").to_pylist(),
            traced.candidates.column("id").to_pylist(),
            strict=True,
        )
    )
    poisson, guilt = _baselines(dataset, engine, n)
    found = [key for key in sources if recalled.get(key, 0.0) > 0]
    factors = dict(
        zip(ranking, traced.candidates.column("log10_bayes_factor").to_pylist(), strict=True)
    )
    missed = tuple(
        (key[0], len(s.held_orders), len(s.report_ids), float(factors.get(key, float("nan"))))
        for key, s in sources.items()
        if key not in recalled
    )
    exposed, reach = _exposure(truth, traced, dataset, found)
    return Scored(
        spec=spec,
        n_sources=n,
        named=len(named),
        right=right,
        recalled=sum(recalled.values()),
        ranked=len(set(ranking[:n]) & set(sources)),
        poisson=len(set(poisson) & set(sources)),
        guilt=len(set(guilt) & set(sources)),
        window_days=tuple(errors),
        findings=tuple(rows),
        exposed=exposed,
        reach=reach,
        missed=missed,
        false=tuple(false),
        seconds=seconds,
    )


def _baselines(dataset: Dataset, engine: DuckDB, n: int) -> tuple[list[Key], list[Key]]:
    """Return the first n of the Poisson common-point ranking and of the guilt model.

    Poisson: reports about a custodian's orders against its share of all orders, ranked by the
    tail probability. Guilt: Papadimitriou and Garcia-Molina 2011, equation 6.
    """
    from whence.stats import log_gamma  # noqa: PLC0415

    tables = custody.prepare(dataset, engine)
    calls = {o.order_id: r.called_at for r in dataset.reports for o in r.orders[-1:]}
    if not calls or not n:
        return [], []
    engine.hold_rows(
        "calls",
        {"order_id": tables.order_type, "called_at": "timestamp(6)"},
        [(k, np.datetime64(v, "us")) for k, v in sorted(calls.items(), key=str)],
    )
    near = custody.narrowed(tables, "calls", calls, engine)
    touched = engine.run(custody.touches_of(near, "calls"))
    holders: dict[object, set[Key]] = {}
    keys = [touched.column(c).to_pylist() for c in ("order_id", "kind", "custodian_id")]
    for order_id, kind, custodian_id in zip(*keys, strict=True):
        holders.setdefault(order_id, set()).add((kind, custodian_id))
    k: dict[Key, int] = {}
    innocent: dict[Key, float] = {}
    for held in holders.values():
        for key in held:
            k[key] = k.get(key, 0) + 1
            innocent[key] = innocent.get(key, 0.0) + float(np.log1p(-(1 - GUESS) / len(held)))
    names = sorted(k)
    always = (date(1970, 1, 1), date(2200, 1, 1))
    spanned = [(i, *key, *always) for i, key in enumerate(names)]
    every = custody.choose(engine, tables, "every", spanned, custody.SPANNED)
    nobody = custody.choose(engine, tables, "nobody", [], custody.SPANNED)
    plain = custody.StrataTables(columns=(), sized_by=None)
    later = custody.first_later(tables, every, plain, besides_columns=False)
    rows = custody.held_by(tables, nobody, every, [engine.keep("later_every", later)], {})
    sizes = engine.run(rows.group_by("candidate").agg(n=rows.count()))
    columns = (sizes.column(name).to_pylist() for name in ("candidate", "n"))
    held_n = {names[i]: n for i, n in zip(*columns, strict=True)}
    n_orders = dataset.orders.n_rows if dataset.orders else 1
    scores = {}
    for key in names:
        expected = held_n.get(key, 1) * len(calls) / n_orders
        i = np.arange(k[key], k[key] + 400, dtype=np.float64)
        terms = i * np.log(expected) - expected - log_gamma(i + 1.0)
        scores[key] = float(terms.max() + np.log(np.exp(terms - terms.max()).sum()))
    return (
        sorted(names, key=lambda key: (scores[key], key))[:n],
        sorted(names, key=lambda key: (innocent[key], key))[:n],
    )


def _exposure(
    truth: "Truth", traced: Trace, dataset: Dataset, found: Sequence[Key]
) -> tuple[tuple[int, int, int], tuple[int, int]]:
    """Count exposed orders against what the found sources held in their true windows."""
    if not found:
        return (0, 0, 0), (0, 0)
    there = [s for s in truth.sources if (s.kind, s.id) in found]
    held = {order_id for s in there for order_id in s.held_orders}
    reported = {o.order_id for r in dataset.reports if len(r.orders) == 1 for o in r.orders}
    held -= reported
    listed = set(traced.exposed.column("order_id").to_pylist())
    leaked = {order_id for s in there for order_id in s.leaked_orders} - reported
    return (len(listed), len(held), len(listed & held)), (len(leaked), len(listed & leaked))

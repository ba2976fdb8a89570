"""What was planted: the answer sheet, never read by the trace."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from whence.market.calling import DelayLaw
from whence.market.spec import MarketSpec
from whence.model import Instant, Window, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A custodian by kind and id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSource:
    """One leak: who, when, what, and the reports that came of it.

    ``held_orders``: what it first touched within the window; ``leaked_orders``: the part of them
    that went out, all where ``fraction`` is 1. ``exported_at`` is None where orders dripped out at
    first touch. ``equivalent``: custodians for whom some window holds exactly ``held_orders``;
    reports cannot tell them from the source by whom they concern. ``n_held`` and ``n_leaked``: how
    many there are, where only a sample of them is listed (in a streamed market).
    """

    kind: str
    id: str
    window: Window
    mode: Literal["drip", "dump"]
    exported_at: Instant | None
    fraction: float
    held_orders: tuple[str, ...]
    leaked_orders: tuple[str, ...]
    reported_orders: tuple[str, ...]
    report_ids: tuple[str, ...]
    equivalent: tuple[Planted, ...]
    n_held: int | None = None
    n_leaked: int | None = None

    @property
    def accepted(self) -> frozenset[Planted]:
        """The source and its equivalents: naming any of these is right, as far as data can tell."""
        return frozenset({Planted(kind=self.kind, id=self.id), *self.equivalent})


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The whole answer: the spec, the sources, and the laws behind the calls.

    ``n_accesses`` is told of a streamed market, which is asked for by this number.
    """

    spec: MarketSpec
    sources: tuple[PlantedSource, ...]
    delay: DelayLaw
    unrelated_delay: DelayLaw
    observed_until: Instant
    n_accesses: int | None = None

    def to_json(self) -> str:
        """Return the text of ``truth.json``, the same for the same truth."""
        counted = {} if self.n_accesses is None else {"accesses": self.n_accesses}
        sheet = {
            "spec": asdict(self.spec) | {"kinds": list(self.spec.kinds)},
            **counted,
            "observed_until": to_text(self.observed_until),
            "delay": _law(self.delay),
            "unrelated_delay": _law(self.unrelated_delay),
            "sources": [_sheet(source) for source in self.sources],
            "held_orders": [list(source.held_orders) for source in self.sources],
            "leaked_orders": [list(source.leaked_orders) for source in self.sources],
        }
        return json.dumps(sheet, ensure_ascii=False, indent=1) + "\n"


def _or(count: int | None, otherwise: int) -> int:
    return otherwise if count is None else count


def _law(law: DelayLaw) -> Mapping[str, Any]:
    return asdict(law) | {
        "median_days": round(law.median_days, 4),
        "shape": round(law.shape, 4),
    }


def _sheet(source: PlantedSource) -> Mapping[str, Any]:
    exported_at = source.exported_at
    return {
        "kind": source.kind,
        "id": source.id,
        "window": [to_text(source.window.start), to_text(source.window.end)],
        "mode": source.mode,
        "exported_at": to_text(exported_at) if exported_at is not None else None,
        "fraction": round(source.fraction, 4),
        "orders_in_window": _or(source.n_held, len(source.held_orders)),
        "orders_leaked": _or(source.n_leaked, len(source.leaked_orders)),
        "report_ids": list(source.report_ids),
        "equivalent": [asdict(other) for other in source.equivalent],
    }

"""The pictures of a report: a finding over time, shares compared, and when calls are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from whence.model import DAY, Timeline, Window
from whence.pages.drawing import BLUE, INK, SAND, SAND_EDGE, VERMILION, Frame, Sketch
from whence.pages.figures import date_of, day_number, percent
from whence.wording import Language

_AXIS_WIDTH = 46  # room for "12,345" left of a strip
_LEFT: dict[str, Any] = {
    "minExtent": _AXIS_WIDTH - 8,
    "maxExtent": _AXIS_WIDTH - 8,
    "ticks": False,
    "domain": False,
}
_BARE: dict[str, Any] = {"labels": False, "ticks": False, "minExtent": 0, "maxExtent": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class StripTitles:
    """The three strips' headings, in the reader's language."""

    orders: str
    touched: str
    calls: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """One suspect's share of orders (or of chance) against its share of reports."""

    label: str
    expected: float | None
    found: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One week: its first day (since 1970-01-01) and its share."""

    day: int
    share: float


def timeline(
    line: Timeline, window: Window | None, titles: StripTitles, language: Language, frame: Frame
) -> Sketch:
    """Draw when the suspect saw orders, which of them were reported, and when the calls came."""
    import altair as alt  # noqa: PLC0415  heavy, wanted by drawings alone

    first, last = line.first_day, line.first_day + len(line.orders)
    inner = frame.width - _AXIS_WIDTH
    axis = _days_axis(first, last, frame.n_ticks, language)
    bare, labelled = (
        alt.X("d:Q", scale=_scale(first, last), axis=axis) for axis in (axis | _BARE, axis)
    )

    def bars(name: str, counts: Sequence[int], colour: str, x: Any) -> Any:  # noqa: ANN401  altair is untyped here
        thick = min(12.0, max(2.0, 0.7 * inner / max(1, last - first)))
        mark = alt.Chart(alt.NamedData(name)).mark_rule(color=colour, strokeWidth=thick)
        return mark.encode(x=x, y=_counts_axis(counts), y2="z:Q")

    shade = (
        alt.Chart(alt.NamedData("shades"))
        .mark_rect(color=SAND)
        .encode(x=bare, x2="e:Q", opacity=alt.Opacity("p:Q", scale=None, legend=None))
    )
    edges = (
        alt.Chart(alt.NamedData("edges"))
        .mark_rule(color=SAND_EDGE, strokeDash=[4, 3])
        .encode(x=bare)
    )
    orders = (
        alt.Chart(alt.NamedData("orders"))
        .mark_area(color=BLUE, interpolate="step-after", opacity=0.9)
        .encode(x=bare, y=_counts_axis(line.orders))
    )
    touched = bars("touched", line.touched, VERMILION, bare)
    calls = bars("calls", line.calls, INK, labelled)

    def strip(title: str, height: int, *marks: Any) -> Any:  # noqa: ANN401
        return alt.layer(*marks).properties(width=inner, height=height, title=title)

    strips = (
        strip(titles.orders, 110, shade, orders, edges),
        strip(titles.touched, 48, shade, edges, touched),
        strip(titles.calls, 48, calls),
    )
    rows = {
        "shades": _shades(line),
        "edges": [{"d": at / DAY} for at in (window.start, window.end)] if window else [],
        "orders": [*_steps(first, line.orders), {"d": last, "n": 0}],
        "touched": _sticks(first, line.touched),
        "calls": _sticks(first, line.calls),
    }
    return Sketch(chart=alt.vconcat(*strips, spacing=14), rows=rows)


def _scale(low: float, high: float) -> dict[str, Any]:
    """Return a scale of exactly these ends. A plain dict: Altair copies its own slowly."""
    return {"domain": [low, high], "nice": False, "zero": False}


def _counts_axis(counts: Sequence[int]) -> Any:  # noqa: ANN401
    import altair as alt  # noqa: PLC0415

    top = max(1, *counts)
    values = [0, top] if top < 4 else [0, top // 2, top]  # noqa: PLR2004  too low for a middle
    axis = {"values": values, "format": ",d", "title": None, **_LEFT}
    return alt.Y("n:Q", scale=_scale(0, top * 1.08), axis=axis)


def _steps(first: int, counts: Sequence[int]) -> list[dict[str, Any]]:
    return [{"d": first + i, "n": n} for i, n in enumerate(counts)]


def _sticks(first: int, counts: Sequence[int]) -> list[dict[str, Any]]:
    """Return one stick in the middle of each day that has something to count."""
    return [{"d": first + i + 0.5, "n": n, "z": 0} for i, n in enumerate(counts) if n]


def _shades(line: Timeline) -> list[dict[str, float]]:
    """Return runs of days of like probability, so that a long window is one rectangle."""
    levels = [round(p * 20) / 20 for p in line.in_window]  # steps of 5 % are as fine as eyes see
    runs, at = [], line.first_day
    for level, run in groupby(levels):
        n = len(list(run))
        if level:
            runs.append({"d": at, "e": at + n, "p": round(0.65 * level, 3)})
        at += n
    return runs


def _days_axis(first: int, last: int, n_ticks: int, language: Language) -> dict[str, Any]:
    """Return an axis of UTC days with our own words, so that no locale or zone slips in."""
    ticks = _ticks(first, last, n_ticks)
    words, year = {}, None
    for tick in ticks:
        words[str(tick)] = [day_number(tick, language)]
        if date_of(tick).year != year:
            year = date_of(tick).year
            words[str(tick)].append(f"{year}年" if language == "zh" else str(year))
    return {
        "values": ticks,
        "labelExpr": f"{words}[datum.value]",
        "labelFlush": True,
        "grid": True,
        "title": None,
        "minExtent": 38,
        "maxExtent": 38,
    }


def _ticks(first: int, last: int, n_ticks: int) -> list[int]:
    """Return at most ``n_ticks`` days: each, each second, Mondays, or firsts of months."""
    for step in (1, 2, 7, 14):
        offset = 4 if step >= 7 else 0  # noqa: PLR2004  1970-01-05 was a Monday
        ticks = [d for d in range(first, last) if (d - offset) % step == 0]
        if len(ticks) <= n_ticks:
            return ticks
    months = [d for d in range(first, last) if date_of(d).day == 1]
    for step in (1, 2, 3, 6, 12, 24, 60, 120):
        ticks = [d for d in months if (date_of(d).month - 1 + 12 * date_of(d).year) % step == 0]
        if len(ticks) <= n_ticks:
            return ticks
    return [first]


def shares(rows: Sequence[ShareRow], frame: Frame) -> Sketch:
    """Draw each suspect's share of reports, with its interval, against its share of orders."""
    import altair as alt  # noqa: PLC0415

    step, dot = 46, 11
    top = max([0.05, *(row.high for row in rows), *(row.expected or 0 for row in rows)])
    data = [
        {
            "y": i * step + 30,
            "label": row.label,
            "ly": i * step + 14,
            "zero": 0,
            "expected": row.expected,
            "found": row.found,
            "low": row.low,
            "high": row.high,
            "text": percent(row.found),
            "ty": i * step + 14,
            "tx": top * 1.1,
        }
        for i, row in enumerate(rows)
    ]
    height = len(rows) * step
    x_scale = _scale(0, top * 1.1)
    y_scale = _scale(height, 0)
    axis = _percent_axis(top, labelFlush=True, minExtent=24, maxExtent=24)

    def x(field: str) -> Any:  # noqa: ANN401  altair is untyped here
        return alt.X(f"{field}:Q", scale=x_scale, axis=axis, title=None)

    def y(field: str) -> Any:  # noqa: ANN401
        return alt.Y(f"{field}:Q", scale=y_scale, axis=None)

    base, known = alt.Chart(alt.NamedData("all")), alt.Chart(alt.NamedData("known"))
    names = base.mark_text(align="left", baseline="middle")
    values = base.mark_text(align="right", baseline="middle", fontWeight="bold")
    ranges = base.mark_rule(color="#f0b499", strokeWidth=7, strokeCap="round")
    found = base.mark_point(color=VERMILION, filled=True, opacity=1, size=dot**2)
    expected = known.mark_point(
        stroke=BLUE, fill="#ffffff", opacity=1, strokeWidth=2.5, size=dot**2, shape="diamond"
    )
    layers = alt.layer(
        names.encode(x=x("zero"), y=y("ly"), text="label:N"),
        values.encode(x=x("tx"), y=y("ty"), text="text:N"),
        ranges.encode(x=x("low"), x2="high:Q", y=y("y")),
        found.encode(x=x("found"), y=y("y")),
        expected.encode(x=x("expected"), y=y("y")),
    ).properties(width=frame.width, height=height)
    compared = [row for row in data if row["expected"] is not None]
    return Sketch(chart=layers, rows={"all": data, "known": compared})


def _percent_axis(top: float, **options: object) -> dict[str, Any]:
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
    step = next((s for s in steps if top / s <= 5), 0.5)  # noqa: PLR2004  five labels fit a phone
    values = [round(step * i, 4) for i in range(int(top / step + 1e-9) + 1)]
    return {"values": values, "format": ".0%", "title": None, **options}


def due_weeks(bars: Sequence[Bar], language: Language, frame: Frame) -> Sketch:
    """Draw which share of the calls still to come is expected in each week."""
    import altair as alt  # noqa: PLC0415  heavy, wanted by drawings alone

    first, last = bars[0].day, bars[-1].day + 7
    inner = frame.width - _AXIS_WIDTH
    gap = (last - first) / inner  # one pixel, in days
    rows = [{"d": bar.day + gap, "e": bar.day + 7 - gap, "n": bar.share, "z": 0} for bar in bars]
    top = max(bar.share for bar in bars) or 1.0
    starts = [bar.day for bar in bars]
    axis = _days_axis(first, last, frame.n_ticks, language) | {
        "values": starts[:: -(-len(starts) // frame.n_ticks)],
        "labelExpr": f"{ ({str(d): day_number(d, language) for d in starts}) }[datum.value]",
        "labelAlign": "left",
        "labelFlush": False,
        "minExtent": 24,
        "maxExtent": 24,
        "grid": False,
    }
    x_scale = _scale(first, last)
    y_scale = _scale(0, top * 1.05)
    y_axis = _percent_axis(top, **_LEFT)
    chart = (
        alt.Chart(alt.NamedData("weeks"))
        .mark_rect(color=BLUE)
        .encode(
            x=alt.X("d:Q", scale=x_scale, axis=axis, title=None),
            x2="e:Q",
            y=alt.Y("n:Q", scale=y_scale, axis=y_axis, title=None),
            y2="z:Q",
        )
        .properties(width=inner, height=130)
    )
    return Sketch(chart=chart, rows={"weeks": rows})

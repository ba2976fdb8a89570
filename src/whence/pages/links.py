"""A picture of what joins reports: each group a ring of reports around the values they share."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from whence.pages.drawing import DESK, Frame, Sketch, draw
from whence.wording import Language, is_phrase, say

_MOST_GROUPS: Final = 30
_MOST_REPORTS: Final = 40  # of one group, and as many values: a ring that can still be read
_SMALL, _LARGE = 18, 70  # square points of a report's mark and of a value's
# Distinct also to who sees few colours (Okabe and Ito, 2008); what has none of its own is grey.
_REPORT: Final = "#2f7fb5"
_COLOURS: Final = ("#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_OTHER: Final = "#8a949b"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "svg{width:100%;height:auto}.phone{display:none}"
    ".key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0}"
    ".key i{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.4em}"
    "@media(max-width:600px){.desk{display:none}.phone{display:block}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knot:
    """A group: its reports, its shared values, and which report names which value."""

    reports: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    named: tuple[tuple[str, tuple[str, str]], ...]


def links_page(knots: Sequence[Knot], language: Language) -> str:
    """Return one HTML file, readable offline."""
    drawn = knots[:_MOST_GROUPS]
    title = say("reports.picture-title", language)
    about = say("reports.picture-about", language, groups=len(knots))
    left = len(knots) - len(drawn)
    more = say("reports.picture-left-out", language, n=left) if left else ""
    picture = draw(lambda frame: _sketch(drawn, frame), title=title, description=about)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f"<p>{escape(about)} {escape(more)}</p>"
        f'<ul class="key">{_key(drawn, language)}</ul>'
        f'<div class="desk">{picture.desk}</div><div class="phone">{picture.phone}</div></html>\n'
    )


def _colours(knots: Sequence[Knot]) -> dict[str, str]:
    """Return a colour for each kind of value, the commonest first."""
    counts = Counter(kind for knot in knots for kind, _ in knot.values)
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return {kind: _COLOURS[at] if at < len(_COLOURS) else _OTHER for at, kind in enumerate(kinds)}


def _key(knots: Sequence[Knot], language: Language) -> str:
    named = {say("reports.picture-report", language): _REPORT}
    named |= {_kind_told(kind, language): colour for kind, colour in _colours(knots).items()}
    return "".join(
        f'<li><i style="background:{colour}"></i>{escape(name)}</li>'
        for name, colour in named.items()
    )


def _kind_told(kind: str, language: Language) -> str:
    """Return how people call a kind of shared value."""
    phrase = f"reports.kind-{kind}"
    return say(phrase, language) if is_phrase(phrase) else kind


def _sketch(knots: Sequence[Knot], frame: Frame) -> Sketch:
    import altair as alt  # noqa: PLC0415  heavy, wanted by drawings alone

    across = 4 if frame is DESK else 2
    marks: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for at, knot in enumerate(knots):
        x, y = at % across * 3.0, -(at // across) * 3.0
        outer = _ring(knot.reports[:_MOST_REPORTS], x, y, 1.2)
        inner = _ring(knot.values[:_MOST_REPORTS], x, y, 0.5)
        marks += [{"x": px, "y": py, "what": "report", "size": _SMALL} for px, py in outer.values()]
        marks += [
            {"x": px, "y": py, "what": kind, "size": _LARGE}
            for (kind, _), (px, py) in inner.items()
        ]
        for report, value in knot.named:
            if report in outer and value in inner:
                (px, py), (qx, qy) = outer[report], inner[value]
                lines.append({"x": px, "y": py, "x2": qx, "y2": qy})
    bare = {"axis": None, "scale": alt.Scale(zero=False, nice=False, padding=20)}
    rules = (
        alt.Chart(alt.Data(name="lines"))
        .mark_rule(color="#b8c1c8", strokeWidth=0.7)
        .encode(x=alt.X("x:Q", **bare), y=alt.Y("y:Q", **bare), x2="x2:Q", y2="y2:Q")
    )
    colours = {"report": _REPORT, **_colours(knots)}
    kinds = alt.Scale(domain=list(colours), range=list(colours.values()))
    points = (
        alt.Chart(alt.Data(name="marks"))
        .mark_circle(opacity=1)
        .encode(
            x=alt.X("x:Q", **bare),
            y=alt.Y("y:Q", **bare),
            color=alt.Color("what:N", scale=kinds, legend=None),
            size=alt.Size("size:Q", scale=None),
        )
    )
    rows = max(1, math.ceil(len(knots) / across))
    chart = (rules + points).properties(width=frame.width, height=rows * frame.width // across)
    return Sketch(chart=chart, rows={"lines": lines, "marks": marks})


def _ring(
    things: Sequence[Any], x: float, y: float, radius: float
) -> dict[Any, tuple[float, float]]:
    n = max(len(things), 1)
    turn = 2 * math.pi / n
    return {
        thing: (x + radius * math.cos(at * turn), y + radius * math.sin(at * turn))
        for at, thing in enumerate(things)
    }

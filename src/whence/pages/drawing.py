"""From an Altair chart to an inline SVG: static, offline, with no ids of its own, and described.

Each chart is drawn twice, for a desk and for a phone, because text that shrinks with its picture
cannot be read on a phone. The stylesheet shows one of the two.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt

# Okabe and Ito (2008), darkened for contrast on white: told apart by the colour-blind, and by
# their lightness in a black and white print.
BLUE, VERMILION, INK, SAND, SAND_EDGE, RULE, MUTED = (
    "#2f7fb5",
    "#c2410c",
    "#1b2733",
    "#f0c75e",
    "#8a6d1b",
    "#dde2e6",
    "#566372",
)
# The first family has the measures vl-convert lays out with; the others hold Chinese.
FONTS: Final = (
    "Arial, 'Liberation Sans', 'Helvetica Neue', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', sans-serif"
)
_OPENING = re.compile(r"<svg\b[^>]*?viewBox=\"([^\"]*)\"[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_TALK = re.compile(r' (?:role|aria-\w+|pointer-events|class)="[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The measures of one drawing: a desk's or a phone's."""

    name: str
    width: int
    n_ticks: int
    text_size: int


DESK = Frame(name="desk", width=770, n_ticks=8, text_size=13)
PHONE = Frame(name="phone", width=286, n_ticks=4, text_size=13)
FRAMES: Final = (DESK, PHONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A chart and, apart from it, its rows by name: Altair copies what it holds many times."""

    chart: "alt.TopLevelMixin"
    rows: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart in both drawings, with what it shows in words."""

    desk: Markup
    phone: Markup
    title: str


def warm_up() -> None:
    """Load what draws: a second that need not be waited for when there is other work to do."""
    import altair as alt  # noqa: PLC0415  heavy, wanted by drawings alone

    point: dict[str, Any] = {"x": 0}
    mark = alt.Chart(alt.Data(name="rows")).mark_point().encode(x="x:Q")
    _svg(Sketch(chart=mark, rows={"rows": [point]}), DESK, "", "")


def draw(chart: Callable[[Frame], Sketch], *, title: str, description: str) -> Picture:
    """Draw a chart for desk and phone."""
    desk, phone = (_svg(chart(frame), frame, title, description) for frame in FRAMES)
    return Picture(desk=desk, phone=phone, title=title)


def _svg(sketch: Sketch, frame: Frame, title: str, description: str) -> Markup:
    import vl_convert  # noqa: PLC0415  heavy, wanted by pages alone

    spec: dict[str, Any] = sketch.chart.to_dict(validate=False)
    spec["datasets"] = sketch.rows
    spec["config"] = _config(frame)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    text = _described(_shortened(drawn), title, description)
    return Markup(text)  # noqa: S704  our own drawing, its texts escaped by the renderer


def _described(svg: str, title: str, description: str) -> str:
    """Return the drawing with our own opening: it scales, and it says in words what it shows."""
    opening = _OPENING.match(svg)
    if opening is None:
        raise ValueError(svg[:80])
    name, told = escape(title), escape(description)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" '
        f'viewBox="{opening[1]}" aria-label="{name}"><title>{name}</title><desc>{told}</desc>'
        f"{svg[opening.end() :]}"
    )


def _shortened(svg: str) -> str:
    """Return the drawing in fewer bytes: hundredths of a pixel do, and our own words describe it.

    Only inside tags: a text may hold an id that looks like a number.
    """
    return _TAG.sub(lambda tag: _NUMBER.sub(_hundredths, _TALK.sub("", tag[0])), svg)


def _hundredths(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _config(frame: Frame) -> dict[str, Any]:
    size = frame.text_size
    return {
        "aria": False,  # one picture with a title and a description, not hundreds of marks
        "font": FONTS,
        "background": "#ffffff",
        "padding": 6,  # fonts that stand in for ours are up to two pixels taller
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "font": FONTS,
            "fontSize": size,
            "fontWeight": "normal",
            "color": INK,
            "offset": 6,
            "frame": "group",
        },
        "axis": {
            "labelFont": FONTS,
            "titleFont": FONTS,
            "labelFontSize": size,
            "titleFontSize": size,
            "labelColor": MUTED,
            "titleColor": MUTED,
            "domainColor": "#9aa5af",
            "tickColor": "#9aa5af",
            "gridColor": RULE,
            "labelOverlap": False,
        },
        "text": {"font": FONTS, "fontSize": size, "fill": INK},
    }

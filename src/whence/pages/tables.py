"""The victim tables as one page: each with its picture, its rows and whether it adds up.

What stands here was counted and said elsewhere; this file draws. The same tables give the same
bytes: no clock, no random ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from whence.pages.answer import KeyFigure
from whence.pages.drawing import BLUE, INK, MUTED, VERMILION, Frame, Picture, Sketch, draw
from whence.wording import Language

_HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}
_GREY = "#b9c2ca"  # for what nobody named: lighter than any value's bar
_STEP, _BAR = 27, 15  # pixels of a row, and of its bar
_OWN = f"""
.whence .closes, .whence .open {{ font-size: .9375rem; margin: 0 0 .35rem; }}
.whence .closes::before {{ content: '✓ '; }}
.whence .open {{ border-left: 3px solid {VERMILION}; padding-left: .7rem; }}
.whence .jump {{ list-style: none; padding: 0; margin: 1rem 0 0;
  display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }}
.whence .unnamed > * {{ color: var(--muted); font-weight: 400; }}
"""
_WORDS_ABOVE = 400  # in a narrower picture the words stand above the bar


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row as people read it; ``n`` is the length of its bar."""

    label: str
    n: int
    count: str
    cells: tuple[str, ...]
    is_named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """One table: its heads (the first two of the row and its count), its check in a sentence."""

    name: str
    title: str
    of: str
    heads: tuple[str, ...]
    rows: tuple[RowView, ...]
    checks: tuple[str, ...]
    closes: bool | None
    asides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesView:
    """The whole page."""

    title: str
    kind: str
    headline: str
    lede: str
    figures: tuple[KeyFigure, ...]
    notes: tuple[str, ...]
    tables: tuple[TableView, ...]
    skip: str
    zone: str
    caution: str


def render_tables(view: TablesView, language: Language) -> str:
    """Return the page: self-contained, readable offline, without scripts."""
    pictures = {
        table.name: _picture(table)
        for table in view.tables
        if any(row.is_named and row.n for row in table.rows)
    }
    return (
        _environment()
        .get_template("tables.html.j2")
        .render(
            view=view, pictures=pictures, html_language=_HTML_LANGUAGE[language], style=_style()
        )
    )


def _picture(table: TableView) -> Picture:
    told = "; ".join(f"{row.label}: {row.count}" for row in table.rows)
    return draw(
        lambda frame: bars(table.rows, frame),
        title=f"{table.title}, {table.of}",
        description=told,
    )


def bars(rows: Sequence[RowView], frame: Frame) -> Sketch:
    """Draw one bar a row; what nobody named is grey, so that it is not taken for a value."""
    import altair as alt  # noqa: PLC0415  heavy, wanted by drawings alone

    is_narrow = frame.width < _WORDS_ABOVE
    step = 2 * _STEP - 8 if is_narrow else _STEP
    words = 0 if is_narrow else min(300, 24 + max(_width(row.label) for row in rows))
    inner = frame.width - words - 52  # room for the count behind the longest bar
    top = max(1, *(row.n for row in rows))
    data = [
        {
            "x": words,
            "x2": words + inner * row.n / top,
            "y": i * step + (33 if is_narrow else step / 2),
            "label": row.label,
            "lx": 0 if is_narrow else words - 10,
            "ly": i * step + 12 if is_narrow else i * step + step / 2,
            "count": row.count,
            "tx": words + inner * row.n / top + 6,
            "colour": BLUE if row.is_named else _GREY,
            "ink": INK if row.is_named else MUTED,
        }
        for i, row in enumerate(rows)
    ]
    height = len(rows) * step
    flat = {"domain": [0, frame.width], "nice": False, "zero": False}
    upright = {"domain": [height, 0], "nice": False, "zero": False}

    def x(name: str) -> object:
        return alt.X(f"{name}:Q", scale=flat, axis=None)

    def y(name: str) -> object:
        return alt.Y(f"{name}:Q", scale=upright, axis=None)

    base = alt.Chart(alt.NamedData("rows"))
    ink = alt.Color("ink:N", scale=None, legend=None)
    names = base.mark_text(
        align="left" if is_narrow else "right",
        baseline="middle",
        limit=frame.width if is_narrow else words - 10,
    )
    layers = alt.layer(
        base.mark_rule(strokeWidth=_BAR).encode(
            x=x("x"), x2="x2:Q", y=y("y"), color=alt.Color("colour:N", scale=None, legend=None)
        ),
        names.encode(x=x("lx"), y=y("ly"), text="label:N", color=ink),
        base.mark_text(align="left", baseline="middle", fontWeight="bold").encode(
            x=x("tx"), y=y("y"), text="count:N", color=ink
        ),
    ).properties(width=frame.width, height=height)
    return Sketch(chart=layers, rows={"rows": data})


def _width(text: str) -> int:
    """Return about how wide a text is at 13 pixels: Chinese takes a square, Latin half of one."""
    return sum(13 if ord(letter) > 0x2E7F else 7 for letter in text)  # noqa: PLR2004  CJK begins


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("whence.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    folder = files("whence.pages").joinpath("templates")
    text = folder.joinpath("report.css").read_text("utf-8")
    return Markup(text + _OWN)  # noqa: S704  our own file, no facts in it

"""The whole report as one page, and a light part of it for notebooks.

The same trace gives the same bytes: no clock, no random ids, no order that a thread decides.
"""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from whence.model import Trace
from whence.pages import exposure, figures, record, suspects
from whence.pages.answer import answer
from whence.pages.steps import steps
from whence.pages.suspects import N_DRAWN, SuspectView
from whence.pages.voice import Voice

if TYPE_CHECKING:
    from whence.wording import Language

_HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}


def render(trace: Trace, language: "Language" = "en") -> str:
    """Return ``report.html``: self-contained, readable offline, without scripts."""
    voice = Voice(language=language)
    exposed = exposure.view(trace, voice)
    findings = _findings(trace, voice, n_drawn=N_DRAWN)
    observed = trace.observed
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            t=voice.say,
            html_language=_HTML_LANGUAGE[language],
            style=_style(),
            trace=trace,
            alone=trace.basis == "victims alone",
            observed=figures.days(observed.start, observed.end, language) if observed else None,
            answer=answer(trace, exposed, voice),
            named=[finding for finding in findings if finding.named],
            weaker=[finding for finding in findings if not finding.named],
            findings=findings,
            n_open=N_DRAWN,
            shares=suspects.compared(trace, voice),
            exposure=exposed,
            steps=steps(trace, voice),
            unexplained=_unexplained(trace, voice),
            unexplained_ids=suspects.ids(trace.unexplained_report_ids, "unexplained-ids", voice),
            record=record.view(trace, voice),
            limits=voice.notes(trace.limits),
            notes=voice.notes(trace.notes),
        )
    )


def fragment(trace: Trace, language: "Language" = "en") -> str:
    """Return the answer for a notebook: the first screen and the strongest finding's picture."""
    voice = Voice(language=language)
    exposed = exposure.view(trace, voice, drawn=False)
    findings = _findings(trace, voice, n_drawn=1)
    return (
        _environment()
        .get_template("fragment.html.j2")
        .render(
            t=voice.say,
            html_language=_HTML_LANGUAGE[language],
            style=_style(),
            alone=trace.basis == "victims alone",
            answer=answer(trace, exposed, voice),
            named=[finding for finding in findings if finding.named],
            findings=findings,
        )
    )


def _findings(trace: Trace, voice: Voice, *, n_drawn: int) -> list[SuspectView]:
    return [
        suspects.view(finding, rank, trace, voice, drawn=rank <= n_drawn)
        for rank, finding in enumerate(trace.findings, start=1)
    ]


def _unexplained(trace: Trace, voice: Voice) -> str | None:
    n, used = len(trace.unexplained_report_ids), trace.inputs.reports_used
    if not used or not trace.findings:
        return None
    if not n:
        return voice.say("unexplained-none")
    return voice.counted(
        "unexplained-text", n, used=figures.whole(used), share=figures.percent(n / used)
    )


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
    text = files("whence.pages").joinpath("templates/report.css").read_text("utf-8")
    return Markup(text)  # noqa: S704  our own file, no facts in it

"""The first screen: the answer, how sure it is, and what it is not."""

from dataclasses import dataclass

from whence.model import Trace
from whence.pages import figures
from whence.pages.exposure import ExposureView
from whence.pages.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One large number on the first screen."""

    value: str
    label: str
    aside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reader knows after ten seconds."""

    headline: str
    lede: str
    caution: str | None
    figures: tuple[KeyFigure, ...]


def answer(trace: Trace, exposure: ExposureView, voice: Voice) -> Answer:
    """Return the first screen."""
    n_named, used = len(trace.named), trace.inputs.reports_used
    alone = trace.basis == "victims alone"
    if trace.verdict == "too few reports":
        headline, lede = voice.say("headline-few"), "lede-few"
    elif not n_named:
        headline, lede = voice.say("headline-nothing"), "lede-nothing"
    else:
        stem = "common" if alone else "found"
        headline = voice.counted(f"headline-{stem}", n_named, n=voice.spelled(n_named))
        lede = f"lede-{stem}"
    caution = voice.say("caution-common" if alone else "caution-suspect") if n_named else None
    return Answer(
        headline=headline[:1].upper() + headline[1:],
        lede=voice.counted(lede, used),
        caution=caution,
        figures=_figures(trace, exposure, voice),
    )


def _figures(trace: Trace, exposure: ExposureView, voice: Voice) -> tuple[KeyFigure, ...]:
    counts, n_left = trace.inputs, len(trace.unexplained_report_ids)
    found = [
        KeyFigure(
            value=figures.whole(counts.reports_used),
            label=voice.counted("figure-used", counts.reports_used),
            aside=voice.say("figure-used-aside", n=figures.whole(counts.reports)),
        )
    ]
    if trace.named:
        found.append(
            KeyFigure(
                value=figures.whole(counts.reports_used - n_left),
                label=voice.say("figure-explained"),
                aside=voice.counted("figure-explained-aside", n_left)
                if n_left
                else voice.say("figure-explained-all"),
            )
        )
    else:
        found.append(
            KeyFigure(value=figures.whole(counts.custodians), label=voice.say("figure-custodians"))
        )
    if counts.orders and not exposure.n:
        found.append(
            KeyFigure(value=figures.whole(counts.orders), label=voice.say("figure-orders"))
        )
    if exposure.n:
        found.append(
            KeyFigure(
                value=exposure.total,
                label=voice.say("figure-exposed"),
                aside=voice.say("figure-exposed-aside", n=exposure.expected),
            )
        )
    if exposure.half_by:
        found.append(KeyFigure(value=exposure.half_by, label=voice.say("figure-half")))
    return tuple(found)

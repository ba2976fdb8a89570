"""Who is exposed and when calls are due, from the Arrow table and the weeks of a trace."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whence.model import DAY, Instant, Trace
from whence.pages import figures
from whence.pages.charts import Bar, due_weeks
from whence.pages.drawing import Picture, draw
from whence.pages.voice import Voice

if TYPE_CHECKING:
    import numpy as np

_EDGES = (0.9, 0.5, 0.2, 0.05)  # bins of probability, from the surest down


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """A row of a table whose count is also drawn as a bar."""

    name: str
    count: str
    meter: str
    expected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One week of calls to come."""

    start: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureView:
    """What is said about the exposed."""

    n: int
    total: str
    expected: str
    bins: tuple[BarRow, ...]
    suspects: tuple[BarRow, ...]
    weeks: tuple[WeekRow, ...]
    half_by: str | None
    picture: Picture | None


def view(trace: Trace, voice: Voice, *, drawn: bool = True) -> ExposureView:
    """Return the exposed in words and bars."""
    n = trace.exposed.num_rows
    probability = trace.exposed["probability"].to_numpy()
    half = _half_by(trace)
    return ExposureView(
        n=n,
        total=figures.whole(n),
        expected=figures.whole(float(probability.sum())) if n else "0",
        bins=_bins(probability, voice) if n else (),
        suspects=_by_suspect(trace, voice) if n else (),
        weeks=tuple(
            WeekRow(
                start=figures.day(week.start, voice.language),
                share=figures.percent(week.expected_share),
            )
            for week in trace.due
        ),
        half_by=figures.day(half, voice.language) if half is not None else None,
        picture=_drawn(trace, voice) if drawn and len(trace.due) > 1 else None,
    )


def _bins(probability: "np.ndarray", voice: Voice) -> tuple[BarRow, ...]:
    counts, names, upper = [], [], None
    for edge in (*_EDGES, 0.0):
        inside = (
            probability >= edge if upper is None else (probability >= edge) & (probability < upper)
        )
        counts.append(int(inside.sum()))
        names.append(_bin_name(edge, upper, voice))
        upper = edge
    while counts[-1] == 0:
        counts.pop()
    most = max(counts)
    return tuple(
        BarRow(name=name, count=figures.whole(count), meter=figures.meter(count / most))
        for name, count in zip(names, counts, strict=False)
    )


def _bin_name(low: float, high: float | None, voice: Voice) -> str:
    if high is None:
        return voice.say("bin-from", low=f"{low:.0%}")
    if low <= 0:
        return voice.say("bin-below", high=f"{high:.0%}")
    return voice.say("bin-between", low=f"{low:.0%}", high=f"{high:.0%}")


def _by_suspect(trace: Trace, voice: Voice) -> tuple[BarRow, ...]:
    sums = (
        trace.exposed.select(["suspect_id", "probability"])
        .group_by("suspect_id", use_threads=False)  # one order of summing, the same bytes
        .aggregate([("probability", "count"), ("probability", "sum")])
        .to_pylist()
    )
    names = {finding.suspect.id: finding.suspect for finding in reversed(trace.findings)}
    most = max(row["probability_count"] for row in sums)
    return tuple(
        BarRow(
            name=voice.suspect(names[row["suspect_id"]], first=True)
            if row["suspect_id"] in names
            else str(row["suspect_id"]),
            count=figures.whole(row["probability_count"]),
            meter=figures.meter(row["probability_count"] / most),
            expected=figures.decimal(row["probability_sum"]),
        )
        for row in sorted(sums, key=lambda row: (-row["probability_count"], str(row["suspect_id"])))
    )


def _half_by(trace: Trace) -> Instant | None:
    """Return the end of the week by which half of the calls to come are expected."""
    reached = 0.0
    total = sum(week.expected_share for week in trace.due)
    for week in trace.due:
        reached += week.expected_share
        if total > 0 and reached >= total / 2:
            return week.start + 7 * DAY
    return None


def _drawn(trace: Trace, voice: Voice) -> Picture | None:
    bars = [Bar(day=week.start // DAY, share=week.expected_share) for week in trace.due]
    while len(bars) > 2 and bars[-1].share < 0.005:  # noqa: PLR2004  a bar nobody could see
        bars.pop()
    told = " ".join(
        voice.say(
            "due-description",
            share=figures.percent(bar.share),
            day=figures.day(bar.day * DAY, voice.language),
        )
        for bar in bars
    )
    return draw(
        lambda frame: due_weeks(bars, voice.language, frame),
        title=voice.say("due-title"),
        description=told,
    )

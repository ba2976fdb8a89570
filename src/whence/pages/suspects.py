"""One finding as its reader meets it: what is said about a suspect, and from which numbers."""

from dataclasses import dataclass

from whence.model import DAY, NAMED, Finding, Timeline, Trace
from whence.pages import figures
from whence.pages.charts import ShareRow, StripTitles, shares, timeline
from whence.pages.drawing import Frame, Picture, Sketch, draw
from whence.pages.ties import TieMember, members, settling, tied_with
from whence.pages.voice import Voice

N_DRAWN = 4  # pictures beyond these cost seconds, and nobody compares more
N_IDS = 200  # ids shown; all stand in trace.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A number with its name and what must be known to read it."""

    term: str
    text: str
    aside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Ids of reports, the first of them in full."""

    heading: str
    shown: tuple[str, ...]
    more: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectView:
    """A finding in words."""

    anchor: str
    name: str
    title: str
    posterior: float
    named: bool
    certainty: str
    chance: str
    meter: str
    window: str | None
    summary: str
    n_reports: str
    by_chance: str
    facts: tuple[Fact, ...]
    why: tuple[str, ...]
    members: tuple[TieMember, ...]
    tied_with: str | None
    ties_lead: str
    settling: tuple[str, ...]
    ids: Ids | None
    picture: Picture | None


def view(finding: Finding, rank: int, trace: Trace, voice: Voice, *, drawn: bool) -> SuspectView:
    """Return one finding in words, with its picture if it is to be drawn."""
    counts = finding.reports
    window = finding.window
    return SuspectView(
        anchor=f"finding-{rank}",
        name=voice.suspect(finding.suspect, first=True),
        title=voice.either(finding, first=True),
        posterior=finding.posterior,
        named=finding.posterior >= NAMED,
        certainty=voice.certainty(finding.posterior),
        chance=figures.chance(finding.posterior),
        meter=figures.meter(finding.posterior),
        window=figures.days(window.start, window.end, voice.language) if window else None,
        summary=_summary(finding, trace, voice),
        n_reports=figures.whole(counts.in_window),
        by_chance=figures.decimal(counts.expected_by_chance),
        facts=_facts(finding, trace, voice),
        why=voice.notes(finding.why),
        members=members(finding, voice),
        tied_with=tied_with(finding, voice),
        ties_lead=voice.say("ties-lead", chance=figures.chance(finding.posterior)),
        settling=settling(finding, voice),
        ids=ids(finding.report_ids, "report-ids", voice),
        picture=_over_time(finding, voice) if drawn and finding.timeline else None,
    )


def ids(report_ids: tuple[str, ...], heading: str, voice: Voice) -> Ids | None:
    """Return report ids for folding away, or None where there are none."""
    if not report_ids:
        return None
    n_more = len(report_ids) - N_IDS
    return Ids(
        heading=voice.say(heading, n=figures.whole(len(report_ids))),
        shown=report_ids[:N_IDS],
        more=voice.say("ids-more", n=figures.whole(n_more)) if n_more > 0 else None,
    )


def _share_of_orders(finding: Finding, trace: Trace) -> str | None:
    if finding.orders_in_window is None or not trace.inputs.orders:
        return None
    return figures.percent(finding.orders_in_window / trace.inputs.orders)


def _interval(low: float, high: float, voice: Voice) -> str:
    return voice.say("interval", low=figures.percent(low), high=figures.percent(high))


def _summary(finding: Finding, trace: Trace, voice: Voice) -> str:
    counts = finding.reports
    key = "summary-window" if trace.basis == "custody" else "summary-common"
    return voice.counted(
        key,
        counts.in_window,
        used=figures.whole(trace.inputs.reports_used),
        chance=figures.decimal(counts.expected_by_chance),
    )


def _facts(finding: Finding, trace: Trace, voice: Voice) -> tuple[Fact, ...]:
    counts, used = finding.reports, trace.inputs.reports_used
    facts = [*_names(finding, voice)]
    if finding.window is not None:
        text = figures.minutes(finding.window.start, finding.window.end, voice.language)
        facts.append(
            Fact(term=voice.say("fact-window"), text=text, aside=voice.say("fact-window-aside"))
        )
    if finding.orders_in_window is not None:
        facts.append(_orders(finding, finding.orders_in_window, trace, voice))
    facts.append(
        Fact(
            term=voice.say("fact-reports" if trace.basis == "custody" else "fact-reports-common"),
            text=figures.whole(counts.in_window),
            aside=voice.say(
                "fact-reports-aside",
                share=figures.percent(counts.in_window / used) if used else "–",
                interval=_interval(*figures.wilson(counts.in_window, used), voice),
                chance=figures.decimal(counts.expected_by_chance),
            ),
        )
    )
    if trace.basis == "custody":
        facts.append(
            Fact(
                term=voice.say("fact-explained"),
                text=figures.decimal(min(counts.explained, counts.in_window)),
                aside=voice.say("fact-explained-aside"),
            )
        )
    if (rate := finding.report_rate) is not None:
        facts.append(
            Fact(
                term=voice.say("fact-rate"),
                text=figures.percent(rate.estimate),
                aside=voice.say("fact-rate-aside", interval=_interval(rate.low, rate.high, voice)),
            )
        )
    facts.append(
        Fact(
            term=voice.say("fact-strength"),
            text=voice.say("fact-strength-text", odds=figures.odds(finding.log10_bayes_factor)),
            aside=voice.say("fact-strength-aside"),
        )
    )
    if trace.basis == "custody":
        facts.append(Fact(term=voice.say("fact-mode"), text=voice.say(f"mode-{finding.mode}")))
    return tuple(facts)


def _names(finding: Finding, voice: Voice) -> list[Fact]:
    suspect, facts = finding.suspect, []
    if suspect.name and suspect.name != suspect.id:
        facts.append(Fact(term=voice.say("also-named"), text=suspect.name))
    if suspect.parent_id:
        facts.append(Fact(term=voice.say("belongs-to"), text=suspect.parent_id))
    return facts


def _orders(finding: Finding, n_orders: int, trace: Trace, voice: Voice) -> Fact:
    aside = None
    share = _share_of_orders(finding, trace)
    if finding.n_orders_held is not None and share is not None:
        aside = voice.say("fact-orders-aside", n=figures.whole(finding.n_orders_held), share=share)
    return Fact(term=voice.say("fact-orders"), text=figures.whole(n_orders), aside=aside)


def _over_time(finding: Finding, voice: Voice) -> Picture | None:
    line = finding.timeline
    if line is None or not line.orders:
        return None
    titles = StripTitles(
        orders=voice.say("strip-orders"),
        touched=voice.say("strip-touched"),
        calls=voice.say("strip-calls"),
    )

    def chart(frame: Frame) -> Sketch:
        return timeline(line, finding.window, titles, voice.language, frame)

    return draw(
        chart,
        title=voice.say("timeline-title", suspect=voice.suspect(finding.suspect, first=True)),
        description=_told(line, finding, voice),
    )


def _told(line: Timeline, finding: Finding, voice: Voice) -> str:
    window = ""
    if finding.window is not None:
        window = voice.say(
            "timeline-window",
            start=figures.day(finding.window.start, voice.language),
            end=figures.day(max(finding.window.start, finding.window.end - 1), voice.language),
        )
    last = line.first_day + len(line.orders) - 1
    return voice.say(
        "timeline-description",
        start=figures.day(line.first_day * DAY, voice.language),
        end=figures.day(last * DAY, voice.language),
        orders=figures.whole(sum(line.orders)),
        touched=figures.whole(sum(line.touched)),
        calls=figures.whole(sum(line.calls)),
        window=window,
    ).strip()


def compared(trace: Trace, voice: Voice) -> Picture | None:
    """Draw every finding's share of reports against its share of orders, or against chance."""
    used = trace.inputs.reports_used
    rows = tuple(_share_row(finding, trace, voice) for finding in trace.findings) if used else ()
    if not rows:
        return None
    told = " ".join(
        voice.say(
            "shares-description",
            suspect=row.label,
            found=figures.percent(row.found),
            expected=voice.say("unknown")
            if row.expected is None
            else figures.percent(row.expected),
        )
        for row in rows
    )
    title = voice.say("shares-title" if trace.basis == "custody" else "shares-title-chance")
    return draw(lambda frame: shares(rows, frame), title=title, description=told)


def _share_row(finding: Finding, trace: Trace, voice: Voice) -> ShareRow:
    used = trace.inputs.reports_used
    low, high = figures.wilson(finding.reports.in_window, used)
    expected: float | None = finding.reports.expected_by_chance / used
    if trace.basis == "custody":
        known = finding.orders_in_window is not None and trace.inputs.orders
        expected = (finding.orders_in_window or 0) / trace.inputs.orders if known else None
    name = voice.suspect(finding.suspect, first=True)
    return ShareRow(
        label=name if len(name) <= 30 else f"{name[:29]}…",  # noqa: PLR2004  as a phone is wide
        expected=expected,
        found=finding.reports.in_window / used,
        low=low,
        high=high,
    )

"""What the answer stands on: inputs, rows set aside, priors, and the custodians weighed."""

from dataclasses import dataclass

from whence.model import Trace
from whence.pages import figures
from whence.pages.suspects import Fact
from whence.pages.voice import Voice

_N_CANDIDATES = 15  # enough to see who came next; all stand in candidates.parquet


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """The foot of the page: rows of plain tables."""

    inputs: tuple[Fact, ...]
    rejected_lead: str
    rejected: tuple[tuple[str, str, str], ...]
    priors: tuple[tuple[str, str, str], ...]
    candidates_heading: str
    candidates: tuple[tuple[str, str, str, str, str], ...]
    delay: str | None


def view(trace: Trace, voice: Voice) -> RecordView:
    """Return the foot of the page."""
    n_rejected = sum(trace.inputs.rejected.values())
    return RecordView(
        inputs=_inputs(trace, voice),
        rejected_lead=voice.counted("rejected-lead", n_rejected)
        if n_rejected
        else voice.say("rejected-none"),
        rejected=_rejected(trace, voice),
        priors=_priors(trace, voice),
        candidates_heading=voice.say("candidates", n=figures.whole(trace.inputs.custodians)),
        candidates=_candidates(trace, voice),
        delay=_delay(trace, voice),
    )


def _inputs(trace: Trace, voice: Voice) -> tuple[Fact, ...]:
    counts = trace.inputs
    shown = {
        "in-orders": counts.orders,
        "in-accesses": counts.accesses,
        "in-custodians": counts.custodians,
        "in-reports": counts.reports,
        "in-reports-used": counts.reports_used,
    }
    if trace.basis == "victims alone":
        del shown["in-orders"], shown["in-accesses"]
    return tuple(Fact(term=voice.say(key), text=figures.whole(n)) for key, n in shown.items())


def _rejected(trace: Trace, voice: Voice) -> tuple[tuple[str, str, str], ...]:
    by_count = sorted(trace.inputs.rejected.items(), key=lambda item: (-item[1], item[0]))
    return tuple((*voice.reason(key), figures.whole(n)) for key, n in by_count if n)


def _priors(trace: Trace, voice: Voice) -> tuple[tuple[str, str, str], ...]:
    joint = "" if voice.language == "zh" else " "
    return tuple(
        (
            f"{voice.kind(prior.kind)}{joint}{prior.id}",
            voice.say("prior-cleared")
            if prior.factor == 0
            else voice.say("prior-factor", factor=f"{prior.factor:g}"),
            prior.reason or voice.say("no-reason"),
        )
        for prior in trace.priors
    )


def _candidates(trace: Trace, voice: Voice) -> tuple[tuple[str, str, str, str, str], ...]:
    joint = "" if voice.language == "zh" else " "
    rows = trace.candidates.slice(0, _N_CANDIDATES).to_pylist()
    return tuple(
        (
            f"{voice.kind(row['kind'])}{joint}{row['id']}",
            figures.chance(row["posterior"]) if row["posterior"] is not None else "–",
            f"{row['log10_bayes_factor']:.1f}".replace("-", "−"),
            figures.whole(row["reports_touched"] or 0),
            figures.whole(row["orders_held"]) if row["orders_held"] is not None else "–",
        )
        for row in rows
    )


def _delay(trace: Trace, voice: Voice) -> str | None:
    delay = trace.delay
    if delay is None:
        return None
    return voice.say(
        "delay-text",
        q10=figures.decimal(delay.q10_days),
        q50=figures.decimal(delay.q50_days),
        q90=figures.decimal(delay.q90_days),
    )

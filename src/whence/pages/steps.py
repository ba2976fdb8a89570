"""What to do next: honest advice that follows from what was found, and from what was not."""

from dataclasses import dataclass

from whence.model import Trace
from whence.pages import figures
from whence.pages.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do: its name and how."""

    title: str
    text: str


def steps(trace: Trace, voice: Voice) -> tuple[Step, ...]:
    """Return the next steps, the most pressing first."""
    if trace.basis == "victims alone":
        keys = ["orders", "shares", "ask"]
        return tuple(_step(key, voice) for key in keys)
    if not trace.named:
        return tuple(_step(key, voice) for key in ("ask", "complete"))
    found = [_preserve(trace, voice), _step("look", voice)]
    if trace.exposed.num_rows:
        found += [_step("warn", voice), _step("law", voice)]
    found.append(_step("hear", voice))
    tied = [finding for finding in trace.named if finding.indistinguishable_from]
    if tied:
        name = voice.suspect(tied[0].suspect)
        ask = Step(title=voice.say("step-ask"), text=voice.say("step-ask-tied", suspect=name))
        found += [ask, _step("marks", voice)]
    else:
        found.append(_step("ask", voice))
    return tuple(found)


def _step(key: str, voice: Voice) -> Step:
    return Step(title=voice.say(f"step-{key}"), text=voice.say(f"step-{key}-text"))


def _preserve(trace: Trace, voice: Voice) -> Step:
    title = voice.say("step-preserve")
    finding = trace.named[0]
    if len(trace.named) > 1 or finding.indistinguishable_from or finding.window is None:
        return Step(title=title, text=voice.say("step-preserve-many"))
    span = figures.days(finding.window.start, finding.window.end, voice.language)
    name = voice.suspect(finding.suspect)
    return Step(title=title, text=voice.say("step-preserve-text", suspect=name, span=span))

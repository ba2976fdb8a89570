"""The rows of the tables of ``whence diff``: what it is, before, now; only where they differ."""

from collections.abc import Iterator
from typing import TypeAlias

from whence.comparison.answers import Answer, Found, Weighed
from whence.comparison.changes import Comparison, FindingChange
from whence.comparison.printed import inputs_changed
from whence.comparison.voice import name_of
from whence.model import Delay, Estimate, Suspect, Window
from whence.pages.figures import chance, days, decimal, minute, percent, whole
from whence.pages.voice import Voice
from whence.wording import Language, say

Row: TypeAlias = tuple[str, str, str]  # what it is, before, now

_OF_A_FINDING = (
    "posterior",
    "factor",
    "touched",
    "suspect",
    "tied",
    "window",
    "mode",
    "explained",
    "in-window",
    "chance",
    "rate",
    "orders-in-window",
    "exposed",
)
# Of a finding that stands in one answer only, there is nothing to compare the others with.
_OF_ONE_SIDE = ("posterior", "factor", "touched", "tied", "window", "explained", "exposed")
_COUNTS = ("orders", "accesses", "custodians", "reports", "reports_used")


class Speaker:
    """Says the phrases of ``whence diff`` in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._voice = Voice(language=language)

    def say(self, key: str, /, **facts: object) -> str:
        """Return the phrase ``diff.key``."""
        return say(f"diff.{key}", self.language, **facts)

    def caution(self) -> str:
        """Return what a suspect is not."""
        return say("cli.caution", self.language)

    def suspect(self, suspect: Suspect) -> str:
        """Return kind and id."""
        return name_of(suspect, self.language)

    def named(self, kind: str, custodian_id: str) -> str:
        """Return kind and id of somebody who stands in no finding."""
        return name_of(Suspect(kind=kind, id=custodian_id), self.language)

    def joined(self, *sentences: str) -> str:
        """Return sentences as one paragraph."""
        return self._voice.joined(*sentences)

    def rejected(self, key: str) -> str:
        """Return table and reason of rows set aside."""
        table, reason = self._voice.reason(key)
        return self.say("row-rejected", table=table, reason=reason)


def made_rows(comparison: Comparison, speaker: Speaker) -> list[Row]:
    """Return what differs in what went in and in how the answers were made."""
    before, after = comparison.before, comparison.after
    changed = inputs_changed(before, after)
    rows: list[Row] = []
    for name in _COUNTS:
        if name in changed:
            pair = changed[name]
            label = speaker.say(f"row-{name.replace('_', '-')}")
            rows.append((label, whole(pair["before"]), whole(pair["after"])))
    for key, pair in changed.get("rejected", {}).items():
        rows.append((speaker.rejected(key), whole(pair["before"]), whole(pair["after"])))
    sides = [dict(_made(answer, speaker)) for answer in (before, after)]
    return rows + [
        (label, sides[0][label], sides[1][label])
        for label in sides[0]
        if sides[0][label] != sides[1][label]
    ]


def _made(answer: Answer, speaker: Speaker) -> Iterator[tuple[str, str]]:
    observed, unknown = answer.observed, speaker.say("unknown")
    basis = answer.basis.replace(" ", "-")
    yield speaker.say("row-basis"), speaker.say(f"basis-{basis}")
    for edge in ("start", "end"):
        at = None if observed is None else getattr(observed, edge)
        told = unknown if at is None else minute(at, speaker.language)
        yield speaker.say(f"row-observed-{edge}"), told
    yield speaker.say("row-delay"), _delay(answer.delay, speaker)
    yield speaker.say("row-version"), answer.version or unknown


def _delay(delay: Delay | None, speaker: Speaker) -> str:
    if delay is None:
        return speaker.say("unknown")
    quantiles = (delay.q50_days, delay.q10_days, delay.q90_days)
    middle, low, high = map(decimal, quantiles)
    return speaker.say("delay", middle=middle, low=low, high=high)


def rows_of(change: FindingChange, speaker: Speaker) -> list[Row]:
    """Return what is told of a finding before and now, where the two differ as they are told."""
    former, current = change.evidence[0].before, change.evidence[-1].after
    before = _told(change.before, former, change.exposed_before, speaker)
    after = _told(change.after, current, change.exposed_after, speaker)
    return [
        (speaker.say(f"row-{key}"), before[key], after[key])
        for key in (_OF_A_FINDING if change.before and change.after else _OF_ONE_SIDE)
        if before[key] != after[key]
    ]


def _told(
    found: Found | None, weighed: Weighed | None, exposed: int, speaker: Speaker
) -> dict[str, str]:
    """Return a finding's figures; where there is none, those of its lead among the weighed."""
    none = "-"
    held = found or weighed
    told = dict.fromkeys(_OF_A_FINDING, none)
    if held is None or held.posterior is None:
        return told | {"posterior": speaker.say("not-weighed")}
    factor = held.log10_bayes_factor
    told["posterior"] = chance(held.posterior)
    told["factor"] = none if factor is None else f"{factor:.1f}"
    if weighed and weighed.reports_touched is not None:
        told["touched"] = whole(weighed.reports_touched)
    if found is None:
        return told
    others = [speaker.suspect(member.suspect) for member in found.members[1:]]
    orders = found.orders_in_window
    return told | {
        "suspect": speaker.suspect(found.lead),
        "tied": speaker.say("joint").join(others) or none,
        "window": _window(found.window, speaker),
        "mode": speaker.say(f"mode-{found.mode}"),
        "explained": whole(len(found.report_ids)),
        "in-window": whole(found.counts.in_window),
        "chance": decimal(found.counts.expected_by_chance),
        "rate": _rate(found.report_rate, speaker),
        "orders-in-window": none if orders is None else whole(orders),
        "exposed": whole(exposed) if exposed else none,
    }


def _window(window: Window | None, speaker: Speaker) -> str:
    return days(window.start, window.end, speaker.language) if window else "-"


def _rate(rate: Estimate | None, speaker: Speaker) -> str:
    if rate is None:
        return "-"
    low, middle, high = map(percent, (rate.low, rate.estimate, rate.high))
    return speaker.say("rate", middle=middle, low=low, high=high)

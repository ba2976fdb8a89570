"""What cannot be told apart, and what would tell it apart."""

from dataclasses import dataclass

from whence.model import Finding, Settling
from whence.pages import figures
from whence.pages.voice import Voice

_N_ON_CARD = 4  # members named on the first screen; the table below it has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class TieMember:
    """One of several that cannot be told apart."""

    name: str
    share: str
    meter: str
    chance: str


def members(finding: Finding, voice: Voice) -> tuple[TieMember, ...]:
    """Return the group with its shares, or nothing where the suspect stands alone."""
    if not finding.indistinguishable_from:
        return ()
    shares = [(finding.suspect, finding.share)]
    shares += [(member.suspect, member.share) for member in finding.indistinguishable_from]
    return tuple(
        TieMember(
            name=voice.suspect(suspect, first=True),
            share=figures.percent(share),
            meter=figures.meter(share),
            chance=figures.chance(share * finding.posterior),
        )
        for suspect, share in shares
    )


def tied_with(finding: Finding, voice: Voice) -> str | None:
    """Return the group in one line."""
    found = members(finding, voice)
    if not found:
        return None
    named = [
        member.name + voice.say("in-brackets", text=member.share) for member in found[:_N_ON_CARD]
    ]
    if len(found) > len(named):
        named.append("…")
    return voice.say("card-members", members=voice.say("list-comma").join(named))


def settling(finding: Finding, voice: Voice) -> tuple[str, ...]:
    """Return what would tell the members apart: more reports, or other data."""
    if not finding.settling:
        return ()
    lines = [_settled(one, voice) for one in finding.settling]
    if any(one.reports_needed is None for one in finding.settling):
        lines.append(voice.say("settle-data"))
    return tuple(lines)


def _settled(settling: Settling, voice: Voice) -> str:
    other = voice.suspect(settling.other, first=True)
    overlap = voice.say("settle-overlap", other=other, overlap=figures.percent(settling.overlap))
    n = settling.reports_needed
    needed = voice.say("settle-never") if n is None else voice.counted("settle-reports", n)
    return voice.joined(overlap, needed)

"""The answer as a person reads it on a terminal: the suspects first, then what limits them."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from whence.model import NAMED, Finding, Settling, Trace
from whence.pages.figures import chance, days, decimal, percent, whole
from whence.pages.voice import Voice
from whence.pipeline import FILES
from whence.wording import Language, say

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH_OF_A_FILE: Final = 120  # where no terminal says how wide it is
_LEAST_OF_AN_ID: Final = 10  # columns that a narrow terminal leaves it
_LEAST_OF_A_WINDOW: Final = 12
_MOST_LISTED: Final = 20  # findings on a screen; all stand in trace.json


def console_for_answers() -> Console:
    """Return the console that answers go to: colours on a terminal only, never with NO_COLOR."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_A_FILE)


def tell_answer(trace: Trace, out: Path, language: Language) -> None:
    """Print the answer on standard output."""
    console = console_for_answers()
    teller = _Teller(trace, language)
    for part in teller.parts():
        console.print(part)
    console.print(teller.say("caution"))
    console.print(teller.say("files", folder=escape(str(out)), files=", ".join(reversed(FILES))))


class _Teller:
    """Says the parts of one answer in one language."""

    def __init__(self, trace: Trace, language: Language) -> None:
        self._trace = trace
        self._language = language
        self._voice = Voice(language=language)
        self._exposed = _exposed_by_suspect(trace)

    def say(self, key: str, /, **facts: object) -> str:
        """Return the phrase ``cli.key``."""
        return say(f"cli.{key}", self._language, **facts)

    def parts(self) -> "list[RenderableType]":
        """Return what is printed, top to bottom."""
        trace = self._trace
        found: list[RenderableType] = [Text(self._headline(), style="bold")]
        if trace.findings:
            found += [self._table(), *map(Text, self._ties())]
        if len(trace.findings) > _MOST_LISTED:
            found.append(self.say("more-findings", n=len(trace.findings) - _MOST_LISTED))
        found += [
            self.say(
                "unexplained",
                n=whole(len(trace.unexplained_report_ids)),
                used=whole(trace.inputs.reports_used),
            ),
            *self._exposure(),
            *map(Text, self._told()),
            "",
        ]
        return found

    def _headline(self) -> str:
        trace = self._trace
        key = trace.verdict.replace(" ", "-")
        if trace.verdict == "suspects found" and trace.basis == "victims alone":
            key = "common-points-found"
        return self.say(
            f"verdict-{key}",
            n=len(trace.named),
            reports=whole(trace.inputs.reports_used),
            custodians=whole(trace.inputs.custodians),
        )

    def _table(self) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(self.say("column-suspect"), overflow="fold", min_width=_LEAST_OF_AN_ID)
        table.add_column(self.say("column-kind"), overflow="fold")
        table.add_column(self.say("column-posterior"), justify="right", no_wrap=True)
        table.add_column(self.say("column-window"), min_width=_LEAST_OF_A_WINDOW)
        for key in ("column-reports", "column-chance", "column-exposed"):
            table.add_column(self.say(key), justify="right", no_wrap=True)
        for finding in self._trace.findings[:_MOST_LISTED]:
            style = "bold" if finding.posterior >= NAMED else "dim"
            table.add_row(*map(Text, self._row(finding)), style=style)
        return table

    def _row(self, finding: Finding) -> tuple[str, ...]:
        window, reports = finding.window, finding.reports
        n_tied = len(finding.indistinguishable_from)
        return (
            finding.suspect.id + (f" +{n_tied}" if n_tied else ""),
            self._voice.kind(finding.suspect.kind),
            chance(finding.posterior),
            days(window.start, window.end, self._language) if window else "-",
            f"{decimal(min(reports.explained, reports.in_window))}/{reports.in_window}",
            decimal(reports.expected_by_chance),
            whole(self._exposed.get(finding.suspect.id, 0)),
        )

    def _ties(self) -> list[str]:
        """Return a line for each group that the observations cannot tell apart."""
        lines = []
        for finding in self._trace.findings[:_MOST_LISTED]:
            members = [(finding.suspect, finding.share)]
            members += [(tied.suspect, tied.share) for tied in finding.indistinguishable_from]
            if len(members) == 1:
                continue
            named = self.say("list-joint").join(
                f"{self._voice.suspect(suspect)} ({percent(share)})" for suspect, share in members
            )
            lines.append(self.say("tie", members=named))
            lines += [self._settling(settling) for settling in finding.settling]
        return lines

    def _settling(self, settling: Settling) -> str:
        other = self._voice.suspect(settling.other)
        if settling.reports_needed is None:
            return self.say("settle-never", other=other)
        return self.say("settle", other=other, n=settling.reports_needed)

    def _exposure(self) -> list[str]:
        trace = self._trace
        if not trace.exposed.num_rows:
            return []
        lines = [self.say("exposed", n=whole(trace.exposed.num_rows))]
        if trace.delay:
            delay = trace.delay
            lines.append(
                self.say(
                    "delay",
                    q10=decimal(delay.q10_days),
                    q50=decimal(delay.q50_days),
                    q90=decimal(delay.q90_days),
                )
            )
        return lines

    def _told(self) -> list[str]:
        """Return what was set aside, what intake told, and what an analyst set."""
        rejected = self._trace.inputs.rejected
        lines = []
        if rejected:
            lines.append(self.say("rejected", n=whole(sum(rejected.values()))))
            for key, n in sorted(rejected.items()):
                table, reason = self._voice.reason(key)
                lines.append(self.say("rejected-row", table=table, reason=reason, n=whole(n)))
        lines += [self.say("note", text=text) for text in self._voice.notes(self._trace.notes)]
        for prior in self._trace.priors:
            key = "prior-cleared" if prior.factor == 0 else "prior-factor"
            lines.append(self.say(key, kind=prior.kind, id=prior.id, factor=f"{prior.factor:g}"))
        return lines


def _exposed_by_suspect(trace: Trace) -> dict[str, int]:
    counted = trace.exposed.column("suspect_id").value_counts().to_pylist()
    return {row["values"]: row["counts"] for row in counted}

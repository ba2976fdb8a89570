"""What changed as a person reads it on a terminal: the verdict first, then finding by finding."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whence.cli.answer import console_for_answers
from whence.cli.difference_rows import Row, Speaker, made_rows, rows_of
from whence.comparison.answers import Answer
from whence.comparison.changes import Comparison, FindingChange
from whence.comparison.printed import is_changed, priors_changed
from whence.comparison.reasons import reasons_of
from whence.comparison.reports import Moved, Stand
from whence.comparison.voice import listed, reason_of, said
from whence.pages.figures import whole
from whence.wording import Language

if TYPE_CHECKING:
    from rich.console import RenderableType

_MOST_LISTED: Final = 20  # findings on a screen; all stand in the JSON
_MOST_REASONS: Final = 2  # beside a name at the top; all of them stand with the finding
# Reasons that say in a sentence what the rows of the table say.
_RESTATED: Final = ("in-window", "orders", "evidence-fell", "evidence-rose", "touched")


def tell_difference(comparison: Comparison, language: Language) -> None:
    """Print what changed on standard output."""
    console = console_for_answers()
    for part in _Teller(comparison, Speaker(language)).parts():
        console.print(part)


class _Teller:
    """Says the parts of one comparison in one language."""

    def __init__(self, comparison: Comparison, speaker: Speaker) -> None:
        self._held = comparison
        self._speaker = speaker
        self._say = speaker.say

    def parts(self) -> "Iterator[RenderableType]":
        """Yield what is printed, top to bottom."""
        if not is_changed(self._held):
            key = "only-drift" if self._held.drifted else "nothing"
            yield Text(self._say(key), style="bold")
            return
        yield Text(self._headline(), style="bold")
        yield from map(Text, self._names())
        yield ""
        rows = made_rows(self._held, self._speaker)
        if rows:
            yield Text(self._say("made"), style="bold")
            yield self._table(rows)
        yield from map(Text, self._priors())
        for change in self._held.changed[:_MOST_LISTED]:
            yield from self._finding(change)
        if (more := len(self._held.changed) - _MOST_LISTED) > 0:
            yield Text(self._say("more-findings", n=whole(more)))
        if unchanged := len(self._held.findings) - len(self._held.changed):
            yield Text(self._say("unchanged", n=whole(unchanged)))
        yield from map(Text, self._reports())
        yield from map(Text, self._exposed())
        yield ""
        yield Text(self._speaker.caution())

    def _headline(self) -> str:
        before, after = self._held.before, self._held.after
        if before.verdict != after.verdict:
            words = self._verdict(before), self._verdict(after)
            return self._say("verdict-changed", before=words[0], after=words[1])
        if self._held.newly_named or self._held.no_longer_named:
            n_before, n_after = len(before.named), len(after.named)
            return self._say("names-changed", before=n_before, after=n_after)
        if after.named:
            return self._say("same-names", n=len(after.named))
        return self._say("same-verdict", verdict=self._verdict(after))

    def _verdict(self, answer: Answer) -> str:
        return self._say(f"verdict-{answer.verdict.replace(' ', '-')}", n=len(answer.named))

    def _names(self) -> Iterator[str]:
        """Say who is named no longer, and who now, with the weightiest reasons."""
        for key, changes in (
            ("no-longer-named", self._held.no_longer_named),
            ("newly-named", self._held.newly_named),
        ):
            for change in changes:
                suspect = self._speaker.suspect(change.told.lead)
                reasons = self._reasons(change)[:_MOST_REASONS]
                yield self._speaker.joined(self._say(key, suspect=suspect), *reasons)

    def _reasons(self, change: FindingChange) -> list[str]:
        notes = reasons_of(change, self._held)
        keys = {f"comparison.reason-{name}" for name in _RESTATED}
        own = [note for note in notes if note.phrase not in keys]
        return [said(note, self._speaker.language) for note in own or notes]

    def _finding(self, change: FindingChange) -> "Iterator[RenderableType]":
        yield Text(self._title(change), style="bold")
        if rows := rows_of(change, self._speaker):
            yield self._table(rows)
        told = self._reasons(change) or [self._say("no-reason")]
        for reason in told:
            yield Padding(Text(f"• {reason}"), (0, 0, 0, 2), expand=False)
        yield ""

    def _title(self, change: FindingChange) -> str:
        headed = ("new", "gone", "became named", "lost its name")
        kind = next((kind for kind in headed if kind in change.changes), "changed")
        suspect = self._speaker.suspect(change.told.lead)
        return self._say(f"title-{kind.replace(' ', '-')}", suspect=suspect)

    def _table(self, rows: list[Row]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=True)
        table.add_column("", overflow="fold")
        table.add_column(self._say("column-before"), justify="right", overflow="fold")
        table.add_column(self._say("column-after"), justify="right", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        return table

    def _priors(self) -> Iterator[str]:
        before, after = self._held.before, self._held.after
        for prior in priors_changed(before, after):
            words = [self._factor(prior[side]) for side in ("before", "after")]
            named = self._speaker.named(prior["kind"], prior["id"])
            yield self._say("prior", suspect=named, before=words[0], after=words[1])
        if priors_changed(before, after):
            yield ""

    def _factor(self, priors: list[dict[str, object]]) -> str:
        """Return what an analyst set, in words."""
        words = []
        for prior in priors:
            factor, reason = prior["factor"], prior["reason"]
            word = self._say("prior-cleared") if not factor else f"× {factor:g}"
            words.append(self._say("prior-because", prior=word, why=reason) if reason else word)
        return self._say("joint").join(words) or self._say("prior-none")

    def _reports(self) -> Iterator[str]:
        reports = self._held.reports
        if reports.new:
            bare = [m for m in reports.new if m.after.standing == "unexplained"]
            n, explained = len(reports.new), len(reports.new) - len(bare)
            yield self._say(
                "reports-new", n=whole(n), explained=whole(explained), left=whole(len(bare))
            )
            if bare:
                yield self._say("reports-new-unexplained", ids=self._ids(bare))
        for key, moves in (
            ("reports-found", reports.became_explained),
            ("reports-lost", reports.became_unexplained),
        ):
            if moves:
                yield self._say(key, n=whole(len(moves)), ids=self._ids(moves))
        yield from self._grouped("reports-left", reports.left)
        yield from self._grouped("reports-moved", reports.moved)

    def _grouped(self, key: str, moves: tuple[Moved, ...]) -> Iterator[str]:
        """Say from where to where reports went, a line for each way."""
        ways: dict[tuple[str, str], list[Moved]] = {}
        for move in moves:
            way = self._stand(move.before), self._stand(move.after)
            ways.setdefault(way, []).append(move)
        for (before, after), held in sorted(ways.items()):
            n, ids = whole(len(held)), self._ids(held)
            yield self._say(key, n=n, before=before, after=after, ids=ids)

    def _stand(self, stand: Stand) -> str:
        if stand.by:
            return self._say("joint").join(self._speaker.suspect(f.lead) for f in stand.by)
        if stand.reason:
            reason = reason_of(stand.reason, self._speaker.language)
            return self._say("stand-set-aside", reason=reason)
        return self._say(f"stand-{stand.standing.replace(' ', '-')}")

    def _ids(self, moves: "list[Moved] | tuple[Moved, ...]") -> str:
        return listed(tuple(move.report_id for move in moves), self._speaker.language)

    def _exposed(self) -> Iterator[str]:
        orders = self._held.orders
        if not orders.changed:
            return
        yield self._say("exposed", before=whole(orders.n_before), after=whole(orders.n_after))
        for kind in ("newly exposed", "no longer exposed"):
            if counts := orders.reasons(kind):
                key = kind.replace(" ", "-")
                yield self._say(f"orders-{key}", n=whole(sum(counts.values())))
                for why, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                    yield self._say(f"{key}-{why.replace(' ', '-')}", n=whole(n))
        for kind in ("other suspect", "probability moved"):
            if n := len(orders.of(kind)):
                yield self._say(f"orders-{kind.replace(' ', '-')}", n=whole(n))

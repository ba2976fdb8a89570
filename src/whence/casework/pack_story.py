"""The readable summary of a pack: what the case is, what was done, what proves it, what does not.

A pure reading of the material; the instant it speaks of is that of the checkpoint, so that the same
case says the same.
"""

from collections.abc import Iterator
from typing import Final

from whence.casework.clocks import AT_ONCE, clocks_of
from whence.casework.measures import day_of, kinds, measures_of
from whence.casework.pack_blocks import Block, Page, Pairs, Para, Section, Table, until, when
from whence.casework.pack_hypotheses import Traced, name_of, outcome_phrase
from whence.casework.pack_material import Material
from whence.casework.pack_telling import Teller
from whence.casework.verify_alone import fingerprint_of
from whence.ledger.checkpoints import read_checkpoint
from whence.version import __version__
from whence.wording import Language, name_of_kind, say

_MOST_ROWS: Final = 2_000  # of one table: some sixty pages; typst takes 3 s for a thousand reports


def story(material: Material, traced: Traced | None, language: Language) -> Page:
    """Return the summary in one language."""
    teller = _Story(material, traced, language)
    reader = material.reader.text(language)
    return Page(
        language=language,
        title=teller.say("pack-title", case=material.case.case_id),
        below=teller.say("pack-below", reader=reader, at=when(material.as_of)),
        author=material.origin,
        as_of=material.as_of,
        sections=tuple(section for section in teller.sections() if section.blocks),
    )


class _Story(Teller):
    """Tells one material in one language."""

    def __init__(self, material: Material, traced: Traced | None, language: Language) -> None:
        super().__init__(material, language)
        self.traced = traced

    def sections(self) -> Iterator[Section]:
        told = {
            "glance": self.glance(),
            "reports": self.reports(),
            "trace": self.trace(),
            "inputs": self.inputs(),
            "measures": self.measures(),
            "clocks": self.clocks(),
            "custody": self.custody(),
            "entries": self.entries(),
            "shows": self.shows(),
            "check": self.checking(),
        }
        for name, blocks in told.items():
            yield Section(title=self.say(f"pack-section-{name}"), blocks=tuple(blocks))

    def glance(self) -> Iterator[Block]:
        material, case = self.material, self.case
        checkpoint = read_checkpoint(material.checkpoint).checkpoint
        title = material.text(case.opened, "title") or self.say("pack-closed")
        rows = {
            "case": ", ".join(material.parts),
            "title": title,
            "state": self.say(f"state-{case.state}"),
            "opened": when(case.opened.at),
            "reports": f"{len(case.reports):,}",
            "erased": f"{case.n_reports_erased + len(material.erased):,}",
            "exhibits": f"{len(case.exhibits):,}",
            "entries": f"{len(material.shown):,}",
            "ledger": material.origin,
            "key": fingerprint_of(material.key.public),
            "checkpoint": self.say(
                "pack-checkpoint", size=f"{checkpoint.size:,}", root=checkpoint.root.hex()
            ),
            "stamp": self.say("pack-stamped" if material.stamp else "pack-not-stamped"),
            "version": f"Whence {__version__}",
        }
        yield Para(text=self.say("pack-suspect"), is_warning=True)
        if material.reader.name != "police":
            yield Para(text=self.say("pack-cut"))
        yield Pairs(rows=tuple((self.say(f"pack-row-{n}"), text) for n, text in rows.items()))

    def reports(self) -> Iterator[Block]:
        own = self.material.own_report
        shown = [
            report
            for report_id, report in self.case.reports.items()
            if own is None or report_id == own
        ]
        if own is not None:
            yield Para(text=self.say("pack-own", n=f"{len(self.case.reports) - 1:,}"))
        if shown:
            yield Table(
                head=self.head("report", "filed", "said"),
                widths=(2, 3, 9),
                rows=tuple(self.report_row(report) for report in shown[:_MOST_ROWS]),
            )
            yield from self._left_out(len(shown))

    def trace(self) -> Iterator[Block]:
        if self.traced is None or self.material.reader.own:
            return
        verdict = self.say(f"verdict-{self.traced.verdict.replace(' ', '-')}")
        yield Para(
            text=self.say("pack-verdict", verdict=verdict, n=f"{self.traced.reports_used:,}")
        )
        if self.traced.suspects:
            yield Table(
                head=self.head("suspect", "kind", "probability"),
                widths=(4, 4, 2),
                rows=tuple(
                    (suspect, name_of_kind(kind, self.language), _percent(posterior))
                    for kind, suspect, posterior in self.traced.suspects
                ),
            )
        yield Para(text=self.say("pack-ways"))
        yield Table(
            head=self.head("way", "outcome"),
            widths=(4, 8),
            rows=tuple(
                (
                    name_of(way, self.language),
                    say(
                        outcome_phrase(way),
                        self.language,
                        p=_percent(way.highest),
                        tables=", ".join(way.missing),
                    ),
                )
                for way in self.traced.ways
            ),
        )
        yield Para(text=self.say("pack-outside"))

    def inputs(self) -> Iterator[Block]:
        if self.material.reader.own:
            return
        for it in self.case.traces:
            words = self.material.words(it)
            tree = words.tree() if words else {}
            if not tree:
                continue
            yield Para(
                text=self.say(
                    "pack-run",
                    version=tree.get("version") or "-",
                    command=tree.get("command") or "-",
                    seq=it.seq,
                )
            )
            yield Table(
                head=self.head("input", "size", "sha256"),
                widths=(3, 2, 7),
                rows=tuple(
                    (str(each["name"]), f"{each['size']:,}", str(each["sha256"]))
                    for each in tree.get("inputs") or []
                ),
            )

    def measures(self) -> Iterator[Block]:
        today = day_of(self.material.as_of)
        rows = []
        for each in measures_of(self.case):
            told = self.material
            appeals = self.say("pack-appeals", n=len(each.appeals), left=len(each.open_appeals))
            rows.append(
                (
                    each.measure_id,
                    kinds()[each.kind].text(self.language),
                    told.text(each.taken, "target") or self.say("pack-closed"),
                    told.text(each.taken, "grounds") or self.say("pack-closed"),
                    when(each.done_at),
                    each.review_on.isoformat() if each.review_on else "-",
                    f"{told.text(each.taken, 'appeal') or self.say('pack-closed')} {appeals}",
                    self.say(f"measure-{each.state(today).replace(' ', '-')}"),
                )
            )
        if rows:
            columns = ("measure", "what", "target", "grounds", "at", "review", "appeal", "state")
            yield Table(head=self.head(*columns), rows=tuple(rows), widths=(2, 3, 3, 5, 3, 3, 5, 3))

    def clocks(self) -> Iterator[Block]:
        running, undecided = clocks_of(self.case, self.material.as_of)
        rows = []
        for each in running:
            within = each.duty.within
            ends = self.say("at-once") if within == AT_ONCE else ""
            begins = when(each.begins)
            title = each.duty.title(self.language)
            rows.append(
                (
                    title + (self.say("second-hand") if each.duty.is_second_hand else ""),
                    each.duty.says[self.language]
                    + (f" ({each.measure_id})" if each.measure_id else ""),
                    begins + (self.say("assumed") if each.is_assumed else ""),
                    until(each.until) if each.until is not None else ends,
                    self.say(f"clock-{each.state.replace(' ', '-')}", at=when(each.done_at)),
                )
            )
        yield Para(text=self.say("pack-clocks", at=when(self.material.as_of)))
        yield Table(
            head=self.head("duty", "says", "from", "until", "clock"),
            rows=tuple(rows),
            widths=(4, 6, 3, 3, 3),
        )
        if undecided:
            listed = "; ".join(
                f"{each.duty.title(self.language)} ({', '.join(each.missing)})"
                for each in undecided
            )
            yield Para(text=self.say("pack-undecided", duties=listed))

    def custody(self) -> Iterator[Block]:
        material = self.material
        if not self.case.exhibits:
            return
        yield Para(text=self.say("pack-custody"))
        listed = (
            *((each, material.file_of(each)) for each in material.handed),
            *((each, self.say("pack-withheld")) for each in material.withheld),
            *((each, self.say("pack-erased")) for each in material.erased),
        )
        if material.own_report is not None:
            gone = {each.exhibit_id for each in material.withheld}
            listed = tuple(pair for pair in listed if pair[0].exhibit_id not in gone)
        yield Table(
            head=self.head("exhibit", "type", "custody", "sha256", "where"),
            widths=(2, 3, 6, 5, 3),
            rows=tuple(
                self.exhibit_row(exhibit, where)
                for exhibit, where in sorted(listed, key=lambda pair: pair[0].taken.seq)
            ),
        )

    def entries(self) -> Iterator[Block]:
        yield Para(text=self.say("pack-entries"))
        yield Table(
            head=self.head("entry", "at", "by", "what"),
            widths=(1, 3, 3, 7),
            rows=tuple(
                (str(each.seq), when(each.happening.at), each.happening.by, self.what(each))
                for each in self.material.shown[:_MOST_ROWS]
            ),
        )
        yield from self._left_out(len(self.material.shown))

    def _left_out(self, n: int) -> Iterator[Block]:
        """Say how many rows are too many for a page, and where they stand."""
        if n > _MOST_ROWS:
            yield Para(text=self.say("pack-more", n=f"{n - _MOST_ROWS:,}"))

    def shows(self) -> Iterator[Block]:
        for phrase in ("method", "not-shown", "holder", "omission", "law"):
            yield Para(text=self.say(f"pack-{phrase}"))

    def checking(self) -> Iterator[Block]:
        yield Para(text=self.say("pack-check", key=fingerprint_of(self.material.key.public)))


def _percent(share: float) -> str:
    if share > 0.999:  # noqa: PLR2004  no more digits than are known
        return ">99.9%"
    return "<0.1%" if share < 0.001 else f"{share:.1%}"  # noqa: PLR2004

"""Rows of the summary: one report, one exhibit, one entry, as the reader of the pack sees it."""

from collections.abc import Mapping
from typing import Final

from whence.casework import cases
from whence.casework.cases import Exhibit, FiledReport
from whence.casework.clocks import facts as known_facts
from whence.casework.measures import done_at, kinds
from whence.casework.pack_blocks import when
from whence.casework.pack_claims import claims_told, short
from whence.casework.pack_material import Material, Shown
from whence.ledger import Value
from whence.wording import Language, say

_INSTANTS: Final = frozenset(n for n, fact in known_facts().items() if fact.type == "instant")


class Teller:
    """Tells parts of one material in one language."""

    def __init__(self, material: Material, language: Language) -> None:
        self.material = material
        self.case = material.case
        self.language = language

    def say(self, phrase: str, **facts: object) -> str:
        """Return a phrase of this room."""
        return say(f"case.{phrase}", self.language, **facts)

    def head(self, *names: str) -> tuple[str, ...]:
        """Return the head of a table."""
        return tuple(self.say(f"pack-column-{name}") for name in names)

    def report_row(self, report: FiledReport) -> tuple[str, str, str]:
        """Return what a report says, as far as it is open: claims, not findings."""
        words = self.material.words(report.filed)
        if words is None:
            return report.report_id, when(report.filed.at), self.say("pack-erased")
        said = list(claims_told(words, self.language))
        if words.closed:
            said.append(self.say("pack-n-closed", n=len(words.closed)))
        return report.report_id, when(report.filed.at), "\n".join(said)

    def exhibit_row(self, exhibit: Exhibit, where: str) -> tuple[str, ...]:
        """Return an exhibit with its chain of custody."""
        material, taken = self.material, exhibit.taken
        name = material.text(taken, "name")
        told = [
            self.say("pack-taken", by=taken.by, at=when(taken.at), seq=taken.seq),
            *(
                self.say(f"pack-{word}", text=short(text))
                for word in ("from", "how", "described")
                if (text := material.text(taken, word))
            ),
        ]
        if exhibit.collected_at is not None:
            told.insert(0, self.say("pack-collected", at=when(exhibit.collected_at)))
        role = self.say(f"role-{exhibit.role}")
        kind = f"{role}\n{exhibit.media}\n{self.say('pack-bytes', n=f'{exhibit.size:,}')}"
        return (
            exhibit.exhibit_id,
            f"{kind}\n{name}" if name else kind,
            "\n".join(told),
            exhibit.sha256,
            where,
        )

    def _fact(self, facts: Mapping[str, Value]) -> str:
        """Return a fact as people read it."""
        name, value = str(facts.get("name")), facts.get("value")
        if isinstance(value, bool):
            return f"{name} = {self.say('yes' if value else 'no')}"
        if isinstance(value, int):
            return f"{name} = {when(value) if name in _INSTANTS else f'{value:,}'}"
        return f"{name} = {value}"

    def what(self, each: Shown) -> str:
        """Return what an entry says happened."""
        it, facts = each.happening, each.recorded.entry.facts
        told = self.say(f"kind-{it.kind.removeprefix('case-')}")
        match it.kind:
            case cases.ACTION:
                kind = kinds().get(str(facts.get("action")))
                name = kind.text(self.language) if kind else str(facts.get("action"))
                told = f"{told}: {name}, {when(done_at(it))}"
            case cases.REPORT if "report_id" in facts:
                told = f"{told}: {facts['report_id']}"
            case cases.FACT:
                told = f"{told}: {self._fact(facts)}"
            case cases.EXHIBIT:
                told = f"{told}: E{each.seq}"
            case _ if "other" in facts:
                told = f"{told}: {facts['other']}"
            case _:
                pass
        words = each.words
        said = [
            short(str(field.value))
            for field in (words.fields if words else ())
            if field.path in {"title", "why", "text", "grounds", "outcome"}
        ]
        return "\n".join([told, *said])

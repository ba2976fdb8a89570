"""The page's voice: one language, bound once, through which every sentence is said."""

from dataclasses import dataclass

from whence.model import Finding, Note, Suspect
from whence.pages.figures import whole
from whence.wording import Language, name_of_kind, phrases, say

# Where each word for a certainty begins. The steps are ours; the number always stands beside it.
_CERTAINTY = (
    (0.99, "almost-certain"),
    (0.95, "very-likely"),
    (0.80, "likely"),
    (0.50, "more-likely-than-not"),
    (0.20, "possible"),
    (0.00, "weak"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says phrases of this room in one language."""

    language: Language

    def say(self, key: str, /, **facts: object) -> str:
        """Return the phrase ``pages.key``."""
        return say(f"pages.{key}", self.language, **facts)

    def counted(self, key: str, n: int, /, **facts: object) -> str:
        """Return ``key-one`` or ``key-many`` with ``n`` written out."""
        return self.say(f"{key}-one" if n == 1 else f"{key}-many", **{"n": whole(n), **facts})

    def spelled(self, n: int) -> str:
        """Return a number as a headline has it: in words from two to nine."""
        words = self.say("small-numbers").split()
        return dict(enumerate(words, start=2)).get(n, whole(n))

    def note(self, note: Note) -> str:
        """Return what another room wants the reader to know."""
        return say(note.phrase, self.language, **note.facts)

    def notes(self, notes: tuple[Note, ...]) -> tuple[str, ...]:
        """Return several notes, each once."""
        return tuple(dict.fromkeys(self.note(note) for note in notes))

    def kind(self, kind: str) -> str:
        """Return how people call a kind of custodian."""
        return name_of_kind(kind, self.language)

    def suspect(self, suspect: Suspect, *, first: bool = False) -> str:
        """Return kind and id, ``shop SH12``; ``first`` begins a line or a sentence."""
        joint = "" if self.language == "zh" else " "
        text = f"{self.kind(suspect.kind)}{joint}{suspect.id}"
        return text[:1].upper() + text[1:] if first else text

    def either(self, finding: Finding, *, first: bool = False) -> str:
        """Return the suspect, and that others cannot be told from it where that is so."""
        n_others = len(finding.indistinguishable_from)
        name = self.suspect(finding.suspect, first=first)
        return self.counted("or-others", n_others, suspect=name) if n_others else name

    def certainty(self, posterior: float) -> str:
        """Return a posterior in words."""
        word = next(word for floor, word in _CERTAINTY if posterior >= floor or floor == 0)
        return self.say(f"certainty-{word}")

    def joined(self, *sentences: str) -> str:
        """Return sentences as one paragraph; Chinese sets no space between them."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def reason(self, key: str) -> tuple[str, str]:
        """Return table and reason of rejected rows; a reason we do not know keeps its name."""
        table, _, reason = key.partition(": ")
        named = f"table-{table}"
        said = phrases("reasons").get(reason)
        return (
            self.say(named) if named in phrases("pages") else table,
            said[self.language] if said else reason,
        )

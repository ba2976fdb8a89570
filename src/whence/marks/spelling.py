"""An address as fixed text and slots: places where several spellings read the same.

A slot is local: its spellings stand in one place and change nothing elsewhere. Its ``kind`` says
which of the order's words chooses among them, so that the slots of an address are independent, and
a slot that is gone from a leaked copy leaves the others where they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

GAP, PUNCTUATION = " ", ",;-"  # what separates, after compatibility forms are folded (NFKC)
WORD_BITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place: its spellings, the first the plainest, and which one stands here.

    ``seen`` is None where the text has a spelling that is none of ours. ``is_gap`` marks spellings
    that differ in separators alone, which many systems tidy away.
    """

    kind: int
    spellings: tuple[str, ...]
    seen: int | None
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """An address taken apart."""

    pieces: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, in the order in which they stand."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Slot))

    @property
    def plain(self) -> str:
        """The address in its plainest spelling: what all spellings stand for."""
        return self.spelt({})

    def spelt(self, symbols: Mapping[int, int]) -> str:
        """Return the address with the spellings that symbols choose, by kind; the first without."""
        return "".join(
            piece if isinstance(piece, str) else piece.spellings[symbols.get(piece.kind, 0)]
            for piece in self.pieces
        )

    def speller(self) -> "Speller":
        """Return what spells this address for many recipients."""
        return Speller(self)


class Speller:
    """Spells one address as the words of an order and a recipient choose."""

    __slots__ = ("_slots", "_text")

    def __init__(self, layout: Layout) -> None:
        text, slots = [], []
        for piece in layout.pieces:
            if isinstance(piece, str):
                text.append(piece.replace("%", "%%"))
            else:
                text.append("%s")
                slots.append((piece.kind, piece.spellings, len(piece.spellings)))
        self._text = "".join(text)
        self._slots = slots

    def spelt(self, words: Sequence[int]) -> str:
        """Return the address; a slot of q spellings takes ``word * q >> 16``."""
        chosen = [same[words[kind] * n >> WORD_BITS] for kind, same, n in self._slots]
        return self._text % tuple(chosen)

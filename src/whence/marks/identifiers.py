"""New order and customer numbers that look like those beside them."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from whence.errors import UsageError
from whence.model import OrderId

Taken: TypeAlias = Callable[[Sequence[OrderId]], Collection[OrderId]]

_TRIES: Final = 200
_LOOKED_AT: Final = 20_000  # ids that show the pattern
_MANY: Final = 7  # of the ten digits: a place that takes so many takes all
_IN_ORDER: Final = 0.99  # share of neighbours in time whose ids count upwards
_PARTS: Final = re.compile(r"(.*?)(\d{1,18})(\D*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Parts:
    """An id as its last run of digits and what stands around it."""

    head: str
    digits: str
    tail: str

    @property
    def shape(self) -> tuple[str, int, str]:
        return self.head, len(self.digits), self.tail


class LikeThese:
    """Draws new ids after the pattern of given ones, which stand in the order of their time.

    Where ids count upwards with time, a new one falls between two neighbours; otherwise its last
    digits, those that take all values, are drawn anew. ``taken`` says which ids exist already.
    """

    def __init__(self, ids: Sequence[OrderId], taken: Taken, rng: np.random.Generator) -> None:
        self._texts = [str(each) for each in ids]
        self._parts = [_parts(text) for text in self._texts]
        self._known = set(self._texts)
        self._is_number = bool(ids) and all(isinstance(each, int) for each in ids)
        self._taken = taken
        self._rng = rng
        self._counts = self._counts_upwards()

    def after(self, place: int) -> OrderId:
        """Return a new id near the one at a place; UsageError where none is free."""
        for tried in range(_TRIES):
            text = self._between(place, tried) if self._counts else self._redrawn(place, tried)
            made: OrderId = int(text) if self._is_number else text
            if text not in self._known and not self._taken([made]):
                self._known.add(text)
                return made
        raise UsageError("marks.no-free-id", n=_TRIES)

    def _counts_upwards(self) -> bool:
        parts = self._parts[:_LOOKED_AT]
        pairs = [
            int(a.digits) < int(b.digits)
            for a, b in pairwise(parts)
            if a and b and a.shape == b.shape
        ]
        return len(pairs) > len(parts) // 2 and sum(pairs) >= _IN_ORDER * len(pairs)

    def _between(self, place: int, tried: int) -> str:
        """Return an id between one and a later one, ever later, and in the end behind the last."""
        last = len(self._parts) - 1
        parts = self._parts[last if tried > _TRIES // 2 else place]
        later = self._parts[min(place + 1 + tried, last)]
        if parts is None:
            return self._redrawn(place, tried)
        start = int(parts.digits) + 1
        end = int(later.digits) if later and later.shape == parts.shape else start
        drawn = int(self._rng.integers(start, max(end, start + 1 + tried)))
        return f"{parts.head}{drawn:0{len(parts.digits)}}{parts.tail}"

    def _redrawn(self, place: int, tried: int) -> str:
        """Return an id with its last digits drawn anew, ever more of them where none is free."""
        parts = self._parts[place]
        if parts is None:
            return f"{self._texts[place]}{self._rng.integers(10, 100)}"
        length = len(parts.digits)
        n = min(self._n_free(parts) + tried * length // _TRIES, length)
        drawn = "".join(map(str, self._rng.integers(0, 10, n)))
        if self._is_number and n == length and drawn.startswith("0"):
            drawn = parts.digits[0] + drawn[1:]
        return parts.head + parts.digits[: length - n] + drawn + parts.tail

    def _n_free(self, like: _Parts) -> int:
        """Return how many of the last digits take all values, one at least."""
        same = [p.digits for p in self._parts[:_LOOKED_AT] if p and p.shape == like.shape]
        n = 1
        while n < len(like.digits) and len({d[-n - 1] for d in same}) >= min(_MANY, len(same)):
            n += 1
        return n


def _parts(text: str) -> _Parts | None:
    found = _PARTS.fullmatch(text)
    return _Parts(*found.groups()) if found else None

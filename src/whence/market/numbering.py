"""Ids of a streamed market: a number a row while it is worked on, text only when it is written.

A number is spread over its digits by one multiplication modulo the number of rows, with a factor
near the golden section: one to one, so that ids never collide, and nowhere in order of placing.
"""

from dataclasses import dataclass
from math import gcd
from typing import Final, Self, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market.alias import mixed

Ints: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = NDArray[np.void]  # fixed width, one row a text

NUMBERS: Final = 10**10  # of an order, on any day: ten digits
_NAMES: Final = 10**9  # of customers: nine digits
_HALF: Final = 10**5  # five digits are looked up at a time
_GOLDEN: Final = 0.6180339887498949
_DATED: Final = np.dtype([("date", "V7"), ("high", "V5"), ("low", "V5")])
_NAMED: Final = np.dtype([("high", "V5"), ("low", "V5")])


def _table(texts: list[str]) -> Texts:
    width = len(texts[0])
    return np.frombuffer("".join(texts).encode(), dtype=np.dtype(f"V{width}"))


_FIVE: Final = _table([f"{i:05d}" for i in range(_HALF)])
_C_FOUR: Final = _table([f"C{i:04d}" for i in range(_HALF // 10)])


def _spread(n: int) -> int:
    """Return a factor without a common divisor with ``n``, near the golden section of it."""
    factor = max(1, round(n * _GOLDEN))
    while gcd(factor, n) > 1:
        factor += 1
    return factor


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNumbers:
    """Codes of orders (``day * NUMBERS + number``) and their text, ``260107-3849201736``.

    ``dates``: the text of each local day of the market, with its hyphen.
    """

    n: int
    factor: int
    shift: int
    key: int
    dates: Texts

    @classmethod
    def of(cls, n: int, first_day: int, days: int, rng: np.random.Generator) -> Self:
        """Return the codes of a market of ``n`` orders; ``first_day``: local, since 1970."""
        all_days = (np.arange(days) + first_day).astype("datetime64[D]")
        dates = [f"{day[2:4]}{day[5:7]}{day[8:10]}-" for day in np.datetime_as_string(all_days)]
        return cls(
            n=n,
            factor=_spread(n),
            shift=int(rng.integers(n)),
            key=int(rng.integers(1 << 62)),
            dates=_table(dates),
        )

    def codes(self, first: int, days: Ints) -> Ints:
        """Return codes of consecutive orders from the ``first`` on; ``days`` of the market."""
        index = np.arange(first, first + len(days), dtype=np.int64)
        slot = NUMBERS // self.n
        within = (mixed(index, self.key) % np.uint64(slot)).astype(np.int64)
        number = (index * self.factor + self.shift) % self.n * slot + within
        codes: Ints = days * NUMBERS + number
        return codes

    def texts(self, codes: Ints) -> pa.Array:
        """Return the ids of these codes as text."""
        day = codes // NUMBERS
        number = codes - day * NUMBERS
        high = number // _HALF
        rows = np.empty(len(codes), dtype=_DATED)
        rows["date"] = self.dates[day]
        rows["high"] = _FIVE[high]
        rows["low"] = _FIVE[number - high * _HALF]
        return _as_text(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNumbers:
    """Text of customers' ids, ``C384920173``, by the number of the customer."""

    shift: int

    def texts(self, customers: Ints) -> pa.Array:
        """Return the ids of these customers as text."""
        number = (customers * _spread(_NAMES) + self.shift) % _NAMES
        high = number // _HALF
        rows = np.empty(len(customers), dtype=_NAMED)
        rows["high"] = _C_FOUR[high]
        rows["low"] = _FIVE[number - high * _HALF]
        return _as_text(rows)


def _as_text(rows: Texts) -> pa.Array:
    n, width = len(rows), rows.dtype.itemsize
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
    return pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(rows)])

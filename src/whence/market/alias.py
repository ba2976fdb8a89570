"""Drawing by weight in constant time: Walker's alias method, and the mixing of numbers.

Walker 1977, in the form of Vose 1991; a draw costs two look-ups whatever the number of weights.
The mixing function is that of SplitMix64 (Steele, Lea and Flood 2014).
"""

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bits: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Weights made ready for drawing; fewer than 2**31 of them."""

    chance: NDArray[np.float32]  # of keeping the index drawn first
    other: NDArray[np.int32]  # taken instead

    @classmethod
    def of(cls, weights: Floats) -> Self:
        """Return the table for these weights, which need not sum to one."""
        n = len(weights)
        chance = weights * (n / weights.sum())
        other = np.arange(n, dtype=np.int32)
        small = np.flatnonzero(chance < 1.0).tolist()
        large = np.flatnonzero(chance >= 1.0).tolist()
        room = chance.tolist()
        while small and large:
            poor, rich = small.pop(), large[-1]
            other[poor] = rich
            room[rich] -= 1.0 - room[poor]
            if room[rich] < 1.0:
                small.append(large.pop())
        kept = np.array(room, dtype=np.float32)
        kept[np.array(small + large, dtype=np.int64)] = 1.0  # what rounding left over
        return cls(chance=kept, other=other)

    def pick(self, bits: Bits) -> Ints:
        """Return one index for each number of 32 random bits."""
        wide = bits * np.uint64(len(self.other))
        index = (wide >> np.uint64(32)).astype(np.int64)
        rest = (wide & np.uint64(0xFFFFFFFF)).astype(np.float32)
        keeps = rest < self.chance[index] * np.float32(2**32)
        picked: Ints = np.where(keeps, index, self.other[index])
        return picked


def low_half(bits: Bits) -> Bits:
    """Return the lower 32 of 64 random bits."""
    half: Bits = bits & np.uint64(0xFFFFFFFF)
    return half


def high_half(bits: Bits) -> Bits:
    """Return the upper 32 of 64 random bits."""
    half: Bits = bits >> np.uint64(32)
    return half


def mixed(numbers: Ints, key: int) -> Bits:
    """Return 64 bits for each number, always the same for the same key, that look like chance."""
    bits = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    done: Bits = bits ^ (bits >> np.uint64(31))
    return done

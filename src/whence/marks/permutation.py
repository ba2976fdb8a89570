"""Keyed permutations of a small set, one for each order: the swap-or-not shuffle.

Hoang, Morris and Rogaway, *An Enciphering Scheme Based on a Card Shuffle*, CRYPTO 2012. In each
round a point x has a partner K - x (mod q), and one keyed bit of the pair says whether they change
places. A round is its own inverse, so the rounds backwards invert the whole. All orders are
shuffled at once: one AES call a round over one block an order.

What the marks need is less than a cipher must give: seen the points of a coalition, the point of
somebody else is nearly uniform on what is left. Tell the coalition even every round's K and its own
way through all rounds; the other's distribution is still averaged over each pair that holds none of
theirs, which multiplies its squared distance from uniform by (1 + c/q) / 2 a round (their Lemma,
for one point). No value is then likelier than 1/(q - c) by more than ``excess``.
"""

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int64]

ROUNDS: Final = 96  # excess(50, 10_000) is 4e-15, against 1e-4 for a guess
DIGEST: Final = 11  # bytes of an order's digest; the rest of an AES block is below
_BLOCK: Final = 16
_AT_ROUND, _AT_TWEAK, _AT_POINT = 11, 12, 14  # one byte, two and two
_KEYS: Final = 128  # "rounds" from here on give the K of four rounds each
_K_IN_BLOCK: Final = 4
_CHUNK: Final = 1 << 15  # orders at a time: what is touched in a round stays in the cache


def excess(coalition: int, q: int) -> float:
    """Return by how much a value may be likelier than 1/(q - c) for a point not seen, at most."""
    return float(((1.0 + coalition / q) / 2.0) ** (ROUNDS / 2))


def shuffle(
    cipher: "CipherContext", digests: Bytes, tweaks: Ints, points: Ints, q: int, *, back: bool
) -> Ints:
    """Move each point through the permutation of its order and tweak, or ``back``.

    ``digests`` (n, 11) bytes, ``tweaks`` and ``points`` (n,), tweaks below 65,536, points and q
    below 65,536.
    """
    moved = np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        moved[part] = _shuffled(cipher, digests[part], tweaks[part], points[part], q, back=back)
    return moved


def _shuffled(
    cipher: "CipherContext", digests: Bytes, tweaks: Ints, points: Ints, q: int, *, back: bool
) -> Ints:
    block = np.zeros((len(points), _BLOCK), dtype=np.uint8)
    block[:, :DIGEST] = digests
    as_words = block.view(">u2")
    as_words[:, _AT_TWEAK // 2] = tweaks
    made = bytearray(block.nbytes + _BLOCK)  # the cipher wants room for one more block
    out = np.frombuffer(made, dtype=np.uint8)[: block.nbytes].reshape(block.shape)
    x = points.astype(np.int32)
    groups = range(ROUNDS // _K_IN_BLOCK)
    for group in reversed(groups) if back else groups:
        block[:, _AT_ROUND] = _KEYS + group
        as_words[:, _AT_POINT // 2] = 0
        cipher.update_into(block.data.cast("B"), made)
        # The high half of a 32-bit word times q: K is uniform to one part in 400,000.
        drawn = out.view(">u4").astype(np.uint64)
        keys = ((drawn * np.uint64(q)) >> np.uint64(32)).astype(np.int32)
        within = range(_K_IN_BLOCK)
        for i in reversed(within) if back else within:
            partner = keys[:, i] - x
            partner += q * (partner < 0)
            block[:, _AT_ROUND] = group * _K_IN_BLOCK + i
            as_words[:, _AT_POINT // 2] = np.maximum(x, partner)
            cipher.update_into(block.data.cast("B"), made)
            x = np.where(out[:, 0] & 1, partner, x)
    return x.astype(np.int64)

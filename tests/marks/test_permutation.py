"""The swap-or-not shuffle: a permutation for every order, undone by its rounds backwards."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from marks_world import KEY, OTHER_KEY

from whence.marks.book import EXTENSION, NAME, VALUES, Book
from whence.marks.permutation import DIGEST, excess, shuffle

BOOK = Book(KEY)
CIPHER = BOOK._ciphers[NAME]


def moved(
    points: list[int], q: int, *, order: int = 1, tweak: int = 0, back: bool = False
) -> list[int]:
    n = len(points)
    digests = np.full((n, DIGEST), order, dtype=np.uint8)
    tweaks = np.full(n, tweak)
    found = shuffle(CIPHER, digests, tweaks, np.array(points), q, back=back)
    return [int(point) for point in found]


@settings(max_examples=40, deadline=None)
@given(q=st.integers(2, 600), order=st.integers(0, 255), tweak=st.integers(0, 65_535))
def test_every_order_has_a_permutation_of_its_own_and_it_can_be_undone(
    q: int, order: int, tweak: int
) -> None:
    there = moved(list(range(q)), q, order=order, tweak=tweak)
    assert sorted(there) == list(range(q))
    assert moved(there, q, order=order, tweak=tweak, back=True) == list(range(q))


def test_orders_tweaks_and_keys_have_different_permutations() -> None:
    one = moved(list(range(300)), 300)
    assert one != moved(list(range(300)), 300, order=2)
    assert one != moved(list(range(300)), 300, tweak=1)
    other = Book(OTHER_KEY)
    digests = BOOK.digests(["O1"] * 300)
    numbers = np.arange(300)
    assert (BOOK.values(NAME, digests, numbers) != other.values(NAME, digests, numbers)).any()


def test_more_orders_than_are_shuffled_at_a_time_are_shuffled_the_same() -> None:
    n = (1 << 15) + 7
    digests = BOOK.digests(list(range(n)))
    whole = BOOK.values(EXTENSION, digests, np.full(n, 3))
    last = BOOK.values(EXTENSION, digests[-9:], np.full(9, 3))
    assert whole[-9:].tolist() == last.tolist()


def test_where_a_point_goes_is_even_over_orders() -> None:
    n, q = 40_000, 16
    digests = BOOK.digests(list(range(n)))
    found = shuffle(CIPHER, digests, np.zeros(n, np.int64), np.full(n, 5), q, back=False)
    counts = np.bincount(found, minlength=q)
    chi2 = float(((counts - n / q) ** 2 / (n / q)).sum())
    assert chi2 < 45  # 15 degrees of freedom: beyond it with a probability below 1e-4


def test_where_a_second_point_goes_is_even_on_what_the_first_leaves() -> None:
    n, q = 40_000, 8
    digests = BOOK.digests(list(range(n)))
    first, second = (
        shuffle(CIPHER, digests, np.zeros(n, np.int64), np.full(n, point), q, back=False)
        for point in (0, 1)
    )
    assert (first != second).all()
    pairs = np.bincount(first * q + second, minlength=q * q).reshape(q, q)
    expected = n / (q * (q - 1))
    apart = pairs[~np.eye(q, dtype=bool)]
    chi2 = float(((apart - expected) ** 2 / expected).sum())
    assert chi2 < 105  # 55 degrees of freedom: beyond it with a probability below 1e-4


@pytest.mark.parametrize("coalition", [1, 50, 1_000])
def test_what_the_shuffle_lacks_to_evenness_is_nothing_beside_a_guess(coalition: int) -> None:
    assert excess(coalition, VALUES) < 1e-6 / VALUES

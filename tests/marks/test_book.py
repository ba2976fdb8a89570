"""The code book: who is handed which value of an order."""

import numpy as np
import pytest
from marks_world import KEY, OTHER_KEY

from whence.errors import UsageError
from whence.marks import Book
from whence.marks.book import EXTENSION, MOST_RECIPIENTS, NAME, VALUES

BOOK = Book(KEY)
# Written down when the code was made: order O1, recipients 0, 1, 21, 9,999, 10,000.
GOLDEN_NAMES = [7966, 4433, 206, 7054, 8123]
GOLDEN_EXTENSIONS = [2435, 5861, 1594, 4377, 2489]
GOLDEN_WORDS = [59944, 43660, 42466, 38666]


def values(field: str, order_id: str | int, numbers: list[int], book: Book = BOOK) -> list[int]:
    digests = book.digests([order_id] * len(numbers))
    return [int(v) for v in book.values(field, digests, np.array(numbers))]


def test_the_code_stays_as_it_is_or_old_marks_are_lost() -> None:
    assert values(NAME, "O1", [0, 1, 21, 9_999, 10_000]) == GOLDEN_NAMES
    assert values(EXTENSION, "O1", [0, 1, 21, 9_999, 10_000]) == GOLDEN_EXTENSIONS
    words = BOOK.words(BOOK.digests(["O1"]), np.array([21]))
    assert words[0, :4].tolist() == GOLDEN_WORDS


def test_no_two_of_the_first_ten_thousand_share_a_value_of_an_order() -> None:
    everyone = list(range(VALUES))
    assert sorted(values(NAME, "O1", everyone)) == everyone
    assert sorted(values(EXTENSION, "O1", everyone)) == everyone


def test_the_next_ten_thousand_have_values_of_their_own() -> None:
    first, second = (values(NAME, "O1", list(range(a, a + 500))) for a in (0, VALUES))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 5


def test_a_value_is_turned_back_into_its_recipient() -> None:
    numbers = [0, 7, 4_711, 12_345, 99_999]
    digests = BOOK.digests(["O9"] * len(numbers))
    found = BOOK.values(NAME, digests, np.array(numbers))
    back = BOOK.numbers(NAME, digests, found, np.array(numbers) // VALUES)
    assert back.tolist() == numbers


def test_an_order_number_is_the_same_as_text_and_as_a_number() -> None:
    assert values(NAME, 17, [3]) == values(NAME, "17", [3])
    assert values(NAME, 17, [3]) != values(NAME, "017", [3])


def test_fields_orders_and_keys_have_nothing_in_common() -> None:
    numbers = list(range(200))
    one = values(NAME, "O1", numbers)
    for other in (
        values(EXTENSION, "O1", numbers),
        values(NAME, "O2", numbers),
        values(NAME, "O1", numbers, Book(OTHER_KEY)),
    ):
        assert sum(a == b for a, b in zip(one, other, strict=True)) < 5


def test_words_for_spellings_are_independent_of_recipient_and_place() -> None:
    numbers = np.arange(3_000)
    words = BOOK.words(BOOK.digests(["O1"] * 3_000), numbers).astype(np.float64) / 65_536
    correlations = np.corrcoef(words.T) - np.eye(16)
    assert np.abs(correlations).max() < 0.09  # five standard errors
    assert np.abs(words.mean(axis=0) - 0.5).max() < 0.027


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Book(key)


def test_a_locale_that_no_marks_are_made_for_is_refused() -> None:
    with pytest.raises(UsageError, match="not in fr"):
        Book(KEY, "fr")


@pytest.mark.parametrize("number", [-1, MOST_RECIPIENTS])
def test_a_number_that_the_code_has_no_place_for_is_refused(number: int) -> None:
    with pytest.raises(UsageError, match="recipient's number"):
        values(NAME, "O1", [number])

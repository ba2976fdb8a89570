"""Bounds on false accusation: exact where they can be counted, kept where they can be tried."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from marks_world import KEY, people

from whence.marks import Book, SeenRow, read_sample, stories, write
from whence.marks.book import VALUES
from whence.marks.bounds import _FFT_ERROR, MARKOV, SHARES, STEP, _Tails
from whence.marks.observed import SeenSlot
from whence.marks.weighing import Part, _possible, slack_of_value

BOOK = Book(KEY)


def slot(kind: int, n: int, seen: int) -> SeenSlot:
    allowed = np.zeros(n, dtype=np.bool_)
    allowed[seen] = True
    return SeenSlot(kind, allowed)


def address(order: int, sizes: list[int]) -> Part:
    return Part(order, *_possible(tuple(slot(k, n, 0) for k, n in enumerate(sizes))))


def value(order: int) -> Part:
    ratios = np.full(VALUES, 0.015)
    ratios[4_711] = VALUES - ratios[1:].sum()
    levels, counts = np.unique(ratios, return_counts=True)
    return Part(order, stories.of_values(levels), counts / VALUES)


def exact(parts: list[Part], story: int, score: float) -> float:
    """Return the chance of a score by going through every case."""
    total = 0.0
    for case in product(*(range(len(part.chances)) for part in parts)):
        logs = sum(part.logs[story, i] for part, i in zip(parts, case, strict=True))
        if logs >= score - 1e-9:
            total += float(np.prod([p.chances[i] for p, i in zip(parts, case, strict=True)]))
    return total


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.lists(st.integers(2, 5), min_size=1, max_size=3), min_size=1, max_size=3),
    story=st.integers(0, stories.N - 1),
    data=st.data(),
)
def test_the_tail_of_a_score_is_what_counting_gives_or_a_little_more(
    sizes: list[list[int]], story: int, data: st.DataObject
) -> None:
    parts = [address(i, each) for i, each in enumerate(sizes)] + [value(9)]
    case = [data.draw(st.integers(0, len(part.chances) - 1)) for part in parts]
    score = float(sum(part.logs[story, i] for part, i in zip(parts, case, strict=True)))
    scores = np.zeros(stories.N)
    scores[story] = score
    tail = np.exp(_Tails(parts).at(scores)[story] + np.log(SHARES[story]))
    assert tail >= exact(parts, story, score) * (1 - 1e-9)
    most = exact(parts, story, score - len(parts) * STEP - STEP) * (1 + 1e-9)
    assert tail <= most + 2 * _FFT_ERROR * np.exp(-score)


def test_small_tails_are_as_exact_as_large_ones() -> None:
    parts = [value(i) for i in range(12)]
    best = sum(part.logs.max(axis=1) for part in parts)
    tails = _Tails(parts).at(np.asarray(best)) + np.log(SHARES)
    assert tails == pytest.approx(np.full(stories.N, 12 * np.log(1e-4)), rel=1e-3)


def test_the_shares_of_the_bounds_are_one_whole() -> None:
    assert MARKOV + SHARES.sum() == pytest.approx(1.0)
    assert np.exp(stories.PRIORS).sum() == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(2, 5), min_size=1, max_size=5))
def test_the_ratio_of_an_address_has_mean_one_over_even_spellings(sizes: list[int]) -> None:
    part = address(0, sizes)
    mean = np.exp(part.logs) @ part.chances
    assert mean == pytest.approx(np.ones(stories.N))


def test_pirates_hardly_make_a_value_likelier_for_others() -> None:
    assert 0 < slack_of_value() < 0.006


@pytest.mark.parametrize("n_rows", [1, 3])
def test_an_innocent_comes_as_far_no_oftener_than_its_bound_says(n_rows: int) -> None:
    """Try it at bounds that are reached: of 2,000 copies each, all innocent recipients together."""
    rows, n, limit = people(400, seed=4), 40, 0.05
    rng = np.random.default_rng(8)
    n_tries, n_wrong = 0, 0
    for _ in range(250):
        part = rows.take(rng.choice(400, n_rows, replace=False))
        liar = int(rng.integers(1_000, 9_000))
        marked = write(BOOK, liar, part["order_id"], addresses=part["address"], extensions=True)
        assert marked.extensions is not None
        assert marked.addresses is not None
        seen = [
            SeenRow(order_id=o, extension=e, address=a)
            for o, e, a in zip(
                part["order_id"].to_pylist(),
                marked.extensions.to_pylist(),
                marked.addresses.to_pylist(),
                strict=True,
            )
        ]
        reading = read_sample(BOOK, seen, {row.order_id: range(n) for row in seen})
        n_tries += 1
        n_wrong += bool((reading.false_accusation_bounds <= limit).any())
    # At most limit of the tries; beyond 3.3 standard errors with a probability below 1e-3.
    assert n_wrong <= n_tries * limit + 3.3 * np.sqrt(n_tries * limit)

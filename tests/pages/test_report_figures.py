"""How numbers and dates are written: never falsely exact, never falsely certain."""

import pytest
from hypothesis import given, strategies as st

from whence.model import DAY, HOUR
from whence.pages import figures

WHOLE = st.floats(0, 1)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.00003, "<0.01%"),
        (0.0072, "0.72%"),
        (0.0241, "2.4%"),
        (0.0996, "10%"),
        (0.235, "24%"),
        (0.962, "96%"),
        (0.998, "99.8%"),
        (0.9999, ">99.9%"),
        (1.0, "100%"),
    ],
)
def test_a_share_has_the_digits_it_deserves(share: float, text: str) -> None:
    assert figures.percent(share) == text


@given(WHOLE)
def test_a_chance_is_neither_nothing_nor_certain(probability: float) -> None:
    assert figures.chance(probability) not in {"0%", "100%", "0.0%", "0.00%", "100.0%"}


@given(WHOLE)
def test_a_share_above_zero_is_never_shown_as_zero(share: float) -> None:
    text = figures.percent(share)
    assert (text.strip("0.%") == "") == (share == 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (0.003, "<0.1"), (0.3, "0.3"), (12.0, "12"), (11.64, "11.6"), (1234.5, "1,234")],
)
def test_a_quantity_is_short(number: float, text: str) -> None:
    assert figures.decimal(number) == text


@pytest.mark.parametrize(
    ("log10", "text"),
    [(13.5, "3 × 10¹³"), (3.2, "1,585"), (0.3, "2"), (-3.0, "1 × 10⁻³"), (12.99, "1 × 10¹³")],
)
def test_odds_are_read_at_a_glance(log10: float, text: str) -> None:
    assert figures.odds(log10) == text


def test_infinite_odds_do_not_break_the_page() -> None:
    assert figures.odds(float("inf")) == "∞"


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_share(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = figures.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_a_span_says_the_year_once_and_both_where_they_differ() -> None:
    start, later = 20_454 * DAY, 20_480 * DAY
    assert figures.days(start, later, "en") == "1 Jan – 26 Jan 2026"
    assert figures.days(start, later, "zh") == "2026年1月1日至1月26日"
    assert figures.days(start - DAY, later, "en") == "31 Dec 2025 – 26 Jan 2026"
    assert figures.days(start - DAY, later, "zh") == "2025年12月31日至2026年1月26日"
    assert figures.days(start, start + 1, "en") == "1 Jan 2026"


def test_a_window_of_whole_days_ends_with_its_last_day() -> None:
    start = 20_454 * DAY
    assert figures.minutes(start, start + 3 * DAY, "en") == "1 Jan – 3 Jan 2026"
    assert figures.minutes(start, start + DAY, "zh") == "2026年1月1日"
    assert (
        figures.minutes(start + HOUR, start + DAY, "en") == "1 Jan 2026, 01:00 – 2 Jan 2026, 00:00"
    )

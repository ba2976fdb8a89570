"""What can be asked of a market, and what is refused with a reason and advice."""

from dataclasses import replace

import pytest

from whence.errors import UsageError
from whence.market import KINDS, MarketSpec, make
from whence.wording import phrases

SMALL = MarketSpec(orders=3_000, sources=1, victims=4, noise=5)


def refusal(spec: MarketSpec) -> UsageError:
    with pytest.raises(UsageError) as refused:
        make(spec)
    return refused.value


def test_a_market_without_sources_has_unrelated_reports_only() -> None:
    market = make(replace(SMALL, sources=0, noise=10))
    assert market.truth.sources == ()
    assert market.reports.num_rows == 10


def test_a_market_without_noise_has_the_reports_of_its_source_only() -> None:
    market = make(replace(SMALL, noise=0))
    assert set(market.reports["report_id"].to_pylist()) == set(market.truth.sources[0].report_ids)


def test_a_market_without_any_reports_still_has_its_columns() -> None:
    market = make(replace(SMALL, sources=0, noise=0))
    assert market.reports.num_rows == 0
    assert market.reports.schema.equals(make(SMALL).reports.schema)


@pytest.mark.parametrize("noise", [10, 200])
def test_without_sources_any_usual_number_of_reports_can_be_had(noise: int) -> None:
    market = make(MarketSpec(orders=20_000, sources=0, noise=noise))
    assert market.reports.num_rows == noise


def test_sources_are_drawn_from_the_kinds_asked_for_only() -> None:
    market = make(MarketSpec(orders=20_000, sources=6, victims=4, kinds=("clerk", "branch")))
    assert {source.kind for source in market.truth.sources} == {"clerk", "branch"}


def test_an_unknown_kind_is_refused_and_the_known_ones_are_listed() -> None:
    error = refusal(replace(SMALL, kinds=("shop", "butcher")))
    assert "'butcher'" in error.text()
    assert all(kind in (error.advice() or "") for kind in KINDS)


@pytest.mark.parametrize(
    "spec",
    [
        replace(SMALL, orders=0),
        replace(SMALL, orders=199),
        replace(SMALL, orders=400, victims=150),
        replace(SMALL, orders=300, sources=0, noise=290),
        replace(SMALL, orders=20_000, sources=4, kinds=("carrier",)),
    ],
)
def test_a_market_too_small_for_what_is_asked_is_refused_with_advice(spec: MarketSpec) -> None:
    error = refusal(spec)
    assert error.phrase == "market.too-small"
    assert "at least" in (error.advice() or "")


@pytest.mark.parametrize(
    ("spec", "phrase"),
    [
        (replace(SMALL, days=10), "market.too-short"),
        (replace(SMALL, noise=-1), "market.negative"),
        (replace(SMALL, victims=0), "market.no-victims"),
        (replace(SMALL, twins=1.5), "market.bad-share"),
        (replace(SMALL, partial=float("nan")), "market.bad-share"),
        (replace(SMALL, start="next spring"), "market.bad-date"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(spec: MarketSpec, phrase: str) -> None:
    error = refusal(spec)
    assert error.phrase == phrase
    assert error.exit_code == 2


def test_victims_do_not_matter_where_there_is_no_source() -> None:
    assert make(replace(SMALL, sources=0, victims=0)).truth.sources == ()


def test_every_phrase_is_said_in_both_languages() -> None:
    for key, said in phrases("market").items():
        assert said.keys() == {"en", "zh"}, key
        assert said["en"] != said["zh"], key


def test_progress_goes_from_nothing_to_all() -> None:
    told: list[tuple[str, int, int]] = []
    make(SMALL, lambda stage, done, total: told.append((stage, done, total)))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2]

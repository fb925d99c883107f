from decimal import Decimal
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.statistics import mean, mean_usd, percentile, wilson_interval

tallies = st.integers(1, 500).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857-872, Table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_has_the_published_bounds(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson_interval(successes, trials)

    assert interval == pytest.approx((low, high), abs=0.00005)


def test_there_is_no_interval_without_trials() -> None:
    assert wilson_interval(0, 0) is None


@given(tally=tallies)
def test_the_interval_holds_the_share_and_stays_within_0_and_1(tally: tuple[int, int]) -> None:
    successes, trials = tally

    interval = wilson_interval(successes, trials)

    assert interval is not None
    assert 0 <= interval[0] <= successes / trials <= interval[1] <= 1
    assert interval[0] < interval[1]


@given(tally=tallies)
def test_the_interval_of_the_failures_is_the_mirror_image(tally: tuple[int, int]) -> None:
    successes, trials = tally
    interval, mirrored = wilson_interval(successes, trials), wilson_interval(trials - successes, trials)

    assert interval is not None
    assert mirrored is not None
    assert mirrored == pytest.approx((1 - interval[1], 1 - interval[0]))


@given(tally=tallies)
def test_more_trials_of_the_same_share_narrow_the_interval(tally: tuple[int, int]) -> None:
    few, many = wilson_interval(*tally), wilson_interval(4 * tally[0], 4 * tally[1])

    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


def test_the_mean_cost_is_exact_and_rounded_to_ten_digits() -> None:
    assert mean_usd([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.15")
    assert mean_usd([Decimal(1), Decimal(0), Decimal(0)]) == Decimal("0.3333333333")


def test_the_mean_cost_is_unknown_when_any_cost_is_or_there_is_none() -> None:
    assert mean_usd([]) is None
    assert mean_usd([Decimal(1), None]) is None


def test_the_mean_of_nothing_is_unknown() -> None:
    assert mean([]) is None
    assert mean([1, 2]) == 1.5


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 15.0), (25, 20.0), (40, 29.0), (50, 35.0), (75, 40.0), (95, 48.0), (100, 50.0)]
)
def test_percentiles_interpolate_between_ranks(percent: float, expected: float) -> None:
    assert percentile([50, 15, 40, 20, 35], percent) == pytest.approx(expected)


def test_percentiles_of_one_value_are_that_value_and_of_none_unknown() -> None:
    assert percentile([7], 95) == 7
    assert percentile([], 50) is None


@given(values=st.lists(st.integers(0, 10**6), min_size=2, max_size=40))
def test_percentiles_agree_with_the_standard_library(values: list[int]) -> None:
    inclusive = quantiles(values, n=20, method="inclusive")

    assert percentile(values, 50) == pytest.approx(inclusive[9])
    assert percentile(values, 95) == pytest.approx(inclusive[18])

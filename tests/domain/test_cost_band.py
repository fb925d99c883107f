from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.cost_band import CostBand, CostBandError, parse_bound

amounts = st.decimals(0, 1_000_000, places=10)


@pytest.mark.parametrize(
    ("cost", "inside"),
    [
        ("15", True),
        ("15.0000000000", True),
        ("25", True),
        ("20.65", True),
        ("14.9999999999", False),
        ("25.0000000001", False),
        ("25.99", False),
        ("0", False),
    ],
)
def test_both_bounds_are_inclusive_and_exact(cost: str, inside: bool) -> None:
    band = CostBand(Decimal(15), Decimal(25))

    assert (Decimal(cost) in band) is inside


def test_a_band_may_be_a_single_amount() -> None:
    band = CostBand(Decimal("0.1"), Decimal("0.1"))

    assert Decimal("0.10") in band
    assert Decimal.from_float(0.1) not in band  # the float next to 0.1 is not 0.1


@given(low=amounts, high=amounts, cost=amounts)
def test_a_cost_is_inside_exactly_when_it_is_between_the_bounds(low: Decimal, high: Decimal, cost: Decimal) -> None:
    low, high = sorted((low, high))

    assert (cost in CostBand(low, high)) == (low <= cost <= high)


@pytest.mark.parametrize(
    ("low", "high", "bound", "said"),
    [
        ("25", "15", "min", "25 is above the upper bound 15"),
        ("-1", "15", "min", "-1 is not an amount from 0"),
        ("0", "-0.01", "max", "-0.01 is not an amount"),
        ("0", "Infinity", "max", "Infinity is not an amount"),
        ("NaN", "15", "min", "NaN is not an amount"),
        ("0", "1000000.01", "max", "1000000.01 is not an amount from 0 to 1000000 USD"),
    ],
)
def test_bounds_that_make_no_sense_are_refused_by_name(low: str, high: str, bound: str, said: str) -> None:
    with pytest.raises(CostBandError, match=said) as refused:
        CostBand(Decimal(low), Decimal(high))

    assert refused.value.bound == bound


def test_a_bound_of_10000_digits_is_refused_and_cut_short() -> None:
    with pytest.raises(CostBandError) as refused:
        CostBand(Decimal(0), parse_bound("max", "9" * 10_000))

    assert len(str(refused.value)) < 120


@pytest.mark.parametrize(("text", "usd"), [("15", "15"), ("0", "0"), ("1e1", "10"), (" 12.50 ", "12.5")])
def test_a_bound_is_read_from_text(text: str, usd: str) -> None:
    assert parse_bound("min", text) == Decimal(usd)


@pytest.mark.parametrize(
    "text", ["", "abc", "nan", "sNaN", "inf", "-inf", "-1", "-1e-9", "1,5", "0x10", "1" * 10_000 + "x"]
)
def test_text_that_is_no_bound_is_refused_by_name_and_cut_short(text: str) -> None:
    with pytest.raises(CostBandError) as refused:
        parse_bound("max", text)

    assert refused.value.bound == "max"
    assert len(str(refused.value)) < 120

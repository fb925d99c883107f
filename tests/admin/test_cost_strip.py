"""The line on which models lie by cost."""

from decimal import Decimal

from benchmark.admin.cost_strip import draw_strip
from benchmark.domain.cost_band import CostBand

BAND = CostBand(Decimal(15), Decimal(25))


def test_ticks_lie_in_the_order_of_their_costs_within_the_line() -> None:
    strip = draw_strip([("a", Decimal(400)), ("b", Decimal("0.5")), ("c", Decimal(20))], BAND)

    assert [tick.title for tick in strip.ticks] == ["b $0.50", "c $20.00", "a $400.00"]
    assert 0 < strip.ticks[0].at < strip.band_at < strip.ticks[1].at < strip.band_at + strip.band_width
    assert strip.ticks[2].at == 100


def test_models_at_nearly_one_cost_share_a_tick_that_names_the_first_few() -> None:
    strip = draw_strip([(f"m{number}", Decimal(20)) for number in range(7)], BAND)

    assert [tick.title for tick in strip.ticks] == ["m0 $20.00, m1 $20.00, m2 $20.00, m3 $20.00, m4 $20.00 and 2 more"]


def test_neighbours_on_both_sides_of_a_bound_keep_their_own_ticks() -> None:
    strip = draw_strip([("in", Decimal(25)), ("out", Decimal("25.01"))], BAND)

    assert [(tick.title, tick.is_in_band) for tick in strip.ticks] == [("in $25.00", True), ("out $25.01", False)]


def test_thousands_of_models_are_a_few_hundred_ticks() -> None:
    strip = draw_strip([(f"m{number}", Decimal(number) / 20) for number in range(5_000)], BAND)

    assert len(strip.ticks) <= 402


def test_an_empty_catalogue_still_shows_the_band() -> None:
    strip = draw_strip([], BAND)

    assert strip.ticks == ()
    assert strip.band_at + strip.band_width == 100

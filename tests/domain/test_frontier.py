"""Who is on the frontier of accuracy against cost."""

from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.frontier import Point, frontier

POINTS = st.lists(
    st.builds(Point, st.text(max_size=3), st.sampled_from([0.0, 0.5, 0.75, 1.0]), st.sampled_from([0.1, 1.0, 2.0, 9.0]))
)


def beats(one: Point, other: Point) -> bool:
    no_worse = one.accuracy >= other.accuracy and one.cost_usd <= other.cost_usd
    return no_worse and (one.accuracy > other.accuracy or one.cost_usd < other.cost_usd)


def test_a_dearer_and_worse_model_is_not_on_it() -> None:
    cheap, dear, worse = Point("cheap", 0.5, 1), Point("dear", 0.9, 3), Point("worse", 0.8, 4)

    assert frontier([worse, dear, cheap]) == [cheap, dear]


def test_of_equals_the_first_id_stands_for_all() -> None:
    assert frontier([Point("b", 0.5, 1), Point("a", 0.5, 1)]) == [Point("a", 0.5, 1)]


@given(POINTS)
def test_nobody_beats_a_point_on_it_and_everybody_else_is_matched_by_one_on_it(points: list[Point]) -> None:
    best = frontier(points)

    assert not any(beats(other, point) for point in best for other in points)
    assert all(any(b.accuracy >= point.accuracy and b.cost_usd <= point.cost_usd for b in best) for point in points)

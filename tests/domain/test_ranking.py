from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from benchmark.domain.ranking import Measured, rank
from benchmark.domain.summary import Summary


def measured(
    model: str, correct: int, cost: str | Decimal | None, graded: int = 10, effort: str | None = None
) -> Measured:
    cost_usd = None if cost is None else Decimal(cost)
    return Measured(model, effort, Summary("debugging/bug_fixing", correct, graded, 0, 0, cost_usd, None, None, None))


def ranked(*models: Measured, at_least: str = "0.7") -> list[str]:
    return [one.model for one in rank(models, Decimal(at_least))]


def test_the_cheapest_per_correct_answer_of_the_good_enough_comes_first() -> None:
    assert ranked(measured("dear", 10, "0.020"), measured("cheap", 7, "0.010"), measured("mid", 9, "0.012")) == [
        "mid",  # 0.0133 per correct answer
        "cheap",  # 0.0143
        "dear",  # 0.0200
    ]


def test_a_model_exactly_at_the_threshold_is_good_enough() -> None:
    assert ranked(measured("above", 8, "9"), measured("at", 7, "0.1"), measured("below", 69, "0.01", graded=99)) == [
        "at",
        "above",
        "below",
    ]


def test_those_below_the_threshold_follow_by_accuracy_then_cost_then_id() -> None:
    assert ranked(
        measured("c", 5, "0.02"),
        measured("b", 5, "0.01"),
        measured("a", 5, "0.02"),
        measured("d", 6, "9"),
        measured("e", 7, "99"),
    ) == ["e", "d", "b", "a", "c"]


def test_of_equal_cost_per_correct_answer_the_more_accurate_comes_first_then_the_id() -> None:
    assert ranked(measured("b", 8, "0.08"), measured("a", 8, "0.08"), measured("c", 10, "0.1")) == ["c", "a", "b"]


def test_thirds_compare_exactly() -> None:
    # 0.01 / (1/3) and 0.02 / (2/3) are the same price per correct answer; floats may differ.
    assert ranked(measured("a", 1, "0.01", graded=3), measured("b", 2, "0.02", graded=3), at_least="0.3") == ["b", "a"]


def test_accuracy_0_never_divides_and_comes_last() -> None:
    models = (measured("none", 0, "0.001"), measured("free", 0, "0"), measured("some", 1, "5"))

    assert ranked(*models, at_least="0") == ["some", "free", "none"]
    assert ranked(*models) == ["some", "free", "none"]


def test_a_free_model_that_is_good_enough_comes_first() -> None:
    assert ranked(measured("paid", 10, "0.0000000001"), measured("free", 7, "0")) == ["free", "paid"]


def test_a_model_of_unknown_cost_or_without_a_graded_case_is_not_ranked() -> None:
    assert ranked(
        measured("unknown", 10, None), measured("ungraded", 0, "0.1", graded=0), measured("known", 1, "9")
    ) == ["known"]


models = st.builds(
    lambda name, tally, cost: measured(name, tally[0], cost, graded=tally[1]),
    st.text("abc", min_size=1, max_size=3),
    st.integers(1, 12).flatmap(lambda graded: st.tuples(st.integers(0, graded), st.just(graded))),
    st.decimals(0, 1, places=4),
)


@given(some=st.lists(models, max_size=8, unique_by=lambda m: m.model), shuffled=st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_input(some: list[Measured], shuffled: object) -> None:
    again = list(some)
    shuffled.shuffle(again)  # type: ignore[attr-defined]

    assert rank(again, Decimal("0.7")) == rank(some, Decimal("0.7"))


@given(some=st.lists(models, max_size=8, unique_by=lambda m: m.model))
def test_all_that_meet_the_threshold_come_before_all_that_do_not_in_order_of_price(some: list[Measured]) -> None:
    order = rank(some, Decimal("0.7"))

    meets = [one.summary.meets(Decimal("0.7")) for one in order]
    prices = [
        Fraction(one.summary.avg_cost_usd or 0) / Fraction(one.summary.correct, one.summary.graded)
        for one, good in zip(order, meets, strict=True)
        if good
    ]
    assert meets == sorted(meets, reverse=True)
    assert prices == sorted(prices)
    assert len(order) == len(some)

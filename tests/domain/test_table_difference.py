from decimal import Decimal

import pytest

from benchmark.domain.routing_table import TableCandidate
from benchmark.domain.table_difference import RouteDifference, compare_tables
from benchmark.domain.taxonomy import ROUTES

ROUTE = ROUTES[4]


def candidate(model: str, accuracy: float = 0.9, cost_usd: str = "0.001", effort: str | None = None) -> TableCandidate:
    return TableCandidate(model, effort, accuracy, accuracy - 0.1, accuracy + 0.05, Decimal(cost_usd), 12, True)


def difference(before: list[TableCandidate], after: list[TableCandidate]) -> RouteDifference:
    return next(d for d in compare_tables({ROUTE: before}, {ROUTE: after}) if d.route == ROUTE)


def test_each_of_the_18_routes_is_compared_in_order() -> None:
    assert [d.route for d in compare_tables({}, {})] == list(ROUTES)


def test_equal_routes_are_unchanged() -> None:
    same = difference([candidate("a"), candidate("b")], [candidate("a"), candidate("b")])

    assert not same.is_changed
    assert same.accuracy_change == 0
    assert same.cost_change_usd == 0


def test_another_first_model_takes_over_with_its_changes() -> None:
    taken = difference([candidate("a", 0.8, "0.004")], [candidate("b", 0.9, "0.001"), candidate("a", 0.8, "0.004")])

    assert taken.is_taken_over
    assert taken.accuracy_change == pytest.approx(0.1)
    assert taken.cost_change_usd == Decimal("-0.003")
    assert taken.cost_change_share == pytest.approx(-0.75)
    assert taken.joined == ("b",)
    assert taken.left == ()


def test_the_same_model_at_another_effort_takes_over() -> None:
    assert difference([candidate("a")], [candidate("a", effort="high")]).is_taken_over


def test_the_same_first_model_with_other_figures_is_remeasured() -> None:
    again = difference([candidate("a", 0.8)], [candidate("a", 0.9)])

    assert again.is_remeasured
    assert again.is_changed
    assert not again.is_taken_over


def test_a_model_that_leaves_does_not_count_as_reordering_the_rest() -> None:
    shorter = difference([candidate("a"), candidate("b"), candidate("c")], [candidate("a"), candidate("c")])

    assert shorter.left == ("b",)
    assert not shorter.reordered


def test_runners_up_that_swap_are_a_change() -> None:
    swapped = difference(
        [candidate("a"), candidate("b"), candidate("c")], [candidate("a"), candidate("c"), candidate("b")]
    )

    assert swapped.reordered
    assert swapped.is_changed
    assert not swapped.is_taken_over


def test_changes_from_nobody_or_from_a_free_model_are_unknown() -> None:
    from_nobody = difference([], [candidate("a")])
    from_free = difference([candidate("a", cost_usd="0")], [candidate("b")])

    assert from_nobody.is_taken_over
    assert (from_nobody.accuracy_change, from_nobody.cost_change_usd, from_nobody.cost_change_share) == (None,) * 3
    assert from_free.cost_change_share is None

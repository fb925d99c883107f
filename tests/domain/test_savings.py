from decimal import Decimal
from math import isclose

import pytest

from benchmark.domain.routing_table import TableCandidate
from benchmark.domain.savings import MixError, savings


def candidate(model: str, accuracy: float, usd: str, margin: float = 0.1) -> TableCandidate:
    return TableCandidate(model, None, accuracy, accuracy - margin, accuracy + margin, Decimal(usd), 12, True)


ROUTES = {
    "a": [candidate("v/cheap", 0.8, "0.001"), candidate("v/dear", 0.9, "0.010")],
    "b": [candidate("v/dear", 0.9, "0.020"), candidate("v/cheap", 0.4, "0.003"), candidate("v/partial", 0.4, "0.001")],
}


def test_the_figures_can_be_checked_by_hand() -> None:
    found = savings(ROUTES, {"a": 3, "b": 1})

    # Routed: 3 of 4 requests at 0.001 and 1 of 4 at 0.020 USD; 3/4 * 0.8 + 1/4 * 0.9 right.
    assert found.routed.usd_per_1000 == Decimal("5.75")
    assert isclose(found.routed.accuracy.value, 0.825)
    # Margins: sqrt((3/4 * 0.1)^2 + (1/4 * 0.1)^2)
    assert isclose(found.routed.accuracy.low, 0.825 - 0.0790569415)
    assert isclose(found.routed.accuracy.high, 0.825 + 0.0790569415)
    assert found.routed.usd_per_1000_correct is not None
    assert isclose(found.routed.usd_per_1000_correct.value, 5.75 / 0.825)
    assert found.routed.usd_per_1000_correct.low < 5.75 / 0.825 < found.routed.usd_per_1000_correct.high


def test_single_models_come_cheapest_first_with_what_routing_saves_against_each() -> None:
    found = savings(ROUTES, {"a": 3, "b": 1})

    assert [(e.model, e.usd_per_1000) for e in found.singles] == [
        ("v/cheap", Decimal("1.5")),
        ("v/dear", Decimal("12.5")),
    ]
    assert [found.routed.saved_share(e) for e in found.singles] == [1 - 5.75 / 1.5, 1 - 5.75 / 12.5]


def test_a_model_that_a_route_of_the_mix_does_not_rank_is_not_guessed_at() -> None:
    assert savings(ROUTES, {"a": 1, "b": 1}).unranked == {"v/partial": ["a"]}
    assert savings(ROUTES, {"a": 0, "b": 1}).unranked == {}


def test_only_the_proportions_of_the_weights_count() -> None:
    assert savings(ROUTES, {"a": 1, "b": 2}) == savings(ROUTES, {"a": 50, "b": 100})


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": -1, "b": 2}, {"c": 1}, {"a": Decimal("NaN")}])
def test_a_mix_that_makes_no_sense_is_refused(weights: dict[str, Decimal | int]) -> None:
    with pytest.raises(MixError):
        savings(ROUTES, weights)


def test_a_model_that_is_never_right_has_no_cost_per_right_answer() -> None:
    found = savings({"a": [candidate("v/wrong", 0.0, "0.001", margin=0.0)]}, {"a": 1})

    assert found.routed.usd_per_1000_correct is None
    assert found.to_json()["routed"]["usd_per_1000_correct"] is None


def test_a_free_model_has_no_share_that_could_be_saved() -> None:
    found = savings({"a": [candidate("v/free", 0.8, "0")]}, {"a": 1})

    assert found.to_json()["models"][0]["saved_share"] is None

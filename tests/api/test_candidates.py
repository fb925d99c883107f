from typing import Any

import pytest
from django.test import Client

from benchmark.models.config import BenchmarkConfig
from tests import factories

PATH = "/api/internal/auto-routing-benchmark/decider-candidates"

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[str]:
    return [candidate["id"] for candidate in answer.json()["candidates"]]


def test_the_candidates_of_the_saved_band_come_cost_descending_then_id(router: Client) -> None:
    factories.catalogue_model("b/same", "20.65")
    factories.catalogue_model("a/same", "20.65")
    factories.catalogue_model("c/dear", "25")
    factories.catalogue_model("d/too-dear", "25.99")

    answer = router.get(PATH)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() | {"generatedAt": ""} == {
        "candidates": [
            {"id": "c/dear", "avgAttemptCostUsd": 25.0},
            {"id": "a/same", "avgAttemptCostUsd": 20.65},
            {"id": "b/same", "avgAttemptCostUsd": 20.65},
        ],
        "minCostUsd": 15.0,
        "maxCostUsd": 25.0,
        "generatedAt": "",
    }


def test_virtual_custom_retired_and_unmeasured_models_are_left_out(router: Client) -> None:
    BenchmarkConfig(custom_prefixes=["house/"], virtual_prefixes=["auto/"]).save()
    factories.catalogue_model("kilo-auto/free")
    factories.catalogue_model("a/router", has_auto_routing=True)
    factories.catalogue_model("auto/one")
    factories.catalogue_model("house/one")
    factories.catalogue_model("a/retired", is_active=False)
    factories.catalogue_model("a/unmeasured", None)
    factories.catalogue_model("a/real")

    assert ids(router.get(PATH)) == ["a/real"]


def test_a_caller_may_ask_for_another_band_inclusive_on_both_ends(router: Client) -> None:
    for cost in ("11.99", "12", "24", "24.0000000001"):
        factories.catalogue_model(f"a/{cost}", cost)

    answer = router.get(PATH, {"minCostUsd": "12", "maxCostUsd": "24"})

    assert ids(answer) == ["a/24", "a/12"]
    assert (answer.json()["minCostUsd"], answer.json()["maxCostUsd"]) == (12.0, 24.0)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"minCostUsd": "dear"}, "minCostUsd"),
        ({"minCostUsd": ""}, "minCostUsd"),
        ({"maxCostUsd": "NaN"}, "maxCostUsd"),
        ({"maxCostUsd": "-Infinity"}, "maxCostUsd"),
        ({"minCostUsd": "-0.01"}, "minCostUsd"),
        ({"maxCostUsd": "1e999999"}, "maxCostUsd"),
        ({"minCostUsd": "9" * 5000}, "minCostUsd"),
        ({"minCostUsd": "25.01"}, "minCostUsd"),
        ({"minCostUsd": "3", "maxCostUsd": "2"}, "minCostUsd"),
        ({"minCostUsd": "1\x00"}, "minCostUsd"),
    ],
)
def test_a_bound_that_makes_no_sense_is_named(router: Client, parameters: dict[str, str], named: str) -> None:
    answer = router.get(PATH, parameters)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(named)
    assert len(answer.content) < 500


def test_the_configuration_and_the_band_take_one_query_each(router: Client, django_assert_num_queries: Any) -> None:
    factories.catalogue_model("a/model")

    with django_assert_num_queries(2):
        router.get(PATH)

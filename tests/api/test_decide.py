"""Decisions over HTTP: the rules are tested in tests/domain/test_decision.py."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from benchmark.api.tally import tally
from benchmark.domain.taxonomy import ROUTES
from benchmark.models.config import BenchmarkConfig
from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RoutingTable
from tests import factories
from tests.api.test_routing_table import database_is_away

ROUTE = "debugging/bug_fixing"

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> RoutingTable:
    factories.catalogue_model("a/cheap", input_modalities=["text", "Image"], context_length=1000)
    factories.catalogue_model("b/dear", input_modalities=["text"], context_length=8000)
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01"), "c/weak": (5, "0.0001")})
    live = RoutingTable.live()
    assert live is not None
    return live


def decide(caller: Client, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return caller.post("/api/decide", text, content_type="application/json")


def test_a_route_key_is_answered_with_the_best_model_and_where_it_comes_from(
    router: Client, table: RoutingTable
) -> None:
    answer = decide(router, {"route": ROUTE})

    assert answer.status_code == 200
    assert answer.json() == {
        "decision": table.content["routes"][ROUTE][0] | {"rank": 1, "isSticky": False},
        "reason": "fresh",
        "route": ROUTE,
        "tableVersion": table.version,
        "runId": table.run_id,
        "stale": False,
    }


@pytest.mark.parametrize(
    ("options", "model", "reason"),
    [
        ({"denied": ["a/cheap"]}, "b/dear", "fresh"),
        ({"mode": "best_accuracy"}, "b/dear", "fresh"),
        ({"incumbent": "a/cheap"}, "a/cheap", "sticky"),
        ({"incumbent": "b/dear"}, "a/cheap", "cost"),
        ({"requiredModalities": ["IMAGE"]}, "a/cheap", "fresh"),
        ({"requiredModalities": ["text"], "promptTokens": 1001}, "b/dear", "fresh"),
        ({"requiredModalities": ["image"], "promptTokens": 1001}, "a/cheap", "fresh"),
        ({"requiredModalities": ["audio"]}, None, "no_candidate"),
    ],
)
def test_all_options_reach_the_decision(
    router: Client, table: RoutingTable, options: dict[str, Any], model: str | None, reason: str
) -> None:
    answer = decide(router, {"taskType": "debugging", "subtype": "bug_fixing", **options}).json()

    assert (answer["decision"] and answer["decision"]["model"], answer["reason"]) == (model, reason)


def test_an_explanation_lists_every_candidate_with_its_fate_and_numbers(router: Client, table: RoutingTable) -> None:
    body = {"route": ROUTE, "incumbent": "b/dear", "denied": ["c/weak"], "explain": True}

    explained = decide(router, body).json()["explanation"]

    fates = [(c["rank"], c["model"], c["fate"], c["reason"]) for c in explained["candidates"]]
    assert fates == [
        (1, "a/cheap", "chosen", "cost"),
        (2, "b/dear", "passed_over", "cost"),
        (3, "c/weak", "dropped", "denied"),
    ]
    assert explained["comparison"] == {
        "incumbent": "b/dear",
        "freshPick": "a/cheap",
        "incumbentCostUsd": 0.01,
        "freshPickCostUsd": 0.001,
        "costRatio": 10.0,
        "incumbentAccuracy": 1.0,
        "freshPickAccuracy": 0.9,
        "accuracyGain": -0.1,
    }
    assert explained["switchCostFactor"] == 3.0
    assert explained["candidates"][0]["inputModalities"] == ["image", "text"]


def test_a_batch_is_answered_in_order_from_one_table(router: Client, table: RoutingTable) -> None:
    asked = [{"route": route} for route in ROUTES] + [{"route": ROUTE, "denied": ["a/cheap"]}]

    decisions = decide(router, {"requests": asked}).json()["decisions"]

    assert [d["route"] for d in decisions] == [*ROUTES, ROUTE]
    assert [d["decision"]["model"] for d in decisions] == ["a/cheap"] * 18 + ["b/dear"]


def test_a_batch_of_1000_fits_and_one_more_does_not(router: Client, table: RoutingTable) -> None:
    assert len(decide(router, {"requests": [{"route": ROUTE}] * 1000}).json()["decisions"]) == 1000
    assert decide(router, {"requests": [{"route": ROUTE}] * 1001}).status_code == 422


def test_one_wrong_request_refuses_the_batch_and_is_named(router: Client, table: RoutingTable) -> None:
    answer = decide(router, {"requests": [{"route": ROUTE}, {"route": "debugging/nothing"}]})

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("requests.1: ")
    assert answer.json()["routes"] == list(ROUTES)


def test_without_a_live_table_there_is_no_decision_and_a_reason(router: Client) -> None:
    answer = decide(router, {"route": ROUTE})

    assert answer.status_code == 200
    assert (answer.json()["decision"], answer.json()["reason"]) == (None, "no_live_table")


@pytest.mark.parametrize(
    "body",
    [
        {"route": "debugging/nothing"},
        {"taskType": "debugging"},
        {"taskType": "debugging", "subtype": "migration"},
        {"route": ROUTE, "taskType": "debugging", "subtype": "bug_fixing"},
        {},
    ],
)
def test_an_unknown_route_is_told_which_there_are(router: Client, body: dict[str, str]) -> None:
    answer = decide(router, body)

    assert answer.status_code == 422
    assert answer.json()["routes"] == list(ROUTES)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"route": ROUTE, "deny": ["a/cheap"]}, "deny"),
        ({"route": ROUTE, "mode": "cheapest"}, "mode"),
        ({"route": ROUTE, "denied": "a/cheap"}, "denied"),
        ({"route": ROUTE, "denied": ["x" * 256]}, "denied"),
        ({"route": ROUTE, "promptTokens": -1}, "promptTokens"),
        ({"route": ROUTE, "promptTokens": True}, "promptTokens"),
        ({"route": ROUTE, "promptTokens": 10**400}, "promptTokens"),
        ({"route": ROUTE, "explain": "yes"}, "explain"),
        ({"requests": []}, "requests"),
        ({"requests": [{"route": ROUTE}, {"route": ROUTE, "incumbent": 7}]}, "requests.1.incumbent"),
        ([], "the body"),
        ("null", "the body"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_and_the_field_named(router: Client, body: Any, named: str) -> None:
    answer = decide(router, body)

    assert answer.status_code == 422
    assert named in answer.json()["error"]


@pytest.mark.parametrize("body", ["", "{", '{"route": NaN}', b"\xff\xfe", "[" * 60_000, '{"a": "\\ud800"}', "1" * 9000])
def test_what_is_not_json_is_refused(router: Client, body: str | bytes) -> None:
    answer = decide(router, body)

    assert answer.status_code in (400, 422)
    assert len(answer.content) < 700


def test_while_the_database_is_away_decisions_go_on_and_are_marked(router: Client, table: RoutingTable) -> None:
    fresh = decide(router, {"route": ROUTE}).json()

    with connection.execute_wrapper(database_is_away):
        stale = decide(router, {"route": ROUTE})

    assert stale.status_code == 200
    assert stale.json() == fresh | {"stale": True}


def test_a_prefix_that_staff_declare_virtual_is_obeyed_at_once(router: Client, table: RoutingTable) -> None:
    decide(router, {"route": ROUTE})
    BenchmarkConfig(virtual_prefixes=["a/"]).save()

    assert decide(router, {"route": ROUTE}).json()["decision"]["model"] == "b/dear"


def test_a_decision_costs_one_look_and_is_counted_later(
    router: Client, table: RoutingTable, django_assert_num_queries: Any
) -> None:
    decide(router, {"route": ROUTE})

    with django_assert_num_queries(1):
        decide(router, {"requests": [{"route": ROUTE}, {"route": "refactoring/migration"}]})
    tally.flush()

    assert dict(DecisionCount.objects.values_list("route", "decisions")) == {ROUTE: 2, "refactoring/migration": 1}


def test_counts_wait_while_the_database_is_away(router: Client, table: RoutingTable) -> None:
    decide(router, {"route": ROUTE})

    with connection.execute_wrapper(database_is_away):
        tally.flush()
    tally.flush()

    assert DecisionCount.objects.get().decisions == 1

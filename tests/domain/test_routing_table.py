import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from benchmark.domain.ranking import Measured
from benchmark.domain.routing_table import (
    IncompleteTable,
    Policy,
    Source,
    Table,
    TableCandidate,
    candidates_by_route,
)
from benchmark.domain.summary import Summary
from benchmark.domain.taxonomy import ROUTES

NOW = datetime(2026, 6, 17, 5, 0, tzinfo=UTC)
POLICY = Policy(Decimal("0.7"), Decimal(3), Decimal("0.05"))


def measured(model: str, route: str, correct: int = 9, cost: str = "0.001", effort: str | None = None) -> Measured:
    return Measured(model, effort, Summary(route, correct, 12, 0, 0, Decimal(cost), 900.0, 800.0, 1500.0))


def all_routes(*models: str) -> dict[str, list[Measured]]:
    return {route: [measured(model, route) for model in models] for route in ROUTES}


def table(measured_by_route: Mapping[str, Sequence[Measured]] | None = None) -> Table:
    by_route = all_routes("a/model") if measured_by_route is None else measured_by_route
    return Table.build(by_route, policy=POLICY, source=Source.BENCHMARK, run_id=7, generated_at=NOW)


def test_a_table_has_the_published_form() -> None:
    content = table().to_json()

    assert list(content) == [
        "version",
        "generatedAt",
        "minAccuracy",
        "switchCostFactor",
        "bestAccuracySwitchThreshold",
        "source",
        "runId",
        "routes",
    ]
    assert content["generatedAt"] == "2026-06-17T05:00:00Z"
    assert list(content["routes"]) == list(ROUTES)
    assert content["routes"]["debugging/bug_fixing"] == [
        {
            "model": "a/model",
            "reasoningEffort": None,
            "accuracy": 0.75,
            "accuracyLow": 0.467695,
            "accuracyHigh": 0.911058,
            "avgCostUsd": 0.001,
            "cases": 12,
            "meetsThreshold": True,
        }
    ]


def test_the_version_changes_with_everything_but_the_time() -> None:
    first = table()
    route = ROUTES[5]
    others = [
        replace(first, policy=Policy(Decimal("0.71"), Decimal(3), Decimal("0.05"))),
        replace(first, policy=Policy(Decimal("0.7"), Decimal("3.001"), Decimal("0.05"))),
        replace(first, policy=Policy(Decimal("0.7"), Decimal(3), Decimal("0.0501"))),
        replace(first, source=Source.SIMULATION),
        replace(first, run_id=8),
        table({**all_routes("a/model"), route: [measured("b/model", route)]}),
        table({**all_routes("a/model"), route: [measured("a/model", route, correct=10)]}),
        table({**all_routes("a/model"), route: [measured("a/model", route, cost="0.0010000001")]}),
        table({**all_routes("a/model"), route: [measured("a/model", route, effort="high")]}),
        table(all_routes("a/model", "b/model")),
    ]

    versions = {one.version for one in others}

    assert len(versions) == len(others)
    assert first.version not in versions
    assert replace(first, generated_at=NOW + timedelta(days=1)).version == first.version


def test_the_version_does_not_depend_on_how_a_number_is_spelled() -> None:
    spelled = Policy(Decimal("0.7000"), Decimal("3.000"), Decimal("0.0500"))

    assert replace(table(), policy=spelled).version == table().version


def test_a_version_is_16_hexadecimal_digits() -> None:
    assert len(table().version) == 16
    assert int(table().version, 16) >= 0


def test_a_table_without_a_candidate_on_some_route_can_not_be_built() -> None:
    by_route = all_routes("a/model")
    by_route["debugging/bug_fixing"] = []
    del by_route["refactoring/migration"]

    with pytest.raises(IncompleteTable, match=r"2 of 18 routes .*: debugging/bug_fixing, refactoring/migration"):
        table(by_route)


def test_a_route_whose_only_model_has_no_known_cost_has_no_candidate() -> None:
    route = ROUTES[0]
    unknown = Measured("a/model", None, replace(measured("a/model", route).summary, avg_cost_usd=None))

    with pytest.raises(IncompleteTable, match=route):
        table({**all_routes("a/model"), route: [unknown]})


def test_a_published_table_reads_back_as_it_was() -> None:
    built = table(all_routes("b/model", "a/model"))

    content = json.loads(json.dumps(built.to_json()))

    assert Policy.from_json(content) == POLICY
    read = candidates_by_route(content)
    assert list(read) == list(ROUTES)
    assert [c.to_json() for c in read[ROUTES[3]]] == [c.to_json() for c in built.routes[ROUTES[3]]]
    assert all(isinstance(c, TableCandidate) for ranked in read.values() for c in ranked)

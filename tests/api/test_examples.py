"""The examples of the docs are real answers, and today's answers are a contract: later versions only add.

After an intended addition: WRITE_EXAMPLES=1 python -m pytest tests/api/test_examples.py
"""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from benchmark.api.openapi import EXAMPLES
from benchmark.models.routing_table import RoutingTable
from tests import factories

ROUTE: Final = "debugging/bug_fixing"
CONTRACT: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("contract.json").read_text())
EXAMPLES_FILE: Final = Path(__file__).resolve().parents[2] / "benchmark/api/examples.json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def answers(router: Client) -> dict[str, Any]:
    """Return the real answers of a small deployment, tables abridged to one route."""
    factories.catalogue_model("acme/swift", "15.2", input_modalities=["text", "image"])
    factories.catalogue_model("acme/steady", "20.65")
    factories.published_run(
        {"acme/swift": (9, "0.0004"), "acme/steady": (10, "0.0017"), "acme/frugal": (5, "0.0001")}, id=7
    )
    live = RoutingTable.live()
    assert live is not None
    asked = {"route": ROUTE, "incumbent": "acme/steady", "explain": True}
    found = {
        "routing-table": router.get("/api/routing-table"),
        "routing-tables": router.get("/api/routing-tables"),
        "one-table": router.get(f"/api/routing-tables/{live.version}"),
        "decide": router.post("/api/decide", asked, content_type="application/json"),
        "candidates": router.get("/api/internal/auto-routing-benchmark/decider-candidates"),
        "run": router.get("/api/runs/7"),
    }
    return {name: abridged(answer.json()) for name, answer in found.items()}


def abridged(answer: dict[str, Any]) -> dict[str, Any]:
    if table := answer.get("table"):
        answer["table"] = table | {"routes": {ROUTE: table["routes"][ROUTE]}}
    return answer | ({"generatedAt": "2026-06-17T05:00:00Z"} if "generatedAt" in answer else {})


def shape(value: Any) -> Any:
    """Return names and types: an object's fields, a list's first element."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}[type(value)]


def broken(promised: Any, today: Any, path: str = "") -> list[str]:
    """Return the places where today's shape lacks or changes what was promised."""
    if isinstance(promised, dict) and isinstance(today, dict):
        missing = [f"{path}/{name} is gone" for name in promised if name not in today]
        kept = [name for name in promised if name in today]
        return missing + [fault for name in kept for fault in broken(promised[name], today[name], f"{path}/{name}")]
    if isinstance(promised, list) and isinstance(today, list):
        return broken(promised[0], today[0], f"{path}[]") if promised and today else []
    return [] if promised == today else [f"{path} was {promised}, is {today}"]


def test_the_examples_are_real_answers(answers: dict[str, Any]) -> None:
    if os.environ.get("WRITE_EXAMPLES"):
        EXAMPLES_FILE.write_text(json.dumps(answers, indent=2) + "\n")
        return

    assert answers == EXAMPLES


@pytest.mark.parametrize("name", list(CONTRACT["shapes"]))
def test_old_clients_keep_working(answers: dict[str, Any], name: str) -> None:
    assert broken(CONTRACT["shapes"][name], shape(answers[name])) == []


def test_the_order_of_candidates_is_part_of_the_contract(answers: dict[str, Any]) -> None:
    ranked = answers["routing-table"]["table"]["routes"][ROUTE]

    assert [candidate["model"] for candidate in ranked] == CONTRACT["ranked"]
    assert [candidate["id"] for candidate in answers["candidates"]["candidates"]] == CONTRACT["candidates"]


def test_a_field_that_goes_or_changes_its_type_breaks_the_contract() -> None:
    promised = {"a": "text", "b": [{"c": "number"}]}

    assert broken(promised, {"a": "text", "b": [{"c": "number", "new": "text"}], "new": "null"}) == []
    assert broken(promised, {"a": "null", "b": [{}]}) == ["/a was text, is null", "/b[]/c is gone"]

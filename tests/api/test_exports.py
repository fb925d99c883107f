"""The live table in other forms: what a spreadsheet and a LiteLLM proxy read."""

import csv
import io
from typing import Any

import pytest
import yaml
from django.test import Client

from benchmark.api.exports import render
from benchmark.domain.table_csv import COLUMNS
from benchmark.domain.taxonomy import ROUTES
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import RunState
from benchmark.pipeline.publish_table import publish_table
from tests import factories

PATH = "/api/routing-table"
ROUTE = "debugging/bug_fixing"

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> RoutingTable:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/cheap", cost_usd="0.001", effort="high")
    factories.measured_entry(run, "b/dear", correct=10, cost_usd="0.01")
    factories.measured_entry(run, "=c/weak", correct=5, cost_usd="0.0001")
    publish_table(run, factories.NOW)
    live = RoutingTable.live()
    assert live is not None
    return live


def litellm_config(router: Client) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(router.get(PATH, {"format": "litellm"}).content)
    return config


def test_the_csv_has_a_row_per_route_and_model_and_names_the_version(router: Client, table: RoutingTable) -> None:
    answer = router.get(PATH, {"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 18 * 3
    assert {row["version"] for row in rows} == {table.version}
    assert [row["model"] for row in rows if row["route"] == ROUTE][:2] == ["a/cheap", "b/dear"]
    assert (rows[0]["reasoningEffort"], rows[0]["avgCostUsd"], rows[0]["meetsThreshold"]) == ("high", "0.001", "true")


def test_a_model_id_that_a_spreadsheet_would_run_is_quoted(router: Client, table: RoutingTable) -> None:
    assert b",'=c/weak," in router.get(PATH, {"format": "csv"}).content


def test_litellm_gets_a_group_per_route_with_the_best_model_and_the_others_as_fallbacks(
    router: Client, table: RoutingTable
) -> None:
    config = litellm_config(router)

    groups = {entry["model_name"]: entry for entry in config["model_list"]}
    assert set(groups) == {*ROUTES, "b/dear"}
    assert groups[ROUTE]["litellm_params"] == {
        "model": "openai/a/cheap",
        "api_base": "os.environ/GATEWAY_BASE_URL",
        "api_key": "os.environ/GATEWAY_API_KEY",
        "reasoning_effort": "high",
    }
    assert {ROUTE: ["b/dear"]} in config["router_settings"]["fallbacks"]


def test_litellm_is_told_the_version(router: Client, table: RoutingTable) -> None:
    answer = router.get(PATH, {"format": "litellm"})

    assert answer["Content-Type"] == "application/yaml"
    assert answer.content.startswith(
        f"# LiteLLM proxy configuration made from Autorouting's table {table.version}".encode()
    )
    assert {e["model_info"]["autorouting_table"] for e in litellm_config(router)["model_list"]} == {table.version}


def test_where_nothing_is_good_enough_the_best_there_is_stands_alone(router: Client) -> None:
    factories.published_run({"a/weak": (5, "0.001"), "b/weaker": (4, "0.001")})

    config = litellm_config(router)

    assert {entry["litellm_params"]["model"] for entry in config["model_list"]} == {"openai/a/weak"}
    assert config["router_settings"]["fallbacks"] == []


@pytest.mark.filterwarnings("default")  # LiteLLM's own
def test_litellm_itself_takes_the_export_and_prefers_the_best_model(
    router: Client, table: RoutingTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "true")  # it would fetch one at import
    litellm = pytest.importorskip("litellm", reason="LiteLLM is optional: pip install 'litellm>=1.110,<2'")
    config = litellm_config(router)
    settings = {**config["router_settings"], "num_retries": 0}
    for entry in config["model_list"]:
        entry["litellm_params"]["mock_response"] = f"this is {entry['litellm_params']['model']}"
        # As the proxy does when it reads the file: "os.environ/NAME" stands for the variable.
        entry["litellm_params"] |= {"api_key": "x", "api_base": "http://127.0.0.1:1/v1"}

    proxy = litellm.Router(model_list=config["model_list"], **settings)
    ask = [{"role": "user", "content": "hello"}]

    assert proxy.completion(ROUTE, ask).choices[0].message.content == "this is openai/a/cheap"
    assert (
        proxy.completion(ROUTE, ask, mock_testing_fallbacks=True).choices[0].message.content == "this is openai/b/dear"
    )


@pytest.mark.parametrize("name", ["csv", "litellm"])
def test_an_export_is_polled_like_the_table(router: Client, table: RoutingTable, name: str) -> None:
    first = router.get(PATH, {"format": name})

    again = router.get(PATH, {"format": name}, headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert first["ETag"] != router.get(PATH)["ETag"]


def test_without_a_live_table_there_is_nothing_to_export(router: Client) -> None:
    assert router.get(PATH, {"format": "csv"}).status_code == 404


def test_an_unknown_format_is_told_which_there_are(router: Client, table: RoutingTable) -> None:
    answer = router.get(PATH, {"format": "toml"})

    assert answer.status_code == 422
    assert answer.json() == {"error": "format: one of json, csv, litellm."}


@pytest.mark.parametrize("name", ["csv", "litellm"])
def test_hostile_names_stay_data(table: RoutingTable, name: str) -> None:
    content = {
        **table.content,
        "routes": {ROUTE: [{**table.content["routes"][ROUTE][0], "model": 'x\n- "y": {{z}}, #'}]},
    }

    body = render(content, name).body.decode()

    if name == "csv":
        assert next(iter(csv.DictReader(io.StringIO(body, newline=""))))["model"] == 'x\n- "y": {{z}}, #'
    else:
        assert yaml.safe_load(body)["model_list"][0]["litellm_params"]["model"] == 'openai/x\n- "y": {{z}}, #'

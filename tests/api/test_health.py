"""Probes and metrics."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from benchmark.models.run import ResultState
from benchmark.models.sync import SyncRecord
from tests import factories
from tests.api.test_routing_table import database_is_away
from tests.deployment import ROOT


def samples(router: Client) -> dict[tuple[str, ...], float]:
    """Return the scrape as (name, label values...) -> value."""
    text = router.get("/metrics").content.decode()
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_the_process_answers_without_a_secret_or_a_database(stranger: Client) -> None:
    answer = stranger.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_migrated_database_is_ready_and_redis_is_only_reported(stranger: Client) -> None:
    answer = stranger.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "up", "redis": "down"}


@pytest.mark.django_db
def test_without_a_database_it_is_not_ready(stranger: Client) -> None:
    with connection.execute_wrapper(database_is_away):
        answer = stranger.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "down"


@pytest.mark.django_db
def test_metrics_tell_what_the_rows_know(router: Client) -> None:
    run = factories.published_run({"a/model": (9, "0.001")})
    entry = factories.entry(run, "b/broken", spent_usd="0.5")
    for number in range(3):
        run.results.create(
            entry=entry,
            case_id=f"case-{number}",
            route="debugging/bug_fixing",
            state=ResultState.DONE,
            worst_case_usd="0.01",
            verdict="errored",
        )
    SyncRecord.objects.create(
        started_at=factories.NOW, min_cost_usd=15, max_cost_usd=25, outcome="unchanged", finished_at=factories.NOW
    )

    found = samples(router)

    assert found["autorouting_database_up",] == 1
    assert found["autorouting_run_gateway_errors", "b/broken"] == 3
    assert found["autorouting_run_results", "done"] == 3
    assert found["autorouting_run_cost_usd",] == 0.5
    assert found["autorouting_sync_outcome", "unchanged"] == 1
    assert found["autorouting_sync_outcome", "failed"] == 0
    assert found["autorouting_sync_age_seconds",] > 0
    assert found["autorouting_table_age_seconds",] > 0


@pytest.mark.django_db
def test_metrics_count_decisions_and_time_requests(router: Client) -> None:
    factories.published_run({"a/counted": (9, "0.001")})
    body = {"route": "debugging/test_repair"}

    for _ in range(2):
        router.post("/api/decide", body, content_type="application/json")
    router.get(f"/api/runs/{2**40}")
    found = samples(router)

    assert found["autorouting_decisions_total", "a/counted", "fresh", "debugging/test_repair"] == 2
    assert found["autorouting_api_request_seconds_count", "/api/decide", "200"] >= 2
    assert found["autorouting_api_request_seconds_count", "/api/runs/<int:run_id>", "404"] >= 1


@pytest.mark.django_db
def test_refusals_are_counted_without_what_was_offered(stranger: Client, router: Client) -> None:
    before = samples(router).get(("autorouting_api_refusals_total", "Unauthorized"), 0)

    stranger.get("/api/routing-table", headers={"authorization": "Bearer a-guess"})

    assert samples(router)["autorouting_api_refusals_total", "Unauthorized"] == before + 1
    assert b"a-guess" not in router.get("/metrics").content


@pytest.mark.django_db
def test_a_scrape_goes_on_without_the_database(router: Client) -> None:
    with connection.execute_wrapper(database_is_away):
        found = samples(router)

    assert found["autorouting_database_up",] == 0


@pytest.mark.django_db
def test_metrics_can_be_opened_by_a_setting(stranger: Client, settings: Settings) -> None:
    settings.METRICS_PUBLIC = True

    assert stranger.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_an_idle_deployment_has_metrics_too(router: Client) -> None:
    assert SyncRecord.objects.count() == 0
    assert samples(router)["autorouting_database_up",] == 1


def test_the_counts_of_several_workers_add_up_where_a_folder_is_set(tmp_path: Path) -> None:
    count = (
        "import django; django.setup()\n"
        "from benchmark.api.metrics import decisions_of, REGISTRY, exposition\n"
        "decisions_of('a/route', 'a/model', 'fresh').inc()\n"
        "print(exposition().decode())"
    )
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }

    outputs = [
        subprocess.run(
            [sys.executable, "-c", count], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert 'autorouting_decisions_total{model="a/model",reason="fresh",route="a/route"} 2.0' in outputs[1]

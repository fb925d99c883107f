import pytest
from django.test import Client

from benchmark.models.run import EntryState, RunState
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_runs_progress_is_told_in_figures(router: Client) -> None:
    run = factories.run(RunState.COMPLETED)
    factories.entry(run, state=EntryState.READY, spent_usd="0.25")

    answer = router.get(f"/api/runs/{run.pk}").json()

    assert (answer["id"], answer["state"], answer["source"]) == (run.pk, "completed", "simulation")
    assert answer["entries"] == {"ready": 1}
    assert (answer["spentUsd"], answer["maxCostUsd"]) == (0.25, 50.0)
    assert answer["startedAt"] == "2026-06-17T05:00:00Z"


@pytest.mark.parametrize("number", ["0", "999", str(2**63 - 1), str(2**63), "9" * 5000, "-1", "x", "1.5"])
def test_an_unknown_run_is_a_json_error(router: Client, number: str) -> None:
    answer = router.get(f"/api/runs/{number}")

    assert answer.status_code in (404, 422)
    assert "error" in answer.json()

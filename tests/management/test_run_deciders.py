"""manage.py run_deciders, cancel_run and retry_run: exit codes and reports. What a run does is tested with the pipeline."""

import pytest
from pytest_django import Settings

from benchmark.models.run import EntryState, Run, RunState
from tests import factories
from tests.management.manage import manage

pytestmark = pytest.mark.django_db


def test_a_run_of_the_effective_set_starts() -> None:
    factories.catalogue_model("a/model")
    factories.auto_decider("a/model")

    ended = manage("run_deciders", "--json")

    assert (ended.code, ended.result["state"]) == (0, "running")
    assert [(e["model"], e["state"]) for e in ended.result["entries"]] == [("a/model", "measuring")]


def test_what_holds_is_carried_and_the_run_completes_at_once() -> None:
    factories.auto_decider("a/model")
    factories.published_run({"a/model": (9, "0.001")})

    ended = manage("run_deciders")

    assert ended.code == 0
    assert ": completed, $0.0000 spent." in ended.output
    assert "  carried   a/model" in ended.output


def test_force_measures_everything_anew() -> None:
    factories.catalogue_model("a/model")
    factories.auto_decider("a/model")
    factories.published_run({"a/model": (9, "0.001")})

    assert manage("run_deciders", "--force", "--json").result["state"] == "running"


def test_a_second_run_is_a_conflict() -> None:
    active = factories.run()
    factories.auto_decider("a/model")

    ended = manage("run_deciders", "--json")

    assert ended.code == 3
    assert ended.result["error"].startswith(f"Run {active.pk} is running.")
    assert Run.objects.count() == 1


def test_without_deciders_or_a_gateway_it_fails_and_says_what_to_do(settings: Settings) -> None:
    empty = manage("run_deciders")
    settings.GATEWAY_BASE_URL = ""
    unset = manage("run_deciders")

    assert (empty.code, unset.code) == (1, 1)
    assert "The effective set is empty" in empty.error
    assert "set GATEWAY_BASE_URL" in unset.error


def test_a_run_that_could_pass_a_cap_needs_a_yes() -> None:
    factories.auto_decider("a/model")
    factories.catalogue_model("a/model", completion_price_usd="0.001")

    refused = manage("run_deciders")
    confirmed = manage("run_deciders", "--yes", "--json")

    assert refused.code == 1
    assert "over the run cap of $50.00" in refused.error
    assert (confirmed.code, confirmed.result["state"]) == (0, "running")


def test_an_estimate_starts_nothing() -> None:
    factories.catalogue_model("a/model")
    factories.auto_decider("a/model")

    ended = manage("run_deciders", "--estimate")

    assert ended.code == 0
    assert "216 calls: about $" in ended.output
    assert not Run.objects.exists()


def test_a_run_whose_every_entry_fails_is_a_failure() -> None:
    factories.auto_decider("a/unpriced")

    ended = manage("run_deciders", "--json")

    assert (ended.code, ended.result["state"]) == (1, "failed")
    assert "unpriced" in ended.result["entries"][0]["reason"]


def test_the_running_run_is_cancelled() -> None:
    factories.catalogue_model("a/model")
    factories.auto_decider("a/model")
    manage("run_deciders")

    ended = manage("cancel_run")

    run = Run.objects.get()
    assert ended.code == 0
    assert (run.state, run.entries.get().state) == (RunState.CANCELLED, EntryState.FAILED)
    assert "cancelled by the command line" in ended.output


def test_cancelling_nothing_fails() -> None:
    assert manage("cancel_run").code == 1


@pytest.mark.parametrize(("run", "code"), [("9", 1), ("99999999999999999999", 1), ("nine", 2), ("", 2)])
def test_only_a_run_that_exists_can_be_retried(run: str, code: int) -> None:
    ended = manage("retry_run", run)

    assert ended.code == code
    assert ended.error

"""Start, run again, retry, cancel."""

from decimal import Decimal

import pytest
from django.test import Client

from benchmark.models.config import BenchmarkConfig
from benchmark.models.run import EntryState, Run, RunPurpose, RunState
from tests import factories

pytestmark = pytest.mark.django_db

RUNS = "/admin/benchmark/run/"


@pytest.fixture
def operator(client: Client) -> Client:
    """Return a client signed in as somebody who may start and cancel runs."""
    client.force_login(factories.staff_user("olga", "operator"))
    return client


def messages(client: Client, url: str, data: dict[str, str] | None = None) -> str:
    """Post to `url` and return what the person is told after."""
    response = client.post(url, data or {}, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


def a_decider(model: str = "vendor/model") -> None:
    factories.catalogue_model(model)
    factories.auto_decider(model)


def test_the_start_page_says_what_the_run_would_measure_and_cost(operator: Client) -> None:
    a_decider()

    html = operator.get(f"{RUNS}start/").content.decode()

    assert "1 to measure in 216 calls" in html
    assert "in the worst case" in html
    assert not Run.objects.exists()


def test_run_now_starts_a_run_under_the_persons_name(operator: Client) -> None:
    a_decider()

    told = messages(operator, f"{RUNS}start/")

    run = Run.objects.get()
    assert told == f"Run {run.pk} started."
    assert (run.purpose, run.force, run.started_by.username) == (RunPurpose.MANUAL, False, "olga")


def test_run_again_measures_everything_anew(operator: Client) -> None:
    a_decider()
    done = factories.run(RunState.COMPLETED)
    factories.measured_entry(done, "vendor/model")

    messages(operator, f"{RUNS}{done.pk}/again/")

    run = Run.objects.first()
    assert (run.purpose, run.force) == (RunPurpose.FORCED, True)
    assert run.entries.get().state == EntryState.MEASURING


def test_a_run_without_anything_to_measure_is_complete_at_once(operator: Client) -> None:
    a_decider()
    factories.measured_entry(factories.run(RunState.COMPLETED), "vendor/model")

    told = messages(operator, f"{RUNS}start/")

    assert "complete: every measurement still held" in told


def test_a_worst_case_over_the_cap_must_be_accepted_first(operator: Client) -> None:
    a_decider()
    BenchmarkConfig(max_run_cost_usd=Decimal("0.01")).save()

    refused = operator.post(f"{RUNS}start/")
    assert "This field is required" in refused.content.decode()
    assert not Run.objects.exists()

    messages(operator, f"{RUNS}start/", {"accept_worst_case": "on"})
    assert Run.objects.count() == 1


def test_starting_while_a_run_is_running_is_told_not_an_error(operator: Client) -> None:
    a_decider()
    running = factories.run()

    assert messages(operator, f"{RUNS}start/") == f"Run {running.pk} is running. Wait for its end, or cancel it."


def test_starting_with_an_empty_set_says_what_to_do(operator: Client) -> None:
    assert "The effective set is empty: sync, or pin a model, first." in messages(operator, f"{RUNS}start/")


def test_a_missing_gateway_is_told(operator: Client, settings: object) -> None:
    a_decider()
    settings.GATEWAY_BASE_URL = ""  # type: ignore[attr-defined]

    assert "set GATEWAY_BASE_URL" in messages(operator, f"{RUNS}start/")


def test_cancelling_asks_first_and_then_cancels_under_the_persons_name(operator: Client) -> None:
    run = factories.run()
    factories.case_results(factories.entry(run), None, cases=2)

    question = operator.get(f"{RUNS}{run.pk}/cancel/").content.decode()
    run.refresh_from_db()
    assert "0 of 2 answers are in" in question
    assert run.is_running

    told = messages(operator, f"{RUNS}{run.pk}/cancel/")
    run.refresh_from_db()
    assert "is cancelled" in told
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by olga")


def test_cancelling_a_run_that_ended_meanwhile_changes_nothing(operator: Client) -> None:
    run = factories.run(RunState.COMPLETED)

    told = messages(operator, f"{RUNS}{run.pk}/cancel/")

    assert "had ended already" in told
    assert Run.objects.get().state == RunState.COMPLETED


def test_a_retry_starts_a_run_that_names_the_one_it_retries(operator: Client) -> None:
    a_decider()
    run = factories.run(RunState.FAILED)
    factories.entry(run, "vendor/model", state=EntryState.FAILED, settled_at=factories.NOW)

    messages(operator, f"{RUNS}{run.pk}/retry/")

    assert Run.objects.first().retry_of == run


def test_a_retry_without_a_failed_model_is_refused_with_the_reason(operator: Client) -> None:
    run = factories.run(RunState.COMPLETED)

    assert messages(operator, f"{RUNS}{run.pk}/retry/") == f"Run {run.pk} has no failed entry."


@pytest.mark.parametrize(
    ("state", "failed", "shown"),
    [
        (RunState.RUNNING, False, {"cancel", "preview"}),
        (RunState.COMPLETED, False, {"again", "preview"}),
        (RunState.FAILED, True, {"retry", "again", "preview"}),
    ],
)
def test_only_what_the_state_allows_is_offered(
    operator: Client, state: RunState, failed: bool, shown: set[str]
) -> None:
    run = factories.run(state)
    factories.entry(run, state=EntryState.FAILED if failed else EntryState.READY)

    html = operator.get(f"{RUNS}{run.pk}/change/").content.decode()

    offered = {name for name in ("cancel", "retry", "again", "preview") if f"{RUNS}{run.pk}/{name}/" in html}
    assert offered == shown


@pytest.mark.parametrize("group", ["viewer", "editor", "publisher"])
def test_who_may_not_start_runs_sees_no_button_and_is_refused_on_the_server(client: Client, group: str) -> None:
    run = factories.run()
    client.force_login(factories.staff_user("other", group))

    lists = client.get(RUNS).content.decode() + client.get(f"{RUNS}{run.pk}/change/").content.decode()

    for path in ("start/", f"{run.pk}/cancel/", f"{run.pk}/retry/", f"{run.pk}/again/"):
        assert f"{RUNS}{path}" not in lists
        assert client.post(f"{RUNS}{path}").status_code == 403
    assert Run.objects.get().is_running


def test_a_post_without_a_token_is_refused() -> None:
    run = factories.run()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(factories.staff_user("olga", "operator"))

    assert strict.post(f"{RUNS}{run.pk}/cancel/").status_code == 403
    assert Run.objects.get().is_running

"""The list of runs, and a run's page."""

from datetime import timedelta

import pytest
from django.test import Client

from benchmark.domain.outcome import Verdict
from benchmark.models.run import EntryState, Run, RunState
from tests import factories

pytestmark = pytest.mark.django_db

RUNS = "/admin/benchmark/run/"
HOSTILE = "vendor/<script>alert(1)</script>"


@pytest.fixture
def viewer(client: Client) -> Client:
    """Return a client signed in as somebody who may only look."""
    client.force_login(factories.staff_user("vera", "viewer"))
    return client


def page(client: Client, url: str) -> str:
    """Return the page's HTML."""
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def change_url(run: Run) -> str:
    return f"{RUNS}{run.pk}/change/"


def test_the_list_says_state_purpose_cost_and_duration(viewer: Client) -> None:
    run = factories.run(RunState.COMPLETED, finished_at=factories.NOW + timedelta(minutes=12, seconds=5))
    factories.entry(run, "a/ready", state=EntryState.READY, spent_usd="1.25")
    factories.entry(run, "b/failed", state=EntryState.FAILED, spent_usd="0.5")

    html = page(viewer, RUNS)

    for text in (f"Run {run.pk}", "Completed", "the set changed", "12 min 5 s", "1 of 2", "$1.75"):
        assert text in html


def test_an_empty_list_says_how_a_run_starts(viewer: Client) -> None:
    assert "No run yet" in page(viewer, RUNS)


def test_runs_are_found_by_a_model_in_them(viewer: Client) -> None:
    found, other = factories.run(RunState.COMPLETED), factories.run(RunState.FAILED)
    factories.entry(found, "a/sought")
    factories.entry(other, "b/other")

    html = page(viewer, f"{RUNS}?q=sought")

    assert change_url(found) in html
    assert change_url(other) not in html


def test_a_runs_page_shows_each_model_with_its_accuracy_interval_cost_and_source(viewer: Client) -> None:
    earlier = factories.run(RunState.COMPLETED)
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/model", correct=9, cost_usd="0.0012")
    factories.entry(run, "b/carried", state=EntryState.CARRIED, carried_from=earlier)
    factories.entry(run, "c/broken", state=EntryState.FAILED, reason="coverage: under 90% graded")

    html = page(viewer, change_url(run))

    assert "<strong>90%</strong>" in html
    assert "$0.00120 a case" in html
    assert "95 % interval 60-98%" in html
    assert f"from run {earlier.pk}" in html
    assert "coverage: under 90% graded" in html


def test_a_figure_leads_to_the_answers_of_the_run_that_measured_it(viewer: Client) -> None:
    run = factories.run(RunState.COMPLETED)
    measured = factories.measured_entry(run, HOSTILE)
    factories.case_results(measured, Verdict.INCORRECT, cases=1, answer="41", explanation="expected 42")
    link = viewer.get(change_url(run)).context["rows"][0].url

    html = page(viewer, link)

    assert "expected 42" in html
    assert "<script>alert(1)" not in html


def test_ids_of_a_hostile_feed_are_shown_as_text(viewer: Client) -> None:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, HOSTILE)

    html = page(viewer, change_url(run))

    assert "<script>alert(1)" not in html
    assert "vendor/&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_running_run_asks_for_its_own_progress_and_an_ended_one_does_not(viewer: Client) -> None:
    running = factories.run()
    factories.case_results(factories.entry(running), None, cases=4)
    ended = factories.run(RunState.CANCELLED)

    assert f'hx-get="{RUNS}{running.pk}/progress/"' in page(viewer, change_url(running))
    assert "every 2s" not in page(viewer, change_url(ended))


def test_the_progress_has_the_page_loaded_again_when_the_run_has_ended(viewer: Client) -> None:
    running, ended = factories.run(), factories.run(RunState.COMPLETED)
    entry = factories.entry(running)
    factories.case_results(entry, cases=3)

    moving = viewer.get(f"{RUNS}{running.pk}/progress/")
    still = viewer.get(f"{RUNS}{ended.pk}/progress/")

    assert "3 of 3 settled" in moving.content.decode()
    assert "HX-Refresh" not in moving.headers
    assert still.headers["HX-Refresh"] == "true"


def test_the_preview_shows_a_finished_runs_table_and_why_it_is_not_live(viewer: Client) -> None:
    factories.published_run({"a/live": (9, "0.001")})
    held = factories.run(RunState.COMPLETED, publication="pinned", publication_detail="Table x is pinned: a launch")
    factories.measured_entry(held, "b/next", cost_usd="0.0001")

    html = page(viewer, f"{RUNS}{held.pk}/preview/")

    assert "b/next" in html
    assert "a/live" in html
    assert "the first pick of 18 of 18 routes" in html
    assert "Table x is pinned: a launch" in html


def test_the_preview_of_an_incomplete_table_names_the_routes_without_a_candidate(viewer: Client) -> None:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/model").summaries.filter(route="debugging/bug_fixing").delete()

    html = page(viewer, f"{RUNS}{run.pk}/preview/")

    assert "It can't be published" in html
    assert "debugging/bug_fixing" in html


@pytest.mark.parametrize(
    "path", ["999999/progress/", "999999/preview/", "999999/cancel/", "999999/retry/", "x/preview/"]
)
def test_a_run_that_does_not_exist_is_not_found(admin_client: Client, path: str) -> None:
    assert admin_client.get(f"{RUNS}{path}").status_code == 404


@pytest.mark.parametrize("query", ["?p=0", "?p=999", "?p=x", "?p=-1"])
def test_a_page_number_that_makes_no_sense_is_no_error(viewer: Client, query: str) -> None:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/model")

    assert "a/model" in page(viewer, change_url(run) + query)


def test_nobody_without_the_right_to_look_sees_a_run(client: Client) -> None:
    run = factories.run()
    client.force_login(factories.staff_user("nobody"))

    for path in (RUNS, change_url(run), f"{RUNS}{run.pk}/progress/", f"{RUNS}{run.pk}/preview/"):
        assert client.get(path).status_code == 403

"""No page about runs and tables asks the database more often because there is more to show."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from benchmark.admin.run_page import ENTRIES_PER_PAGE
from benchmark.domain.outcome import Verdict
from benchmark.golden.loader import golden_set
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Run, RunState
from benchmark.pipeline.publish_table import publish_table
from tests import factories

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25
MODELS = 100
RUNS = 50

MaxQueries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def big_run(client: Client) -> Run:
    """Save 50 runs, the last with 100 models of 216 answers each and a table; return it."""
    for number in range(RUNS - 1):
        factories.published_run({f"vendor/m{number}": (9, "0.001")} if number % 10 == 0 else {})
    run = factories.run(RunState.COMPLETED, finished_at=factories.NOW + timedelta(hours=1))
    for number in range(MODELS):
        entry = factories.measured_entry(run, f"vendor/{'long-' * 38}{number}", correct=number % 11)
        factories.case_results(entry, Verdict.CORRECT, answer="42")
    publish_table(run, factories.NOW)
    client.force_login(factories.staff_user(is_superuser=True))
    return run


def test_pages_stay_within_the_budget(client: Client, big_run: Run, django_assert_max_num_queries: MaxQueries) -> None:
    run, table = f"/admin/benchmark/run/{big_run.pk}/", "/admin/benchmark/routingtable/"
    earlier, result = RoutingTable.objects.filter(is_live=False)[0], big_run.results.all()[0]
    pages = (
        "/admin/benchmark/run/",
        f"{run}change/",
        f"{run}change/?p=2",
        f"{run}progress/",
        f"{run}preview/",
        f"{run}again/",
        table,
        f"{table}compare/",
        f"{table}{earlier.pk}/change/",
        f"{table}{earlier.pk}/roll_back/",
        f"/admin/benchmark/caseresult/?run__id__exact={big_run.pk}",
        f"/admin/benchmark/caseresult/{result.pk}/change/",
        "/admin/benchmark/caseresult/golden/",
        f"/admin/benchmark/caseresult/golden/{golden_set().cases[0].id}/",
        "/admin/benchmark/routecandidate/?route=debugging/bug_fixing",
    )
    for page in pages:
        with django_assert_max_num_queries(MOST_QUERIES):
            response = client.get(page, follow=True)
        assert response.status_code == 200, page


def test_a_run_with_many_models_is_shown_page_by_page(client: Client) -> None:
    run = factories.run(RunState.COMPLETED)
    for number in range(ENTRIES_PER_PAGE + 3):
        factories.entry(run, f"vendor/m{number}")
    client.force_login(factories.staff_user("vera", "viewer"))

    response = client.get(f"/admin/benchmark/run/{run.pk}/change/?p=2")

    assert [row.entry.position for row in response.context["rows"]] == [50, 51, 52]

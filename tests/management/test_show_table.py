"""manage.py show_table: the live table, and plain words where it is simulated."""

import pytest

from benchmark.models.routing_table import RoutingTable
from tests import factories
from tests.management.manage import manage

pytestmark = pytest.mark.django_db


def test_the_best_model_of_each_route_is_shown_with_its_interval_and_cost() -> None:
    factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (6, "0.5")})

    output = manage("show_table").output

    assert output.count("a/cheap") == 18
    assert "90% (60% to 98%)" in output
    assert "0.001000" in output
    assert "1 of 2" in output


def test_simulated_answers_are_called_so() -> None:
    factories.published_run({"a/cheap": (9, "0.001")}, is_simulated=True)

    assert "The ANSWERS WERE SIMULATED" in manage("show_table").output


def test_measured_answers_are_not_called_simulated() -> None:
    factories.published_run({"a/cheap": (9, "0.001")}, is_simulated=False)

    assert "SIMULATED" not in manage("show_table").output


def test_as_json_it_is_the_published_table() -> None:
    factories.published_run({"a/cheap": (9, "0.001")})
    live = RoutingTable.live()
    assert live is not None

    ended = manage("show_table", "--json")

    assert (ended.code, ended.result) == (0, live.content)


def test_without_a_table_it_fails_and_says_what_to_do() -> None:
    ended = manage("show_table", "--json")

    assert ended.code == 1
    assert ended.result == {"error": "No table is live yet: sync, and let a run complete, first."}

import pytest

from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import Publication, RunState
from benchmark.pipeline.publish_table import publish_table
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_completed_run_publishes_one_live_table_of_18_routes() -> None:
    run = factories.published_run({"a/cheap": (9, "0.001"), "b/dear": (10, "0.01")})

    table = RoutingTable.live()

    assert table is not None
    assert table.run == run
    assert len(table.content["routes"]) == 18
    assert all(ranked[0]["model"] == "a/cheap" for ranked in table.content["routes"].values())


def test_publishing_twice_changes_nothing() -> None:
    run = factories.published_run({"a/model": (9, "0.001")})

    publish_table(run, factories.NOW)

    assert RoutingTable.objects.count() == 1


def test_an_older_run_never_replaces_a_newer_runs_table() -> None:
    older = factories.run(RunState.COMPLETED)
    factories.measured_entry(older, "a/old")
    newer = factories.published_run({"b/new": (9, "0.001")})

    publish_table(older, factories.NOW)

    live = RoutingTable.live()
    assert live is not None
    assert live.run == newer
    assert older.publication == Publication.OLDER


def test_a_virtual_model_is_never_published() -> None:
    run = factories.published_run({"kilo-auto/free": (10, "0.0001"), "a/real": (9, "0.001")})

    table = run.tables.get()

    assert {c["model"] for ranked in table.content["routes"].values() for c in ranked} == {"a/real"}


def test_a_table_without_a_candidate_on_some_route_is_not_published_and_the_reason_is_kept() -> None:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/model").summaries.filter(route="debugging/bug_fixing").delete()

    assert publish_table(run, factories.NOW) is None
    assert run.publication == Publication.INCOMPLETE
    assert "debugging/bug_fixing" in run.publication_detail


def test_a_pinned_table_stays_live_and_the_new_one_is_kept() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    pinned = RoutingTable.live()
    assert pinned is not None
    pinned.go_live(factories.NOW, pin_reason="incident 12")

    later = factories.published_run({"b/model": (9, "0.001")})

    assert RoutingTable.live() == pinned
    assert later.publication == Publication.PINNED
    assert later.tables.count() == 1

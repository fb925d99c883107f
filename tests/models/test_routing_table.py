"""What the database itself guarantees of tables."""

import pytest
from django.db import IntegrityError, transaction

from benchmark.models.routing_table import RouteCandidate, RoutingTable
from benchmark.models.run import RunState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def table(version: str, **fields: object) -> RoutingTable:
    run = factories.run(RunState.COMPLETED)
    values = {"version": version, "run": run, "source": "benchmark", "generated_at": NOW, "content": {"b": 1, "a": [2]}}
    return RoutingTable.objects.create(**{**values, **fields})


def test_a_second_live_table_is_refused() -> None:
    table("1", is_live=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        table("2", is_live=True)

    assert RoutingTable.objects.count() == 1


def test_many_tables_may_not_be_live_and_none_has_to() -> None:
    table("1")
    table("2")

    assert RoutingTable.live() is None


def test_a_version_is_stored_once() -> None:
    table("1")

    with pytest.raises(IntegrityError):
        table("1")


def test_only_the_live_table_can_be_pinned() -> None:
    with pytest.raises(IntegrityError):
        table("1", pinned=True)


def test_going_live_replaces_the_former_table_and_its_pin() -> None:
    former = table("1", is_live=True, pinned=True, pin_reason="incident")
    later = table("2")

    later.go_live(NOW)

    former.refresh_from_db()
    assert RoutingTable.live() == later
    assert (former.is_live, former.pinned, former.pin_reason) == (False, False, "")


def test_the_content_keeps_its_keys_in_order() -> None:
    stored = table("1")

    stored.refresh_from_db()

    assert list(stored.content) == ["b", "a"]


def test_an_accuracy_is_a_share() -> None:
    with pytest.raises(IntegrityError):
        RouteCandidate.objects.create(
            table=table("1"),
            route="debugging/bug_fixing",
            rank=1,
            model="a/model",
            accuracy=1.01,
            accuracy_low=0,
            accuracy_high=1,
            avg_cost_usd=0,
            cases=12,
            meets_threshold=True,
        )

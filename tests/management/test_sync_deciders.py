"""manage.py sync_deciders: the daily sync, by hand."""

from collections.abc import Iterator

import pytest
import stamina
from pytest_django import Settings

from benchmark.models.deciders import AutoDecider
from benchmark.models.run import Run, RunState
from benchmark.models.sync import SyncRecord
from tests import factories
from tests.management.manage import manage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


def test_candidates_are_stored_and_a_run_starts() -> None:
    factories.catalogue_model("a/in", "20")
    factories.catalogue_model("b/above", "25.99")

    ended = manage("sync_deciders", "--json")

    assert ended.code == 0
    assert ended.result["added"] == ["a/in"]
    assert (ended.result["outcome"], ended.result["due_reason"]) == ("started", "set_changed")
    assert ended.result["run_id"] == Run.objects.get().pk


def test_people_read_the_same_in_words() -> None:
    factories.catalogue_model("a/in", "20")
    factories.catalogue_model("b/kept", "20")
    factories.auto_decider("b/kept")
    factories.auto_decider("c/gone")

    output = manage("sync_deciders").output

    assert ": 1 added, 1 removed, 1 kept.\n" in output
    assert "started (set_changed)." in output


def test_a_sync_while_a_run_is_active_is_stored_and_no_error() -> None:
    factories.catalogue_model("a/first", "20")
    manage("sync_deciders")
    factories.catalogue_model("b/second", "20")

    ended = manage("sync_deciders", "--json")

    assert (ended.code, ended.result["outcome"]) == (0, "active_run")
    assert AutoDecider.objects.filter(model="b/second").exists()


def test_a_response_that_drops_too_many_is_held() -> None:
    for model in ("a/one", "b/two", "c/three"):
        factories.auto_decider(model)
    factories.catalogue_model("a/one", "20")

    ended = manage("sync_deciders")

    assert ended.code == 0
    assert "No run started: held. 2 of 3 auto deciders would go" in ended.output
    assert AutoDecider.objects.count() == 3


def test_nothing_to_measure_is_said() -> None:
    ended = manage("sync_deciders", "--json")

    assert (ended.code, ended.result["outcome"]) == (0, "no_deciders")


def test_a_feed_that_can_not_be_had_fails_and_changes_nothing(settings: Settings) -> None:
    settings.COST_FEED_URL = "http://ada:pass-word@127.0.0.1:1/models"
    factories.auto_decider("a/kept")

    ended = manage("sync_deciders", "--json")

    assert (ended.code, ended.result["outcome"]) == (1, "failed")
    assert "http://127.0.0.1:1/models" in ended.result["detail"]
    assert "pass-word" not in ended.output
    assert AutoDecider.objects.get().model == "a/kept"
    assert SyncRecord.objects.get().outcome == "failed"


def test_a_completed_set_is_unchanged_the_next_day() -> None:
    factories.catalogue_model("a/in", "20")
    factories.published_run({"a/in": (9, "0.001")})
    first = manage("sync_deciders", "--json").result

    second = manage("sync_deciders", "--json").result

    assert second["outcome"] == "unchanged", first
    assert not Run.objects.filter(state=RunState.RUNNING).exists()

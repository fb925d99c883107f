import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from benchmark.models.catalogue import CatalogueImport, CatalogueModel
from benchmark.models.deciders import AutoDecider, ManualDecider
from benchmark.models.run import Run, RunPurpose, RunState
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.errors import Conflict
from benchmark.pipeline.sync_deciders import apply_held_sync, sync_deciders
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
FEED_URL = "http://feed.test/models"


def feed_model(model_id: str, cost_usd: float = 20) -> dict[str, Any]:
    pricing = {"prompt": "0.000001", "completion": "0.000004"}
    return {
        "id": model_id,
        "name": model_id,
        "pricing": pricing,
        "terminalBench": {"overallScore": 0.5, "avgAttemptCostUsd": cost_usd},
    }


def answering(document: Any, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, json=document))


def sync_feed(*models: str | dict[str, Any]) -> SyncRecord:
    """Sync with a feed of these models, each in the band unless described otherwise."""
    rows = [feed_model(model) if isinstance(model, str) else model for model in models]
    return sync_deciders(now=NOW, transport=answering({"data": rows}))


def auto_deciders() -> dict[str, str | None]:
    return dict(AutoDecider.objects.values_list("model", "reasoning_effort"))


@pytest.fixture(autouse=True)
def _feed(settings: Any) -> None:
    settings.COST_FEED_URL = FEED_URL


def test_the_first_sync_stores_the_candidates_and_starts_a_run() -> None:
    record = sync_feed("a/in", "b/in", feed_model("c/dear", 25.01), feed_model("kilo-auto/router"))

    assert (record.added, record.removed, record.kept) == (["a/in", "b/in"], [], [])
    assert set(auto_deciders()) == {"a/in", "b/in"}
    assert (record.outcome, record.due_reason) == (SyncOutcome.STARTED, RunPurpose.SET_CHANGED)
    assert record.run == Run.objects.get(state=RunState.RUNNING)
    assert record.catalogue_import is not None
    assert record.catalogue_import.seen == 4


def test_added_removed_and_kept_are_stated() -> None:
    for model in ("a/kept", "b/kept", "c/gone"):
        factories.auto_decider(model)

    record = sync_feed("a/kept", "b/kept", "d/new")

    assert (record.added, record.removed, record.kept) == (["d/new"], ["c/gone"], ["a/kept", "b/kept"])
    assert set(auto_deciders()) == {"a/kept", "b/kept", "d/new"}


def test_a_kept_decider_keeps_its_effort_and_takes_the_new_cost() -> None:
    factories.auto_decider("a/model", "16", effort="high")

    sync_feed(feed_model("a/model", 24))

    decider = AutoDecider.objects.get()
    assert (decider.reasoning_effort, decider.avg_attempt_cost_usd, decider.synced_at) == ("high", Decimal(24), NOW)


def test_a_model_that_staff_pinned_enters_with_the_effort_it_has_there() -> None:
    factories.manual_decider("a/model", effort="low")

    sync_feed("a/model")

    assert auto_deciders() == {"a/model": "low"}
    assert ManualDecider.objects.count() == 1


def test_an_excluded_model_is_stored_but_not_run() -> None:
    factories.exclusion("b/unwanted")

    record = sync_feed("a/model", "b/unwanted")

    assert set(auto_deciders()) == {"a/model", "b/unwanted"}
    assert record.run is not None
    assert list(record.run.entries.values_list("model", flat=True)) == ["a/model"]


def test_when_more_than_half_would_go_the_sync_is_held_and_nothing_is_replaced() -> None:
    for model in ("a/kept", "b/gone", "c/gone"):
        factories.auto_decider(model)

    record = sync_feed("a/kept", "d/new")

    assert record.outcome == SyncOutcome.HELD
    assert (record.added, record.removed, record.kept) == (["d/new"], ["b/gone", "c/gone"], ["a/kept"])
    assert "2 of 3 auto deciders would go" in record.detail
    assert set(auto_deciders()) == {"a/kept", "b/gone", "c/gone"}
    assert not Run.objects.exists()


def test_when_all_would_go_the_sync_is_held_even_if_it_is_one() -> None:
    factories.auto_decider("a/only")

    record = sync_feed(feed_model("a/only", 1))

    assert record.outcome == SyncOutcome.HELD
    assert set(auto_deciders()) == {"a/only"}


def test_one_of_two_may_go() -> None:
    factories.auto_decider("a/kept")
    factories.auto_decider("b/gone")

    assert sync_feed("a/kept").removed == ["b/gone"]
    assert set(auto_deciders()) == {"a/kept"}


def hold() -> SyncRecord:
    factories.auto_decider("a/gone", effort="high")
    return sync_feed("b/new")


def test_staff_may_apply_a_held_sync() -> None:
    record = hold()

    apply_held_sync(record, NOW + timedelta(hours=1))

    record.refresh_from_db()
    assert auto_deciders() == {"b/new": None}
    assert (record.outcome, record.applied_at) == (SyncOutcome.STARTED, NOW + timedelta(hours=1))
    assert record.run is not None


def test_a_held_sync_is_applied_once_however_often_staff_click() -> None:
    record = hold()
    seen_by_another = SyncRecord.objects.get(pk=record.pk)
    apply_held_sync(record, NOW)

    with pytest.raises(Conflict, match="not held any more"):
        apply_held_sync(seen_by_another, NOW)

    record.refresh_from_db()
    assert record.outcome == SyncOutcome.STARTED


def test_a_held_sync_that_a_later_one_overtook_can_not_be_applied() -> None:
    held = hold()
    sync_feed("a/gone", "b/new")

    with pytest.raises(Conflict, match="a later one stands"):
        apply_held_sync(held, NOW)


def test_a_failed_sync_does_not_stand_in_the_way_of_applying_the_held_one() -> None:
    held = hold()
    sync_deciders(now=NOW, transport=answering({"error": "no"}, 404))

    apply_held_sync(held, NOW)

    assert set(auto_deciders()) == {"b/new"}


def test_while_a_run_is_active_the_sync_is_stored_and_waits() -> None:
    active = factories.run()

    record = sync_feed("a/model")

    assert (record.outcome, record.run) == (SyncOutcome.ACTIVE_RUN, active)
    assert set(auto_deciders()) == {"a/model"}


def test_without_candidates_and_pins_there_is_nothing_to_run() -> None:
    record = sync_feed(feed_model("a/dear", 100))

    assert (record.outcome, record.detail) == (SyncOutcome.NO_DECIDERS, "The effective set is empty.")


def test_when_all_holds_nothing_starts() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    factories.auto_decider("a/model")

    record = sync_feed("a/model")

    assert (record.outcome, record.due_reason, record.run) == (SyncOutcome.UNCHANGED, "", None)
    assert Run.objects.count() == 1


def test_a_run_that_would_cost_too_much_is_not_started_and_says_so() -> None:
    factories.configuration(max_run_cost_usd=Decimal("0.01"))

    record = sync_feed("a/model")

    assert record.outcome == SyncOutcome.OVER_BUDGET
    assert "over the run cap of $0.01" in record.detail
    assert set(auto_deciders()) == {"a/model"}


def test_a_stale_run_is_salvaged_before_the_sync_so_that_the_next_can_start() -> None:
    stale = factories.run(progressed_at=NOW - timedelta(hours=7))

    record = sync_feed("a/model")

    stale.refresh_from_db()
    assert stale.state == RunState.FAILED
    assert record.outcome == SyncOutcome.STARTED


def test_a_failed_fetch_changes_nothing_and_is_recorded_with_its_reason() -> None:
    factories.catalogue_model("a/model")
    factories.auto_decider("a/model")

    record = sync_deciders(now=NOW, transport=answering({"error": "forbidden"}, 403))

    record.refresh_from_db()
    assert record.outcome == SyncOutcome.FAILED
    assert record.detail == f"{FEED_URL}: answered with status 403, not 200"
    assert record.finished_at is not None
    assert set(auto_deciders()) == {"a/model"}
    assert CatalogueModel.objects.get().is_active
    assert "403" in CatalogueImport.objects.get().error
    assert not Run.objects.exists()


def test_without_a_gateway_the_deciders_are_stored_and_the_sync_says_what_is_missing(settings: Any) -> None:
    settings.GATEWAY_BASE_URL = ""

    record = sync_feed("a/model")

    assert record.outcome == SyncOutcome.FAILED
    assert "GATEWAY_BASE_URL" in record.detail
    assert set(auto_deciders()) == {"a/model"}


def test_candidates_of_another_deployment_are_asked_for_with_the_saved_band_and_the_secret(
    settings: Any,
) -> None:
    settings.COST_FEED_URL, settings.CANDIDATES_URL = "", "http://other.test/candidates"
    settings.CANDIDATES_SECRET = "theirs"
    factories.configuration(min_cost_usd=Decimal(10), max_cost_usd=Decimal("30.5"))
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=json.dumps({"candidates": [{"id": "a/model", "avgAttemptCostUsd": 30.5}]}))

    record = sync_deciders(now=NOW, transport=httpx.MockTransport(answer))

    assert record.added == ["a/model"]
    bounds = {name: Decimal(text) for name, text in asked[0].url.params.items()}
    assert bounds == {"minCostUsd": Decimal(10), "maxCostUsd": Decimal("30.5")}
    assert asked[0].headers["Authorization"] == "Bearer theirs"
    assert AutoDecider.objects.get().avg_attempt_cost_usd == Decimal("30.5")


def test_a_failed_answer_of_the_other_deployment_is_recorded_without_the_secret(settings: Any) -> None:
    settings.COST_FEED_URL, settings.CANDIDATES_URL = "", "http://other.test/candidates"
    settings.CANDIDATES_SECRET = "theirs"

    record = sync_deciders(now=NOW, transport=answering({"error": "no"}, 401))

    assert record.outcome == SyncOutcome.FAILED
    assert "401" in record.detail
    assert "theirs" not in record.detail

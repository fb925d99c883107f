"""A run that a sync could not start, since another was active or since it died, starts later."""

from typing import Any

import pytest
from django.utils import timezone

from benchmark.models.run import Run, RunState
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.start_due_run import START_TIME, start_waiting_run
from benchmark.pipeline.sync_deciders import sync_deciders
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW


@pytest.fixture(autouse=True)
def _candidate(settings: Any) -> None:
    settings.COST_FEED_URL = ""
    factories.catalogue_model("a/model")


def test_the_waiting_run_starts_when_the_active_one_has_ended() -> None:
    active = factories.run()
    record = sync_deciders(now=NOW)
    start_waiting_run(NOW)
    assert Run.objects.count() == 1
    Run.objects.filter(pk=active.pk).update(state=RunState.FAILED, finished_at=NOW)

    start_waiting_run(NOW)

    record.refresh_from_db()
    assert record.outcome == SyncOutcome.STARTED
    assert record.run is not None
    assert record.run != active


@pytest.mark.parametrize(("dies_in", "starts"), [("start_due_run", True), ("_replace", False)])
def test_a_sync_that_stored_its_models_and_died_starts_its_run_a_little_later(
    monkeypatch: pytest.MonkeyPatch, dies_in: str, starts: bool
) -> None:
    def die(*arguments: object) -> None:
        raise SystemExit

    monkeypatch.setattr(f"benchmark.pipeline.sync_deciders.{dies_in}", die)
    with pytest.raises(SystemExit):
        sync_deciders(now=NOW)
    factories.manual_decider("b/pinned")

    start_waiting_run(timezone.now())
    assert not Run.objects.exists()
    start_waiting_run(timezone.now() + 2 * START_TIME)

    record = SyncRecord.objects.get()
    assert (record.outcome == SyncOutcome.STARTED) == starts == Run.objects.exists()

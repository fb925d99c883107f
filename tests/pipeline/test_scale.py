"""Statements grow with batches, not with rows; and the largest start there is fits in one transaction on both databases."""

from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext

from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.deciders import AutoDecider
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import EntryState, Publication, Run, RunPurpose, RunState
from benchmark.models.summary import RouteSummary
from benchmark.pipeline.claim_cases import claimable
from benchmark.pipeline.finish_run import settle_entries
from benchmark.pipeline.start_run import ROWS_PER_INSERT, start_run
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
CASES = len(golden_set().cases)


def decide_on(models: list[str]) -> None:
    AutoDecider.objects.bulk_create(
        [AutoDecider(model=model, avg_attempt_cost_usd=20, synced_at=NOW) for model in models], batch_size=100
    )


def catalogue_of(count: int) -> list[str]:
    """Save so many priced models and return their ids."""
    factories.catalogue_models(count)
    return list(CatalogueModel.objects.values_list("model_id", flat=True))


def measured_deciders(count: int) -> Run:
    """Save so many deciders, and the run that measured them all."""
    models = catalogue_of(count)
    decide_on(models)
    run = factories.run(RunState.COMPLETED)
    for model in models:
        factories.measured_entry(run, model)
    return run


def start(**options: Any) -> Run:
    return start_run(RunPurpose.MANUAL, now=NOW, **options)


def statements_to_start() -> int:
    with CaptureQueriesContext(connection) as queries:
        run = start(force=True)
    run.state = RunState.CANCELLED
    run.save()
    return len(queries)


def statements_to_settle(repetitions: int) -> int:
    """Return the statements that settling one entry takes, all of whose results are there."""
    factories.configuration(repetitions=repetitions)
    run = start(force=True)
    run.results.update(state="done", verdict="correct", cost_usd="0.001", latency_ms=5)
    with CaptureQueriesContext(connection) as queries:
        assert settle_entries(run.entries.all(), NOW) == 1
    run.state = RunState.CANCELLED
    run.save()
    return len(queries)


def test_a_start_of_twice_the_models_takes_only_the_statements_of_its_batches_more() -> None:
    models = catalogue_of(40)
    decide_on(models[:20])
    small = statements_to_start()
    decide_on(models[20:])

    large = statements_to_start()

    assert 0 < large - small <= 20 * CASES / ROWS_PER_INSERT + 3


def test_settling_an_entry_takes_the_same_statements_however_many_results_it_has() -> None:
    decide_on(catalogue_of(1))

    assert statements_to_settle(repetitions=1) == statements_to_settle(repetitions=4)


def test_300_carried_models_start_complete_and_publish_in_bounded_statements() -> None:
    earlier = measured_deciders(300)

    with CaptureQueriesContext(connection) as queries:
        run = start()

    assert (run.state, run.publication) == (RunState.COMPLETED, Publication.PUBLISHED)
    assert run.entries.filter(state=EntryState.CARRIED, carried_from=earlier).count() == 300
    assert RouteSummary.objects.filter(run=run, measured_by=earlier).count() == 300 * len(ROUTES)
    # SQLite takes about 60 rows of 18 columns per statement, for 300 x 18 summaries and as many candidates.
    assert len(queries) < 300 * len(ROUTES) / 20


def test_a_start_of_300_carried_models_that_breaks_at_its_very_end_leaves_nothing() -> None:
    measured_deciders(300)

    def break_down(**signal: Any) -> None:
        raise OSError("the disk is full")

    pre_save.connect(break_down, sender=RoutingTable)
    try:
        with pytest.raises(OSError, match="disk is full"):
            start()
    finally:
        pre_save.disconnect(break_down, sender=RoutingTable)

    assert Run.objects.count() == 1
    assert RouteSummary.objects.count() == 300 * len(ROUTES)


def test_the_next_cases_of_an_entry_are_read_from_an_index_in_their_order() -> None:
    decide_on(catalogue_of(20))
    entry = start().entries.latest("position")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    plan = claimable(entry.results.all(), NOW)[:8].explain()

    assert "result_by_entry_state" in plan
    assert "sort" not in plan.casefold()
    assert "b-tree" not in plan.casefold()

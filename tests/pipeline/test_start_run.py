from decimal import Decimal
from typing import Any

import pytest

from benchmark.domain.identity import MeasurementIdentity
from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import CaseResult, EntryState, Publication, Run, RunPurpose, RunState
from benchmark.pipeline.errors import ActiveRun, NoDeciders, NotConfigured
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.start_run import start_run
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

CASES = golden_set().cases


def decider(model: str = "a/model", effort: str | None = None) -> None:
    factories.catalogue_model(model)
    factories.auto_decider(model, effort=effort)


def start(**options: Any) -> Run:
    return start_run(RunPurpose.MANUAL, now=factories.NOW, **options)


def states(run: Run) -> dict[str, str]:
    return dict(run.entries.values_list("model", "state"))


def test_one_result_waits_per_entry_case_and_repetition() -> None:
    factories.configuration(repetitions=2)
    decider("a/model")
    decider("b/model")

    run = start()

    assert run.is_running
    assert run.results.filter(state="pending").count() == 2 * len(CASES) * 2
    assert {r.route for r in run.results.all()} == set(ROUTES)


def test_the_configuration_is_snapshot() -> None:
    factories.configuration(min_accuracy=Decimal("0.8"), max_concurrency=7, max_run_cost_usd=Decimal(9))
    decider()

    run = start()

    factories.configuration(min_accuracy=Decimal("0.5"))
    run.refresh_from_db()
    assert (run.min_accuracy, run.max_concurrency, run.max_cost_usd) == (Decimal("0.8"), 7, Decimal(9))
    assert run.identity == current_identity().digest


def test_entries_keep_the_prices_of_the_start() -> None:
    decider()

    run = start()

    assert run.entries.get().completion_price_usd == Decimal("0.000004")


def test_entries_come_in_the_order_of_the_effective_set() -> None:
    factories.catalogue_model("c/pinned")
    factories.manual_decider("c/pinned", effort="high")
    for model, cost in (("a/cheap", "16"), ("b/dear", "24")):
        factories.catalogue_model(model)
        factories.auto_decider(model, cost)

    run = start()

    assert list(run.entries.values_list("model", "reasoning_effort")) == [
        ("c/pinned", "high"),
        ("b/dear", None),
        ("a/cheap", None),
    ]


def test_a_second_start_is_a_conflict_that_names_the_running_run() -> None:
    decider()
    active = start()

    with pytest.raises(ActiveRun, match=f"Run {active.pk} is running") as conflict:
        start()

    assert conflict.value.run_id == active.pk
    assert Run.objects.count() == 1


def test_without_deciders_nothing_starts() -> None:
    with pytest.raises(NoDeciders, match="effective set is empty"):
        start()

    assert not Run.objects.exists()


def test_without_a_gateway_nothing_starts(settings: Any) -> None:
    settings.GATEWAY_BASE_URL = ""
    decider()

    with pytest.raises(NotConfigured, match="GATEWAY_BASE_URL"):
        start()


def test_when_all_is_carried_the_run_completes_at_once_publishes_and_sends_nothing() -> None:
    earlier = factories.published_run({"a/model": (9, "0.001")})
    decider()

    run = start()

    carried = run.entries.get()
    assert run.state == RunState.COMPLETED
    assert run.finished_at == factories.NOW
    assert (carried.state, carried.carried_from) == (EntryState.CARRIED, earlier)
    assert not CaseResult.objects.exists()
    # Other run, same content: the table's version stays, and it is published.
    assert run.publication == Publication.PUBLISHED


def test_carried_summaries_say_which_run_measured_them_even_when_carried_twice() -> None:
    earlier = factories.published_run({"a/model": (9, "0.001")})
    decider()
    start()

    run = start()

    assert run.summaries.count() == len(ROUTES)
    assert set(run.summaries.values_list("measured_by_id", flat=True)) == {earlier.pk}
    assert run.entries.get().carried_from == earlier
    original = earlier.summaries.get(route=ROUTES[0])
    copy = run.summaries.get(route=ROUTES[0])
    assert (copy.accuracy, copy.avg_cost_usd, copy.graded) == (original.accuracy, original.avg_cost_usd, 10)


def test_what_holds_is_carried_and_only_what_is_new_is_measured() -> None:
    factories.published_run({"a/old": (9, "0.001")})
    decider("a/old")
    decider("b/new")

    run = start()

    assert states(run) == {"a/old": EntryState.CARRIED, "b/new": EntryState.MEASURING}
    assert set(run.results.values_list("entry__model", flat=True)) == {"b/new"}


def test_force_measures_everything_anew() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    decider()

    run = start(force=True)

    assert states(run) == {"a/model": EntryState.MEASURING}
    assert run.force


def test_another_golden_set_gateway_or_grading_carries_nothing() -> None:
    identity = current_identity()
    for digest, grading, runner in (
        ("0" * 64, identity.grading_version, identity.runner_identity),
        (identity.golden_digest, "other", identity.runner_identity),
        (identity.golden_digest, identity.grading_version, "gateway:1:elsewhere"),
    ):
        earlier = factories.run(RunState.COMPLETED, identity=MeasurementIdentity(digest, grading, runner))
        factories.measured_entry(earlier, "a/model")
    decider()

    assert states(start()) == {"a/model": EntryState.MEASURING}


def test_another_number_of_repetitions_carries_nothing() -> None:
    factories.measured_entry(factories.run(RunState.COMPLETED, repetitions=3), "a/model")
    decider()

    assert states(start()) == {"a/model": EntryState.MEASURING}


@pytest.mark.parametrize(("measured", "asked"), [(None, "high"), ("high", None), ("low", "high")])
def test_another_reasoning_effort_carries_nothing(measured: str | None, asked: str | None) -> None:
    factories.measured_entry(factories.run(RunState.COMPLETED), "a/model", effort=measured)
    decider(effort=asked)

    assert states(start()) == {"a/model": EntryState.MEASURING}


def test_an_entry_that_failed_is_not_carried() -> None:
    earlier = factories.run(RunState.COMPLETED)
    factories.entry(earlier, "a/model", state=EntryState.FAILED, settled_at=factories.NOW)
    decider()

    assert states(start()) == {"a/model": EntryState.MEASURING}


def test_a_finished_entry_of_a_cancelled_run_is_carried() -> None:
    factories.measured_entry(factories.run(RunState.CANCELLED), "a/model")
    decider()

    assert states(start()) == {"a/model": EntryState.CARRIED}


def test_the_newest_measurement_that_holds_is_the_one_carried() -> None:
    factories.measured_entry(factories.run(RunState.COMPLETED), "a/model", correct=1)
    newest = factories.run(RunState.COMPLETED)
    factories.measured_entry(newest, "a/model", correct=8)
    decider()

    run = start()

    table = RoutingTable.live()
    assert table is not None
    assert run.entries.get().carried_from == newest
    assert table.content["routes"][ROUTES[0]][0]["accuracy"] == 0.8

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from benchmark.models.daily_spend import DailySpend
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import CaseResult, EntryState, Run, RunState
from benchmark.models.summary import RouteSummary
from benchmark.pipeline import prune as prune_stage
from benchmark.pipeline.prune import Pruned, prune
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW


def old_run(age_days: int, *, results: int = 1) -> Run:
    """Save a run that ended so many days ago, with one measured entry of `results` case results."""
    ended = NOW - timedelta(days=age_days)
    run = factories.run(RunState.COMPLETED, started_at=ended, progressed_at=ended, finished_at=ended)
    entry = factories.measured_entry(run, "a/model")
    entry.spent_usd = Decimal("0.002") * results
    entry.save()
    for number in range(results):
        factories.case_result(entry, f"case-{number}", finished_at=ended)
    return run


def texts(run: Run) -> set[tuple[str, str, str]]:
    return set(run.results.values_list("answer", "extracted", "explanation"))


@pytest.mark.parametrize(
    ("age_days", "kept"),
    [(89, {("42", "42", "equals 42")}), (91, {("", "", "")}), (364, {("", "", "")}), (366, set())],
)
def test_texts_go_after_90_days_and_results_after_a_year(age_days: int, kept: set[tuple[str, str, str]]) -> None:
    run = old_run(age_days)

    prune(NOW)

    assert texts(run) == kept


def test_what_was_done_is_counted_and_nothing_is_left_to_do_the_second_time() -> None:
    old_run(100, results=3)
    old_run(400, results=2)

    first, second = prune(NOW), prune(NOW)

    assert first == Pruned(texts=3, results=2)
    assert second == Pruned(texts=0, results=0)


def test_a_result_without_its_texts_keeps_its_verdict_cost_and_error() -> None:
    run = old_run(100)
    run.results.update(error="503: busy")

    prune(NOW)

    result = run.results.get()
    assert (result.verdict, result.cost_usd, result.error) == ("correct", Decimal("0.002"), "503: busy")


def test_summaries_entries_tables_and_money_figures_stay() -> None:
    run = old_run(400, results=3)
    DailySpend.charge(run.started_at, Decimal("0.006"))
    factories.publish_table(run, run.started_at)
    factories.published_run({"b/newer": (9, "0.001")})

    prune(NOW)

    assert not run.results.exists()
    assert run.spent_usd() == Decimal("0.006")
    assert run.summaries.count() == RouteSummary.objects.filter(run=run).count() == 18
    assert run.tables.count() == 1
    assert DailySpend.charged_on(run.started_at) == Decimal("0.006")


def test_the_live_tables_own_run_keeps_all_it_has() -> None:
    run = old_run(400)
    factories.publish_table(run, NOW)

    prune(NOW)

    assert texts(run) == {("42", "42", "equals 42")}


def test_the_run_that_measured_what_the_live_table_carried_keeps_all_it_has() -> None:
    measured_by = old_run(400)
    live = factories.published_run({"b/model": (9, "0.001")})
    factories.entry(live, "a/model", state=EntryState.CARRIED, carried_from=measured_by)

    prune(NOW)

    assert texts(measured_by) == {("42", "42", "equals 42")}


def test_a_run_that_only_a_former_table_rests_on_is_let_go() -> None:
    run = old_run(400)
    factories.publish_table(run, NOW)
    factories.published_run({"b/model": (9, "0.001")})

    prune(NOW)

    assert RoutingTable.objects.count() == 2
    assert not run.results.exists()


def test_a_run_that_has_not_ended_is_left_alone() -> None:
    run = old_run(400)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, finished_at=None)

    prune(NOW)

    assert texts(run) == {("42", "42", "equals 42")}


def test_a_run_of_several_batches_is_pruned_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune_stage, "BATCH", 3)
    old_run(100, results=7)
    gone = old_run(400, results=7)

    done = prune(NOW)

    assert done == Pruned(texts=7, results=7)
    assert not gone.results.exists()


def test_ages_may_be_chosen() -> None:
    run = old_run(10)

    prune(NOW, texts_after_days=5, results_after_days=9)

    assert not run.results.exists()


def test_the_command_says_what_it_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    run = old_run(0)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=100))

    call_command("prune", "--json")
    call_command("prune", "--results-after-days", "99")

    as_json, for_people = capsys.readouterr().out.splitlines()
    assert json.loads(as_json) == {"texts": 1, "results": 0}
    assert for_people == "Dropped the texts of 0 case results, and 1 case results."


@pytest.mark.parametrize("days", ["0", "-1", "36501"])
def test_an_age_out_of_range_is_refused(days: str) -> None:
    old_run(400)

    with pytest.raises(CommandError, match="results-after-days") as refusal:
        call_command("prune", "--results-after-days", days)

    assert refusal.value.returncode == 2
    assert CaseResult.objects.exists()

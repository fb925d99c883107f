from datetime import timedelta

import pytest

from benchmark.golden.loader import golden_set
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry, RunState
from benchmark.pipeline.finish_run import cancel_run, finish_run, salvage_run
from benchmark.pipeline.tend_runs import salvage_stale_runs
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
CASES = golden_set().cases


def entry_with_results(run: Run, model: str, *, errored: int = 0, pending: int = 0, **fields: object) -> RunEntry:
    """Save an entry whose results are all correct but for the first `errored`, and the last `pending` that wait."""
    entry = factories.entry(run, model, **fields)
    rows = []
    for number, case in enumerate(CASES):
        waits = number >= len(CASES) - pending
        rows.append(
            CaseResult(
                run=run,
                entry=entry,
                case_id=case.id,
                route=case.route,
                state=ResultState.PENDING if waits else ResultState.DONE,
                verdict="" if waits else "errored" if number < errored else "correct",
                error="503: busy" if number < errored else "",
                worst_case_usd="0.01",
                cost_usd="0.001",
                charged_usd="0.001",
            )
        )
    CaseResult.objects.bulk_create(rows)
    return entry


def state_and_reason(entry: RunEntry) -> tuple[str, str]:
    entry.refresh_from_db()
    return entry.state, entry.reason


def test_a_run_with_cases_to_ask_goes_on() -> None:
    run = factories.run()
    entry_with_results(run, "a/done")
    waiting = entry_with_results(run, "b/waiting", pending=1)

    assert finish_run(run.pk, NOW) is False
    assert state_and_reason(waiting)[0] == EntryState.MEASURING


def test_a_run_whose_entries_are_all_done_completes_and_publishes() -> None:
    run = factories.run()
    entry = entry_with_results(run, "a/model")

    assert finish_run(run.pk, NOW) is True

    run.refresh_from_db()
    live = RoutingTable.live()
    assert state_and_reason(entry) == (EntryState.READY, "")
    assert (run.state, run.finished_at) == (RunState.COMPLETED, NOW)
    assert live is not None
    assert live.run == run


def test_finishing_twice_changes_nothing() -> None:
    run = factories.run()
    entry_with_results(run, "a/model")
    finish_run(run.pk, NOW)

    assert finish_run(run.pk, NOW + timedelta(hours=1)) is True

    run.refresh_from_db()
    assert run.finished_at == NOW
    assert run.summaries.count() == 18


def test_one_failing_model_does_not_stop_or_discard_another() -> None:
    run = factories.run()
    good = entry_with_results(run, "a/good")
    bad = entry_with_results(run, "b/bad", errored=len(CASES))

    finish_run(run.pk, NOW)

    run.refresh_from_db()
    state, reason = state_and_reason(bad)
    assert run.state == RunState.COMPLETED
    assert state_and_reason(good)[0] == EntryState.READY
    assert state == EntryState.FAILED
    assert reason.startswith("coverage: under 90% of the cases graded on 18 routes")
    assert reason.endswith("last error: 503: busy")


def test_a_run_in_which_nothing_could_be_measured_fails_with_the_first_reason() -> None:
    run = factories.run()
    entry_with_results(run, "a/bad", errored=len(CASES))

    finish_run(run.pk, NOW)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "coverage" in run.reason
    assert RoutingTable.live() is None


@pytest.mark.parametrize(
    ("mismatched", "state"), [(21, EntryState.READY), (22, EntryState.FAILED)], ids=["under 10 %", "over 10 %"]
)
def test_an_entry_fails_when_over_a_tenth_of_its_replies_came_from_another_model(mismatched: int, state: str) -> None:
    run = factories.run()
    entry = entry_with_results(run, "a/model", replies=216, mismatched_replies=mismatched)

    finish_run(run.pk, NOW)

    assert state_and_reason(entry)[0] == state


def test_a_stale_run_is_salvaged_finished_entries_count_and_the_rest_fail() -> None:
    run = factories.run()
    done = entry_with_results(run, "a/done")
    half = entry_with_results(run, "b/half", pending=5)

    salvage_stale_runs(NOW + timedelta(hours=6, seconds=1))

    run.refresh_from_db()
    state, reason = state_and_reason(half)
    assert run.state == RunState.COMPLETED
    assert run.measured_members() == {("a/done", None)}
    assert state_and_reason(done)[0] == EntryState.READY
    assert state == EntryState.FAILED
    assert reason == "stale: no progress for 6 h, salvaged at 2026-06-17 11:00 UTC"
    assert not half.results.filter(state=ResultState.PENDING).exists()
    assert RoutingTable.live() is not None


def test_a_run_that_moved_within_the_time_is_not_salvaged() -> None:
    run = factories.run()
    entry_with_results(run, "a/half", pending=5)

    salvage_stale_runs(NOW + timedelta(hours=6))

    run.refresh_from_db()
    assert run.is_running


def test_a_stale_run_without_a_finished_entry_fails() -> None:
    run = factories.run()
    entry_with_results(run, "a/half", pending=5)

    salvage_run(run.pk, NOW)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.reason.startswith("stale: no progress for 6 h")


def test_a_cancelled_run_stops_sending_keeps_what_is_finished_and_publishes_nothing() -> None:
    run = factories.run()
    half = entry_with_results(run, "a/half", pending=5)
    ready = factories.measured_entry(run, "b/ready")

    assert cancel_run(run.pk, NOW, by="ada") is True

    run.refresh_from_db()
    assert (run.state, run.reason, run.finished_at) == (RunState.CANCELLED, "cancelled by ada", NOW)
    assert state_and_reason(half) == (EntryState.FAILED, "cancelled by ada")
    assert half.results.filter(state=ResultState.SKIPPED).count() == 5
    assert state_and_reason(ready)[0] == EntryState.READY
    assert RoutingTable.live() is None


def test_calls_in_flight_of_a_cancelled_run_keep_their_leases_so_that_they_are_charged() -> None:
    run = factories.run()
    entry = factories.entry(run)
    factories.case_result(entry, state=ResultState.LEASED, lease_owner="lane", lease_until=NOW)

    cancel_run(run.pk, NOW, by="ada")

    assert entry.results.get().state == ResultState.LEASED


def test_an_ended_run_can_not_be_cancelled() -> None:
    run = factories.published_run({"a/model": (9, "0.001")})

    assert cancel_run(run.pk, NOW, by="ada") is False

    run.refresh_from_db()
    assert run.state == RunState.COMPLETED


def test_a_name_with_braces_cancels_as_well_as_any() -> None:
    run = factories.run()
    entry_with_results(run, "a/half", pending=5)

    cancel_run(run.pk, NOW, by="{ada} {0.__class__}")

    run.refresh_from_db()
    assert run.reason == "cancelled by {ada} {0.__class__}"

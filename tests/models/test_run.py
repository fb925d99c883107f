"""What the database itself guarantees of runs, and the small questions that a run answers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from benchmark.domain.golden_case import DEFAULT_SYSTEM_PROMPT
from benchmark.models.run import CaseResult, ResultState, Run, RunState
from tests import factories
from tests.factories import NOW, golden_case

pytestmark = pytest.mark.django_db


def result(entry_model: str = "vendor/model", **fields: object) -> CaseResult:
    run = factories.run()
    entry = factories.entry(run, entry_model)
    return CaseResult.objects.create(
        run=run, entry=entry, case_id="a-case", route="debugging/bug_fixing", worst_case_usd=Decimal(1), **fields
    )


def test_a_second_running_run_is_refused() -> None:
    factories.run()

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.run()

    assert Run.objects.count() == 1


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED])
def test_any_number_of_runs_may_have_ended(state: RunState) -> None:
    factories.run(state)
    factories.run(state)
    factories.run()

    assert Run.objects.count() == 3


def test_an_ended_run_can_not_run_again_beside_another() -> None:
    ended = factories.run(RunState.COMPLETED)
    factories.run()
    ended.state = RunState.RUNNING

    with pytest.raises(IntegrityError):
        ended.save()


def test_a_run_has_each_model_once() -> None:
    run = factories.run()
    factories.entry(run, "a/model")

    with pytest.raises(IntegrityError):
        factories.entry(run, "a/model", effort="high")


def test_a_case_has_one_result_per_repetition() -> None:
    first = result(repetition=1)

    with pytest.raises(IntegrityError):
        CaseResult.objects.create(
            run=first.run, entry=first.entry, case_id="a-case", route="x", repetition=1, worst_case_usd=Decimal(1)
        )


def test_a_run_is_stale_after_its_own_hours_without_progress_and_never_once_it_ended() -> None:
    run = factories.run(stale_after_hours=6)

    assert not run.is_stale(NOW + timedelta(hours=6))
    assert run.is_stale(NOW + timedelta(hours=6, seconds=1))
    run.state = RunState.COMPLETED
    assert not run.is_stale(NOW + timedelta(days=9))


def test_a_failed_entry_leaves_unsent_cases_unsent_and_those_in_flight_alone() -> None:
    pending = result(state=ResultState.PENDING)
    leased = CaseResult.objects.create(
        run=pending.run,
        entry=pending.entry,
        case_id="b",
        route="x",
        state=ResultState.LEASED,
        worst_case_usd=Decimal(1),
    )

    pending.entry.fail("why " * 1000, NOW)

    states = dict(CaseResult.objects.values_list("case_id", "state"))
    assert states == {"a-case": ResultState.SKIPPED, leased.case_id: ResultState.LEASED}
    pending.entry.refresh_from_db()
    assert pending.entry.reason == ("why " * 1000)[:500]


def test_the_worst_case_counts_every_byte_of_the_prompts_and_the_whole_answer() -> None:
    entry = factories.entry(
        factories.run(), prompt_price_usd=Decimal("0.000002"), completion_price_usd=Decimal("0.000010")
    )
    case = golden_case(prompt="Größe", max_output_tokens=500)

    worst_usd = entry.worst_case_usd(case, Decimal(9))

    prompt_bytes = len(DEFAULT_SYSTEM_PROMPT.encode()) + 7
    assert worst_usd == (prompt_bytes + 64) * Decimal("0.000002") + 500 * Decimal("0.000010")


def test_without_a_price_the_worst_case_is_the_reserve() -> None:
    entry = factories.entry(factories.run(), completion_price_usd=None)

    assert entry.worst_case_usd(golden_case(), Decimal("0.02")) == Decimal("0.02")

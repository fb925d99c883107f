from decimal import Decimal

import pytest

from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunState
from benchmark.pipeline.errors import ActiveRun, Conflict
from benchmark.pipeline.retry_run import retry_run
from tests import factories

pytestmark = pytest.mark.django_db

CASES = golden_set().cases


def run_with_a_failed_entry(*, errored: int, served_model: str = "a/failed") -> Run:
    """Save a run that measured a/ready whole, and of a/failed's cases left the first `errored` without an answer."""
    for model in ("a/ready", "a/failed"):
        factories.catalogue_model(model)
        factories.auto_decider(model)
    run = factories.run(RunState.FAILED)
    factories.measured_entry(run, "a/ready")
    entry = factories.entry(run, "a/failed", state=EntryState.FAILED, reason="coverage", settled_at=factories.NOW)
    verdicts = ["errored"] * errored + ["correct"] * (len(CASES) - errored)
    CaseResult.objects.bulk_create(
        [
            CaseResult(
                run=run,
                entry=entry,
                case_id=case.id,
                route=case.route,
                state=ResultState.DONE,
                verdict=verdict,
                served_model=served_model,
                worst_case_usd=Decimal("0.01"),
                cost_usd=Decimal("0.002"),
                charged_usd=Decimal("0.002"),
            )
            for case, verdict in zip(CASES, verdicts, strict=True)
        ]
    )
    return run


def test_a_retry_asks_only_what_failed_entries_did_not_answer_and_carries_the_rest() -> None:
    failed = run_with_a_failed_entry(errored=40)

    run = retry_run(failed, now=factories.NOW)

    states = dict(run.entries.values_list("model", "state"))
    pending = set(run.results.filter(state=ResultState.PENDING).values_list("case_id", flat=True))
    assert states == {"a/ready": EntryState.CARRIED, "a/failed": EntryState.MEASURING}
    assert pending == {case.id for case in CASES[:40]}
    assert run.results.filter(state=ResultState.DONE, verdict="correct").count() == len(CASES) - 40
    assert run.retry_of == failed


def test_what_is_carried_into_a_retry_is_not_charged_twice() -> None:
    run = retry_run(run_with_a_failed_entry(errored=1), now=factories.NOW)

    kept = run.results.filter(state=ResultState.DONE)

    assert {(row.cost_usd, row.charged_usd) for row in kept} == {(Decimal("0.002"), Decimal(0))}
    assert run.spent_usd() == 0


def test_answers_of_another_model_than_asked_are_asked_again() -> None:
    run = retry_run(run_with_a_failed_entry(errored=0, served_model="somebody/else"), now=factories.NOW)

    assert run.results.filter(state=ResultState.PENDING).count() == len(CASES)


def test_a_running_run_can_not_be_retried() -> None:
    with pytest.raises(Conflict, match="still running"):
        retry_run(factories.run(), now=factories.NOW)


def test_a_run_without_failed_entries_can_not_be_retried() -> None:
    run = factories.published_run({"a/model": (9, "0.001")})

    with pytest.raises(Conflict, match="no failed entry"):
        retry_run(run, now=factories.NOW)


def test_a_run_of_other_cases_can_not_be_retried() -> None:
    failed = run_with_a_failed_entry(errored=1)
    failed.identity = "another"
    failed.save()

    with pytest.raises(Conflict, match="start a new run"):
        retry_run(failed, now=factories.NOW)


def test_a_retry_while_another_run_is_running_is_a_conflict() -> None:
    failed = run_with_a_failed_entry(errored=1)
    active = factories.run()

    with pytest.raises(ActiveRun, match=str(active.pk)):
        retry_run(failed, now=factories.NOW)

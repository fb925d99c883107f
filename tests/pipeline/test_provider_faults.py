"""A bad provider is not a bad model: the engine in process, against the simulated gateway over real HTTP."""

from typing import Any

import pytest
from django.db.models import Sum

from benchmark.models.run import EntryState, ResultState, RunState
from benchmark.pipeline.backoff import MAX_TRIES
from benchmark.pipeline.gateway_runner import configured_runner
from benchmark.pipeline.measure import measure
from benchmark.runners.runner import PermanentError, Question, TransientError
from tests.pipeline.engine import (
    Meddled,
    again,
    ended,
    entry_of,
    fast_clock,
    prompt_of,
    started_run,
    summaries_of,
    verdicts_of,
)
from tests.simulation.served import ServedGateway

pytestmark = pytest.mark.django_db
GOOD, BAD = "acme/good", "acme/bad"
ROUTE_COUNT = 18


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 503, "retry_after": "2"},
        {"kind": "status", "status": 529},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 429, "retry_after": "2"},
        {"kind": "error_object", "status": 503},
        {"kind": "reset"},
        {"kind": "html"},
        {"kind": "truncated"},
        {"kind": "huge"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_passing_fault_costs_calls_and_changes_no_result(gateway: ServedGateway, fault: dict[str, object]) -> None:
    gateway.fail(**fault, times=3)  # type: ignore[arg-type]

    run = ended(started_run(GOOD))

    assert run.state == RunState.COMPLETED
    assert set(verdicts_of(entry_of(run, GOOD)).values()) <= {"correct", "incorrect"}
    assert all(errored == 0 for _, _, errored, *_ in summaries_of(run).values())
    assert gateway.asked[GOOD] == ROUTE_COUNT + 3


def test_a_case_that_never_works_is_errored_after_bounded_tries_and_not_wrong(gateway: ServedGateway) -> None:
    run = started_run(GOOD, per_route=12)
    poison = run.results.earliest("id")

    def refuse(question: Question) -> Question:
        if question.prompt == prompt_of(poison):
            raise TransientError("500: it always breaks on this one")
        return question

    measure(run.pk, runner=Meddled(configured_runner(), refuse), clock=fast_clock())

    poison.refresh_from_db()
    assert (poison.state, poison.verdict, poison.tries) == (ResultState.DONE, "errored", MAX_TRIES)
    assert poison.error == "500: it always breaks on this one"
    assert entry_of(run, GOOD).state == EntryState.READY
    graded, errored = summaries_of(run)[GOOD, poison.route][1:3]
    assert (graded, errored) == (11, 1)


def test_a_route_covered_by_less_than_nine_tenths_fails_the_entry(gateway: ServedGateway) -> None:
    run = started_run(GOOD, BAD, per_route=2)
    broken = entry_of(run, BAD).results.earliest("id")

    def refuse(question: Question) -> Question:
        if question.model == BAD and question.prompt == prompt_of(broken):
            raise PermanentError("413: too long")
        return question

    measure(run.pk, runner=Meddled(configured_runner(), refuse), clock=fast_clock())

    bad = entry_of(run, BAD)
    assert bad.state == EntryState.FAILED
    assert bad.reason.startswith("coverage: under 90% of the cases graded on 1 routes")
    assert "413: too long" in bad.reason
    assert entry_of(run, GOOD).state == EntryState.READY


def test_five_permanent_errors_in_a_row_open_the_circuit(gateway: ServedGateway) -> None:
    gateway.fail("status", status=402, model=BAD)

    run = ended(started_run(BAD, GOOD))

    bad = entry_of(run, BAD)
    assert bad.state == EntryState.FAILED
    assert bad.reason == "5 permanent errors in a row; the gateway said 402: simulated status 402"
    assert gateway.asked[BAD] <= 5 + 4  # what was in flight, too
    assert bad.results.filter(state=ResultState.SKIPPED).count() == ROUTE_COUNT - gateway.asked[BAD]
    assert entry_of(run, GOOD).state == EntryState.READY
    assert run.state == RunState.COMPLETED


def test_four_permanent_errors_in_a_row_do_not(gateway: ServedGateway) -> None:
    gateway.fail("status", status=400, times=4)

    run = ended(started_run(GOOD, max_concurrency=1))

    assert entry_of(run, GOOD).reason.startswith("coverage")
    assert gateway.asked[GOOD] == ROUTE_COUNT


def test_an_outage_that_ends_fails_nothing(gateway: ServedGateway) -> None:
    first = ended(started_run(GOOD))
    gateway.fail("status", status=503, times=14)
    run = again(of=first)

    assert ended(run).state == RunState.COMPLETED
    assert summaries_of(run) == summaries_of(first)
    assert max(run.results.values_list("tries", flat=True)) < MAX_TRIES


def test_an_outage_without_end_fails_the_entry_with_what_the_gateway_said(
    gateway: ServedGateway, settings: Any
) -> None:
    settings.OUTAGE_TRIES = 4
    gateway.fail("status", status=503, model=BAD)

    run = ended(started_run(BAD, GOOD))

    assert entry_of(run, BAD).reason == (
        "failed 4 times in a row, with pauses between; the last: 503: simulated status 503"
    )
    assert gateway.asked[BAD] <= 4 + 4 + 3  # two bursts at most, then one probe at a time
    assert entry_of(run, GOOD).state == EntryState.READY


def test_an_empty_answer_is_asked_once_more_and_then_no_answer_that_cost_both_calls(gateway: ServedGateway) -> None:
    gateway.fail("empty", model=GOOD)

    run = ended(started_run(GOOD))

    assert set(verdicts_of(entry_of(run, GOOD)).values()) == {"no_answer"}
    assert gateway.asked[GOOD] == 2 * ROUTE_COUNT
    assert run.results.aggregate(sum=Sum("cost_usd"))["sum"] == pytest.approx(gateway.charged_usd)
    assert run.spent_usd() == pytest.approx(gateway.charged_usd)
    assert all(accuracy == 0 for *_, accuracy, _ in summaries_of(run).values())


def test_an_answer_after_an_empty_one_counts_and_cost_both_calls(gateway: ServedGateway) -> None:
    gateway.fail("reasoning_only", times=1)

    run = ended(started_run(GOOD))

    assert "no_answer" not in verdicts_of(entry_of(run, GOOD)).values()
    assert gateway.asked[GOOD] == ROUTE_COUNT + 1
    assert run.results.aggregate(sum=Sum("cost_usd"))["sum"] == pytest.approx(gateway.charged_usd)


def test_text_that_no_database_takes_stops_no_lane(gateway: ServedGateway) -> None:
    gateway.fail("bad_text", times=2)

    run = ended(started_run(GOOD))

    assert run.state == RunState.COMPLETED
    assert gateway.asked[GOOD] == ROUTE_COUNT


@pytest.mark.parametrize(("replies", "state"), [(3, EntryState.READY), (4, EntryState.FAILED)])
def test_replies_of_another_model_are_counted_and_fail_the_entry_over_a_tenth(
    gateway: ServedGateway, replies: int, state: EntryState
) -> None:
    gateway.fail("other_model", times=replies)

    entry = entry_of(ended(started_run(GOOD, per_route=2)), GOOD)

    assert entry.mismatched_replies == replies
    assert entry.state == state
    assert entry.results.filter(served_model="somebody/else").count() == replies
    assert entry.reason.startswith("other model: 4 of 36") or state == EntryState.READY


def test_tokens_provider_and_served_model_are_recorded(gateway: ServedGateway) -> None:
    run = ended(started_run(GOOD))

    for result in run.results.all():
        assert result.prompt_tokens == len(prompt_of(result)) // 4 + 40
        assert result.cached_tokens == result.prompt_tokens // 4
        assert result.completion_tokens
        assert result.reasoning_tokens == 0
        assert (result.served_model, result.provider) == (GOOD, "simulation")

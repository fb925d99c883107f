"""The caps hold, whatever the gateway charges and whoever crashes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmark.golden.loader import golden_set
from benchmark.models.daily_spend import DailySpend
from benchmark.models.run import CaseResult, EntryState, ResultState, Run, RunEntry, RunState
from benchmark.pipeline.claim_cases import Claim, claim_cases
from benchmark.pipeline.finish_run import cancel_run, finish_run
from benchmark.runners.runner import PermanentError, RateLimited, RunnerError, TimeLimitExceeded, TransientError
from tests import factories
from tests.pipeline.interleaving import LEASE, Answer, Crash, Interleaving, Step, Take, Wait

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
CASES = golden_set().cases

ERRORS: tuple[RunnerError, ...] = (
    TransientError("503: busy"),
    TransientError("connection reset", maybe_billed=True),
    RateLimited("429: slow down", retry_after_s=5),
    PermanentError("404: no such model"),
    TimeLimitExceeded("too slow", maybe_billed=True),
)
lanes = st.sampled_from(("one", "two", "three"))
prices = st.none() | st.decimals("0", "0.0002", places=14)
caps = st.none() | st.decimals("0", "3", places=4)
answers = st.builds(
    Answer,
    lanes,
    cost_factor=st.none() | st.decimals("0", "5", places=3),
    content=st.sampled_from(("wrong", "wrong", "")),
    error=st.none() | st.sampled_from(ERRORS),
)
steps = st.lists(
    st.builds(Take, lanes, st.integers(1, 6))
    | answers
    | answers
    | st.builds(Wait, st.sampled_from((1, 30, 61, 40_000)))
    | st.builds(Crash, lanes),
    min_size=5,
    max_size=40,
)


def run_with_cases(*entries: tuple[Decimal | None, Decimal | None], cases: int = 4, **fields: object) -> Run:
    """Save a run of entries with these (prompt, completion) prices and the first `cases` cases to ask of each."""
    run = factories.run(**fields)
    for number, (prompt, completion) in enumerate(entries):
        entry = factories.entry(run, f"a/{number}", prompt_price_usd=prompt, completion_price_usd=completion)
        for case in CASES[:cases]:
            pending(entry, case.id, entry.worst_case_usd(case, run.unpriced_call_reserve_usd))
    return run


def pending(entry: RunEntry, case_id: str, worst_case_usd: Decimal) -> CaseResult:
    return CaseResult.objects.create(
        run=entry.run, entry=entry, case_id=case_id, route="debugging/bug_fixing", worst_case_usd=worst_case_usd
    )


def run_at_one_dollar_a_call(*, cases: int, models: int = 1, **caps: object) -> Run:
    run = factories.run(**caps)
    for number in range(models):
        entry = factories.entry(run, f"a/{number}")
        for case in CASES[:cases]:
            pending(entry, case.id, Decimal(1))
    return run


def claim(run: Run, want: int = 100) -> list[Claim]:
    with transaction.atomic():
        return claim_cases(Run.objects.select_for_update().get(pk=run.pk), "lane", want, NOW, LEASE)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(st.tuples(prices, prices), min_size=1, max_size=3),
    run_cap=caps,
    daily_cap=caps,
    max_concurrency=st.integers(1, 8),
    steps=steps,
)
@example(
    # A lane that stalled takes a case again that it had lost, and only then gets the first call's answer.
    entries=[(Decimal("0.0001"), Decimal("0.0001"))],
    run_cap=None,
    daily_cap=None,
    max_concurrency=4,
    steps=[Take("one", 4), Wait(61), Take("one", 4), *[Answer("one")] * 8],
)
def test_no_order_of_events_breaks_a_cap_or_loses_a_cent(
    entries: list[tuple[Decimal | None, Decimal | None]],
    run_cap: Decimal | None,
    daily_cap: Decimal | None,
    max_concurrency: int,
    steps: list[Step],
) -> None:
    with transaction.atomic():
        limits = {"max_cost_usd": run_cap, "max_daily_cost_usd": daily_cap, "max_concurrency": max_concurrency}
        interleaving = Interleaving(run_with_cases(*entries, **limits))

        for step in steps:
            interleaving.take_step(step)
            interleaving.check()
        interleaving.drain()

        interleaving.check()
        assert not interleaving.run.is_running
        assert not interleaving.run.results.filter(state__in=[ResultState.PENDING, ResultState.LEASED]).exists()
        transaction.set_rollback(True)


def test_no_more_is_claimed_than_fits_under_the_run_cap() -> None:
    run = run_at_one_dollar_a_call(cases=5, max_cost_usd=Decimal("2.5"))

    claims = claim(run)

    assert len(claims) == 2
    assert run.entries.get().state == EntryState.MEASURING


def test_no_more_is_claimed_than_fits_under_what_earlier_runs_left_of_the_daily_cap() -> None:
    DailySpend.charge(NOW, Decimal(7))
    run = run_at_one_dollar_a_call(cases=5, max_cost_usd=None, max_daily_cost_usd=Decimal(10))

    assert len(claim(run)) == 3


def test_yesterdays_spend_leaves_todays_cap_whole() -> None:
    DailySpend.charge(NOW - timedelta(days=1), Decimal(10))
    run = run_at_one_dollar_a_call(cases=5, max_cost_usd=None, max_daily_cost_usd=Decimal(10))

    assert len(claim(run)) == 5


def test_what_a_cancelled_run_still_has_in_flight_counts_towards_the_daily_cap() -> None:
    former = run_at_one_dollar_a_call(cases=4, max_cost_usd=None)
    assert len(claim(former)) == 4
    cancel_run(former.pk, NOW, by="ada")
    run = run_at_one_dollar_a_call(cases=4, max_cost_usd=None, max_daily_cost_usd=Decimal(5))

    assert len(claim(run)) == 1


def test_an_entry_fails_with_budget_when_its_next_call_cannot_fit_and_nothing_is_in_flight() -> None:
    run = run_at_one_dollar_a_call(cases=3, max_cost_usd=Decimal("0.5"))

    claims = claim(run)

    entry = run.entries.get()
    assert claims == []
    assert entry.state == EntryState.FAILED
    assert entry.reason == "budget: its next call could cost $1.0000, more than the caps leave"
    assert set(run.results.values_list("state", flat=True)) == {ResultState.SKIPPED}


def test_an_entry_waits_while_calls_in_flight_may_yet_free_some_budget() -> None:
    run = run_at_one_dollar_a_call(cases=3, models=2, max_cost_usd=Decimal("1.5"))
    assert len(claim(run)) == 1

    assert claim(run) == []
    assert set(run.entries.values_list("state", flat=True)) == {EntryState.MEASURING}


def test_a_cap_of_nothing_sends_nothing() -> None:
    run = run_at_one_dollar_a_call(cases=2, max_cost_usd=Decimal(0))

    assert claim(run) == []
    assert run.entries.get().reason.startswith("budget")


def test_when_the_cap_is_reached_finished_entries_count_and_the_others_fail_with_budget() -> None:
    run = factories.run(max_cost_usd=Decimal("0.5"))
    factories.measured_entry(run, "a/finished")
    pending(factories.entry(run, "b/next"), CASES[0].id, Decimal(1))

    claim(run)
    finish_run(run.pk, NOW)

    run.refresh_from_db()
    failed = run.entries.get(model="b/next")
    assert run.state == RunState.COMPLETED
    assert run.measured_members() == {("a/finished", None)}
    assert (failed.state, failed.reason[:6]) == (EntryState.FAILED, "budget")


def test_the_worst_case_is_rounded_up_to_what_the_database_keeps() -> None:
    run = run_with_cases((Decimal("0.00000000000001"), Decimal("0.00000000000001")), cases=1)

    result = run.results.get()

    assert Decimal(0) < result.worst_case_usd == result.worst_case_usd.quantize(Decimal("1e-10"))
    assert result.worst_case_usd >= Decimal("0.00000000000001") * CASES[0].max_output_tokens

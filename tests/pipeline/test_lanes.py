"""What lanes hold to: the calls in flight, leases, clocks, and the run's own end."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from benchmark.models.run import EntryState, ResultState, Run, RunState
from benchmark.pipeline.backoff import MAX_TRIES
from benchmark.pipeline.finish_run import cancel_run
from benchmark.pipeline.gateway_runner import configured_runner
from benchmark.pipeline.measure import measure
from benchmark.pipeline.tend_runs import tend_runs
from tests.pipeline.engine import (
    HangsUntilTheOthersAreDone,
    ended,
    entry_of,
    fast_clock,
    started_run,
    summaries_of,
    verdicts_of,
    watched,
)
from tests.simulation.served import ServedGateway

pytestmark = pytest.mark.django_db
GOOD, BAD = "acme/good", "acme/bad"
ROUTE_COUNT = 18


def test_a_rate_limit_halves_the_calls_in_flight_once_per_burst_and_they_grow_back_slowly(
    gateway: ServedGateway,
) -> None:
    gateway.latency_s = 0.02
    gateway.fail("status", status=429, times=8)
    run = started_run(GOOD, per_route=6, max_concurrency=16)
    runner = watched(configured_runner())

    measure(run.pk, runner=runner, clock=fast_clock())

    burst, after = runner.seen_in_flight[:8], runner.seen_in_flight[8:]
    assert max(burst) == 8
    assert max(after[:4]) <= 4
    assert max(after[:8]) <= 5
    assert 6 <= max(after) <= 16
    assert entry_of(run, GOOD).state == EntryState.READY


def test_calls_in_flight_never_pass_the_runs_concurrency(gateway: ServedGateway) -> None:
    gateway.latency_s = 0.01

    ended(started_run("acme/1", "acme/2", "acme/3", max_concurrency=5))

    assert gateway.max_in_flight == 5


def test_a_cancelled_run_sends_nothing_more_of_what_was_claimed_ahead(gateway: ServedGateway) -> None:
    gateway.latency_s = 0.02
    run = started_run(GOOD, per_route=6, max_concurrency=4)

    measure(run.pk, clock=_after_looks(6, lambda: cancel_run(run.pk, timezone.now(), by="ada")))

    ends = Counter(run.results.values_list("state", flat=True))
    assert gateway.asked[GOOD] == ends[ResultState.DONE]
    assert 0 < ends[ResultState.DONE] < 6 * ROUTE_COUNT - 20
    assert ends.total() == ends[ResultState.DONE] + ends[ResultState.SKIPPED]


def test_a_hanging_model_does_not_hold_up_another(gateway: ServedGateway) -> None:
    run = started_run(BAD, GOOD)

    measure(run.pk, runner=HangsUntilTheOthersAreDone(configured_runner(), BAD, ROUTE_COUNT), clock=fast_clock())

    hung, good = entry_of(run, BAD), entry_of(run, GOOD)
    assert set(verdicts_of(hung).values()) == {"no_answer"}
    assert hung.results.filter(timed_out=True).count() == ROUTE_COUNT
    assert good.results.filter(timed_out=True).count() == 0
    assert (hung.state, good.state) == (EntryState.READY, EntryState.READY)


def test_a_clock_set_back_by_an_hour_loses_and_doubles_nothing(gateway: ServedGateway) -> None:
    gateway.latency_s = 0.02
    gateway.fail("status", status=503, times=2)
    run = started_run(GOOD, per_route=3)

    measure(run.pk, clock=_set_back_after(10))

    run.refresh_from_db()
    assert run.state == RunState.COMPLETED
    assert gateway.asked[GOOD] == 3 * ROUTE_COUNT + 2
    assert all(errored == 0 for _, _, errored, *_ in summaries_of(run).values())


def test_a_run_whose_golden_cases_were_replaced_ends_and_asks_nothing_more(gateway: ServedGateway) -> None:
    run = started_run(GOOD)
    Run.objects.update(golden_digest="of another release")

    ended(run)

    assert run.state == RunState.FAILED
    assert entry_of(run, GOOD).reason.startswith("outdated")
    assert gateway.asked[GOOD] == 0


def test_a_case_lost_with_its_worker_after_its_entry_failed_is_not_asked_again(gateway: ServedGateway) -> None:
    run = started_run(BAD, GOOD)
    bad = entry_of(run, BAD)
    long_ago = timezone.now() - timedelta(minutes=30)
    leased = bad.results.earliest("id")
    bad.results.filter(pk=leased.pk).update(state=ResultState.LEASED, lease_owner="dead", lease_until=long_ago, tries=1)
    bad.fail("5 permanent errors in a row", timezone.now())

    tend_runs(timezone.now())

    leased.refresh_from_db()
    assert leased.state == ResultState.SKIPPED
    assert leased.charged_usd == leased.worst_case_usd


def test_a_case_lost_again_and_again_is_errored(gateway: ServedGateway) -> None:
    run = started_run(GOOD)
    long_ago = timezone.now() - timedelta(minutes=30)
    lost = run.results.earliest("id")
    run.results.filter(pk=lost.pk).update(state=ResultState.LEASED, lease_until=long_ago, tries=MAX_TRIES)

    tend_runs(timezone.now())

    lost.refresh_from_db()
    assert (lost.state, lost.verdict) == (ResultState.DONE, "errored")
    assert lost.error == f"lost {MAX_TRIES} times with the worker that asked"
    assert lost.finished_at is not None


def _after_looks(looks: int, act: Callable[[], object]) -> Callable[[], datetime]:
    """Return a clock that does `act` when it is looked at for the time number `looks`."""
    left = iter(range(looks - 1, -1, -1))

    def look() -> datetime:
        if next(left, None) == 0:
            act()
        return timezone.now()

    return look


def _set_back_after(looks: int) -> Callable[[], datetime]:
    """Return a clock that is set back by an hour once it was looked at `looks` times."""
    fast, seen = fast_clock(), [0]

    def look() -> datetime:
        seen[0] += 1
        return fast() - timedelta(hours=seen[0] > looks)

    return look

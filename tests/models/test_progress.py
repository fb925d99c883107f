import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from pytest_django import DjangoAssertNumQueries

from benchmark.models.progress import load_progress
from benchmark.models.run import EntryState, ResultState, Run, RunState
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

STATES = [ResultState.DONE] * 6 + [ResultState.SKIPPED] + [ResultState.LEASED] * 2 + [ResultState.PENDING] * 4


def run_under_way(entries: int = 1, **fields: object) -> Run:
    """Save a run whose every entry has results in all states, and has spent a cent."""
    run = factories.run(**fields)
    for number in range(entries):
        entry = factories.entry(run, f"a/{number}", spent_usd=Decimal("0.01"))
        for case, state in enumerate(STATES):
            factories.case_result(entry, f"case-{case}", state=state)
    return run


def test_the_live_view_takes_the_same_three_queries_however_much_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    small, large = run_under_way(state=RunState.COMPLETED), run_under_way(entries=20)

    for run in (small, large):
        with django_assert_num_queries(3):
            load_progress(run, factories.NOW)


def test_results_are_counted_within_an_index_so_that_their_number_matters_little() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the table")
    run = factories.run()

    plan = run.results.order_by().values_list("state").annotate(Count("pk")).explain()

    assert "USING COVERING INDEX result_by_run_state (run_id=?)" in plan


def test_counts_cost_rate_and_time_left_are_stated() -> None:
    run = run_under_way(entries=2, max_cost_usd=Decimal(5))
    factories.entry(run, "b/carried", state=EntryState.CARRIED)

    live = load_progress(run, run.started_at + timedelta(seconds=6))

    assert live.results == {"done": 12, "skipped": 2, "leased": 4, "pending": 8}
    assert (live.total, live.done, live.in_flight) == (26, 14, 4)
    assert live.entries == {"measuring": 2, "carried": 1}
    assert (live.spent_usd, live.max_cost_usd) == (Decimal("0.02"), Decimal(5))
    assert (live.per_second, live.seconds_left) == (2.0, 6.0)


def test_cases_that_a_lane_leased_ahead_are_not_in_flight() -> None:
    live = load_progress(run_under_way(entries=2, max_concurrency=3), factories.NOW)

    assert (live.results["leased"], live.in_flight) == (4, 3)


def test_before_the_first_result_rate_and_time_left_are_unknown() -> None:
    run = factories.run()
    factories.case_result(factories.entry(run), state=ResultState.PENDING)

    live = load_progress(run, run.started_at + timedelta(seconds=6))

    assert (live.per_second, live.seconds_left) == (None, None)


def test_an_ended_run_has_no_time_left() -> None:
    run = factories.published_run({"a/model": (9, "0.001")})
    factories.case_result(run.entries.get())

    live = load_progress(run, factories.NOW)

    assert live.seconds_left is None
    assert live.per_second == pytest.approx(1 / 300)


@pytest.mark.parametrize(("cap", "stated"), [(None, None), (Decimal(0), 0.0), (Decimal("2.5"), 2.5)])
def test_the_live_view_is_json_whatever_the_cap(cap: Decimal | None, stated: float | None) -> None:
    live = load_progress(factories.run(max_cost_usd=cap), factories.NOW)

    assert json.loads(json.dumps(live.to_json()))["max_cost_usd"] == stated

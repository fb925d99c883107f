"""Which cases a lane gets: how many, of which models, and what becomes of those that it never asks."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Q

from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult, ResultState, Run, RunEntry
from benchmark.pipeline.claim_cases import Claim, claim_cases, give_back
from benchmark.pipeline.finish_run import cancel_run
from benchmark.pipeline.lane_shares import CALLS_PER_LANE, lane_count, lane_hold, lane_share
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW
CASES = golden_set().cases


def run_of(*entries: dict[str, object], cases: int = 40, max_concurrency: int = 8) -> Run:
    """Save a run of an entry with each of these fields, and `cases` to ask of each."""
    run = factories.run(max_concurrency=max_concurrency, max_cost_usd=None, max_daily_cost_usd=None)
    for number, fields in enumerate(entries):
        entry = factories.entry(run, f"a/{number}", **{"call_limit": max_concurrency, **fields})
        pending = {"run": run, "entry": entry, "route": CASES[0].route, "worst_case_usd": Decimal(1)}
        CaseResult.objects.bulk_create(CaseResult(case_id=case.id, **pending) for case in CASES[:cases])
    return run


def claim(run: Run, want: int = 100, lane: str = "lane") -> list[Claim]:
    with transaction.atomic():
        return claim_cases(locked(run), lane, want, NOW, timedelta(seconds=60))


def locked(run: Run) -> Run:
    return Run.objects.select_for_update().get(pk=run.pk)


def models_of(claims: list[Claim]) -> list[str]:
    return [claim.entry.model for claim in claims]


def test_a_model_that_has_not_answered_yet_gets_half_of_the_concurrency_at_most() -> None:
    assert len(claim(run_of({}))) == 4


def test_models_share_in_their_order_and_no_case_is_claimed_twice() -> None:
    run = run_of({}, {}, {}, {})

    first, second = claim(run, want=10), claim(run, want=10)

    assert models_of(first) == ["a/0"] * 4 + ["a/1"] * 4 + ["a/2"] * 2
    assert models_of(second) == ["a/2"] * 2 + ["a/3"] * 4
    assert len({claim.result.pk for claim in first + second}) == 16


def test_what_the_others_leave_goes_to_a_model_that_answers_well() -> None:
    run = run_of({"replies": 3}, {"replies": 3, "transient_streak": 1}, cases=10)

    claims = claim(run, want=20)

    assert models_of(claims) == ["a/0"] * 4 + ["a/1"] * 4 + ["a/0"] * 6
    assert len({claim.result.pk for claim in claims}) == 14


def test_a_model_that_was_slowed_down_gets_no_more_than_it_bears() -> None:
    assert len(claim(run_of({"replies": 3, "call_limit": 2}))) == 2


def test_a_model_that_fails_again_and_again_is_asked_one_case_at_a_time() -> None:
    run = run_of({"replies": 3, "transient_streak": 2})

    assert len(claim(run)) == 1
    assert claim(run) == []


def test_a_paused_model_is_left_alone() -> None:
    run = run_of({"paused_until": NOW + timedelta(seconds=30)}, {})

    assert set(models_of(claim(run))) == {"a/1"}


def test_a_lane_claims_no_more_than_it_may_hold() -> None:
    run = run_of({"replies": 1})

    assert len(claim(run)) == lane_hold(run) < 40
    assert claim(run) == []


def test_no_more_lanes_hold_cases_than_share_the_concurrency() -> None:
    run = run_of(*[{}] * 3, max_concurrency=CALLS_PER_LANE + 1)

    claims = [claim(run, want=5, lane=lane) for lane in ("one", "two", "three", "one")]

    assert lane_count(run) == 2
    assert 2 * lane_share(run) <= run.max_concurrency
    assert [len(some) for some in claims] == [5, 5, 0, 5]


def test_what_was_never_asked_waits_again_as_if_it_had_not_been_claimed() -> None:
    run = run_of({})
    before = list(CaseResult.objects.order_by("pk").values())
    claims = claim(run, want=3)

    give_back(run, "lane", Q(pk__in=[claim.result.pk for claim in claims[:2]]))

    CaseResult.objects.filter(pk=claims[2].result.pk).update(
        state=ResultState.PENDING, lease_owner="", lease_until=None, tries=0
    )
    assert list(CaseResult.objects.order_by("pk").values()) == before


def test_another_lanes_cases_cannot_be_given_back() -> None:
    run = run_of({})
    claim(run, want=3)

    give_back(run, "another", Q())

    assert run.results.filter(state=ResultState.LEASED, lease_owner="lane").count() == 3


@pytest.mark.parametrize("ended", ["the entry", "the run"])
def test_what_was_never_asked_of_something_that_has_ended_is_skipped(ended: str) -> None:
    run = run_of({})
    claim(run, want=3)
    if ended == "the run":
        cancel_run(run.pk, NOW, by="ada")
    else:
        RunEntry.objects.get().fail("broken", NOW)

    with transaction.atomic():
        give_back(locked(run), "lane", Q())

    assert set(run.results.values_list("state", "charged_usd")) == {(ResultState.SKIPPED, Decimal(0))}

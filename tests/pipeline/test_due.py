from datetime import timedelta
from decimal import Decimal

import pytest

from benchmark.domain.deciders import Decider
from benchmark.domain.identity import MeasurementIdentity
from benchmark.domain.taxonomy import ROUTES
from benchmark.models.routing_table import RoutingTable
from benchmark.models.run import EntryState, RunPurpose, RunState
from benchmark.pipeline.due import due_purpose
from benchmark.pipeline.gateway_runner import current_identity
from benchmark.pipeline.publish_table import publish_table
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = factories.NOW


def due(*members: str | Decider, days_later: int = 0) -> RunPurpose | None:
    """Return why a run of these members is due so many days after NOW."""
    deciders = [Decider(member) if isinstance(member, str) else member for member in members]
    return due_purpose(deciders, current_identity(), NOW + timedelta(days=days_later))


def fail(model: str, *, on_days: int = 1) -> None:
    """Save a failed entry of `model` on each of so many days, the first of them NOW's."""
    for day in range(on_days):
        run = factories.run(RunState.FAILED)
        factories.entry(run, model, state=EntryState.FAILED, settled_at=NOW + timedelta(days=day))


def elsewhere() -> MeasurementIdentity:
    now = current_identity()
    return MeasurementIdentity(now.golden_digest, now.grading_version, "gateway:1:elsewhere")


def test_a_member_that_was_never_measured_is_a_changed_set() -> None:
    factories.published_run({"a/model": (9, "0.001")})

    assert due("a/model", "b/new") == RunPurpose.SET_CHANGED


def test_the_same_model_at_another_effort_is_a_changed_set() -> None:
    factories.published_run({"a/model": (9, "0.001")})

    assert due(Decider("a/model", "high")) == RunPurpose.SET_CHANGED


def test_a_member_less_is_a_changed_set() -> None:
    factories.published_run({"a/model": (9, "0.001"), "b/gone": (9, "0.001")})

    assert due("a/model") == RunPurpose.SET_CHANGED


def test_what_the_live_table_rests_on_exactly_is_not_due() -> None:
    factories.published_run({"a/model": (9, "0.001"), "b/model": (9, "0.001")})

    assert due("b/model", "a/model") is None


def test_measurements_under_another_identity_make_a_run_due() -> None:
    factories.published_run({"a/model": (9, "0.001")}, identity=elsewhere())

    assert due("a/model") == RunPurpose.IDENTITY_CHANGED


def test_another_number_of_repetitions_makes_a_run_due() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    factories.configuration(repetitions=3)

    assert due("a/model") == RunPurpose.IDENTITY_CHANGED


@pytest.mark.parametrize(
    "change",
    [
        {"min_accuracy": Decimal("0.8")},
        {"switch_cost_factor": Decimal(2)},
        {"best_accuracy_switch_threshold": Decimal("0.1")},
    ],
)
def test_a_changed_ranking_policy_makes_a_run_due(change: dict[str, Decimal]) -> None:
    factories.published_run({"a/model": (9, "0.001")})
    factories.configuration(**change)

    assert due("a/model") == RunPurpose.POLICY_CHANGED


def test_what_changes_no_measurement_and_no_ranking_makes_nothing_due() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    factories.configuration(max_concurrency=3, max_run_cost_usd=Decimal(1), stale_after_hours=2)

    assert due("a/model") is None


def test_measured_members_without_a_live_table_are_due() -> None:
    factories.measured_entry(factories.run(RunState.CANCELLED), "a/model")

    assert due("a/model") == RunPurpose.SET_CHANGED


def test_a_run_whose_table_was_incomplete_is_not_repeated_for_nothing() -> None:
    run = factories.run(RunState.COMPLETED)
    factories.measured_entry(run, "a/model").summaries.filter(route=ROUTES[0]).delete()
    publish_table(run, NOW)

    assert RoutingTable.live() is None
    assert due("a/model") is None


def test_while_a_table_is_pinned_the_newest_run_says_what_is_measured() -> None:
    factories.published_run({"a/model": (9, "0.001")})
    pinned = RoutingTable.live()
    assert pinned is not None
    pinned.pin("incident 12")
    factories.published_run({"b/model": (9, "0.001")})

    assert due("b/model") is None
    assert due("a/model") == RunPurpose.SET_CHANGED


def test_a_member_that_failed_today_waits_for_tomorrow() -> None:
    fail("a/model")

    assert due("a/model") is None
    assert due("a/model", days_later=1) == RunPurpose.RETRY_FAILED


@pytest.mark.parametrize(("failed_on_days", "expected"), [(2, "retry_failed"), (3, "retry_failed"), (4, None)])
def test_a_failure_is_retried_three_days_in_a_row_at_most(failed_on_days: int, expected: str | None) -> None:
    fail("a/model", on_days=failed_on_days)

    assert due("a/model", days_later=failed_on_days) == expected


def test_several_failures_on_one_day_count_as_one() -> None:
    for _ in range(5):
        fail("a/model")

    assert due("a/model", days_later=1) == RunPurpose.RETRY_FAILED


def test_after_the_last_retry_it_waits_for_staff_however_long() -> None:
    fail("a/model", on_days=4)

    assert due("a/model", days_later=60) is None


def test_a_failed_member_that_was_measured_since_is_not_retried() -> None:
    fail("a/model")
    factories.published_run({"a/model": (9, "0.001")})

    assert due("a/model", days_later=1) is None


def test_failures_under_another_identity_do_not_count_as_tries() -> None:
    run = factories.run(RunState.FAILED, identity=elsewhere())
    factories.entry(run, "a/model", state=EntryState.FAILED, settled_at=NOW)

    assert due("a/model") == RunPurpose.SET_CHANGED


def test_a_member_that_keeps_failing_does_not_make_the_others_table_due() -> None:
    fail("b/broken", on_days=4)
    factories.published_run({"a/model": (9, "0.001")})

    assert due("a/model", "b/broken", days_later=9) is None


def test_nothing_is_due_without_members() -> None:
    assert due() is None

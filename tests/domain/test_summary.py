from decimal import Decimal

import pytest

from benchmark.domain.outcome import Outcome, Verdict
from benchmark.domain.summary import Summary, summarise
from benchmark.domain.taxonomy import ROUTES

ROUTE = "debugging/bug_fixing"


def outcome(verdict: Verdict, cost: str | None = "0.01", latency_ms: int | None = 100, **fields: bool) -> Outcome:
    return Outcome(ROUTE, verdict, fields.get("timed_out", False), None if cost is None else Decimal(cost), latency_ms)


def summary_of(*outcomes: Outcome) -> Summary:
    return next(summary for summary in summarise(outcomes) if summary.route == ROUTE)


def test_there_is_a_summary_of_each_route_in_order() -> None:
    assert [summary.route for summary in summarise([])] == list(ROUTES)


def test_a_route_without_outcomes_knows_nothing() -> None:
    summary = summary_of()

    assert (summary.graded, summary.errored, summary.timeouts) == (0, 0, 0)
    assert summary.accuracy is summary.interval is summary.avg_cost_usd is summary.mean_latency_ms is None
    assert summary.p50_latency_ms is summary.p95_latency_ms is None
    assert summary.coverage() == 0
    assert not summary.meets(Decimal(0))


def test_no_answer_counts_as_wrong_and_an_error_does_not_count() -> None:
    verdicts = [Verdict.CORRECT, Verdict.CORRECT, Verdict.INCORRECT, Verdict.NO_ANSWER, Verdict.ERRORED]

    summary = summary_of(*map(outcome, verdicts))

    assert (summary.correct, summary.graded, summary.errored) == (2, 4, 1)
    assert summary.accuracy == 0.5
    assert summary.coverage() == 0.8


def test_an_errors_cost_and_latency_say_nothing_about_the_model() -> None:
    summary = summary_of(outcome(Verdict.CORRECT), outcome(Verdict.ERRORED, cost=None, latency_ms=90_000))

    assert summary.avg_cost_usd == Decimal("0.01")
    assert summary.mean_latency_ms == summary.p95_latency_ms == 100


def test_one_unknown_cost_makes_the_mean_unknown() -> None:
    assert summary_of(outcome(Verdict.CORRECT), outcome(Verdict.INCORRECT, cost=None)).avg_cost_usd is None


def test_a_timeout_is_a_graded_no_answer_that_is_counted_apart() -> None:
    summary = summary_of(outcome(Verdict.NO_ANSWER, latency_ms=None, timed_out=True), outcome(Verdict.CORRECT))

    assert (summary.graded, summary.timeouts) == (2, 1)
    assert summary.mean_latency_ms == 100


@pytest.mark.parametrize(
    ("correct", "graded", "minimum", "meets"),
    [
        (7, 10, "0.7", True),
        (21, 30, "0.7", True),
        (69, 99, "0.7", False),
        (2, 3, "0.6666", True),
        (2, 3, "0.6667", False),
        (0, 10, "0", True),
        (0, 0, "0", False),
        (12, 12, "1", True),
        (11, 12, "1", False),
    ],
)
def test_the_threshold_is_inclusive_and_compared_exactly(correct: int, graded: int, minimum: str, meets: bool) -> None:
    summary = summary_of(*[outcome(Verdict.CORRECT)] * correct, *[outcome(Verdict.INCORRECT)] * (graded - correct))

    assert summary.meets(Decimal(minimum)) is meets

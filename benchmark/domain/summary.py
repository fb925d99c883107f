"""Outcomes of one model -> one summary per route."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from benchmark.domain.outcome import Outcome, Verdict
from benchmark.domain.statistics import mean, mean_usd, percentile, wilson_interval
from benchmark.domain.taxonomy import ROUTES


@dataclass(frozen=True, slots=True)
class Summary:
    """How one model did on one route. Costs are USD per case, latencies ms; None is unknown."""

    route: str
    correct: int
    graded: int
    errored: int
    timeouts: int
    avg_cost_usd: Decimal | None
    mean_latency_ms: float | None
    p50_latency_ms: float | None
    p95_latency_ms: float | None

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.graded if self.graded else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson 95 % interval of the accuracy."""
        return wilson_interval(self.correct, self.graded)

    def meets(self, min_accuracy: Decimal) -> bool:
        """Return whether accuracy >= `min_accuracy`, compared exactly (7 of 10 meets 0.7)."""
        return self.graded > 0 and self.correct >= min_accuracy * self.graded

    def coverage(self) -> float:
        """Return the share of this route's cases that were graded."""
        total = self.graded + self.errored
        return self.graded / total if total else 0.0


def summarise(outcomes: Iterable[Outcome]) -> list[Summary]:
    """Return one summary for each of the 18 routes, in the taxonomy's order."""
    by_route: dict[str, list[Outcome]] = {route: [] for route in ROUTES}
    for outcome in outcomes:
        by_route[outcome.route].append(outcome)
    return [_summarise_route(route, by_route[route]) for route in ROUTES]


def _summarise_route(route: str, outcomes: list[Outcome]) -> Summary:
    graded = [outcome for outcome in outcomes if outcome.is_graded]
    latencies = [outcome.latency_ms for outcome in graded if outcome.latency_ms is not None]
    return Summary(
        route=route,
        correct=sum(outcome.verdict is Verdict.CORRECT for outcome in graded),
        graded=len(graded),
        errored=len(outcomes) - len(graded),
        timeouts=sum(outcome.timed_out for outcome in graded),
        avg_cost_usd=mean_usd([outcome.cost_usd for outcome in graded]),
        mean_latency_ms=mean(latencies),
        p50_latency_ms=percentile(latencies, 50),
        p95_latency_ms=percentile(latencies, 95),
    )

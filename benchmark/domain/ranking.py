"""Summaries of one route -> the order in which a router should try the models."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from benchmark.domain.summary import Summary


@dataclass(frozen=True, slots=True)
class Measured:
    """A model at an effort, and its summary on the route that is ranked."""

    model: str
    reasoning_effort: str | None
    summary: Summary

    @property
    def is_rankable(self) -> bool:
        """A model with nothing graded or an unknown cost is not ranked: unknown is not cheap."""
        return self.summary.graded > 0 and self.summary.avg_cost_usd is not None


def rank(measured: Iterable[Measured], min_accuracy: Decimal) -> list[Measured]:
    """Return the rankable models, best first.

    Those that meet `min_accuracy` come first, by cost per accuracy ascending, accuracy descending, id; the rest follow
    by accuracy descending, cost ascending, id. All comparisons are exact; accuracy 0 never divides.
    """
    rankable = [m for m in measured if m.is_rankable]
    meeting = [m for m in rankable if m.summary.meets(min_accuracy)]
    rest = [m for m in rankable if not m.summary.meets(min_accuracy)]
    meeting.sort(key=lambda m: (*_cost_per_accuracy(m.summary), -_accuracy(m.summary), m.model))
    rest.sort(key=lambda m: (-_accuracy(m.summary), _cost(m.summary), m.model))
    return meeting + rest


def _accuracy(summary: Summary) -> Fraction:
    return Fraction(summary.correct, summary.graded)


def _cost(summary: Summary) -> Decimal:
    assert summary.avg_cost_usd is not None
    return summary.avg_cost_usd


def _cost_per_accuracy(summary: Summary) -> tuple[bool, Fraction]:
    """Return (is infinite, USD per correct answer): accuracy 0 sorts after every finite ratio."""
    if summary.correct == 0:
        return True, Fraction(0)
    return False, Fraction(_cost(summary)) / _accuracy(summary)

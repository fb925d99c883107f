"""The Pareto frontier of accuracy against cost: the models that none other beats on both."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A model's mean accuracy (0..1) and mean cost (USD per case)."""

    model: str
    accuracy: float
    cost_usd: float


def frontier(points: Iterable[Point]) -> list[Point]:
    """Return the points that no other is both cheaper (or as cheap) and more accurate (or as accurate) than.

    Cheapest first; of points equal in both, the one whose id comes first.
    """
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost_usd, -p.accuracy, p.model)):
        if not best or point.accuracy > best[-1].accuracy:
            best.append(point)
    return best

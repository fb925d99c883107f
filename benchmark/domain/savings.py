"""What a table's routing costs per 1,000 requests, and how often it is right, beside each single model used for all.

For a mix of routes with shares s(r) that add up to 1, and on each route one model with accuracy p(r), its 95 % Wilson
bounds l(r) and u(r), and mean cost c(r) in USD per case:

    cost per 1,000 requests = 1000 * sum of s(r) * c(r)
    accuracy                = sum of s(r) * p(r)
    its lower bound         = accuracy - sqrt(sum of (s(r) * (p(r) - l(r)))^2)
    its upper bound         = accuracy + sqrt(sum of (s(r) * (u(r) - p(r)))^2)

The bounds recover each route's variance from its own interval (MOVER; Zou and Donner 2008, Statistics in Medicine
27:1693-1702), as the routes' cases are asked independently. The cost of 1,000 *right* answers is the cost divided by the
accuracy, and its bounds come from the accuracy's. A cost itself has no interval: a table holds mean costs alone.

Costs are those of the golden cases. Real requests are longer or shorter, so the ratios carry over, not the dollars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import fsum, sqrt
from typing import Any

from benchmark.domain.routing_table import TableCandidate


class MixError(ValueError):
    """A mix that can't be weighed; the message says why."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % bounds."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return the three numbers; a bound without limit is None."""
        named = {"value": self.value, "low": self.low, "high": self.high}
        return {name: number if number < float("inf") else None for name, number in named.items()}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One way to serve the mix. `model` is None for the table's routing; `usd_per_1000_correct` None at accuracy 0."""

    model: str | None
    usd_per_1000: Decimal
    accuracy: Interval
    usd_per_1000_correct: Interval | None

    def saved_share(self, other: "Estimate") -> float | None:
        """Return the share of `other`'s cost that this way saves (negative: costs more); None when that is free."""
        return float(1 - self.usd_per_1000 / other.usd_per_1000) if other.usd_per_1000 else None


@dataclass(frozen=True, slots=True)
class Savings:
    """The table's routing, and each model that alone could serve all of the mix: cheapest first.

    `unranked` are models that some route of the mix does not rank, so that nobody knows what they cost or get right
    there: model id -> those routes.
    """

    shares: Mapping[str, Decimal]
    routed: Estimate
    singles: Sequence[Estimate]
    unranked: Mapping[str, Sequence[str]]

    def to_json(self) -> dict[str, Any]:
        """Return plain values (snake_case), for commands and pages."""
        return {
            "shares": {route: float(share) for route, share in self.shares.items()},
            "routed": _estimate_json(self.routed),
            "models": [
                _estimate_json(single) | {"saved_share": self.routed.saved_share(single)} for single in self.singles
            ],
            "unranked": {model: list(routes) for model, routes in self.unranked.items()},
        }


def savings(routes: Mapping[str, Sequence[TableCandidate]], weights: Mapping[str, Decimal | int]) -> Savings:
    """Return what routing costs and gets right under a mix, beside each single model.

    `routes` are a table's (see `candidates_by_route`), `weights` any non-negative numbers per route, such as counts of
    requests. Raises MixError on a route that is unknown or a mix that weighs nothing.
    """
    shares = _shares(weights, routes)
    routed = _estimate(None, shares, {route: routes[route][0] for route in shares})
    by_model = _by_model(routes, shares)
    complete = {model: ranked for model, ranked in by_model.items() if len(ranked) == len(shares)}
    singles = [_estimate(model, shares, ranked) for model, ranked in complete.items()]
    unranked = {
        model: [route for route in shares if route not in ranked]
        for model, ranked in sorted(by_model.items())
        if model not in complete
    }
    return Savings(shares, routed, sorted(singles, key=lambda e: (e.usd_per_1000, e.model)), unranked)


def _shares(weights: Mapping[str, Decimal | int], routes: Mapping[str, object]) -> dict[str, Decimal]:
    if unknown := [route for route in weights if route not in routes]:
        raise MixError(f"{unknown[0][:100]!r} is no route of the table")
    if any(not Decimal(weight).is_finite() or weight < 0 for weight in weights.values()):
        raise MixError("a weight must be a finite number >= 0")
    total = Decimal(sum(weights.values()))
    if not total:
        raise MixError("the mix weighs nothing: no route has a weight above 0")
    return {route: Decimal(weight) / total for route, weight in weights.items() if weight}


def _by_model(
    routes: Mapping[str, Sequence[TableCandidate]], shares: Mapping[str, Decimal]
) -> dict[str, dict[str, TableCandidate]]:
    found: dict[str, dict[str, TableCandidate]] = {}
    for route in shares:
        for candidate in routes[route]:
            found.setdefault(candidate.model, {})[route] = candidate
    return found


def _estimate(model: str | None, shares: Mapping[str, Decimal], chosen: Mapping[str, TableCandidate]) -> Estimate:
    cost = 1000 * sum((share * chosen[route].avg_cost_usd for route, share in shares.items()), Decimal(0))
    accuracy = _accuracy(shares, chosen)
    return Estimate(model, cost, accuracy, _per_correct(float(cost), accuracy))


def _accuracy(shares: Mapping[str, Decimal], chosen: Mapping[str, TableCandidate]) -> Interval:
    weighed = [(float(share), chosen[route]) for route, share in shares.items()]
    value = fsum(share * c.accuracy for share, c in weighed)
    below = sqrt(sum((share * (c.accuracy - c.accuracy_low)) ** 2 for share, c in weighed))
    above = sqrt(sum((share * (c.accuracy_high - c.accuracy)) ** 2 for share, c in weighed))
    return Interval(value, max(0.0, value - below), min(1.0, value + above))


def _per_correct(usd_per_1000: float, accuracy: Interval) -> Interval | None:
    if accuracy.value <= 0:
        return None
    high = usd_per_1000 / accuracy.low if accuracy.low > 0 else float("inf")
    return Interval(usd_per_1000 / accuracy.value, usd_per_1000 / accuracy.high, high)


def _estimate_json(estimate: Estimate) -> dict[str, Any]:
    per_correct = estimate.usd_per_1000_correct
    return {
        "model": estimate.model,
        "usd_per_1000": float(estimate.usd_per_1000),
        "accuracy": estimate.accuracy.to_json(),
        "usd_per_1000_correct": per_correct.to_json() if per_correct else None,
    }

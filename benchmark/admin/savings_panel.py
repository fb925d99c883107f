"""What the live table saves, under the mix of requests that routers really asked about, or an even one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from benchmark.admin import figures
from benchmark.domain.routing_table import candidates_by_route
from benchmark.domain.savings import Estimate, Savings, savings
from benchmark.domain.taxonomy import ROUTES
from benchmark.models.decision_count import DecisionCount
from benchmark.models.routing_table import RoutingTable

MIX_DAYS: Final = 30
SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class SavingsRow:
    """One model that serves all requests alone, beside the table's routing. `saved` is what routing saves against it."""

    model: str
    usd_per_1000: str
    accuracy: str
    interval: str
    usd_per_1000_correct: str
    saved: str


@dataclass(frozen=True, slots=True)
class SavingsPanel:
    """The table's routing first, then the single models, cheapest first. `mix` says which requests are weighed."""

    mix: str
    routed: SavingsRow
    singles: Sequence[SavingsRow]
    more: int
    unranked: int


def savings_panel(table: RoutingTable, today: date) -> SavingsPanel:
    """Return what the table's routing costs and gets right beside each single model."""
    routes = candidates_by_route(table.content)
    counted = DecisionCount.mix_since(today - timedelta(days=MIX_DAYS))
    weights = {route: number for route, number in counted.items() if route in routes}
    result = savings(routes, weights or dict.fromkeys(ROUTES, 1))
    mix = (
        f"the mix of {sum(weights.values()):,} decisions of the last {MIX_DAYS} days"
        if weights
        else "every route alike, as no router has asked yet"
    )
    shown = _shown(result)
    return SavingsPanel(
        mix=mix,
        routed=_row(result.routed, None),
        singles=[_row(single, result.routed) for single in shown],
        more=len(result.singles) - len(shown),
        unranked=len(result.unranked),
    )


def _shown(result: Savings) -> Sequence[Estimate]:
    """Return the cheapest single models, and always the most accurate one: the two that staff would take instead."""
    shown = list(result.singles[:SHOWN])
    if len(result.singles) > SHOWN:
        best = max(result.singles, key=lambda single: single.accuracy.value)
        if best not in shown:
            shown[-1] = best
    return shown


def _row(estimate: Estimate, routed: Estimate | None) -> SavingsRow:
    correct = estimate.usd_per_1000_correct
    return SavingsRow(
        model=estimate.model or "",
        usd_per_1000=figures.usd(estimate.usd_per_1000),
        accuracy=figures.percent(estimate.accuracy.value),
        interval=figures.interval(estimate.accuracy.low, estimate.accuracy.high),
        usd_per_1000_correct=figures.usd(correct.value if correct else None),
        saved=figures.signed_percent(routed.saved_share(estimate)) if routed else "",
    )

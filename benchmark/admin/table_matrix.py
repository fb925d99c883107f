"""A routing table as staff read it: a row per route, its ranked candidates from left to right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from benchmark.admin import figures
from benchmark.domain.routing_table import TableCandidate
from benchmark.domain.table_difference import RouteDifference
from benchmark.domain.taxonomy import ROUTES

SHOWN_RANKS: Final = 4


@dataclass(frozen=True, slots=True)
class RankedCell:
    """One candidate in words and figures. `percent` is its accuracy in whole percents."""

    model: str
    effort: str
    percent: int
    interval: str
    cost: str
    cases: int
    meets: bool

    @classmethod
    def of(cls, candidate: TableCandidate) -> "RankedCell":
        return cls(
            model=candidate.model,
            effort=candidate.reasoning_effort or "",
            percent=round(100 * candidate.accuracy),
            interval=figures.interval(candidate.accuracy_low, candidate.accuracy_high),
            cost=figures.usd(candidate.avg_cost_usd),
            cases=candidate.cases,
            meets=candidate.meets_threshold,
        )


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One route. `more` counts the candidates beyond the shown ranks; `blanks` fill the row up to the widest."""

    route: str
    task_type: str
    subtype: str
    cells: Sequence[RankedCell]
    blanks: range
    more: int


@dataclass(frozen=True, slots=True)
class TableMatrix:
    """A table's 18 rows, and how many of them have a first candidate that is good enough."""

    rows: Sequence[MatrixRow]
    ranks: range
    models: int
    routes_meeting: int


def table_matrix(routes: Mapping[str, Sequence[TableCandidate]], ranks: int = SHOWN_RANKS) -> TableMatrix:
    """Return the matrix of ranked candidates per route, the first `ranks` of each."""
    widest = min(ranks, max((len(ranked) for ranked in routes.values()), default=0))
    rows = [_row(route, routes.get(route, ()), widest) for route in ROUTES]
    return TableMatrix(
        rows=rows,
        ranks=range(1, widest + 1),
        models=len({candidate.model for ranked in routes.values() for candidate in ranked}),
        routes_meeting=sum(bool(ranked) and ranked[0].meets_threshold for ranked in routes.values()),
    )


def _row(route: str, ranked: Sequence[TableCandidate], widest: int) -> MatrixRow:
    task_type, subtype = _words(route)
    cells = [RankedCell.of(candidate) for candidate in ranked[:widest]]
    return MatrixRow(route, task_type, subtype, cells, range(widest - len(cells)), max(0, len(ranked) - widest))


def _words(route: str) -> tuple[str, str]:
    """Return the route's task type and subtype as people write them."""
    task_type, _, subtype = route.replace("_", " ").partition("/")
    return task_type, subtype


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One route of a comparison, in words and figures. `verdict` says what happened to the first place."""

    task_type: str
    subtype: str
    verdict: str
    label: str
    before: RankedCell | None
    after: RankedCell | None
    accuracy_change: str
    cost_change: str
    is_better: bool | None
    is_cheaper: bool | None
    joined: Sequence[str]
    left: Sequence[str]

    @classmethod
    def of(cls, difference: RouteDifference) -> "DifferenceRow":
        verdict, label = _verdict(difference)
        cost, share = difference.cost_change_usd, difference.cost_change_share
        task_type, subtype = _words(difference.route)
        return cls(
            task_type=task_type,
            subtype=subtype,
            verdict=verdict,
            label=label,
            before=RankedCell.of(difference.first_before) if difference.first_before else None,
            after=RankedCell.of(difference.first_after) if difference.first_after else None,
            accuracy_change=figures.points(difference.accuracy_change) if difference.accuracy_change else "",
            cost_change=_cost_change(cost, share) if cost else "",
            is_better=None if not difference.accuracy_change else difference.accuracy_change > 0,
            is_cheaper=None if not cost else cost < 0,
            joined=difference.joined,
            left=difference.left,
        )


def _verdict(difference: RouteDifference) -> tuple[str, str]:
    """Return what happened in words, and the colour of its label."""
    if difference.is_taken_over:
        return "taken over", "warning"
    if difference.is_remeasured:
        return "measured anew", "info"
    return ("runners-up changed", "default") if difference.is_changed else ("same", "default")


def _cost_change(cost_usd: Decimal, share: float | None) -> str:
    change = figures.signed_usd(cost_usd)
    return change if share is None else f"{change} ({figures.signed_percent(share)})"

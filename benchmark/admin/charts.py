"""The dashboard's charts, as the data that Unfold hands to Chart.js."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Avg, Count, Sum

from benchmark.admin import figures
from benchmark.domain.frontier import Point, frontier
from benchmark.models.routing_table import RouteCandidate, RoutingTable
from benchmark.models.run import Run, RunState

RUNS_SHOWN: Final = 30
MODELS_SHOWN: Final = 300
GREY, STRONG = "var(--color-base-400)", "var(--color-primary-600)"
# Neither too dark for the dark theme nor too light for the light one.
_TICKS: Final = {"color": "#9ca3af"}


@dataclass(frozen=True, slots=True)
class FrontierChart:
    """Accuracy against cost per case: the chart, and in words who is on the frontier."""

    data: str
    options: str
    best: tuple[tuple[str, str, str], ...]
    others: int


def frontier_chart(table: RoutingTable) -> FrontierChart:
    """Return the chart of the table's models, each by its means over the routes."""
    means = (
        RouteCandidate.objects.filter(table=table)
        .order_by("model")
        .values("model")
        .annotate(mean_accuracy=Avg("accuracy"), mean_cost=Avg("avg_cost_usd"))[:MODELS_SHOWN]
    )
    points = [Point(row["model"], row["mean_accuracy"], float(row["mean_cost"])) for row in means]
    best = frontier(points)
    names = {point.model for point in best}
    others = [point for point in points if point.model not in names]
    # A dataset per model, since a dataset's label is what the tooltip names.
    datasets = [
        _line(best),
        *(_dot(point, STRONG, 6) for point in best),
        *(_dot(point, GREY, 4) for point in others),
    ]
    return FrontierChart(
        data=json.dumps({"datasets": datasets}),
        options=json.dumps(_frontier_options()),
        best=tuple((point.model, figures.percent(point.accuracy), figures.usd(point.cost_usd)) for point in best),
        others=len(others),
    )


def _line(best: list[Point]) -> dict[str, Any]:
    return {
        "type": "line",
        "label": "the frontier",
        "data": [_at(point) for point in best],
        "borderColor": STRONG,
        "borderWidth": 1,
        "pointRadius": 0,
        "pointHitRadius": 0,
        "stepped": True,
    }


def _dot(point: Point, colour: str, radius: int) -> dict[str, Any]:
    return {"label": point.model, "data": [_at(point)], "backgroundColor": colour, "pointRadius": radius}


def _at(point: Point) -> dict[str, float]:
    return {"x": float(f"{point.cost_usd:.4g}"), "y": round(100 * point.accuracy, 1)}


def _frontier_options() -> dict[str, Any]:
    def axis(title: str, **more: Any) -> dict[str, Any]:
        return {
            "title": {"display": True, "text": title, **_TICKS},
            "ticks": {**_TICKS, "autoSkipPadding": 24, "maxRotation": 0},
            "grid": {},
            **more,
        }

    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": False}},
        "scales": {"x": axis("USD per case", type="logarithmic"), "y": axis("Right answers, %")},
    }


@dataclass(frozen=True, slots=True)
class RunCharts:
    """Models and cost of the newest runs, oldest first."""

    models: str
    cost: str
    summary: str


def run_charts() -> RunCharts | None:
    """Return the charts of the newest runs, or None before there are two."""
    rows = list(
        Run.objects.exclude(state=RunState.RUNNING)
        .order_by("-id")
        .annotate(models=Count("entries"), cost=Sum("entries__spent_usd"))
        .values("pk", "started_at", "models", "cost")[:RUNS_SHOWN]
    )[::-1]
    if len(rows) < 2:
        return None
    labels = [f"{row['started_at']:%m-%d}" for row in rows]
    models, costs = [row["models"] for row in rows], [round(float(row["cost"] or 0), 4) for row in rows]

    def chart(label: str, values: list[Any], **style: Any) -> str:
        dataset = {"label": label, "data": values, "displayYAxis": True, "maxTicksXLimit": 10, **style}
        return json.dumps({"labels": labels, "datasets": [dataset]})

    return RunCharts(
        models=chart("models", models, borderColor=STRONG),
        cost=chart("USD", costs, backgroundColor=STRONG),
        summary=f"the last {len(rows)} runs: {min(models)} to {max(models)} models, "
        f"{figures.usd(min(costs))} to {figures.usd(max(costs))} each",
    )

"""Routing tables: what is live, what was, and what each says."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from benchmark.admin import figures
from benchmark.admin.case_result import RouteFilter
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.admin.savings_panel import savings_panel
from benchmark.admin.table_actions import TableActions
from benchmark.admin.table_matrix import table_matrix
from benchmark.domain.routing_table import candidates_by_route
from benchmark.models.routing_table import RouteCandidate, RoutingTable

BRIEF_RANKS = 3


@admin.register(RoutingTable)
class RoutingTableAdmin(SimpleHistoryAdmin, TableActions):
    list_display = ("version", "status", "source_label", "run", "good_enough", "generated_at", "published_at")
    list_filter = ("is_live", "pinned", "source")
    list_select_related = ("run",)
    list_per_page = 50
    show_full_result_count = True
    search_fields = ("version", "pin_reason", "candidates__model")
    search_help_text = "A version, a reason, or a model in it"
    list_before_template = "benchmark/live_table.html"
    change_form_template = "benchmark/table_page.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[RoutingTable]":
        match = request.resolver_match
        rows: QuerySet[RoutingTable] = super().get_queryset(request)
        if match and "object_id" in match.kwargs:
            return rows.select_related("run")
        first = RouteCandidate.objects.filter(table=OuterRef("pk"), rank=1, meets_threshold=True)
        meeting = first.order_by().values("table").annotate(number=Count("pk")).values("number")
        return rows.defer("content").annotate(routes_meeting=Coalesce(Subquery(meeting), 0))

    def get_fieldsets(self, request: HttpRequest, obj: RoutingTable | None = None) -> list[Any]:
        """Return none: the template shows all there is, and in words."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context: dict[str, Any] = {}
        if self.has_view_permission(request) and (live := RoutingTable.live()):
            context = table_context(live, BRIEF_RANKS) | {"savings": savings_panel(live, timezone.now().date())}
        return super().changelist_view(request, context | (extra_context or {}))  # type: ignore[no-any-return]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        table = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if table is not None and self.has_view_permission(request, table):
            context = table_context(table) | {"subtitle": str(table)}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    @display(description="status", label={"live": "success", "pinned": "warning"})
    def status(self, table: RoutingTable) -> tuple[str, str] | str:
        if table.pinned:
            return "pinned", "live, pinned"
        return ("live", "live") if table.is_live else ("earlier", "earlier")

    @display(description="source", label={"benchmark": "info", "simulation": "warning"})
    def source_label(self, table: RoutingTable) -> str:
        return table.source

    @display(description="routes good enough")
    def good_enough(self, table: RoutingTable) -> str:
        return f"{table.routes_meeting} of 18"  # type: ignore[attr-defined]


@admin.register(RouteCandidate)
class RouteCandidateAdmin(ReadOnlyAdmin):
    """The whole ranking of a route, where a matrix shows only its head."""

    list_display = ("route", "rank", "decider", "right", "interval", "cost", "cases", "meets_threshold")
    list_display_links = None
    list_filter = ("meets_threshold", RouteFilter)
    list_per_page = 100
    search_fields = ("model",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep it out of the index: it is reached from its table."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "table__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description="model", ordering="model")
    def decider(self, candidate: RouteCandidate) -> str:
        return f"{candidate.model} ({candidate.reasoning_effort})" if candidate.reasoning_effort else candidate.model

    @display(description="right", ordering="accuracy")
    def right(self, candidate: RouteCandidate) -> str:
        return figures.percent(candidate.accuracy)

    @display(description="95% interval", ordering="accuracy_low")
    def interval(self, candidate: RouteCandidate) -> str:
        return figures.interval(candidate.accuracy_low, candidate.accuracy_high)

    @display(description="cost per case", ordering="avg_cost_usd")
    def cost(self, candidate: RouteCandidate) -> str:
        return figures.usd(candidate.avg_cost_usd)


def table_context(table: RoutingTable, *ranks: int) -> dict[str, Any]:
    """Return what the templates of a table need."""
    matrix = table_matrix(candidates_by_route(table.content), *ranks)
    return {
        "table": table,
        "matrix": matrix,
        "content": table.content,
        "min_accuracy": figures.percent(table.content["minAccuracy"]),
        "switch_points": f"{100 * table.content['bestAccuracySwitchThreshold']:g} points",
    }

"""Every single answer: what was asked, what came back, how it was graded and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.decorators import display

from benchmark.admin import figures
from benchmark.admin.golden import case_view, cases_view
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.domain.outcome import Verdict
from benchmark.domain.taxonomy import ROUTES
from benchmark.golden.loader import golden_set
from benchmark.models.run import CaseResult

VERDICT_LABELS = {
    Verdict.CORRECT.value: "success",
    Verdict.INCORRECT.value: "danger",
    Verdict.NO_ANSWER.value: "warning",
    Verdict.ERRORED.value: "warning",
}
DRILL_DOWNS = frozenset({"run__id__exact", "entry__model__exact", "case_id__exact"})


class RouteFilter(admin.SimpleListFilter):
    title = "route"
    parameter_name = "route"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(route, route) for route in ROUTES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CaseResult]) -> QuerySet[CaseResult]:
        return queryset.filter(route=self.value()) if self.value() else queryset


@admin.register(CaseResult)
class CaseResultAdmin(ReadOnlyAdmin):
    list_display = ("case_id", "verdict_label", "route", "entry", "run", "cost", "latency", "explanation")
    list_filter = ("verdict", "state", RouteFilter)
    list_select_related = ("entry", "run")
    list_per_page = 50
    search_fields = ("case_id", "entry__model")
    search_help_text = "A case or a model"
    actions_detail_hide_default = True
    change_form_template = "benchmark/case_result.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CaseResult]:
        rows: QuerySet[CaseResult] = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("answer")

    def get_fieldsets(self, request: HttpRequest, obj: CaseResult | None = None) -> list[Any]:
        """Return none: the template shows all there is, and in words."""
        return []

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("golden/", guard(lambda request: cases_view(request, self)), name="benchmark_golden_cases"),
            path(
                "golden/<slug:case_id>/",
                guard(lambda request, case_id: case_view(request, self, case_id)),
                name="benchmark_golden_case",
            ),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep it out of the index: nobody looks for an answer but from its run or its case."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in DRILL_DOWNS or super().lookup_allowed(lookup, value, request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        result = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if result is not None and self.has_view_permission(request, result):
            context = {
                "result": result,
                "case": golden_set().by_id().get(result.case_id),
                "is_same_set": result.run.golden_digest == golden_set().digest,
                "label": VERDICT_LABELS.get(result.verdict, "info"),
                "cost": figures.usd(result.cost_usd),
                "charged": figures.usd(result.charged_usd),
                "took": _seconds(result.latency_ms),
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    @display(description="verdict", ordering="verdict", label=VERDICT_LABELS)
    def verdict_label(self, result: CaseResult) -> tuple[str, str]:
        return result.verdict, result.verdict.replace("_", " ") or result.state

    @display(description="cost", ordering="cost_usd")
    def cost(self, result: CaseResult) -> str:
        return figures.usd(result.cost_usd) if result.verdict else ""

    @display(description="took", ordering="latency_ms")
    def latency(self, result: CaseResult) -> str:
        return _seconds(result.latency_ms)


def _seconds(latency_ms: int | None) -> str:
    return "" if latency_ms is None else f"{latency_ms / 1000:.1f} s"

"""Runs: how they went, what they cost, and what each measured."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import action, display

from benchmark.admin import figures
from benchmark.admin.publish_preview import preview_context
from benchmark.admin.run_actions import RunActions
from benchmark.admin.run_page import RUN_LABELS, progress_context, run_context
from benchmark.models.run import EntryState, Run, RunEntry


@admin.register(Run)
class RunAdmin(RunActions):
    list_display = (
        "title",
        "state_label",
        "purpose",
        "started_at",
        "duration",
        "models_measured",
        "cost",
        "publication",
    )
    list_filter = ("state", "purpose", "publication", "is_simulated")
    list_per_page = 50
    show_full_result_count = True
    search_fields = ("id", "entries__model")
    search_help_text = "Number of a run, or a model in it"
    actions_detail = ("cancel", "retry", "again", "preview")
    actions_detail_hide_default = True
    change_form_template = "benchmark/run_page.html"
    list_before_template = "benchmark/run_list_head.html"
    readonly_fields = ("identity_digest",)
    fieldsets = (
        (
            "Configuration when it started",
            {
                "classes": ["collapse"],
                "fields": (
                    ("min_accuracy", "repetitions", "max_concurrency"),
                    ("switch_cost_factor", "best_accuracy_switch_threshold", "stale_after_hours"),
                    ("max_cost_usd", "max_daily_cost_usd", "unpriced_call_reserve_usd"),
                    ("runner_identity", "grading_version", "identity_digest"),
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return _with_totals(super().get_queryset(request)).select_related("started_by", "retry_of")

    def get_urls(self) -> list[URLPattern]:
        progress = path(
            "<int:run_id>/progress/", self.admin_site.admin_view(self.progress_view), name="benchmark_run_progress"
        )
        return [progress, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if run is not None and self.has_view_permission(request, run):
            context = {**run_context(run, request.GET.get("p", "1"), timezone.now()), "subtitle": str(run)}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Return the part of a run's page that refreshes itself; at the run's end, have the whole page loaded again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self._run(request, str(run_id))
        response = TemplateResponse(request, "benchmark/run_progress.html", progress_context(run, timezone.now()))
        if not run.is_running:
            response.headers["HX-Refresh"] = "true"
        return response

    @action(description="Preview its table", permissions=["view"], icon="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        run = self._run(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"The table of run {run.pk}",
            "opts": self.opts,
            **preview_context(run, timezone.now()),
        }
        return TemplateResponse(request, "benchmark/publish_preview.html", context)

    @display(description="run", ordering="id")
    def title(self, run: Run) -> str:
        return f"Run {run.pk}"

    @display(description="state", ordering="state", label={str(state): label for state, label in RUN_LABELS.items()})
    def state_label(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description="took")
    def duration(self, run: Run) -> str:
        return figures.duration((run.finished_at or timezone.now()) - run.started_at)

    @display(description="models measured")
    def models_measured(self, run: Run) -> str:
        return f"{run.measured} of {run.asked}"  # type: ignore[attr-defined]

    @display(description="cost")
    def cost(self, run: Run) -> str:
        return figures.usd(run.spent)  # type: ignore[attr-defined]

    @display(description="identity")
    def identity_digest(self, run: Run) -> str:
        return run.identity[:16]


def _with_totals(runs: "QuerySet[Run]") -> "QuerySet[Run]":
    """Return the runs with how many models they have, how many are measured, and what they cost in USD."""
    entries = RunEntry.objects.filter(run=OuterRef("pk")).order_by().values("run")
    measured = entries.filter(state__in=[EntryState.READY, EntryState.CARRIED])
    return runs.annotate(
        asked=Coalesce(Subquery(entries.annotate(number=Count("pk")).values("number")), 0),
        measured=Coalesce(Subquery(measured.annotate(number=Count("pk")).values("number")), 0),
        spent=Subquery(entries.annotate(total=Sum("spent_usd")).values("total")),
    )

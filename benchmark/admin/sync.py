"""What each sync changed, why one was held, and the two things that staff do about it: sync now, and apply."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from benchmark.admin.confirmation import Confirmation
from benchmark.admin.read_only import ReadOnlyAdmin
from benchmark.admin.sync_request import request_sync
from benchmark.models.config import BenchmarkConfig
from benchmark.models.sync import SyncOutcome, SyncRecord
from benchmark.pipeline.errors import PipelineError
from benchmark.pipeline.sync_deciders import apply_held_sync

LIST = "admin:benchmark_syncrecord_changelist"
OUTCOME_LABELS = {
    SyncOutcome.STARTED.label: "success",
    SyncOutcome.UNCHANGED.label: "success",
    SyncOutcome.ACTIVE_RUN.label: "info",
    SyncOutcome.NO_DECIDERS.label: "warning",
    SyncOutcome.HELD.label: "warning",
    SyncOutcome.OVER_BUDGET.label: "warning",
    SyncOutcome.FAILED.label: "danger",
}


@admin.register(SyncRecord)
class SyncRecordAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "result", "band", "enter", "leave", "stay", "trigger", "run", "detail")
    list_display_links = ("started_at",)
    list_filter = ("outcome", "trigger")
    list_select_related = ("run",)
    actions_list = ("sync_now",)
    list_before_template = "benchmark/empty_hint.html"
    empty_hint = "Nothing was synced yet. It happens daily at 05:00 UTC, and whenever an operator asks for it."
    actions_detail = ("apply_held",)
    change_form_after_template = "benchmark/sync_models.html"
    fieldsets = (
        (None, {"fields": (("result", "due_reason"), "detail", ("started_at", "finished_at"), ("trigger", "band"))}),
        ("What it used and started", {"fields": (("catalogue_import", "run", "applied_at"),)}),
    )
    readonly_fields = ("result", "band")

    def has_sync_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.sync_deciders")

    def has_apply_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.publish_table")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Return the actions that would do something: only a sync that waits can be applied."""
        record = self.get_object(request, str(object_id))
        is_waiting = record is not None and record.is_waiting
        return super().get_actions_detail(request, object_id) if is_waiting else []

    @display(description="Result", label=OUTCOME_LABELS, ordering="outcome")
    def result(self, record: SyncRecord) -> str:
        if record.applied_at is not None and not record.outcome:
            return "applied"
        return record.get_outcome_display() or "running"

    @display(description="Band")
    def band(self, record: SyncRecord) -> str:
        return str(BenchmarkConfig(min_cost_usd=record.min_cost_usd, max_cost_usd=record.max_cost_usd))

    @display(description="Enter")
    def enter(self, record: SyncRecord) -> int:
        return len(record.added)

    @display(description="Leave")
    def leave(self, record: SyncRecord) -> int:
        return len(record.removed)

    @display(description="Stay")
    def stay(self, record: SyncRecord) -> int:
        return len(record.kept)

    @action(description="Sync now", icon="sync", permissions=["sync"])
    def sync_now(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            request_sync(request)
            return HttpResponseRedirect(reverse(LIST))
        return Confirmation(
            title="Sync now?",
            question=f"The feed is read, the candidates of the band ({BenchmarkConfig.load()}) become the auto deciders, "
            "and a run starts if one is due and fits the caps.",
            submits={"Sync now": "_sync"},
            cancel_url=reverse(LIST),
        ).render(request)

    @action(description="Apply the held sync", icon="done_all", permissions=["apply"])
    def apply_held(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404(f"There is no sync {object_id[:40]}.")
        page = reverse("admin:benchmark_syncrecord_change", args=[record.pk])
        if request.method == "POST":
            self._apply(request, record)
            return HttpResponseRedirect(page)
        return Confirmation(
            title=f"Apply {record}?",
            question=f"{len(record.removed)} auto deciders go, {len(record.added)} come and {len(record.kept)} stay. "
            "These would go:",
            details=tuple(record.removed),
            submits={"Apply": "_apply"},
            cancel_url=page,
            is_dangerous=True,
        ).render(request)

    def _apply(self, request: HttpRequest, record: SyncRecord) -> None:
        try:
            apply_held_sync(record, timezone.now())
        except PipelineError as error:
            messages.error(request, str(error))
        else:
            outcome = f"{record.get_outcome_display()}. {record.detail}".strip()
            messages.success(request, f"Applied: {len(record.removed)} gone, {len(record.added)} come. {outcome}")

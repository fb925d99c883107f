"""What staff may change while the system runs: one page, with the band's preview as it is typed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import action

from benchmark.admin.band_preview import band_key, preview_band
from benchmark.admin.config_form import BandForm, ConfigForm
from benchmark.admin.confirmation import Confirmation
from benchmark.admin.sync_request import request_sync
from benchmark.models.config import BenchmarkConfig

BOUNDS = ("min_cost_usd", "max_cost_usd")
SAVE_AND_SYNC = "benchmark_benchmarkconfig_save_and_sync"


@admin.register(BenchmarkConfig)
class BenchmarkConfigAdmin(SimpleHistoryAdmin, ModelAdmin):
    form = ConfigForm
    change_form_template = "benchmark/config_change_form.html"
    actions_submit_line = ("save_and_sync",)
    warn_unsaved_form = True
    fieldsets = (
        ("Cost band", {"fields": (BOUNDS,)}),
        (
            "Good enough",
            {"fields": ("min_accuracy", ("switch_cost_factor", "best_accuracy_switch_threshold"))},
        ),
        (
            "Runs",
            {
                "fields": (
                    ("max_run_cost_usd", "max_daily_cost_usd"),
                    ("max_concurrency", "repetitions"),
                    ("unpriced_call_reserve_usd", "stale_after_hours"),
                )
            },
        ),
        ("Ids that are no candidates", {"fields": (("virtual_prefixes", "custom_prefixes"),)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BenchmarkConfig | None = None) -> bool:
        return False

    def has_sync_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("benchmark.sync_deciders")

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "preview/", self.admin_site.admin_view(self.preview_view), name="benchmark_benchmarkconfig_preview"
        )
        return [preview, *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> BenchmarkConfig | None:
        """Return the one row; who posts holds it until the transaction ends, so that two can't save over each other."""
        if object_id != "1":
            return None
        rows = BenchmarkConfig.objects.select_for_update() if request.method == "POST" else BenchmarkConfig.objects
        return rows.filter(pk=1).first() or BenchmarkConfig(pk=1)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:benchmark_benchmarkconfig_change", args=[1]))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_view_or_change_permission(request) and not BenchmarkConfig.objects.exists():
            messages.info(request, "Nothing was changed yet: these are the defaults.")
            return HttpResponseRedirect(reverse("admin:benchmark_benchmarkconfig_change", args=[1]))
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and (confirmation := self._confirmation(request)):
            return confirmation
        context = {"preview": preview_band(BenchmarkConfig.load()), "show_save_and_continue": False}
        try:
            response: HttpResponse = super().changeform_view(
                request, object_id, form_url, {**context, **(extra_context or {})}
            )
        except IntegrityError:
            # Only the very first save inserts the row, and somebody else's came in between.
            messages.error(request, "Somebody else saved the configuration at the same moment. Nothing was saved.")
            return HttpResponseRedirect(request.path)
        return response

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in ("virtual_prefixes", "custom_prefixes"):
            field.widget.attrs["rows"] = 2
        if field is not None and db_field.name in BOUNDS:
            field.widget.attrs |= {
                "inputmode": "decimal",
                "hx-get": reverse("admin:benchmark_benchmarkconfig_preview"),
                "hx-trigger": "input changed delay:250ms",
                "hx-include": "#id_min_cost_usd, #id_max_cost_usd",
                "hx-target": "#band-preview",
                "hx-swap": "outerHTML",
                "hx-sync": "closest form:replace",
            }
        return field

    def response_change(self, request: HttpRequest, obj: BenchmarkConfig) -> HttpResponse:
        messages.success(request, f"Saved. The band is {obj}.")
        return HttpResponseRedirect(reverse("admin:benchmark_benchmarkconfig_change", args=[1]))

    @action(description="Save and sync now", permissions=["sync"])
    def save_and_sync(self, request: HttpRequest, obj: BenchmarkConfig) -> None:
        transaction.on_commit(lambda: request_sync(request))

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Return the preview of the bounds in the query, or what is wrong with them, as a piece of the page."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context: dict[str, Any] = {}
        try:
            context["preview"] = preview_band(BandForm(request.GET).applied_to(BenchmarkConfig.load()))
        except ValidationError as error:
            context["problems"] = error.messages
        return TemplateResponse(request, "benchmark/band_preview.html", context)

    def _confirmation(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page that shows what new bounds would do, unless the editor has seen exactly that."""
        if not self.has_change_permission(request):
            return None
        saved = BenchmarkConfig.load()
        form = BandForm(request.POST)
        try:
            proposed = form.applied_to(BenchmarkConfig.load())
        except ValidationError:
            return None
        if band_key(proposed) in (band_key(saved), request.POST.get("previewed", "")):
            return None
        submits = {"Save": "_save"}
        if self.has_sync_permission(request):
            submits["Save and sync now"] = SAVE_AND_SYNC
        dropped = ("csrfmiddlewaretoken", "previewed", *submits.values())
        hidden = [(name, str(value)) for name, value in request.POST.items() if name not in dropped]
        return Confirmation(
            title="Change the cost band?",
            question=f"The band is {saved}. With {proposed} this would happen at the next sync:",
            submits=submits,
            cancel_url=request.path,
            hidden=tuple(hidden),
        ).render(request, "benchmark/config_confirm.html", {"preview": preview_band(proposed)})

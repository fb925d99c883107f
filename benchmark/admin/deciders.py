"""Who gets measured, on one page: pins, what the sync stored, and who is left out."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from benchmark.admin import exclusions, manual_deciders
from benchmark.admin.figures import usd
from benchmark.admin.standing import standings
from benchmark.models.catalogue import CatalogueModel
from benchmark.models.deciders import EFFORTS, AutoDecider, DeciderExclusion, ManualDecider, PriceWaiver

WHY_SHOWN = 20
EXCLUSIONS_SHOWN = 50


class EffortForm(forms.ModelForm):
    """The one thing that staff set on an auto decider. The value as it was shown travels along: only what an editor
    changed is written, and not over somebody else's change of the same.
    """

    reasoning_effort = forms.ChoiceField(
        choices=[("", "none"), *EFFORTS],
        required=False,
        widget=UnfoldAdminSelectWidget(attrs={"class": "ar-effort"}),
        show_hidden_initial=True,
    )

    class Meta:
        model = AutoDecider
        fields = ("reasoning_effort",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reasoning_effort"].widget.attrs["aria-label"] = f"Reasoning effort of {self.instance.model}"

    def clean_reasoning_effort(self) -> str | None:
        shown = self.data.get(self.add_initial_prefix("reasoning_effort"), "")
        if "reasoning_effort" in self.changed_data and shown != (self.initial["reasoning_effort"] or ""):
            raise ValidationError("Somebody changed it after you opened the page.")
        return self.cleaned_data["reasoning_effort"] or None


class InclusionFilter(admin.SimpleListFilter):
    title = "inclusion"
    parameter_name = "included"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "included"), ("no", "excluded")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_excluded=self.value() == "no") if self.value() in ("yes", "no") else queryset


@admin.register(AutoDecider)
class AutoDeciderAdmin(ModelAdmin):
    list_display = ("model", "cost", "synced_at", "reasoning_effort", "included")
    list_display_links = None
    list_editable = ("reasoning_effort",)
    search_fields = ("model",)
    list_filter = (InclusionFilter, "reasoning_effort")
    list_per_page = 100
    show_full_result_count = False
    actions = ("exclude_chosen", "include_chosen")
    list_before_template = "benchmark/deciders_before.html"
    list_after_template = "benchmark/deciders_after.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_exclude_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(exclusions.ADD)

    def has_include_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(exclusions.DELETE)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "why": self.why_view,
            "manual": manual_deciders.manual_view,
            "exclude": exclusions.exclude_view,
            "include": exclusions.include_view,
        }
        return [
            *(
                path(f"{name}/", self.admin_site.admin_view(view), name=f"benchmark_autodecider_{name}")
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AutoDecider]:
        rows: QuerySet[AutoDecider] = super().get_queryset(request)
        return rows.annotate(
            is_excluded=Exists(DeciderExclusion.objects.filter(model=OuterRef("model"))),
            is_pinned=Exists(ManualDecider.objects.filter(model=OuterRef("model"))),
        )

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return EffortForm

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        self.request = request
        return super().get_list_display(request)  # type: ignore[no-any-return]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        excluded = DeciderExclusion.objects.select_related("author").order_by("-created_at", "model")
        context = {
            "title": "Deciders",
            "manual": manual_deciders.manual_formset(request),
            "pins_version": manual_deciders.pins_version(),
            "may_pin": manual_deciders.may_pin(request),
            "exclusions": [(row, json.dumps([row.model])) for row in excluded[:EXCLUSIONS_SHOWN]],
            "exclusion_count": excluded.count(),
            "may_include": self.has_include_permission(request),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    @display(description="Attempt cost", ordering="avg_attempt_cost_usd")
    def cost(self, row: AutoDecider) -> str:
        return usd(row.avg_attempt_cost_usd)

    @display(description="Included")
    def included(self, row: Any) -> SafeString:
        is_excluded, request = row.is_excluded, self.request
        may = self.has_include_permission(request) if is_excluded else self.has_exclude_permission(request)
        verb = "include" if is_excluded else "exclude"
        context = {
            "row": row,
            "url": reverse(f"admin:benchmark_autodecider_{verb}") if may else "",
            "models": json.dumps([row.model]),
        }
        return render_to_string("benchmark/inclusion_toggle.html", context)

    @admin.action(description="Exclude from the effective set", permissions=["exclude"])
    def exclude_chosen(self, request: HttpRequest, queryset: QuerySet[AutoDecider]) -> HttpResponse:
        return exclusions.confirm_exclusion(request, queryset.values_list("model", flat=True))

    @admin.action(description="Include again", permissions=["include"])
    def include_chosen(self, request: HttpRequest, queryset: QuerySet[AutoDecider]) -> None:
        exclusions.include(request, list(queryset.values_list("model", flat=True)))

    def why_view(self, request: HttpRequest) -> HttpResponse:
        """Return the first models whose id holds the text, each with why it is in or out, as a piece of the page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = request.GET.get("q", "").replace("\0", "").strip()[:255]
        found = CatalogueModel.objects.filter(model_id__icontains=text).order_by("model_id") if text else None
        rows = list(found[: WHY_SHOWN + 1]) if found is not None else []
        stands = standings(rows[:WHY_SHOWN])
        return TemplateResponse(
            request,
            "benchmark/why.html",
            {"text": text, "standings": list(stands.items()), "has_more": len(rows) > WHY_SHOWN},
        )


@admin.register(PriceWaiver)
class PriceWaiverAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "author", "created_at")
    search_fields = ("model",)
    list_select_related = ("author",)
    fields = ("model", "author", "created_at")
    readonly_fields = ("author", "created_at")

    def save_model(self, request: HttpRequest, obj: PriceWaiver, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user  # type: ignore[assignment]  # staff are never anonymous
        super().save_model(request, obj, form, change)

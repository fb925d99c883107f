"""Staff's pins: all of them in one form, in their order."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from benchmark.admin.exclusions import back_to_deciders
from benchmark.models.deciders import EFFORTS, ManualDecider

PERMISSIONS = tuple(f"benchmark.{verb}_manualdecider" for verb in ("add", "change", "delete"))


class ManualDeciderForm(forms.ModelForm):
    class Meta:
        model = ManualDecider
        fields = ("position", "model", "reasoning_effort")
        widgets = {
            "position": UnfoldAdminIntegerFieldWidget(attrs={"class": "ar-short"}),
            "model": UnfoldAdminTextInputWidget(attrs={"placeholder": "vendor/model"}),
            "reasoning_effort": UnfoldAdminSelectWidget(attrs={"class": "ar-effort"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance.model or "the new pin"
        for name, label in (("position", "Order"), ("model", "Model"), ("reasoning_effort", "Reasoning effort")):
            self.fields[name].widget.attrs["aria-label"] = f"{label} of {row}"
        self.fields["position"].required = False
        self.fields["reasoning_effort"].choices = [("", "none"), *EFFORTS]  # type: ignore[attr-defined]

    def clean_reasoning_effort(self) -> str | None:
        return self.cleaned_data["reasoning_effort"] or None

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        return position or 0


class _FormSet(BaseModelFormSet):
    deletion_widget = UnfoldBooleanWidget

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = f"Unpin {form.instance.model or 'nothing'}"


def manual_formset(request: HttpRequest) -> "BaseModelFormSet[ManualDecider, ManualDeciderForm]":
    """Return the form of all pins, with an empty line for one more where the person may change them."""
    may_edit = may_pin(request)
    kind = modelformset_factory(
        ManualDecider, form=ManualDeciderForm, formset=_FormSet, extra=1 if may_edit else 0, can_delete=may_edit
    )
    posted = request.POST if request.method == "POST" and "manual-TOTAL_FORMS" in request.POST else None
    return kind(posted, queryset=ManualDecider.objects.all(), prefix="manual")


def may_pin(request: HttpRequest) -> bool:
    return request.user.has_perms(PERMISSIONS)


def pins_version() -> str:
    """Return a text that every change of a pin changes."""
    rows = ManualDecider.objects.order_by("pk").values_list("pk", "model", "reasoning_effort", "position")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:16]


def manual_view(request: HttpRequest) -> HttpResponse:
    """Save all pins at once, unless somebody changed them since the page was opened."""
    if not may_pin(request):
        raise PermissionDenied
    with transaction.atomic():
        # Locks them until the end, so that what is compared is what is overwritten.
        list(ManualDecider.objects.select_for_update())
        version = pins_version()
        formset = manual_formset(request)
        if request.method == "POST" and request.POST.get("seen") != version:
            messages.error(request, "Somebody changed the pins after you opened the page. Nothing of yours was saved.")
            return back_to_deciders()
        if request.method == "POST" and formset.is_valid():
            formset.save()
            messages.success(request, "The pins are saved. They count from the next run on.")
            return back_to_deciders()
    context = {**admin.site.each_context(request), "title": "Manual deciders", "content_title": "Manual deciders"}
    return TemplateResponse(
        request, "benchmark/manual_page.html", {**context, "manual": formset, "pins_version": version, "may_pin": True}
    )


@admin.register(ManualDecider)
class ManualDeciderAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("model", "reasoning_effort", "position", "created_at")
    search_fields = ("model",)
    list_per_page = 50
